"""spaCy's DocBin (``.spacy``): tokenized texts with entities, span groups and, by convention, relations.

Entities are those of ``doc.ents``, which are flat, and of all span groups, which may be nested. Relations are read from
``doc._.rel``, where spaCy's tutorial for relation extraction keeps them: ``{(3, 7): {"Live_In": 1.0}}`` links the
entities that begin at tokens 3 and 7; below 0.5 they do not hold. Lemmas, tags, parses and categories are passed over.

spaCy is an extra of gprel: ``pip install gprel[spacy]``. A DocBin is one compressed block, so all of it is in memory
while it is read or written.
"""

import gc
import json
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from gprel.document import Document, Entity, Relation, Span
from gprel.errors import DataError, DependencyError
from gprel.formats.changes import count_changes
from gprel.formats.check import as_id, as_string
from gprel.formats.source import BadLine, OnError, check_file, reject
from gprel.formats.words import split_words

if TYPE_CHECKING:
    from spacy.tokens import Doc, DocBin
    from spacy.vocab import Vocab

GROUP = "sc"
"""The span group that is written, which is the one that spaCy's span categorizer learns from."""

_REL = ("._.", "rel", None, None)  # where spaCy keeps the extension attribute doc._.rel


def read_file(path: Path, *, on_error: OnError | None = None) -> Iterator[Document]:
    """Read documents whose words are the tokens that are not blank.

    Raises:
        DataError: With file, record and reason, at a bad record if ``on_error`` is ``None``; at once if the file is
            missing, empty or no DocBin.
        DependencyError: If spaCy is not installed.
    """
    check_file(path)
    content = path.read_bytes()
    if not content.strip(b"\xef\xbb\xbf \t\r\n"):
        raise DataError(f"{path} is empty; expected a spaCy DocBin")
    doc_bin_class, vocab = _spacy(path)
    is_collecting = gc.isenabled()
    try:
        doc_bin = doc_bin_class(store_user_data=True).from_bytes(content)
    except Exception as error:  # whatever zlib, msgpack and numpy say to bytes that are something else
        raise DataError(
            f"{path} is no spaCy DocBin ({type(error).__name__}: {_first_line(error)}); expected a file made by "
            "DocBin.to_disk"
        ) from None
    finally:
        if is_collecting:
            gc.enable()  # msgpack switches it off and, after an error, not on again
    if not len(doc_bin):
        raise DataError(f"{path} is empty; expected a spaCy DocBin with at least one document")
    return _documents(doc_bin, vocab, str(path), on_error)


def _spacy(path: Path) -> tuple[type["DocBin"], "Vocab"]:
    try:
        from spacy.tokens import DocBin
        from spacy.vocab import Vocab
    except ImportError as error:
        raise DependencyError(
            f"{path} is in spaCy's format, which needs spaCy ({error}); install it: pip install gprel[spacy]"
        ) from None
    return DocBin, Vocab()


def _documents(doc_bin: "DocBin", vocab: "Vocab", source: str, on_error: OnError | None) -> Iterator[Document]:
    for string in doc_bin.strings:
        vocab.strings.add(string)
    for number in range(len(doc_bin)):
        try:
            document = from_doc(_doc(doc_bin, number, vocab))
        except DataError as error:
            reject(BadLine(source, number + 1, str(error), f"document {number + 1}", unit="record"), on_error)
        else:
            yield document


def _doc(doc_bin: "DocBin", number: int, vocab: "Vocab") -> "Doc":
    """One document: a DocBin that comes upon a bad one gives no others behind it."""
    single = type(doc_bin)(store_user_data=True)
    single.attrs = doc_bin.attrs
    try:
        for part in ("tokens", "spaces", "cats", "flags", "span_groups", "user_data"):
            setattr(single, part, [getattr(doc_bin, part)[number]])
        return next(single.get_docs(vocab))
    except Exception as error:  # as above
        raise DataError(f"the document is damaged ({type(error).__name__}: {_first_line(error)})") from None


def _first_line(error: Exception) -> str:
    return str(error).strip().split("\n")[0][:200]


def from_doc(doc: "Doc") -> Document:
    """The document of a spaCy ``Doc``.

    Raises:
        DataError: If a span has no label, or ``doc._.rel`` is not what the module says; the message has the reason
            alone.
    """
    entities, first_of = _entities(doc)
    # An empty doc says that it is annotated whatever it is.
    is_annotated = bool(doc.spans) or (len(doc) > 0 and doc.has_annotation("ENT_IOB"))
    words = tuple(Span(token.idx, token.idx + len(token)) for token in doc if not token.text.isspace())
    return Document(
        text=as_string(doc.text, "the text"),
        entities=tuple(entities) if is_annotated else None,
        relations=_relations(doc.user_data[_REL], first_of) if _REL in doc.user_data else None,
        id=as_id(doc.user_data.get("id")),
        words=words,
    )


def _entities(doc: "Doc") -> tuple[list[Entity], dict[int, int]]:
    """The entities, each as often as in the group that has it most often, and for a token the one that begins there."""
    entities: list[Entity] = []
    first_of: dict[int, int] = {}
    flat: dict[int, int] = {}
    for name, group in [*doc.spans.items(), ("", doc.ents)]:
        there = Counter(entities)
        for span in group:
            if not span.label_:
                raise DataError(
                    f"{span.text!r} in {f'span group {name!r}' if name else 'doc.ents'} has no label; name it or "
                    "remove the group"
                )
            entity = Entity(span.start_char, span.end_char, span.label_)
            if there[entity]:
                there[entity] -= 1
                position = entities.index(entity)
            else:
                position = len(entities)
                entities.append(entity)
            (first_of if name else flat).setdefault(span.start, position)
    return entities, first_of | flat  # doc.ents first: the tutorial knows no others


def _relations(values: object, first_of: Mapping[int, int]) -> tuple[Relation, ...]:
    if not isinstance(values, Mapping):
        raise DataError(f"doc._.rel is {_show(values)}, expected {{(start, start): {{label: score}}}}")
    relations = []
    for pair, labels in values.items():
        is_pair = isinstance(pair, tuple) and len(pair) == 2 and all(isinstance(start, int) for start in pair)
        if not is_pair or not isinstance(labels, Mapping):
            raise DataError(
                f"doc._.rel has {_show(pair)}: {_show(labels)}, expected (start, start): {{label: score}} with token "
                "positions"
            )
        for label, score in labels.items():
            prob = _prob(score, f"the score of {label!r} in doc._.rel")
            if prob >= 0.5:
                relations.append(_relation(as_string(label, "a label in doc._.rel"), pair, prob, first_of))
    return tuple(relations)


def _prob(value: object, what: str) -> float:
    try:
        prob = float(value)  # type: ignore[arg-type]  # any number, numpy's too
    except (TypeError, ValueError):
        prob = math.nan
    if isinstance(value, str) or not 0 <= prob <= 1:
        raise DataError(f"{what} is {_show(value)}, expected a number from 0 to 1")
    return prob


def _relation(label: str, pair: tuple[int, int], prob: float, first_of: Mapping[int, int]) -> Relation:
    for start in pair:
        if start not in first_of:
            raise DataError(
                f"{label!r} in doc._.rel links tokens {pair[0]} and {pair[1]}, but no entity begins at {start}"
            )
    # gprel's scores are logits with threshold 0; certainty is annotation rather than a prediction.
    logit = None if prob == 1 else math.log(prob / (1 - prob))
    return Relation(label, first_of[pair[0]], first_of[pair[1]], logit)


def _show(value: object) -> str:
    return json.dumps(value, default=repr) if not isinstance(value, tuple) else repr(value)


def write_file(documents: Iterable[Document], path: Path) -> Counter[str]:
    """Write a DocBin: all entities in the span group ``"sc"``, the longest that do not overlap in ``doc.ents``, too.

    The tokens are the words and, between them or without any, those of
    :func:`~gprel.formats.words.split_words`; they are cut where entities begin and end.

    Returns:
        What :func:`~gprel.formats.changes.count_changes` finds: "scores", "words" that were none or were cut, "unplaced
        triples", "arguments-only marks", "repeated triples", and "relations" of an entity that does not begin alone
        at its token.

    Raises:
        DataError: If the file exists or cannot be written.
        DependencyError: If spaCy is not installed.
    """
    doc_bin_class, vocab = _spacy(path)
    doc_bin = doc_bin_class(store_user_data=True)
    lost: Counter[str] = Counter()
    for document in documents:
        doc = _to_doc(document, vocab)
        doc_bin.add(doc)
        lost.update(count_changes(document, from_doc(doc)))
    try:
        with path.open("xb") as file:
            file.write(doc_bin.to_bytes())
    except FileExistsError:
        raise DataError(f"{path} exists already; name a new file, or remove this one first") from None
    except OSError as error:
        raise DataError(f"{path} cannot be written ({error.strerror}); check its folder") from None
    return lost


def _to_doc(document: Document, vocab: "Vocab") -> "Doc":
    from spacy.tokens import Doc
    from spacy.tokens import Span as DocSpan
    from spacy.util import filter_spans

    tokens = _tokens(document)
    doc = Doc(vocab, words=[document.surface(span) for span, _ in tokens], spaces=[blank for _, blank in tokens])
    if document.id is not None:
        doc.user_data["id"] = document.id
    if document.entities is not None:
        first = {span.start: index for index, (span, _) in enumerate(tokens)}
        stop = {span.end: index + 1 for index, (span, _) in enumerate(tokens)}
        spans = [DocSpan(doc, first[e.start], stop[e.end], label=e.type) for e in document.entities]
        doc.spans[GROUP] = spans
        # spaCy takes no entity with a blank at an edge.
        doc.set_ents(filter_spans([span for span in spans if span.text == span.text.strip()]), default="outside")
    if document.relations is not None:
        doc.user_data[_REL] = _to_rel(document, doc)
    return doc


def _to_rel(document: Document, doc: "Doc") -> dict[tuple[int, int], dict[str, float]]:
    _, first_of = _entities(doc)
    start_of = {position: start for start, position in first_of.items()}
    values: dict[tuple[int, int], dict[str, float]] = {}
    for relation in document.relations or ():
        # Left out where an entity hides behind another one at the same token: reading would link that one instead.
        if relation.subject in start_of and relation.object in start_of:
            pair = (start_of[relation.subject], start_of[relation.object])
            values.setdefault(pair, {})[relation.type] = 1.0
    return values


def _tokens(document: Document) -> list[tuple[Span, bool]]:
    """Spans that cover the text, and whether a blank follows that is no token of its own."""
    text, entities = document.text, document.entities or ()
    begins, ends = {entity.start for entity in entities}, {entity.end for entity in entities}
    words = document.words or ()
    inside = {position for word in words for position in range(word.start + 1, word.end)}
    edges = {edge for word in words for edge in (word.start, word.end)}
    edges |= {edge for span in split_words(text) for edge in (span.start, span.end) if edge not in inside}
    tokens: list[tuple[Span, bool]] = []
    for start, end in pairwise(sorted({0, len(text)} | edges | begins | ends)):
        # One blank behind a token belongs to it, unless an entity needs its edge.
        if (
            text[start] == " "
            and tokens
            and tokens[-1][0].end == start
            and not ({start} & begins or {start + 1} & ends)
        ):
            tokens[-1] = (tokens[-1][0], True)
            start += 1
        if start < end:
            tokens.append((Span(start, end), False))
    return tokens
