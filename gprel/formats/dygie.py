"""DyGIE, DyGIE++ and SciERC JSON lines: documents of tokenized sentences.

``{"doc_key", "sentences": [[token, ...], ...], "ner": [[[start, end, type], ...], ...], "relations": [[[start, end,
start, end, type], ...], ...]}`` with one inner list of entities and of relations per sentence. Positions count the
tokens of the whole document, and ends are inclusive.

Predictions of DyGIE++ carry two numbers more, logit and probability; the logit becomes the score. Where there is no
``ner`` (``relations``), ``predicted_ner`` (``predicted_relations``) is read. Other fields (``clusters``, ``events``,
...) are passed over: gprel knows no coreference and no events.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from pathlib import Path
from typing import Any

from gprel.document import Document, Entity, Span
from gprel.errors import DataError
from gprel.formats.check import as_id, as_list, as_object, required
from gprel.formats.sink import unheld, write_json_lines
from gprel.formats.source import OnError, read_records
from gprel.formats.tuples import first_at, parse_entity, parse_relation, relation_rows
from gprel.formats.words import in_words, join_words, parse_words


def read_file(path: Path, *, on_error: OnError | None = None) -> Iterator[Document]:
    """Read documents, from JSON lines or from one JSON list.

    The text is the tokens of all sentences joined by blanks, the words are the tokens; where sentences end is not kept.

    Raises:
        DataError: With file, line or record and reason, at a bad document if ``on_error`` is ``None``; at once if the
            file is missing; if it is empty.
    """
    return read_records(path, from_record, on_error)


def from_record(record: object) -> Document:
    """The document of one record; the first argument of a relation becomes the subject.

    Raises:
        DataError: If the value is not such a record, an entity is outside the sentence that lists it, or an argument
            is no entity; the message has the reason alone.
    """
    fields = as_object(record, "the record")
    sentences = [
        parse_words(sentence, f"sentence {index}")
        for index, sentence in enumerate(as_list(required(fields, "sentences", "the record"), '"sentences"'))
    ]
    ends = list(accumulate(map(len, sentences)))
    text, words = join_words(token for sentence in sentences for token in sentence)
    listed = _listed(fields, "ner", len(sentences))
    entities = None if listed is None else tuple(_entity(value, place, ends, words) for place, value in listed)
    listed = _listed(fields, "relations", len(sentences))
    relations = None
    if listed is not None:
        arguments = first_at(entities)
        relations = tuple(
            parse_relation(value, f"relation {index} of sentence {sentence}", words, arguments, closed=True)
            for (sentence, index), value in listed
        )
    return Document(text, entities, relations, id=as_id(fields.get("doc_key"), '"doc_key"'), words=words)


def _listed(fields: dict[str, Any], key: str, n_sentences: int) -> list[tuple[tuple[int, int], object]] | None:
    """Everything listed under a field, with its sentence and its position there."""
    key = key if fields.get(key) is not None else f"predicted_{key}"
    if fields.get(key) is None:
        return None
    per_sentence = as_list(fields[key], f'"{key}"')
    if len(per_sentence) != n_sentences:
        raise DataError(
            f'"{key}" has {len(per_sentence)} lists but there are {n_sentences} sentences; give one list per sentence'
        )
    return [
        ((sentence, index), value)
        for sentence, values in enumerate(per_sentence)
        for index, value in enumerate(as_list(values, f'"{key}" of sentence {sentence}'))
    ]


def _entity(value: object, place: tuple[int, int], ends: Sequence[int], words: Sequence[Span]) -> Entity:
    sentence, index = place
    what = f"entity {index} of sentence {sentence}"
    entity = parse_entity(value, what, words, closed=True)
    first, last = as_list(value, what)[:2]
    start = ends[sentence - 1] if sentence else 0
    if first < start or last >= ends[sentence]:
        # Most often positions were counted anew in each sentence, and everything but the first would be read wrong.
        raise DataError(
            f"{what} has token positions {first}..{last} but the sentence has {start}..{ends[sentence] - 1}; "
            "positions count the tokens of the whole document, and ends are inclusive"
        )
    return entity


def write_file(documents: Iterable[Document], path: Path) -> Counter[str]:
    """Write documents as JSON lines, each as one sentence.

    Returns:
        What :func:`~gprel.formats.words.in_words`, :func:`~gprel.formats.tuples.relation_rows` and
        :func:`~gprel.formats.sink.unheld` count, and "ids": documents without one get their position,
        because DyGIE++ asks for a ``doc_key``.

    Raises:
        DataError: If the file exists or cannot be written.
    """
    lost: Counter[str] = Counter()
    records = (_to_record(document, number, lost) for number, document in enumerate(documents, start=1))
    write_json_lines(records, path)
    return lost


def _to_record(document: Document, number: int, lost: Counter[str]) -> dict[str, Any]:
    if document.id is None:
        lost["ids"] += 1
    lost.update(unheld(document, relations=True))
    counted = in_words(document, lost)
    key = str(number) if document.id is None else document.id
    record: dict[str, Any] = {"doc_key": key, "sentences": [counted.words]}
    if counted.entities is not None:
        record["ner"] = [
            [
                [start, end - 1, entity.type]
                for (start, end), entity in zip(counted.ranges, counted.entities, strict=True)
            ]
        ]
    if counted.relations is not None:
        record["relations"] = [
            [
                [subject[0], subject[1] - 1, object_[0], object_[1] - 1, type_]
                for subject, object_, type_ in relation_rows(counted, lost)
            ]
        ]
    return record
