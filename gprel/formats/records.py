"""Entities and relations as JSON objects: the shape of gprel's own format and of SpERT's.

``{"start", "end", "type"}`` in characters or words, and ``{"type", ...}`` with two positions in the list of entities,
whose names differ; both may have a ``score``.
"""

from collections.abc import Callable, Iterable
from typing import Any

from gprel.document import Entity, Relation, Span
from gprel.formats.check import as_int, as_list, as_object, as_score, as_string, required


def parse_entities(values: object, place: Callable[[int, int, str], Span] | None = None) -> tuple[Entity, ...] | None:
    """Entities from a list of objects; ``None`` where there is no list.

    Args:
        values: The value of the field.
        place: Turns ``start`` and ``end`` into characters; takes what to call the entity in messages, too. Without it
            they are characters.

    Raises:
        DataError: If the value is not such a list; the message has the reason alone.
    """
    if values is None:
        return None
    entities = []
    for index, value in enumerate(as_list(values, '"entities"')):
        what = f"entity {index}"
        fields = as_object(value, what)
        start, end = (as_int(required(fields, key, what), f'"{key}" of {what}') for key in ("start", "end"))
        if place is not None:
            span = place(start, end, what)
            start, end = span.start, span.end
        type_ = as_string(required(fields, "type", what), f'"type" of {what}')
        entities.append(Entity(start, end, type_, as_score(fields.get("score"), f'"score" of {what}')))
    return tuple(entities)


def parse_relations(values: object, subject: str, object_: str) -> tuple[Relation, ...] | None:
    """Relations from a list of objects; ``None`` where there is no list.

    Args:
        values: The value of the field.
        subject: Name of the field with the subject's position in the list of entities.
        object_: Name of the field with the object's position.

    Raises:
        DataError: If the value is not such a list; the message has the reason alone.
    """
    if values is None:
        return None
    relations = []
    for index, value in enumerate(as_list(values, '"relations"')):
        what = f"relation {index}"
        fields = as_object(value, what)
        type_ = as_string(required(fields, "type", what), f'"type" of {what}')
        first, second = (as_int(required(fields, key, what), f'"{key}" of {what}') for key in (subject, object_))
        relations.append(Relation(type_, first, second, as_score(fields.get("score"), f'"score" of {what}')))
    return tuple(relations)


def entity_records(entities: Iterable[Entity], positions: Iterable[tuple[int, int]]) -> list[dict[str, Any]]:
    """The inverse of :func:`parse_entities`, with the positions to write; scores are rounded to 4 digits."""
    return [
        {"start": start, "end": end, "type": entity.type, **_score(entity.score)}
        for entity, (start, end) in zip(entities, positions, strict=True)
    ]


def relation_records(relations: Iterable[Relation], subject: str, object_: str) -> list[dict[str, Any]]:
    """The inverse of :func:`parse_relations`; scores are rounded to 4 digits."""
    return [
        {"type": relation.type, subject: relation.subject, object_: relation.object, **_score(relation.score)}
        for relation in relations
    ]


def _score(score: float | None) -> dict[str, float]:
    return {} if score is None else {"score": round(score, 4)}
