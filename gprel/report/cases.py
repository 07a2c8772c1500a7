"""Gold and prediction of every document with what became of each item, and which documents a page shows."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gprel.document import Document
from gprel.evaluation import Evaluation, rule_named
from gprel.evaluation.outcomes import Outcome, entity_outcomes, triple_outcomes

NOTHING = ("", "nothing to find, nothing found")
"""What a document without any item is an example of."""


@dataclass(frozen=True, slots=True)
class Case:
    """One document.

    Attributes:
        number: Its position among the documents, counted from 1.
        gold: As annotated.
        predicted: As predicted.
        entities: What became of its entities; ``None`` where entities are not scored.
        triples: What became of its triples; ``None`` likewise.
    """

    number: int
    gold: Document
    predicted: Document
    entities: Sequence[Outcome] | None
    triples: Sequence[Outcome] | None

    def outcomes(self) -> Iterator[tuple[str, Outcome]]:
        """Everything, as (``"entities"`` or ``"triples"``, outcome)."""
        yield from (("entities", outcome) for outcome in self.entities or ())
        yield from (("triples", outcome) for outcome in self.triples or ())

    @property
    def strata(self) -> set[tuple[str, str]]:
        """What it is an example of, as (``"entities"`` or ``"triples"``, name of an outcome)."""
        return {(kind, outcome.name) for kind, outcome in self.outcomes()} or {NOTHING}


def cases(gold: Sequence[Document], predicted: Sequence[Document], evaluation: Evaluation, rule: str) -> list[Case]:
    """Explain every document.

    Args:
        gold: Annotated documents.
        predicted: Predictions for the same texts in the same order.
        evaluation: Their scores, which tell what could be scored.
        rule: Name of an evaluated matching rule.
    """
    chosen = rule_named(rule)
    has_entities, has_triples = (evaluation.tally(kind, rule) is not None for kind in ("entities", "triples"))
    return [
        Case(
            number,
            one,
            other,
            entity_outcomes(one, other, chosen) if has_entities else None,
            triple_outcomes(one, other, chosen) if has_triples else None,
        )
        for number, (one, other) in enumerate(zip(gold, predicted, strict=True), start=1)
    ]


def choose(found: Sequence[Case], n: int, seed: int) -> list[Case]:
    """Draw documents so that each kind of outcome has its share, the rare ones all they have.

    The kinds take turns, the rarest first; each takes one of its documents that nobody has taken.

    Args:
        found: All documents.
        n: How many to draw at most.
        seed: Equal seeds draw equal documents.

    Returns:
        The documents in their order.
    """
    if len(found) <= n:
        return list(found)
    waiting: dict[tuple[str, str], list[int]] = {}
    order = list(range(len(found)))
    random.Random(seed).shuffle(order)
    for index in order:
        for stratum in sorted(found[index].strata):
            waiting.setdefault(stratum, []).append(index)
    queues = [queue[::-1] for _, queue in sorted(waiting.items(), key=lambda item: (len(item[1]), item[0]))]
    taken: set[int] = set()
    while len(taken) < n:
        for queue in queues:
            while queue and queue[-1] in taken:
                queue.pop()
            if queue and len(taken) < n:
                taken.add(queue.pop())
    return [found[index] for index in sorted(taken)]
