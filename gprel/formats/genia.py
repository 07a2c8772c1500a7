"""W2NER JSON: tokenized sentences with entities as lists of token positions.

``{"sentence": [...], "ner": [{"index": [position, ...], "type"}]}``, the layout in which GENIA and other corpora with
nested entities are passed on. An entity with a gap between its tokens cannot be held and costs its record. An ``id`` is
read and written, too; the original program passes over it.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

from gprel.document import Document, Entity, Span
from gprel.errors import DataError
from gprel.formats.check import as_id, as_int, as_list, as_object, as_string, required
from gprel.formats.sink import unheld, write_json_list
from gprel.formats.source import OnError, read_records
from gprel.formats.words import in_words, join_words, parse_words, words_in


def read_file(path: Path, *, on_error: OnError | None = None) -> Iterator[Document]:
    """Read documents, from one JSON list or from JSON lines.

    The text is the tokens joined by blanks, the words are the tokens; a record without ``ner`` is not annotated.

    Raises:
        DataError: With file, record or line and reason, at a bad record if ``on_error`` is ``None``; at once if the
            file is missing; if it is empty.
    """
    return read_records(path, from_record, on_error)


def from_record(record: object) -> Document:
    """The document of one record.

    Raises:
        DataError: If the value is not such a record or an entity has a gap; the message has the reason alone.
    """
    fields = as_object(record, "the record")
    text, words = join_words(parse_words(required(fields, "sentence", "the record"), '"sentence"'))
    entities = fields.get("ner")
    if entities is not None:
        entities = tuple(
            _entity(value, f"entity {index}", words) for index, value in enumerate(as_list(entities, '"ner"'))
        )
    return Document(text, entities, id=as_id(fields.get("id")), words=words)


def _entity(value: object, what: str, words: Sequence[Span]) -> Entity:
    fields = as_object(value, what)
    listed = as_list(required(fields, "index", what), f'"index" of {what}')
    positions = [as_int(position, f"a token position of {what}") for position in listed]
    if not positions or any(second != first + 1 for first, second in pairwise(positions)):
        raise DataError(
            f"{what} has the token positions {positions[:10]}, expected one or more without a gap; gprel has no "
            "discontinuous entities: list its parts as entities, or remove it"
        )
    span = words_in(positions[0], positions[-1] + 1, words, what)
    return Entity(span.start, span.end, as_string(required(fields, "type", what), f'"type" of {what}'))


def write_file(documents: Iterable[Document], path: Path) -> Counter[str]:
    """Write documents as one JSON list.

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
    lost.update(unheld(document))
    counted = in_words(replace(document, relations=None), lost)
    record: dict[str, Any] = {} if document.id is None else {"id": document.id}
    if document.id is None:
        lost["ids"] += 1
    record["sentence"] = counted.words
    if counted.entities is not None:
        record["ner"] = [
            {"index": list(range(*words)), "type": entity.type}
            for words, entity in zip(counted.ranges, counted.entities, strict=True)
        ]
    return record
