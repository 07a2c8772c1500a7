"""Scores by part of the documents or of their items: entity length, density, overlap, and the like."""

import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from gprel.comparison.cells import Cell
from gprel.comparison.summary import CorpusSummary
from gprel.document import Document
from gprel.evaluation.breakdown import Part, breakdown, with_items
from gprel.evaluation.parts import BREAKDOWNS
from gprel.evaluation.significance import bootstrap_interval
from gprel.formats import jsonl


@dataclass(frozen=True)
class BreakdownRow:
    """One method's score on one part, under the rule of the main table.

    Attributes:
        by: What the scores are broken down by.
        part: Name of the part.
        kind: ``entities`` or ``triples``.
        method: The method.
        f1: Micro F1 in percent, one per seed.
        n_documents: Documents in the part.
        n_gold: Gold items in the part.
        interval: 95 % interval over documents, all seeds together.
    """

    by: str
    part: str
    kind: str
    method: str
    f1: tuple[float, ...]
    n_documents: int
    n_gold: int
    interval: tuple[float, float]


def broken_down(
    names: Sequence[str],
    summary: CorpusSummary,
    gold: Sequence[Document],
    train: Sequence[Document] | None,
    finished: Mapping[str, Sequence[Cell]],
) -> list[BreakdownRow]:
    """Break the scores of a corpus down.

    Args:
        names: By what, names in ``BREAKDOWNS``; those that do not fit what is scored are passed over.
        summary: The scores.
        gold: The documents of the split that is reported.
        train: Training documents, for what has been seen there.
        finished: Finished cells by method.
    """
    rows = []
    for method, cells in finished.items() if names else ():
        predicted = {cell.seed: list(jsonl.read_file(cell.predictions_path)) for cell in cells}
        for kind in summary.entry.figures:
            score = summary.score(method, kind, summary.entry.rule, "micro")
            for name in names if score else ():
                if kind in BREAKDOWNS[name].kinds:
                    assert score is not None
                    runs = [
                        breakdown(gold, predicted[seed], name, summary.entry.rule, kind, train=train)
                        for seed in score.seeds
                    ]
                    rows += list(_rows(name, kind, method, runs))
    return rows


def _rows(by: str, kind: str, method: str, runs: Sequence[Sequence[Part]]) -> Iterator[BreakdownRow]:
    """One row per part, from its parts in all runs; a run in which nothing was found of it has none."""
    parts: dict[str, list[Part]] = {}
    for run in runs:
        for part in run:
            parts.setdefault(part.name, []).append(part)
    for name, its in parts.items():
        counts = np.sum([part.document_counts for part in its], axis=0)
        yield BreakdownRow(
            by=by,
            part=name,
            kind=kind,
            method=method,
            f1=tuple(part.counts.f1 for part in its),
            n_documents=max(part.n_documents for part in its),
            n_gold=its[0].counts.n_gold,
            interval=bootstrap_interval(with_items(counts)),
        )


def mean_and_interval(row: BreakdownRow) -> str:
    """``88.12 (85.01 to 90.77)``."""
    return f"{statistics.fmean(row.f1):.2f} ({row.interval[0]:.2f} to {row.interval[1]:.2f})"
