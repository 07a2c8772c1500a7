"""CMeEE JSON: a list (or lines) of ``{"text", "entities": [{"start_idx", "end_idx", "type", "entity"}]}``.

``end_idx`` is INCLUSIVE. The training file has two entities without a character (``end_idx = start_idx - 1``).
"""

from collections.abc import Iterator
from pathlib import Path

from gprel.document import Document, Entity
from gprel.errors import DataError
from gprel.formats.check import as_id, as_int, as_list, as_object, as_string, required
from gprel.formats.partly import read_partly
from gprel.formats.source import OnError


def read_file(path: Path, *, on_error: OnError | None = None, on_dropped: OnError | None = None) -> Iterator[Document]:
    """Read documents; a record without ``entities`` is not annotated.

    Args:
        path: File to read.
        on_error: Takes the bad records, and reading goes on.
        on_dropped: Takes the records with an empty entity, which is left out, while the rest of the record is kept;
            ``on_error`` does without it.

    Raises:
        DataError: With file, record and reason, at a bad record if nobody takes it; if the file is empty; at once if it
            is missing.
    """
    return read_partly(path, from_record, on_error, on_dropped)


def from_record(record: object) -> tuple[Document, list[str]]:
    """The document of one record, entities as listed, and the reason for each entity that is left out.

    Raises:
        DataError: If the value is not such a record, or a surface is not what its offsets point at; the message has the
            reason alone.
    """
    fields = as_object(record, "the record")
    text = as_string(required(fields, "text", "the record"), '"text"')
    id_ = as_id(fields.get("id"))
    if fields.get("entities") is None:
        return Document(text, id=id_), []
    entities: list[Entity] = []
    left_out: list[str] = []
    for index, value in enumerate(as_list(fields["entities"], '"entities"')):
        what = f"entity {index}"
        found = as_object(value, what)
        start, last = (as_int(required(found, key, what), f'"{key}" of {what}') for key in ("start_idx", "end_idx"))
        type_, surface = (as_string(required(found, key, what), f'"{key}" of {what}') for key in ("type", "entity"))
        if not surface and last == start - 1:
            left_out.append(
                f"{what} ({type_!r}) is empty: start_idx is {start}, end_idx is {last}, and ends are inclusive; it is "
                "left out: remove it or correct its offsets"
            )
            continue
        if not 0 <= start <= last < len(text) or text[start : last + 1] != surface:
            raise DataError(
                f"{what} ({type_!r}) says {surface!r} is at [{start}, {last}], where the text has "
                f"{text[max(start, 0) : max(last + 1, 0)]!r}; ends are inclusive in this format"
            )
        entities.append(Entity(start, last + 1, type_))
    return Document(text, tuple(entities), id=id_), left_out
