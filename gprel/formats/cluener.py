"""CLUENER JSON lines (or a list): ``{"text", "label": {type: {surface: [[start, end], ...]}}}``, INCLUSIVE ends."""

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from gprel.document import Document, Entity
from gprel.errors import DataError
from gprel.formats.changes import checked_records
from gprel.formats.check import as_id, as_int, as_list, as_object, as_string, required
from gprel.formats.sink import write_json_lines
from gprel.formats.source import OnError, read_records


def read_file(path: Path, *, on_error: OnError | None = None) -> Iterator[Document]:
    """Read documents; a record without ``label`` is not annotated.

    Raises:
        DataError: With file, line and reason, at a bad line if ``on_error`` is ``None``; if the file is empty; at once
            if it is missing.
    """
    return read_records(path, from_record, on_error)


def from_record(record: object) -> Document:
    """The document of one parsed line, entities in text order.

    Raises:
        DataError: If the value is not such an object, or a surface is not what its offsets point at.
    """
    fields = as_object(record, "the line")
    text = as_string(required(fields, "text", "the object"), '"text"')
    label = fields.get("label")
    entities = None if label is None else _entities(text, as_object(label, '"label"'))
    return Document(text, entities, id=as_id(fields.get("id")))


def _entities(text: str, label: dict[str, Any]) -> tuple[Entity, ...]:
    entities = []
    for type_, surfaces in label.items():
        for surface, spans in as_object(surfaces, f"label {type_!r}").items():
            for span in as_list(spans, f"spans of {surface!r}"):
                start, last = (as_int(offset, f"an offset of {surface!r}") for offset in as_list(span, "a span", 2))
                if start < 0 or text[start : last + 1] != surface:
                    raise DataError(
                        f"label {type_!r} says {surface!r} is at [{start}, {last}], where the text has "
                        f"{text[max(start, 0) : max(last + 1, 0)]!r}; ends are inclusive in this format"
                    )
                entities.append(Entity(start, last + 1, as_string(type_, "a label")))
    return tuple(sorted(entities, key=lambda entity: (entity.start, entity.end, entity.type)))


def write_file(documents: Iterable[Document], path: Path) -> Counter[str]:
    """Write JSON lines.

    Returns:
        What the format does not hold: relations, scores, words and unplaced triples.

    Raises:
        DataError: If the file exists already or cannot be written.
    """
    counts: Counter[str] = Counter()
    write_json_lines(checked_records(documents, to_record, from_record, counts), path)
    return counts


def to_record(document: Document) -> dict[str, Any]:
    """A document as JSON-ready values; entities that are not annotated are left out."""
    record: dict[str, Any] = {} if document.id is None else {"id": document.id}
    record["text"] = document.text
    if document.entities is not None:
        label: dict[str, dict[str, list[list[int]]]] = {}
        for entity in document.entities:
            spans = label.setdefault(entity.type, {}).setdefault(document.surface(entity), [])
            spans.append([entity.start, entity.end - 1])
        record["label"] = label
    return record
