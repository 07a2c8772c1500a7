"""TPLinker JSON: a list (or lines) of texts with relations and entities that may have offsets.

``{"id", "text", "relation_list": [{"subject", "object", "predicate", "subj_char_span": [start, end], "obj_char_span":
[start, end]}], "entity_list": [{"text", "type", "char_span": [start, end]}]}``, ends exclusive. Positions in tokens
(``"tok_span"``) are another tokenizer's and are passed over. An argument without an entry in ``entity_list`` has the
type ``DEFAULT``, as in TPLinker's own files. Before TPLinker adds offsets, its files have none: then the strings are
looked up in the text, see :mod:`gprel.formats.placing`.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from gprel.document import Document, Entity, Relation, Span
from gprel.errors import DataError
from gprel.formats.changes import checked_records
from gprel.formats.check import as_id, as_int, as_list, as_object, as_string, required
from gprel.formats.placing import (
    Alignment,
    Argument,
    Occurrences,
    blank_separated,
    occurs,
    parse_triple,
    place_triples,
    read_placed,
)
from gprel.formats.sink import write_json_list
from gprel.formats.source import OnError

DEFAULT_TYPE = "DEFAULT"
"""The type of entities that have none."""


def read_file(
    path: Path,
    *,
    on_error: OnError | None = None,
    on_dropped: OnError | None = None,
    occurrences: Occurrences = "every",
    on_alignment: Callable[[Alignment], None] | None = None,
) -> Iterator[Document]:
    """Read documents whose words are the parts of the text between blanks, unless an entity ends inside such a part.

    Args:
        path: File to read.
        on_error: Takes the bad records, and reading goes on.
        on_dropped: Takes the records with an entity that has no offsets and does not occur in the text, which is left
            out, while the rest of the record is kept; ``on_error`` does without it.
        occurrences: Place a triple without offsets at every occurrence of its arguments, or at the first one only.
        on_alignment: Takes the counts of the whole file, once, after the last document.

    Raises:
        ConfigError: If ``occurrences`` is unknown.
        DataError: With file, record and reason, at a bad record if nobody takes it; if the file is empty; at once if it
            is missing.
    """
    return read_placed(
        path,
        from_record,
        on_error=on_error,
        on_dropped=on_dropped,
        occurrences=occurrences,
        on_alignment=on_alignment,
    )


def from_record(record: object, occurrences: Occurrences = "every") -> tuple[Document, Alignment, tuple[str, ...]]:
    """The document of one record, how its triples were placed, and the reason for each entity that is left out.

    A record without ``relation_list`` has no known relations, and one without ``entity_list``, too, is not annotated.

    Raises:
        DataError: If the value is not such a record, or a surface is not what its offsets point at; the message has the
            reason alone.
    """
    fields = as_object(record, "the record")
    text = as_string(required(fields, "text", "the record"), '"text"')
    id_ = as_id(fields.get("id"))
    relations, entities = (_objects(fields.get(key), key) for key in ("relation_list", "entity_list"))
    if relations is None and entities is None:
        return Document(text, id=id_, words=blank_separated(text)), Alignment(), ()
    keys = [key in item for item in relations or () for key in ("subj_char_span", "obj_char_span")]
    keys += ["char_span" in item for item in entities or ()]
    if any(keys) and not all(keys):
        raise DataError(
            f"{keys.count(False)} of {len(keys)} entities and arguments have no offsets and the others do; "
            'give each its "char_span", "subj_char_span" and "obj_char_span", or none of them'
        )
    if all(keys):
        document, alignment = _with_offsets(text, relations or [], entities or [])
        left_out: tuple[str, ...] = ()
    else:
        document, alignment, left_out = _without_offsets(text, relations or [], entities or [], occurrences)
    return replace(document, id=id_, relations=None if relations is None else document.relations), alignment, left_out


def _objects(values: object, key: str) -> list[dict[str, Any]] | None:
    if values is None:
        return None
    return [as_object(value, f'item {index} of "{key}"') for index, value in enumerate(as_list(values, f'"{key}"'))]


def _with_offsets(
    text: str, relations: list[dict[str, Any]], entities: list[dict[str, Any]]
) -> tuple[Document, Alignment]:
    found = {
        Entity(span.start, span.end, _string(item, "type", f"entity {index}")): None
        for index, item in enumerate(entities)
        for span in [_span(item, "text", "char_span", text, f"entity {index}")]
    }
    by_span = {entity.span: entity for entity in reversed(found)}  # the first one listed

    def argument(item: dict[str, Any], role: str, key: str, what: str) -> Entity:
        span = _span(item, role, key, text, what)
        entity = by_span.setdefault(span, Entity(span.start, span.end, DEFAULT_TYPE))
        found.setdefault(entity)
        return entity

    links: list[tuple[str, Entity, Entity]] = []
    for index, item in enumerate(relations):
        what = f"relation {index}"
        subject = argument(item, "subject", "subj_char_span", what)
        object_ = argument(item, "object", "obj_char_span", what)
        links.append((_string(item, "predicate", what), subject, object_))
    position = {entity: index for index, entity in enumerate(found)}
    distinct = dict.fromkeys(links)
    document = Document(
        text=text,
        entities=tuple(found),
        relations=tuple(Relation(name, position[s], position[o]) for name, s, o in distinct),
        words=_words(text, found),
    )
    return document, Alignment(triples=len(links), repeated=len(links) - len(distinct))


def _words(text: str, entities: Iterable[Entity]) -> tuple[Span, ...] | None:
    """The parts between blanks, if that is how the text is split into words."""
    words = blank_separated(text)
    starts, ends = {word.start for word in words or ()}, {word.end for word in words or ()}
    return words if all(entity.start in starts and entity.end in ends for entity in entities) else None


def _without_offsets(
    text: str, relations: list[dict[str, Any]], entities: list[dict[str, Any]], occurrences: Occurrences
) -> tuple[Document, Alignment, tuple[str, ...]]:
    mentions: list[Argument] = []
    for index, item in enumerate(entities):
        surface, type_ = (_string(item, key, f"entity {index}") for key in ("text", "type"))
        if not surface.strip():
            raise DataError(f'the "text" of entity {index} is empty; remove the entity or name it')
        mentions.append(Argument(surface, (type_,)))
    types = {mention.surface: mention.types for mention in reversed(mentions)}  # the first one listed
    triples = []
    for index, item in enumerate(relations):
        what = f"relation {index}"
        parts = [_string(item, key, what) for key in ("subject", "predicate", "object")]
        triples.append(parse_triple(parts, what, *(types.get(part, (DEFAULT_TYPE,)) for part in parts[::2])))
    words = blank_separated(text)
    document, alignment = place_triples(text, words, triples, occurrences, mentions=mentions)
    left_out = tuple(
        f"the entity {surface!r} does not occur in the text and is left out; correct it"
        for surface in types
        if not occurs(surface, text, words)
    )
    return document, alignment, left_out


def _string(item: dict[str, Any], key: str, what: str) -> str:
    return as_string(required(item, key, what), f'"{key}" of {what}')


def _span(item: dict[str, Any], surface_key: str, span_key: str, text: str, what: str) -> Span:
    surface = _string(item, surface_key, what)
    values = as_list(required(item, span_key, what), f'"{span_key}" of {what}', 2)
    start, end = (as_int(value, f'an offset in "{span_key}" of {what}') for value in values)
    if not 0 <= start < end <= len(text) or text[start:end] != surface:
        raise DataError(
            f"{what} says {surface!r} is at [{start}, {end}], where the text has "
            f"{text[max(start, 0) : max(end, 0)]!r}; offsets are half-open character positions"
        )
    return Span(start, end)


def write_file(documents: Iterable[Document], path: Path) -> Counter[str]:
    """Write a JSON list.

    Returns:
        What reading the file does not give back: scores, unplaced triples, other words than those between blanks, ids
        that are missing, and relations of one of several entities with the same span.

    Raises:
        DataError: If the file exists already or cannot be written.
    """
    counts: Counter[str] = Counter()

    def read_again(record: object) -> Document:
        document = from_record(record)[0]
        return document if document.id is not None else replace(document, id="")  # reading takes the position for one

    write_json_list(checked_records(documents, to_record, read_again, counts), path)
    return counts


def to_record(document: Document) -> dict[str, Any]:
    """A document as JSON-ready values."""
    record: dict[str, Any] = {} if document.id is None else {"id": document.id}
    record["text"] = document.text
    if document.relations is not None:
        record["relation_list"] = [
            {
                "subject": document.surface(subject),
                "object": document.surface(object_),
                "subj_char_span": [subject.start, subject.end],
                "obj_char_span": [object_.start, object_.end],
                "predicate": relation,
            }
            for subject, relation, object_ in document.triples()
        ]
    if document.entities is not None:
        record["entity_list"] = [
            {"text": document.surface(entity), "type": entity.type, "char_span": [entity.start, entity.end]}
            for entity in document.entities
        ]
    return record
