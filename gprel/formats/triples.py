"""CasRel, PRGC and OneRel JSON: a list (or lines) of ``{"text", "triple_list": [[subject, relation, object], ...]}``.

The arguments are strings without offsets, so they are looked up in the text; see :mod:`gprel.formats.placing`.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from gprel.document import Document
from gprel.formats.changes import checked_records
from gprel.formats.check import as_id, as_list, as_object, as_string, required
from gprel.formats.placing import (
    Alignment,
    Occurrences,
    blank_separated,
    check_occurrences,
    parse_triple,
    place_triples,
    read_placed,
)
from gprel.formats.sink import write_json_list
from gprel.formats.source import OnError, parse_records


def read_file(
    path: Path,
    *,
    on_error: OnError | None = None,
    occurrences: Occurrences = "every",
    on_alignment: Callable[[Alignment], None] | None = None,
) -> Iterator[Document]:
    """Read documents whose words are the parts of the text between blanks; ids count the records of a list from 1.

    A text in a script without blanks between words has no words.

    Args:
        path: File to read.
        on_error: Takes the bad records, and reading goes on.
        occurrences: Place a triple at every occurrence of its arguments, or at the first one only.
        on_alignment: Takes the counts of the whole file, once, after the last document.

    Raises:
        ConfigError: If ``occurrences`` is unknown.
        DataError: With file, record and reason, at a bad record if ``on_error`` is ``None``; if the file is empty; at
            once if it is missing.
    """
    return read_placed(path, _make, on_error=on_error, occurrences=occurrences, on_alignment=on_alignment)


def _make(record: object, occurrences: Occurrences) -> tuple[Document, Alignment, Sequence[str]]:
    return *from_record(record, occurrences), ()


def place(
    records: Iterable[object],
    source: str,
    *,
    on_error: OnError | None = None,
    occurrences: Occurrences = "every",
    on_alignment: Callable[[Alignment], None] | None = None,
) -> Iterator[Document]:
    """The same as :func:`read_file` for records that are already parsed.

    Raises:
        ConfigError: If ``occurrences`` is unknown.
        DataError: With source, record and reason, at a bad record if ``on_error`` is ``None``.
    """
    check_occurrences(occurrences)
    total = Alignment()

    def make(record: object) -> Document:
        nonlocal total
        document, alignment = from_record(record, occurrences)
        total += alignment
        return document

    yield from parse_records(records, source, make, on_error)
    if on_alignment is not None:
        on_alignment(total)


def from_record(record: object, occurrences: Occurrences = "every") -> tuple[Document, Alignment]:
    """The document of one record and how its triples were placed; a record without triples is not annotated.

    Raises:
        DataError: If the value is not such a record; the message has the reason alone.
    """
    fields = as_object(record, "the record")
    text = as_string(required(fields, "text", "the record"), '"text"')
    words = blank_separated(text)
    id_ = as_id(fields.get("id"))
    if fields.get("triple_list") is None:
        return Document(text, id=id_, words=words), Alignment()
    triples = [
        parse_triple(as_list(value, f"triple {index}", 3), f"triple {index}")
        for index, value in enumerate(as_list(fields["triple_list"], '"triple_list"'))
    ]
    return place_triples(text, words, triples, occurrences, id_=id_)


def write_file(documents: Iterable[Document], path: Path) -> Counter[str]:
    """Write a JSON list.

    Returns:
        What reading the file does not give back: entity types, entities without a triple, scores, other words than
        those between blanks, ids that are missing, and entities and relations that reading adds or takes away because
        it finds an argument's string elsewhere, too, or inside a longer word.

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
    """A document as JSON-ready values; every triple of strings is listed once, and none with a blank part."""
    record: dict[str, Any] = {} if document.id is None else {"id": document.id}
    record["text"] = document.text
    if document.relations is not None or document.unplaced:
        placed = [(document.surface(s), relation, document.surface(o)) for s, relation, o in document.triples()]
        unplaced = [(triple.subject, triple.relation, triple.object) for triple in document.unplaced]
        record["triple_list"] = [
            list(parts) for parts in dict.fromkeys(placed + unplaced) if all(part.strip() for part in parts)
        ]
    return record
