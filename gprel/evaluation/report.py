"""Scores as rich tables; whoever calls prints them."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from gprel.evaluation.counts import Counts
from gprel.evaluation.score import KINDS, Evaluation

if TYPE_CHECKING:  # numpy would slow every command's help down
    from gprel.evaluation.breakdown import Part

_UNKNOWN = "-"  # not annotated or no such output; "0.00" would say that nothing was found


def table(
    evaluation: Evaluation, title: str, intervals: Mapping[tuple[str, str], tuple[float, float]] | None = None
) -> Table:
    """One row per kind and rule: micro precision, recall and F1, macro F1, and the counts behind them.

    Args:
        evaluation: The scores.
        title: Heading, shown as it is (``[test]`` is no markup).
        intervals: Intervals of the micro F1 by kind and rule, for a further column.
    """
    figures = ("P", "R", "F1", "macro F1", "gold", "found", "correct")
    result = _empty_table(title, ("items", "rule"), figures + (() if intervals is None else ("F1, 95 %",)))
    for kind in KINDS:
        for rule in evaluation.rules:
            tally = evaluation.tally(kind, rule)
            interval = () if intervals is None else (_interval(intervals.get((kind, rule))),)
            if tally is None:
                result.add_row(kind, rule, *[_UNKNOWN] * 7, *interval)
            else:
                macro, numbers = f"{tally.macro_f1:.2f}", _numbers(tally.micro)
                result.add_row(kind, rule, *_percentages(tally.micro), macro, *numbers, *interval)
    return result


def per_type_table(evaluation: Evaluation, rule: str, kind: str) -> Table:
    """One row per entity type or relation: precision, recall, F1, and the counts behind them.

    Args:
        evaluation: The scores.
        rule: Name of a rule.
        kind: ``"entities"`` or ``"triples"``.

    Raises:
        ConfigError: If the kind does not exist or the rule was not evaluated.
    """
    tally = evaluation.tally(kind, rule)
    result = _empty_table(f"{kind} per type ({rule})", ("type",), ("P", "R", "F1", "gold", "found", "correct"))
    if tally is None:
        result.add_row(*[_UNKNOWN] * 7)
    else:
        for label, counts in tally.per_type.items():
            result.add_row(Text(label), *_percentages(counts), *_numbers(counts))
    return result


def breakdown_table(parts: Sequence["Part"], by: str, rule: str, kind: str) -> Table:
    """One row per part: precision, recall, F1 with its interval, documents, and the counts behind them.

    Args:
        parts: The scores.
        by: Name of the breakdown, for the heading, as the next two.
        rule: Name of the rule.
        kind: ``"entities"`` or ``"triples"``.
    """
    figures = ("P", "R", "F1", "F1, 95 %", "docs", "gold", "found", "correct")
    result = _empty_table(f"{kind} by {by} ({rule})", (by,), figures)
    for part in parts:
        counts = part.counts
        interval = part.interval if counts.n_gold or counts.n_predicted else None
        numbers = (str(part.n_documents), *_numbers(counts))
        result.add_row(Text(part.name), *_percentages(counts), _interval(interval), *numbers)
    return result


def _empty_table(title: str, names: tuple[str, ...], figures: tuple[str, ...]) -> Table:
    # Narrow enough for 80 columns. Text, because rich would swallow "[test]" in a plain string as markup.
    result = Table(title=Text(title), box=SIMPLE_HEAD, show_edge=False, padding=(0, 1, 0, 0))
    for name in names:
        result.add_column(name)
    for figure in figures:
        result.add_column(figure, justify="right")
    return result


def _percentages(counts: Counts) -> tuple[str, str, str]:
    return f"{counts.precision:.2f}", f"{counts.recall:.2f}", f"{counts.f1:.2f}"


def _interval(interval: tuple[float, float] | None) -> str:
    return _UNKNOWN if interval is None else f"{interval[0]:.2f} to {interval[1]:.2f}"


def _numbers(counts: Counts) -> tuple[str, str, str]:
    return str(counts.n_gold), str(counts.n_predicted), str(counts.n_correct)
