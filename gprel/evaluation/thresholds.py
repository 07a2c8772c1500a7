"""Per-label thresholds that maximize micro F1 or reach a wanted precision, found from scored predictions.

**F1.** Micro F1 is ``2 C / (P + G)`` over the sums of all labels' correct, predicted and gold items, so a label's best
threshold depends on the others', and each label's own best F1 does not make the best micro F1. But a ratio of sums can
be maximized exactly (Dinkelbach 1967, "On Nonlinear Fractional Programming"): with ``r`` the F1 reached so far, every
label takes the threshold with the largest ``2 C_l - r P_l``, which is its own affair; this gives a better ``r``, and
after a few rounds nothing changes and no other choice is better. Threshold 0 is among the choices, so micro F1 on the
tuned documents is never below that of threshold 0. Where thresholds are equally good, the one nearest to 0 is taken.

**Precision.** A label takes the lowest threshold at which its precision is as wanted even if one more prediction had
been made and were wrong: with few predictions that asks for more than the precision seen. Each label reaches it, so
all together do. Where no threshold does, the label's best-scored prediction is its threshold and nothing passes.

**F1 at a precision.** The best micro F1 among choices whose micro precision is as wanted: a label takes the threshold
with the largest ``C_l - r P_l``, and ``r`` rises from half of the best F1, where that choice is the one above, to the
wanted precision, where every label has it, until all labels together have it.

**Few items.** A threshold from a handful of items is noise. Labels with fewer gold items than ``min_count`` share one
threshold, found from all of their items together; for F1 it stays 0 where even together they have too few.
"""

from bisect import bisect_right
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from math import inf
from typing import TypeVar

from gprel.document import Document
from gprel.evaluation.counts import Counts
from gprel.evaluation.match import Rule
from gprel.evaluation.scored import ScoredItem, gold_counts, scored_items

FLOOR = -6.0
"""Threshold that lets every serious candidate through: as a probability, one in four hundred."""

_STEP = 1e-4  # how exactly the worth of a prediction is found

Curve = Mapping[float, Counts]
"""The counts that each threshold worth a look gives; 0.0 is always among them."""

Runs = Mapping[float, Sequence[Document]]
"""Predictions by the threshold they were made at."""

_Name = TypeVar("_Name", bound=Hashable)
_RARE = None  # the group of labels that share a threshold


@dataclass(frozen=True, slots=True)
class Choice:
    """The thresholds of one kind.

    Attributes:
        thresholds: By label, where not 0.
        counts: What they give on the tuned documents, all labels together.
        rare: Labels that share one threshold.
        unreached: Labels that have not the wanted precision at any threshold.
    """

    thresholds: Mapping[str, float]
    counts: Counts
    rare: tuple[str, ...] = ()
    unreached: tuple[str, ...] = ()


def choose_thresholds(
    gold: Sequence[Document],
    runs: Runs,
    rule: Rule,
    kind: str,
    *,
    precision: float | None = None,
    min_count: int = 20,
    use_f1: bool = False,
) -> Choice:
    """Choose a threshold for every label.

    Args:
        gold: Annotated documents.
        runs: Predictions for their texts; those made at :data:`FLOOR` are enough where a higher threshold finds just
            what scores above it. A threshold at which predictions were made is judged by all of them, and one in
            between by those of the next lower run that score above it.
        rule: When an item counts as right.
        kind: ``"entities"`` or ``"triples"``.
        precision: Wanted precision, 0 to 1; ``None`` maximizes micro F1.
        min_count: Gold items that a label needs for a threshold of its own.
        use_f1: Maximize micro F1 where all labels together have the wanted precision, not every label for itself.
    """
    n_gold = gold_counts(gold, rule, kind)
    items = {floor: scored_items(gold, predicted, rule, kind) for floor, predicted in runs.items()}
    labels = sorted(n_gold.keys() | {item.label for found in items.values() for item in found})
    group = {label: label if n_gold[label] >= min_count else _RARE for label in labels}
    curves = {
        name: curve(
            {floor: [item for item in found if group[item.label] == name] for floor, found in items.items()},
            sum(n_gold[label] for label in labels if group[label] == name),
        )
        for name in dict.fromkeys(group.values())
    }
    unreached: list[str | None] = []
    if precision is None or use_f1:
        if _RARE in curves and curves[_RARE][0.0].n_gold < min_count and precision is None:
            curves[_RARE] = {0.0: curves[_RARE][0.0]}
        chosen = maximize_f1(curves) if precision is None else maximize_f1_at(curves, precision)
    else:
        lowest = {name: reach_precision(points, precision) for name, points in curves.items()}
        unreached = [name for name, threshold in lowest.items() if threshold is None]
        chosen = {name: max(curves[name]) if found is None else found for name, found in lowest.items()}
    return Choice(
        {label: chosen[name] for label, name in group.items() if chosen[name]},
        _total(curves, chosen),
        tuple(label for label in labels if group[label] is _RARE),
        tuple(label for label in labels if group[label] in unreached),
    )


def curve(runs: Mapping[float, Sequence[ScoredItem]], n_gold: int) -> Curve:
    """What every threshold gives that makes a difference: between neighboring scores, at 0, and where a run was made.

    Args:
        runs: Items by the threshold that they were predicted at, the lowest at or below 0.
        n_gold: Number of gold items.
    """
    points: dict[float, Counts] = {}
    for floor, end in pairwise([*sorted(runs), inf]):
        items = sorted(runs[floor], key=lambda item: item.score)
        scores = [item.score for item in items]
        n_correct = [0, *accumulate(item.is_correct for item in reversed(items))]  # of the best so many
        points[floor] = Counts(n_correct[-1], len(items), n_gold)
        cuts = {_between(low, high) for low, high in pairwise([floor, *scores]) if low < high} | {0.0, *scores[-1:]}
        for threshold in cuts:
            if floor < threshold < end:
                n_above = len(items) - bisect_right(scores, threshold)
                points[threshold] = Counts(n_correct[n_above], n_above, n_gold)
    return dict(sorted(points.items()))


def maximize_f1(curves: Mapping[_Name, Curve]) -> dict[_Name, float]:
    """The thresholds with the best micro F1 of all choices of one point per curve; of equals, those nearest to 0."""
    chosen = dict.fromkeys(curves, 0.0)
    best = _total(curves, chosen)
    while True:
        correct, size = best.n_correct, best.n_predicted + best.n_gold  # F1 = 2 correct / size, in whole numbers
        chosen = {
            name: max(points, key=lambda t: (points[t].n_correct * size - correct * points[t].n_predicted, -abs(t)))
            for name, points in curves.items()
        }
        found = _total(curves, chosen)
        if found.n_correct * size <= correct * (found.n_predicted + found.n_gold):
            return chosen
        best = found


def maximize_f1_at(curves: Mapping[_Name, Curve], precision: float) -> dict[_Name, float]:
    """Thresholds with a good micro F1 whose micro precision is as wanted; see above.

    Args:
        curves: The counts that each threshold gives, by label.
        precision: Wanted precision, 0 to 1.
    """
    best = maximize_f1(curves)
    if _has(best, curves, precision):
        return best
    low, high = _total(curves, best).f1 / 200, precision
    while high - low > _STEP:
        rate = (low + high) / 2
        low, high = (low, rate) if _has(_at_rate(curves, rate), curves, precision) else (rate, high)
    return _at_rate(curves, high)


def _at_rate(curves: Mapping[_Name, Curve], rate: float) -> dict[_Name, float]:
    """Every label's threshold where a correct item is worth 1 and a predicted one costs so much."""
    return {
        name: max(points, key=lambda t: (points[t].n_correct - rate * points[t].n_predicted, -abs(t)))
        for name, points in curves.items()
    }


def _has(chosen: Mapping[_Name, float], curves: Mapping[_Name, Curve], precision: float) -> bool:
    total = _total(curves, chosen)
    return total.n_correct >= precision * total.n_predicted


def reach_precision(points: Curve, precision: float) -> float | None:
    """The lowest threshold at which the precision is as wanted, one further mistake included; ``None`` without any.

    Of thresholds that let just the same items through it is the one nearest to 0.
    """
    reached = [n for n in points.values() if n.n_correct and n.n_correct >= precision * (n.n_predicted + 1)]
    return min((t for t, n in points.items() if n == reached[0]), key=abs) if reached else None


def _total(curves: Mapping[_Name, Curve], chosen: Mapping[_Name, float]) -> Counts:
    return sum((curves[name][threshold] for name, threshold in chosen.items()), Counts())


def _between(low: float, high: float) -> float:
    """A number that ``high`` is above and ``low`` is not, in few digits where there is one."""
    middle = (low + high) / 2
    short = round(middle, 4)
    if low <= short < high:
        return short
    return middle if low <= middle < high else low
