"""SpERT and PFN JSON: tokenized sentences, annotated in token positions with exclusive ends.

``{"tokens": [...], "entities": [{"type", "start", "end"}], "relations": [{"type", "head", "tail"}], "orig_id"}``,
where ``head`` and ``tail`` are positions in ``entities``. A ``score`` of an entity or a relation is read and written,
too; the original programs pass over it.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from gprel.document import Document
from gprel.formats.check import as_id, as_object, required
from gprel.formats.records import entity_records, parse_entities, parse_relations, relation_records
from gprel.formats.sink import unheld, write_json_list
from gprel.formats.source import OnError, read_records
from gprel.formats.words import in_words, join_words, parse_words, words_in


def read_file(path: Path, *, on_error: OnError | None = None) -> Iterator[Document]:
    """Read documents, from one JSON list or from JSON lines.

    The text is the tokens joined by blanks, the words are the tokens.

    Raises:
        DataError: With file, record or line and reason, at a bad record if ``on_error`` is ``None``; at once if the
            file is missing; if it is empty.
    """
    return read_records(path, from_record, on_error)


def from_record(record: object) -> Document:
    """The document of one record; ``head`` becomes the subject, ``tail`` the object.

    Raises:
        DataError: If the value is not such a record; the message has the reason alone.
    """
    fields = as_object(record, "the record")
    text, words = join_words(parse_words(required(fields, "tokens", "the record"), '"tokens"'))
    return Document(
        text=text,
        entities=parse_entities(fields.get("entities"), lambda start, end, what: words_in(start, end, words, what)),
        relations=parse_relations(fields.get("relations"), "head", "tail"),
        id=as_id(fields.get("orig_id"), '"orig_id"'),
        words=words,
    )


def write_file(documents: Iterable[Document], path: Path) -> Counter[str]:
    """Write documents as one JSON list; scores are rounded to 4 digits.

    Returns:
        What :func:`~gprel.formats.words.in_words` and :func:`~gprel.formats.sink.unheld` count, and "ids": documents
        without one get their position.

    Raises:
        DataError: If the file exists or cannot be written.
    """
    lost: Counter[str] = Counter()
    write_json_list((_to_record(document, lost) for document in documents), path)
    return lost


def _to_record(document: Document, lost: Counter[str]) -> dict[str, Any]:
    lost.update(unheld(document, scores=True, relations=True))
    counted = in_words(document, lost)
    record: dict[str, Any] = {"tokens": counted.words}
    if counted.entities is not None:
        record["entities"] = entity_records(counted.entities, counted.ranges)
    if counted.relations is not None:
        record["relations"] = relation_records(counted.relations, "head", "tail")
    if document.id is None:
        lost["ids"] += 1
    else:
        record["orig_id"] = document.id
    return record
