"""Tables that are scored pair by pair to spans."""

import torch
from jaxtyping import Float, Int
from torch import Tensor

from gprel.decode.spans import Spans
from gprel.decode.triples import PairScores
from gprel.nn.mask import CellMask

CHUNK_NUMBERS = 1 << 22  # numbers written out at once


def find_table_spans(
    table: PairScores, mask: CellMask, thresholds: Float[Tensor, " label"], most: int
) -> tuple[Spans, Int[Tensor, " batch"]]:
    """The cells that score above their label's threshold, as :func:`~gprel.decode.find_spans` does for grids.

    Args:
        table: Scores, row = first token, column = last token.
        mask: Cells that may be spans; no other is scored.
        thresholds: One per label.
        most: Spans kept per example, best-scored first.

    Returns:
        The spans, and how many of each example were left out.
    """
    cells = mask.cells()
    found, n_dropped = [], []
    for where in cells.nonzero().split(max(1, CHUNK_NUMBERS // table.pair_numbers)):
        batch, first, last = where.unbind(1)
        scores = table.at_pairs(batch, first, last)
        cell, label = (scores > thresholds).nonzero(as_tuple=True)
        chunk = Spans(batch[cell], label, first[cell], last[cell], scores[cell, label])
        spans, n_more = chunk.best(len(cells), most)
        found.append(spans)
        n_dropped.append(n_more)
    spans, n_more = Spans(*(torch.cat(columns) for columns in zip(*found, strict=True))).best(len(cells), most)
    return spans, torch.stack([*n_dropped, n_more]).sum(0)
