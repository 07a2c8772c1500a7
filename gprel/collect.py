"""Columns of decoded spans and triples of a batch to one extraction per example, whichever library decoded them."""

from collections.abc import Iterable, Sequence
from typing import Any, Protocol

from gprel.tokens import Extraction, TokenEntity, TokenSpan, TokenTriple


class Column(Protocol):
    """A column of an array or a tensor."""

    def tolist(self) -> list[Any]:
        """Its values."""
        ...


def collect(
    spans: Iterable[Column], triples: Iterable[Column] | None, n_dropped: Sequence[int], *, use_roles: bool = False
) -> list[Extraction]:
    """One extraction per example.

    Args:
        spans: Columns example, label, first token, last token, score; sorted by example and falling score.
        triples: Columns example, subject, relation, object, score, the arguments as positions in ``spans``; ``None`` if
            the method predicts no triples.
        n_dropped: What was left out of each example.
        use_roles: Labels are roles, not types: a span that is both subject and object is one entity, of type 0.
    """
    entities: list[list[TokenEntity]] = [[] for _ in n_dropped]
    position: list[int] = []  # of every candidate in its example's list
    known: dict[tuple[int, int, int], int] = {}
    for example, label, first, last, score in zip(*(column.tolist() for column in spans), strict=True):
        key = (example, first, last)
        if use_roles and key in known:  # sorted by score, so the better one is there already
            position.append(known[key])
            continue
        known[key] = len(entities[example])
        position.append(known[key])
        entities[example].append(TokenEntity(TokenSpan(first, last), 0 if use_roles else label, score))
    if triples is None:
        return [Extraction(tuple(e), None, n) for e, n in zip(entities, n_dropped, strict=True)]
    found: list[list[TokenTriple]] = [[] for _ in n_dropped]
    for example, subject, relation, object_, score in zip(*(column.tolist() for column in triples), strict=True):
        found[example].append(TokenTriple(position[subject], relation, position[object_], score))
    return [Extraction(tuple(e), tuple(t), n) for e, t, n in zip(entities, found, n_dropped, strict=True)]
