"""Doccano JSON lines: sequence labeling, with relations where the project uses them.

A project without relations exports ``{"id", "text", "label": [[start, end, type], ...]}`` (``"labels"`` and ``"data"``
for the text in other versions), one with relations ``{"id", "text", "entities": [{"id", "label", "start_offset",
"end_offset"}], "relations": [{"id", "from_id", "to_id", "type"}], "Comments": []}``. Offsets are half-open, in code
points. Both are read, the second is written. Comments and further fields, which are the user's own, are passed over.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

from gprel.document import Document, Entity, Relation
from gprel.errors import DataError
from gprel.formats.check import as_id, as_int, as_list, as_object, as_string, required
from gprel.formats.omitted import count_omitted
from gprel.formats.sink import write_json_lines
from gprel.formats.source import OnError, read_records


def read_file(path: Path, *, on_error: OnError | None = None) -> Iterator[Document]:
    """Read documents; what a record does not mention, entities or relations, is unknown.

    Raises:
        DataError: With file, line and reason, at a bad record if ``on_error`` is ``None``; if the file is empty; at
            once if it is missing.
    """
    return read_records(path, from_record, on_error)


def from_record(record: object) -> Document:
    """The document of one record of either form.

    Raises:
        DataError: If the value is not such a record; the message has the reason alone.
    """
    fields = as_object(record, "the record")
    key = "data" if "data" in fields and "text" not in fields else "text"
    text = as_string(required(fields, key, "the record"), f'"{key}"')
    given = [name for name in ("entities", "label", "labels", "annotations") if fields.get(name) is not None]
    if len(given) > 1:
        raise DataError(f"the record has entities under {' and '.join(map(repr, given))}, expected one of them")
    if given == ["annotations"]:
        raise DataError(
            'the record has "annotations", where labels are numbers without names; '
            'export the project as JSONL with text labels ("label" or "entities")'
        )
    entities: tuple[Entity, ...] | None = None
    ids: dict[int, int] = {}
    if given == ["entities"]:
        entities, ids = _entities(fields["entities"])
    elif given:
        entities = tuple(
            _span(value, f"label {index}") for index, value in enumerate(as_list(fields[given[0]], '"label"'))
        )
    relations = fields.get("relations")
    return Document(
        text=text,
        entities=entities,
        relations=None if relations is None else _relations(relations, ids),
        id=as_id(fields.get("id")),
    )


def _span(value: object, what: str) -> Entity:
    start, end, type_ = as_list(value, what, 3)
    return Entity(
        as_int(start, f"the start of {what}"),
        as_int(end, f"the end of {what}"),
        as_string(type_, f"the type of {what}"),
    )


def _entities(values: object) -> tuple[tuple[Entity, ...], dict[int, int]]:
    """The entities and the position of each by its id."""
    entities = []
    positions: dict[int, int] = {}
    for index, value in enumerate(as_list(values, '"entities"')):
        what = f"entity {index}"
        fields = as_object(value, what)
        id_, start, end = (
            as_int(required(fields, key, what), f'"{key}" of {what}') for key in ("id", "start_offset", "end_offset")
        )
        if id_ in positions:
            raise DataError(f"entity {index} has the id {id_} of entity {positions[id_]}; give each its own id")
        positions[id_] = index
        entities.append(Entity(start, end, as_string(required(fields, "label", what), f'"label" of {what}')))
    return tuple(entities), positions


def _relations(values: object, ids: dict[int, int]) -> tuple[Relation, ...]:
    relations = []
    for index, value in enumerate(as_list(values, '"relations"')):
        what = f"relation {index}"
        fields = as_object(value, what)
        arguments = []
        for key in ("from_id", "to_id"):
            id_ = as_int(required(fields, key, what), f'"{key}" of {what}')
            if id_ not in ids:
                raise DataError(f'"{key}" of {what} is {id_}, which is the "id" of no entity of the record')
            arguments.append(ids[id_])
        relations.append(Relation(as_string(required(fields, "type", what), f'"type" of {what}'), *arguments))
    return tuple(relations)


def write_file(documents: Iterable[Document], path: Path) -> Counter[str]:
    """Write the form with relations; ids of entities and relations are unique in the file.

    Returns:
        What was left out, see :class:`gprel.formats.format.Writer`.

    Raises:
        DataError: If there is something at this path already.
    """
    omitted: Counter[str] = Counter()
    write_json_lines(_records(documents, omitted), path)
    # Unlike other tools' files, this one can say that entities are known and relations are not.
    del omitted["unknown annotation"]
    return omitted


def _records(documents: Iterable[Document], omitted: Counter[str]) -> Iterator[dict[str, Any]]:
    entity_ids, relation_ids = count(), count()
    for document in documents:
        omitted.update(count_omitted(document))
        record: dict[str, Any] = {} if document.id is None else {"id": document.id}
        record["text"] = document.text
        ids: list[int] = []
        if document.entities is not None:
            ids = [next(entity_ids) for _ in document.entities]
            record["entities"] = [
                {"id": id_, "label": entity.type, "start_offset": entity.start, "end_offset": entity.end}
                for id_, entity in zip(ids, document.entities, strict=True)
            ]
        if document.relations is not None:
            record["relations"] = [
                {"id": next(relation_ids), "from_id": ids[item.subject], "to_id": ids[item.object], "type": item.type}
                for item in document.relations
            ]
        yield record | {"Comments": []}
