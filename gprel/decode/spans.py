"""Score grids to spans."""

from collections.abc import Iterator
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from gprel.decode.best import keep_best
from gprel.nn.grid import Grid
from gprel.nn.mask import CellMask

CHUNK_CELLS = 1 << 22  # numbers written out at once
_SLACK = 1e-2  # far above the rounding errors by which a bound may lie below what it bounds


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
    n_examples = grid.n_examples
    found, n_dropped = [], []
    for passing in _passing(grid, mask.cells(), thresholds):
        spans, n_more = passing.best(n_examples, most)
        found.append(spans)
        n_dropped.append(n_more)
    if len(found) == 1:
        return found[0], n_dropped[0]
    spans = Spans(*(torch.cat(columns) for columns in zip(*found, strict=True)))
    order = spans.label.argsort(stable=True)  # equals stay in the order of labels, then cells
    spans, n_more = Spans(*(column[order] for column in spans)).best(n_examples, most)
    return spans, torch.stack([*n_dropped, n_more]).sum(0)


def _passing(grid: Grid, cells: Bool[Tensor, "batch seq seq"], thresholds: Float[Tensor, " label"]) -> Iterator[Spans]:
    """The cells that pass, a bounded number at a time, in the order of labels and cells."""
    if grid.row is None or grid.column is None:
        size = max(1, CHUNK_CELLS // cells.numel())
        for start in range(0, grid.n_labels, size):
            scores = grid.labels(start, start + size).dense()
            above = (scores > thresholds[start : start + size, None, None]) & cells[:, None]
            batch, label, first, last = above.nonzero(as_tuple=True)
            yield Spans(batch, label + start, first, last, scores[batch, label, first, last])
        return
    # What a label adds to a row and to a column is at most what the best label adds, so that one product for all labels
    # says which cells can hold anything at all.
    query, key = grid.query[:, 0], grid.key[:, 0]
    ones = torch.ones_like(query[..., :1])
    rows = torch.cat([query, (grid.row - thresholds[:, None]).amax(1)[..., None], ones], -1)
    columns = torch.cat([key, ones, grid.column.amax(1)[..., None]], -1)
    possible = ((rows @ columns.mT > -_SLACK) & cells).nonzero()
    for part in possible.split(max(1, CHUNK_CELLS // max(grid.n_labels, grid.pair_numbers))):
        batch, first, last = part.unbind(1)
        scores = grid.at_pairs(batch, first, last)  # n label
        label, cell = (scores > thresholds).T.nonzero(as_tuple=True)
        yield Spans(batch[cell], label, first[cell], last[cell], scores[cell, label])
