"""Triples of strings: place their arguments in a text, and count everything that is not certain about that."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain, repeat
from pathlib import Path
from typing import Literal, get_args

from gprel.document import Document, Entity, Relation, Span, UnplacedTriple
from gprel.errors import ConfigError, DataError
from gprel.formats.check import as_string
from gprel.formats.partly import read_partly
from gprel.formats.source import OnError
from gprel.formats.words import IDEOGRAPHS

Occurrences = Literal["every", "first"]
_MAX_RELATIONS = 100_000  # from one record; beyond, a common word stands for an argument, and memory runs out
ENTITY_TYPE = "Entity"
"""The one entity type of corpora that name none."""
_IDEOGRAPH = re.compile(f"[{IDEOGRAPHS}]")


@dataclass(frozen=True, slots=True)
class Alignment:
    """How the triples of a file were placed in its texts; all are counts of triples.

    Attributes:
        triples: Triples as listed.
        repeated: Triples listed again in the same record; they are dropped.
        ambiguous: Triples with an argument that occurs more than once in the text.
        not_word_bounded: Triples with an argument that occurs only inside words.
        unplaced: Triples with an argument that does not occur at all.
    """

    triples: int = 0
    repeated: int = 0
    ambiguous: int = 0
    not_word_bounded: int = 0
    unplaced: int = 0

    def __add__(self, other: "Alignment") -> "Alignment":
        return Alignment(
            self.triples + other.triples,
            self.repeated + other.repeated,
            self.ambiguous + other.ambiguous,
            self.not_word_bounded + other.not_word_bounded,
            self.unplaced + other.unplaced,
        )


@dataclass(frozen=True, slots=True)
class Argument:
    """A string that stands somewhere in a text.

    Attributes:
        surface: The string.
        types: Entity types of its occurrences in text order; the last one is that of all further ones.
    """

    surface: str
    types: tuple[str, ...] = (ENTITY_TYPE,)


@dataclass(frozen=True, slots=True)
class StringTriple:
    """A triple whose arguments are strings.

    Attributes:
        subject: First argument.
        relation: Relation type.
        object: Second argument.
    """

    subject: Argument
    relation: str
    object: Argument


Make = Callable[[object, Occurrences], tuple[Document, Alignment, Sequence[str]]]
"""From a parsed record to its document, how its triples were placed, and what had to be left out."""


def parse_triple(
    parts: Sequence[object],
    what: str,
    subject_types: tuple[str, ...] = (ENTITY_TYPE,),
    object_types: tuple[str, ...] = (ENTITY_TYPE,),
) -> StringTriple:
    """A triple from subject, relation and object.

    Args:
        parts: The three values.
        what: Name of the triple for messages.
        subject_types: Types of the subject's occurrences.
        object_types: Types of the object's occurrences.

    Raises:
        DataError: If a part is not a string, or is blank.
    """
    subject, relation, object_ = (as_string(part, f"a part of {what}") for part in parts)
    for role, part in (("subject", subject), ("relation", relation), ("object", object_)):
        if not part.strip():
            raise DataError(f"the {role} of {what} is empty; remove the triple or name the {role}")
    return StringTriple(Argument(subject, subject_types), relation, Argument(object_, object_types))


def blank_separated(text: str) -> tuple[Span, ...] | None:
    """The words of a text that is split by blanks; ``None`` for one in a script without blanks between words."""
    words = tuple(Span(*match.span()) for match in re.finditer(r"\S+", text))
    # One foreign name must not change how an English sentence is read, nor one blank how a Chinese one is.
    return None if len(_IDEOGRAPH.findall(text)) > len(words) else words


def place_triples(
    text: str,
    words: tuple[Span, ...] | None,
    triples: Iterable[StringTriple],
    occurrences: Occurrences = "every",
    *,
    mentions: Iterable[Argument] = (),
    id_: str | None = None,
) -> tuple[Document, Alignment]:
    """The document of a text and its triples, and how they were placed.

    Every pair of a subject's and an object's occurrences is a relation, so two subjects and three objects give six.
    Occurrences as whole words win over those inside words. Entities come in text order.

    Args:
        text: The text.
        words: Its words; ``None`` if it has none, and then every occurrence counts and none is inside a word.
        triples: The triples as listed.
        occurrences: Place a triple at every occurrence of its arguments, or at the first one only.
        mentions: Entities to place at every occurrence, whether triples have them or not; those that do not occur are
            left out, see :func:`occurs`.
        id_: The document's id.

    Raises:
        DataError: If there would be more than 100,000 relations.
    """
    listed = list(triples)
    find = _finder(text, words)
    found = {triple: (find(triple.subject.surface), find(triple.object.surface)) for triple in listed}
    placed = {triple: pair for triple, pair in found.items() if all(part.spans for part in pair)}
    stop = 1 if occurrences == "first" else None
    n_relations = sum(len(first.spans[:stop]) * len(second.spans[:stop]) for first, second in placed.values())
    if n_relations > _MAX_RELATIONS:
        raise DataError(
            f"the arguments of the triples occur so often that they make {n_relations:,} relations, more than "
            f"{_MAX_RELATIONS:,}; give offsets, or place each at its first occurrence only"
        )
    linked = dict.fromkeys(
        (subject, triple.relation, object_)
        for triple, (first, second) in placed.items()
        for subject in _entities(triple.subject, first.spans[:stop])
        for object_ in _entities(triple.object, second.spans[:stop])
    )
    marked = {entity for subject, _, object_ in linked for entity in (subject, object_)}
    marked |= {entity for mention in mentions for entity in _entities(mention, find(mention.surface).spans)}
    entities = tuple(sorted(marked, key=lambda entity: (entity.start, entity.end, entity.type)))
    position = {entity: index for index, entity in enumerate(entities)}
    document = Document(
        text=text,
        entities=entities,
        relations=tuple(Relation(name, position[s], position[o]) for s, name, o in linked),
        id=id_,
        words=words,
        unplaced=_unplaced(triple for triple in found if triple not in placed),
    )
    return document, Alignment(
        triples=len(listed),
        repeated=len(listed) - len(found),
        ambiguous=sum(any(len(part.spans) > 1 for part in pair) for pair in placed.values()),
        not_word_bounded=sum(not all(part.is_word_bounded for part in pair) for pair in placed.values()),
        unplaced=len(found) - len(placed),
    )


def _entities(argument: Argument, spans: Iterable[tuple[int, int]]) -> Iterator[Entity]:
    types = chain(argument.types, repeat(argument.types[-1]))
    return (Entity(start, end, type_) for (start, end), type_ in zip(spans, types, strict=False))


def _unplaced(triples: Iterable[StringTriple]) -> tuple[UnplacedTriple, ...]:
    # Triples that differ in their arguments' types alone are one without them.
    return tuple(dict.fromkeys(UnplacedTriple(t.subject.surface, t.relation, t.object.surface) for t in triples))


def occurs(surface: str, text: str, words: tuple[Span, ...] | None) -> bool:
    """Whether :func:`place_triples` finds a string in a text."""
    return bool(_finder(text, words)(surface).spans)


@dataclass(frozen=True, slots=True)
class _Found:
    """Where an argument occurs, as (start, end) in text order, and whether as whole words."""

    spans: tuple[tuple[int, int], ...]
    is_word_bounded: bool


def _finder(text: str, words: tuple[Span, ...] | None) -> Callable[[str], _Found]:
    """Finds strings in a text, as whole words if it has words with them."""
    surfaces = [text[word.start : word.end] for word in words or ()]

    @cache
    def find(surface: str) -> _Found:
        wanted = surface.split()
        whole = tuple(
            (words[first].start, words[first + len(wanted) - 1].end)
            for first in range(len(surfaces) - len(wanted) + 1)
            if words and surfaces[first] == wanted[0] and surfaces[first : first + len(wanted)] == wanted
        )
        if whole:
            return _Found(whole, is_word_bounded=True)
        inside = re.finditer(re.escape(surface.strip()), text)
        return _Found(tuple(match.span() for match in inside), is_word_bounded=words is None)

    return find


def read_placed(
    path: Path,
    make: Make,
    *,
    on_error: OnError | None,
    on_dropped: OnError | None = None,
    occurrences: Occurrences,
    on_alignment: Callable[[Alignment], None] | None,
) -> Iterator[Document]:
    """Read a file of triples of strings, a JSON list or JSON lines.

    Args:
        path: File to read.
        make: Builds the document of a record; raises :class:`DataError` with the reason alone.
        on_error: Takes the bad records, and reading goes on.
        on_dropped: Takes the records of which a part was left out; ``on_error`` does without it.
        occurrences: Place a triple at every occurrence of its arguments, or at the first one only.
        on_alignment: Takes the counts of the whole file, once, after the last document.

    Raises:
        ConfigError: If ``occurrences`` is unknown.
        DataError: With file, record and reason, at a bad record if nobody takes it; at once if the file is missing.
    """
    check_occurrences(occurrences)
    total = Alignment()

    def make_document(record: object) -> tuple[Document, Sequence[str]]:
        nonlocal total
        document, alignment, left_out = make(record, occurrences)
        total += alignment
        return document, left_out

    def documents() -> Iterator[Document]:
        yield from read
        if on_alignment is not None:
            on_alignment(total)

    read = read_partly(path, make_document, on_error, on_dropped)
    return documents()


def check_occurrences(occurrences: str) -> None:
    """Check the choice of occurrences.

    Raises:
        ConfigError: If it is unknown.
    """
    if occurrences not in get_args(Occurrences):
        raise ConfigError(f"occurrences is {occurrences!r}, expected one of: {', '.join(get_args(Occurrences))}")
