"""Table-Sequence JSON: tokenized sentences, annotated by lists of token positions with exclusive ends.

``{"tokens": [...], "entities": [[start, end, type]], "relations": [[start, end, start, end, type]]}``, where a relation
names the tokens of its two arguments. The layout of Wang and Lu (2020), "Two are better than one". An ``id`` is read
and written, too; the original program passes over it.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from gprel.document import Document
from gprel.formats.check import as_id, as_list, as_object, required
from gprel.formats.sink import unheld, write_json_list
from gprel.formats.source import OnError, read_records
from gprel.formats.tuples import first_at, parse_entity, parse_relation, relation_rows
from gprel.formats.words import in_words, join_words, parse_words


def read_file(path: Path, *, on_error: OnError | None = None) -> Iterator[Document]:
    """Read documents, from one JSON list or from JSON lines.

    The text is the tokens joined by blanks, the words are the tokens.

    Raises:
        DataError: With file, record or line and reason, at a bad record if ``on_error`` is ``None``; at once if the
            file is missing; if it is empty.
    """
    return read_records(path, from_record, on_error)


def from_record(record: object) -> Document:
    """The document of one record; the first argument of a relation becomes the subject.

    Raises:
        DataError: If the value is not such a record; the message has the reason alone.
    """
    fields = as_object(record, "the record")
    text, words = join_words(parse_words(required(fields, "tokens", "the record"), '"tokens"'))
    entities, relations = fields.get("entities"), fields.get("relations")
    if entities is not None:
        entities = tuple(
            parse_entity(value, f"entity {index}", words, closed=False)
            for index, value in enumerate(as_list(entities, '"entities"'))
        )
    if relations is not None:
        arguments = first_at(entities)
        relations = tuple(
            parse_relation(value, f"relation {index}", words, arguments, closed=False)
            for index, value in enumerate(as_list(relations, '"relations"'))
        )
    return Document(text, entities, relations, id=as_id(fields.get("id")), words=words)


def write_file(documents: Iterable[Document], path: Path) -> Counter[str]:
    """Write documents as one JSON list.

    Returns:
        What :func:`~gprel.formats.words.in_words`, :func:`~gprel.formats.tuples.relation_rows` and
        :func:`~gprel.formats.sink.unheld` count, and "ids": documents without one get their position.

    Raises:
        DataError: If the file exists or cannot be written.
    """
    lost: Counter[str] = Counter()
    write_json_list((_to_record(document, lost) for document in documents), path)
    return lost


def _to_record(document: Document, lost: Counter[str]) -> dict[str, Any]:
    lost.update(unheld(document, relations=True))
    counted = in_words(document, lost)
    record: dict[str, Any] = {} if document.id is None else {"id": document.id}
    if document.id is None:
        lost["ids"] += 1
    record["tokens"] = counted.words
    if counted.entities is not None:
        record["entities"] = [
            [*words, entity.type] for words, entity in zip(counted.ranges, counted.entities, strict=True)
        ]
    if counted.relations is not None:
        record["relations"] = [[*subject, *object_, type_] for subject, object_, type_ in relation_rows(counted, lost)]
    return record
