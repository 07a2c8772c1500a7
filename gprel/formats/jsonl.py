"""Canonical gprel JSONL: one document a line, offsets half-open in characters; the format of every command.

``{"id", "text", "entities": [{"start", "end", "type"}], "relations": [{"type", "subject", "object"}]}``, where
subject and object are positions in ``entities``. Only ``text`` is required. Predictions carry a ``score``. ``words``
(``[[start, end], ...]``) and ``unplaced`` (``[[subject, relation, object], ...]``) are optional;
``"arguments_only": true`` marks predictions whose entities are the arguments of triples alone. Unknown fields are
passed over.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Any

import jsonlines

from gprel.document import Document, Span, UnplacedTriple
from gprel.errors import DataError
from gprel.formats.check import as_bool, as_id, as_int, as_list, as_object, as_string, required
from gprel.formats.records import entity_records, parse_entities, parse_relations, relation_records
from gprel.formats.sink import create, to_json
from gprel.formats.source import OnError, parse_json_lines, read_lines


def read(lines: Iterable[str], source: str, on_error: OnError | None = None) -> Iterator[Document]:
    """Read documents from a stream of lines; byte order mark, CRLF and blank lines are fine.

    Args:
        lines: One JSON object each.
        source: Name for messages, for example the file.
        on_error: Takes the bad lines, and reading goes on; without it reading stops at the first one.

    Raises:
        DataError: With source, line and reason, at a bad line if ``on_error`` is ``None``; if there are no lines.
    """
    return parse_json_lines(lines, source, from_record, on_error)


def read_file(path: Path, *, on_error: OnError | None = None) -> Iterator[Document]:
    """Read documents from a file; see :func:`read`.

    Raises:
        DataError: As :func:`read`; at once if the file is missing.
    """
    return read(read_lines(path), str(path), on_error)


def write(documents: Iterable[Document], file: IO[str]) -> None:
    """Write documents, one line each, to a file opened as UTF-8 text.

    Raises:
        ValueError: If a score is not finite.
    """
    jsonlines.Writer(file, dumps=to_json).write_all(map(to_record, documents))


def write_file(documents: Iterable[Document], path: Path) -> Counter[str]:
    """Write documents to a new file; see :func:`write`.

    Returns:
        Nothing: the format holds everything, but scores are rounded to 4 digits.

    Raises:
        DataError: If the file exists or cannot be written.
        ValueError: If a score is not finite.
    """
    with create(path) as file:
        write(documents, file)
    return Counter()


def to_record(document: Document) -> dict[str, Any]:
    """A document as JSON-ready values; what is unknown is left out, scores are rounded to 4 digits."""
    record: dict[str, Any] = {} if document.id is None else {"id": document.id}
    record["text"] = document.text
    if document.entities is not None:
        offsets = [(entity.start, entity.end) for entity in document.entities]
        record["entities"] = entity_records(document.entities, offsets)
    if document.relations is not None:
        record["relations"] = relation_records(document.relations, "subject", "object")
    if document.words is not None:
        record["words"] = [[word.start, word.end] for word in document.words]
    if document.unplaced:
        record["unplaced"] = [[triple.subject, triple.relation, triple.object] for triple in document.unplaced]
    if document.arguments_only:
        record["arguments_only"] = True
    return record


def from_record(record: object) -> Document:
    """The document of one parsed line, the inverse of :func:`to_record`.

    Raises:
        DataError: If the value is not such an object; the message has the reason alone.
    """
    fields = as_object(record, "the line")
    text = as_string(required(fields, "text", "the object"), '"text"')
    return Document(
        text=text,
        entities=parse_entities(fields.get("entities")),
        relations=parse_relations(fields.get("relations"), "subject", "object"),
        id=as_id(fields.get("id")),
        words=_words(fields.get("words")),
        unplaced=_unplaced(fields.get("unplaced")),
        arguments_only=as_bool(fields.get("arguments_only", False), '"arguments_only"'),
    )


def _words(values: object) -> tuple[Span, ...] | None:
    if values is None:
        return None
    words: list[Span] = []
    for index, value in enumerate(as_list(values, '"words"')):
        start, end = (as_int(offset, f"an offset of word {index}") for offset in as_list(value, f"word {index}", 2))
        if words and start < words[-1].end:
            raise DataError(
                f"word {index} starts at {start}, before the end of word {index - 1}; words go in text order"
            )
        words.append(Span(start, end))
    return tuple(words)


def _unplaced(values: object) -> tuple[UnplacedTriple, ...]:
    if values is None:
        return ()
    triples = []
    for index, value in enumerate(as_list(values, '"unplaced"')):
        subject, relation, object_ = (
            as_string(part, f"a part of unplaced triple {index}")
            for part in as_list(value, f"unplaced triple {index}", 3)
        )
        triples.append(UnplacedTriple(subject, relation, object_))
    return tuple(triples)
