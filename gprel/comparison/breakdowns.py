"""Scores by part of the documents or of the items: entity length, density, and the like."""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gprel.comparison.cells import Cell
from gprel.comparison.matrix import CorpusEntry
from gprel.document import Document


@dataclass(frozen=True)
class BreakdownRow:
    """One method's score on one part.

    Attributes:
        by: What the scores are broken down by.
        bin: Name of the part.
        kind: ``entities`` or ``triples``.
        method: The method.
        f1: Micro F1 in percent, one per seed.
        n_gold: Gold items in the part.
        interval: 95 % interval over documents, all seeds together.
    """

    by: str
    bin: str
    kind: str
    method: str
    f1: tuple[float, ...]
    n_gold: int
    interval: tuple[float, float]

    def text(self) -> str:
        """Mean and interval."""
        return f"{statistics.fmean(self.f1):.2f} ({self.interval[0]:.2f} to {self.interval[1]:.2f})"


def broken_down(
    names: Sequence[str], entry: CorpusEntry, gold: Sequence[Document], finished: Mapping[str, Sequence[Cell]]
) -> list[BreakdownRow]:
    """TODO."""
    return []
