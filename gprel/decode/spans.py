"""Score grids to spans."""

from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor

from gprel.decode.best import keep_best
from gprel.nn.grid import Grid
from gprel.nn.mask import CellMask

CHUNK_CELLS = 1 << 22  # cells written out at once


class Spans(NamedTuple):
    """Labeled spans of a batch, sorted by example and within it by falling score.

    Attributes:
        batch: Example each span belongs to.
        label: Its label.
        first: Its first token.
        last: Its last token.
        scores: Its score.
    """

    batch: Int[Tensor, " n"]
    label: Int[Tensor, " n"]
    first: Int[Tensor, " n"]
    last: Int[Tensor, " n"]
    scores: Float[Tensor, " n"]

    def best(self, n_examples: int, most: int) -> tuple["Spans", Int[Tensor, " batch"]]:
        """The best ``most`` spans of each example in order, and how many of each were left out."""
        kept, n_dropped = keep_best(self.batch, self.scores, n_examples, most)
        return Spans(*(column[kept] for column in self)), n_dropped


def find_spans(
    grid: Grid, mask: CellMask, thresholds: Float[Tensor, " label"], most: int
) -> tuple[Spans, Int[Tensor, " batch"]]:
    """The cells that score above their label's threshold.

    An untrained model passes half of all cells, so the cap holds for every chunk of labels already: what is kept in
    memory and sorted does not grow with labels x seq x seq.

    Args:
        grid: Scores, row = first token, column = last token.
        mask: Cells that may be spans.
        thresholds: One per label.
        most: Spans kept per example, best-scored first.

    Returns:
        The spans, and how many of each example were left out.
    """
    cells = mask.cells()
    n_examples = len(cells)
    size = max(1, CHUNK_CELLS // cells.numel())
    found, n_dropped = [], []
    for start in range(0, grid.n_labels, size):
        scores = grid.labels(start, start + size).dense()
        above = (scores > thresholds[start : start + size, None, None]) & cells[:, None]
        batch, label, first, last = above.nonzero(as_tuple=True)
        chunk = Spans(batch, label + start, first, last, scores[batch, label, first, last])
        spans, n_more = chunk.best(n_examples, most)
        found.append(spans)
        n_dropped.append(n_more)
    if len(found) == 1:
        return found[0], n_dropped[0]
    spans, n_more = Spans(*(torch.cat(columns) for columns in zip(*found, strict=True))).best(n_examples, most)
    return spans, torch.stack([*n_dropped, n_more]).sum(0)
