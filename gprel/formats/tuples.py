"""Entities as ``[start, end, type]`` and relations as ``[start, end, start, end, type]``, counted in words.

The shape of DyGIE and of Table-Sequence. Relations name their arguments by position in the text, not in the list of
entities, so that two entities with the same words cannot be told apart.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from gprel.document import Entity, Relation, Span
from gprel.errors import DataError
from gprel.formats.check import as_int, as_list, as_score, as_string
from gprel.formats.words import InWords, words_in


def parse_entity(value: object, what: str, words: Sequence[Span], *, closed: bool) -> Entity:
    """The entity of ``[start, end, type]``; a number behind them is its score, anything else there is passed over.

    Args:
        value: The list.
        what: What to call it in messages.
        words: The words of the document.
        closed: Whether ``end`` is the last word, not the one behind it.

    Raises:
        DataError: If the value is not such a list, or there are no such words.
    """
    values = _values(value, what, ("start", "end", "type"))
    span = _span(values[:2], what, words, closed)
    return Entity(span.start, span.end, as_string(values[2], f"the type of {what}"), _score(values[3:], what))


def first_at(entities: Sequence[Entity] | None) -> dict[Span, int]:
    """For each span the position of the first entity there."""
    result: dict[Span, int] = {}
    for index, entity in enumerate(entities or ()):
        result.setdefault(entity.span, index)
    return result


def parse_relation(
    value: object, what: str, words: Sequence[Span], entities: Mapping[Span, int], *, closed: bool
) -> Relation:
    """The relation of ``[start, end, start, end, type]``; the rest as for :func:`parse_entity`.

    Args:
        value: The list.
        what: What to call it in messages.
        words: The words of the document.
        entities: Its entities, see :func:`first_at`.
        closed: Whether an ``end`` is the last word, not the one behind it.

    Raises:
        DataError: If the value is not such a list, or an argument is none of the entities.
    """
    values = _values(value, what, ("start", "end", "start", "end", "type"))
    arguments: list[int] = []
    for role, positions in (("subject", values[:2]), ("object", values[2:4])):
        span = _span(positions, f"the {role} of {what}", words, closed)
        if span not in entities:
            raise DataError(
                f"the {role} of {what} has token positions {positions[0]}..{positions[1]}, where no entity is; "
                "list the entity, too, or remove the relation"
            )
        arguments.append(entities[span])
    type_ = as_string(values[4], f"the type of {what}")
    return Relation(type_, arguments[0], arguments[1], _score(values[5:], what))


def relation_rows(document: InWords, lost: Counter[str]) -> Iterator[tuple[tuple[int, int], tuple[int, int], str]]:
    """Every relation as the word ranges of its arguments and its type.

    Args:
        document: What is to be written.
        lost: Takes the "relations" that will be read with another argument: an earlier entity of the same words.
    """
    first: dict[tuple[int, int], int] = {}
    for index, words in enumerate(document.ranges):
        first.setdefault(words, index)
    for relation in document.relations or ():
        subject, object_ = document.ranges[relation.subject], document.ranges[relation.object]
        if (first[subject], first[object_]) != (relation.subject, relation.object):
            lost["relations"] += 1
        yield subject, object_, relation.type


def _values(value: object, what: str, names: Sequence[str]) -> list[Any]:
    values = as_list(value, what)
    if len(values) < len(names):
        raise DataError(f"{what} has {len(values)} values, expected [{', '.join(names)}]")
    return values


def _span(positions: Sequence[object], what: str, words: Sequence[Span], closed: bool) -> Span:
    start, end = (as_int(position, f"a token position of {what}") for position in positions)
    if not closed:
        return words_in(start, end, words, what)
    if not 0 <= start <= end < len(words):
        raise DataError(
            f"{what} has token positions {start}..{end} but there are {len(words)} tokens; "
            "positions are those of the first and the last token, with 0 <= start <= end < tokens"
        )
    return words_in(start, end + 1, words, what)


def _score(values: Sequence[object], what: str) -> float | None:
    is_number = bool(values) and isinstance(values[0], int | float) and not isinstance(values[0], bool)
    return as_score(values[0], f"the score of {what}") if is_number else None
