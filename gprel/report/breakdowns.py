"""Scores by part of the documents or of the items, as plots."""

from collections.abc import Iterator, Sequence

from gprel.document import Document
from gprel.evaluation import KINDS, Evaluation
from gprel.evaluation.breakdown import Part, breakdown
from gprel.evaluation.parts import BREAKDOWNS
from gprel.html import Html, element
from gprel.report.plots import Bar, bars

# Labels have their own tables, and what training has seen is known only to who has its documents.
_SHOWN = tuple(name for name in BREAKDOWNS if name not in ("relation", "seen"))
_TITLES = {"n_triples": "number of triples"}


def breakdowns(
    gold: Sequence[Document], predicted: Sequence[Document], evaluation: Evaluation, rule: str
) -> Iterator[Html]:
    """One plot for each breakdown that has more than one part.

    Args:
        gold: Annotated documents.
        predicted: Predictions for the same texts in the same order.
        evaluation: Their scores, which tell what could be scored.
        rule: Name of an evaluated matching rule.
    """
    for kind in KINDS:
        if evaluation.tally(kind, rule) is None:
            continue
        plots = []
        for name in _SHOWN:
            if kind in BREAKDOWNS[name].kinds:
                parts = [part for part in breakdown(gold, predicted, name, rule, kind) if _has_items(part)]
                if len(parts) > 1:
                    title = f"{kind} by {_TITLES.get(name, name.replace('_', ' '))}"
                    plots.append(bars(title, list(map(_bar, parts)), hint=BREAKDOWNS[name].meaning))
        if plots:
            yield element("h2", f"F1 of {kind} by part ({rule})")
            yield element(
                "p", "Micro F1 with its 95 % interval over documents; n is the number of gold items.", class_="soft"
            )
            yield element("div", *plots, class_="plots")


def _has_items(part: Part) -> bool:
    return bool(part.counts.n_gold or part.counts.n_predicted)


def _bar(part: Part) -> Bar:
    counts = part.counts
    return Bar(part.name, counts.f1, part.interval, f"{counts.f1:.1f}, n = {counts.n_gold:,}")
