"""DocRED and Re-DocRED JSON: a list of documents in which entities have several mentions and relations link entities.

``{"title", "sents": [[token, ...], ...], "vertexSet": [[{"name", "pos": [first, end], "sent_id", "type"}, ...], ...],
"labels": [{"h", "t", "r", "evidence"}]}``: an entity is a list of mentions, ``pos`` counts the tokens of its sentence
with an exclusive end, ``h`` and ``t`` are positions in ``vertexSet``. Such documents can be read whole or cut to
sentences.

Here entities are mentions. A relation of two entities becomes one of every pair of their mentions that share a
sentence; in a whole document, where no pair does, one of the first mention of each. Mentions listed twice count once.
Which mentions are one entity, the evidence of relations, and the ``name`` of mentions, which the tokens tell, are not
kept.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain, product
from pathlib import Path
from typing import Any

from gprel.document import Document, Entity, Relation
from gprel.errors import DataError
from gprel.formats.check import as_int, as_list, as_object, as_string, required
from gprel.formats.source import OnError, json_records
from gprel.formats.words import join_words, parse_words, words_in

OnCounts = Callable[[Counter[str]], None]
"""Takes numbers of "documents", "sentences", "mentions", "repeated mentions", "triples" (of entities) and "triples in
sentences" (each as often as there are sentences with both entities)."""


@dataclass(frozen=True, slots=True, order=True)
class _Mention:
    """A mention, with positions in the tokens of its sentence."""

    sentence: int
    start: int
    end: int
    type: str


@dataclass(frozen=True, slots=True)
class _Record:
    """A checked record; mentions in text order, each once; labels as (subject, relation, object)."""

    title: str
    sentences: list[list[str]]
    entities: list[list[_Mention]]
    labels: list[tuple[int, str, int]] | None
    n_mentions: int

    def counts(self) -> Counter[str]:
        triples = set(self.labels or ())
        shared = (
            len({mention.sentence for mention in self.entities[h]} & {mention.sentence for mention in self.entities[t]})
            for h, _, t in triples
        )
        n_distinct = len(set(chain.from_iterable(self.entities)))
        return Counter(
            {
                "documents": 1,
                "sentences": len(self.sentences),
                "mentions": self.n_mentions,
                "repeated mentions": self.n_mentions - n_distinct,
                "triples": len(triples),
                "triples in sentences": sum(shared),
            }
        )

    def links(self) -> Iterator[tuple[_Mention, str, _Mention]]:
        """The triples of mentions that share a sentence, and of first mentions where none do."""
        for h, relation, t in self.labels or ():
            pairs = [(s, o) for s, o in product(self.entities[h], self.entities[t]) if s.sentence == o.sentence]
            for subject, object_ in pairs or [(self.entities[h][0], self.entities[t][0])]:
                yield subject, relation, object_


def read_file(path: Path, *, on_error: OnError | None = None, on_counts: OnCounts | None = None) -> Iterator[Document]:
    """Read whole documents: the text is the tokens of all sentences joined by blanks, the id is the title.

    Args:
        path: File to read.
        on_error: Takes the bad records, and reading goes on.
        on_counts: Takes the counts of the whole file, once, after the last document.

    Raises:
        DataError: With file, record and reason, at a bad record if ``on_error`` is ``None``; if the file is empty; at
            once if it is missing.
    """
    return _read(path, _whole, on_error, on_counts)


def read_sentences(
    path: Path, *, on_error: OnError | None = None, on_counts: OnCounts | None = None
) -> Iterator[Document]:
    """Read documents cut to sentences; the id is the title and the number of the sentence, from 1.

    Relations whose entities do not share a sentence are lost in this, which the counts tell.

    Args:
        path: File to read.
        on_error: Takes the bad records, and reading goes on.
        on_counts: Takes the counts of the whole file, once, after the last document.

    Raises:
        DataError: As :func:`read_file`.
    """
    return _read(path, _sentences, on_error, on_counts)


def from_record(record: object) -> Document:
    """The whole document of one record; one without ``labels`` has no known relations.

    Raises:
        DataError: If the value is not such a record; the message has the reason alone.
    """
    return next(_whole(_parse(record)))


def sentences(record: object) -> Iterator[Document]:
    """The sentences of one record.

    Raises:
        DataError: If the value is not such a record; the message has the reason alone.
    """
    return _sentences(_parse(record))


def _read(
    path: Path,
    cut: Callable[[_Record], Iterator[Document]],
    on_error: OnError | None,
    on_counts: OnCounts | None,
) -> Iterator[Document]:
    def make(value: object) -> tuple[Counter[str], list[Document]]:
        parsed = _parse(value)
        return parsed.counts(), list(cut(parsed))

    def documents() -> Iterator[Document]:
        total: Counter[str] = Counter()
        for record in records:
            made = record.made(make, on_error)
            if made is not None:
                total.update(made[0])
                yield from made[1]
        if on_counts is not None:
            on_counts(total)

    records = json_records(path, on_error)
    return documents()


def _whole(record: _Record) -> Iterator[Document]:
    yield _document(record, range(len(record.sentences)), record.title)


def _sentences(record: _Record) -> Iterator[Document]:
    for index in range(len(record.sentences)):
        yield _document(record, range(index, index + 1), f"{record.title}:{index + 1}")


def _document(record: _Record, part: range, id_: str) -> Document:
    """The document of some sentences of a record that follow each other."""
    text, words = join_words(chain.from_iterable(record.sentences[index] for index in part))
    offsets = dict(zip(part, _starts(record, part), strict=True))
    mentions = sorted({mention for entity in record.entities for mention in entity if mention.sentence in part})
    entities = []
    for mention in mentions:
        offset = offsets[mention.sentence]
        span = words_in(offset + mention.start, offset + mention.end, words, "a mention")
        entities.append(Entity(span.start, span.end, mention.type))
    position = {mention: index for index, mention in enumerate(mentions)}
    linked = dict.fromkeys(
        Relation(relation, position[subject], position[object_])
        for subject, relation, object_ in record.links()
        if subject in position and object_ in position
    )
    return Document(text, tuple(entities), None if record.labels is None else tuple(linked), id_, words)


def _starts(record: _Record, part: range) -> Iterator[int]:
    """The number of tokens before each sentence."""
    n_before = 0
    for index in part:
        yield n_before
        n_before += len(record.sentences[index])


def _parse(record: object) -> _Record:
    fields = as_object(record, "the record")
    title = as_string(required(fields, "title", "the record"), '"title"')
    listed = as_list(required(fields, "sents", "the record"), '"sents"')
    sentences = [parse_words(value, f"sentence {index}") for index, value in enumerate(listed)]
    entities = [
        [_mention(mention, f"mention {n} of entity {index}", sentences) for n, mention in enumerate(mentions)]
        for index, mentions in enumerate(_non_empty(required(fields, "vertexSet", "the record")))
    ]
    n_mentions = sum(map(len, entities))
    labels = None
    if fields.get("labels") is not None:
        labels = [
            _label(value, f"label {index}", len(entities))
            for index, value in enumerate(as_list(fields["labels"], '"labels"'))
        ]
    return _Record(title, sentences, [sorted(set(mentions)) for mentions in entities], labels, n_mentions)


def _non_empty(values: object) -> Iterator[list[object]]:
    for index, value in enumerate(as_list(values, '"vertexSet"')):
        mentions = as_list(value, f"entity {index}")
        if not mentions:
            raise DataError(f"entity {index} has no mentions, expected at least one; remove it and renumber the labels")
        yield mentions


def _mention(value: object, what: str, sentences: list[list[str]]) -> _Mention:
    fields = as_object(value, what)
    sentence = as_int(required(fields, "sent_id", what), f'"sent_id" of {what}')
    if not 0 <= sentence < len(sentences):
        raise DataError(f"{what} is in sentence {sentence} but there are {len(sentences)}; they are counted from 0")
    values = as_list(required(fields, "pos", what), f'"pos" of {what}', 2)
    start, end = (as_int(position, f'a position in "pos" of {what}') for position in values)
    if not 0 <= start < end <= len(sentences[sentence]):
        raise DataError(
            f"{what} has token positions {start}..{end} but sentence {sentence} has {len(sentences[sentence])} tokens; "
            "positions are half-open with 0 <= start < end <= tokens"
        )
    return _Mention(sentence, start, end, _name(fields, "type", what))


def _name(fields: dict[str, Any], key: str, what: str) -> str:
    name = as_string(required(fields, key, what), f'"{key}" of {what}')
    if not name:
        raise DataError(f'"{key}" of {what} is empty; name it')
    return name


def _label(value: object, what: str, n_entities: int) -> tuple[int, str, int]:
    fields = as_object(value, what)
    subject, object_ = (as_int(required(fields, key, what), f'"{key}" of {what}') for key in ("h", "t"))
    for key, argument in (("h", subject), ("t", object_)):
        if not 0 <= argument < n_entities:
            raise DataError(
                f'"{key}" of {what} is {argument} but there are {n_entities} entities; it is a position in "vertexSet"'
            )
    return subject, _name(fields, "r", what), object_
