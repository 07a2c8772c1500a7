"""The log-sum-exp over all negative cells of an efficient grid, from its factors.

With ``s_l(i, j) = S_ij + a_l,i + c_l,j`` the sum over a row is ``exp(a_l,i) sum_j exp(c_l,j) exp(S_ij)``: for all
labels and rows at once it is one matrix product of seq x seq by seq x labels (docs/any-number-of-relations.md derives
it).
"""

from collections.abc import Iterator

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor
from torch.autograd.function import FunctionCtx

from gprel.nn.grid import Grid
from gprel.nn.mask import CellMask

NOTHING = -1e30  # the logarithm of an empty sum; finite, so that its gradient is 0 and not NaN
UNDERFLOW = 1e-28  # below this a float32 sum of products has lost terms
CHUNK_NUMBERS = 1 << 22  # cells of exact rows written out at once (16 MiB in float32)


def factorized_log_sums(
    grid: Grid, mask: CellMask, positives: Int[Tensor, "n 4"]
) -> tuple[Float[Tensor, "batch label"], Float[Tensor, " n"]]:
    """``log sum_Q exp(s)`` over the valid cells that are not positive, and the scores of the positive ones.

    Rows that hold a positive (as many as there are gold cells), and rows whose sum underflows in float32, are computed
    cell by cell: subtracting the positives afterwards would cancel where one of them dominates.

    Args:
        grid: Scores of an efficient pointer.
        mask: Cells that count.
        positives: Gold cells (batch, label, row, column), each once.

    Returns:
        One log-sum for every sentence and label, and one score for every positive.
    """
    assert grid.row is not None  # the grid of an efficient pointer
    assert grid.column is not None
    cells = mask.cells()
    inner = (grid.query @ grid.key.mT).squeeze(1)  # batch seq seq
    # Label last, as the pointer made them: memory is read in order.
    factors = inner.masked_fill(~cells, NOTHING), grid.row.mT, grid.column.mT, cells, positives
    sums, shares = _LogSums.apply(*factors)  # type: ignore[no-untyped-call]
    batch, _, i, j = positives.unbind(1)
    return sums, inner[batch, i, j] + shares


class _LogSums(torch.autograd.Function):
    """Factors to log-sums, and to the labels' share ``a + c`` of positive scores, with the gradient written out.

    The sum over a row is ``exp(a_i + m_i) sums_i`` with ``sums_i`` at most seq and at least ``UNDERFLOW``, so the
    largest ``a_i + m_i`` is a safe scale for all rows and no row needs a logarithm of its own. With ``w`` the share of
    a row in its label's sum, times the incoming gradient, the gradient is ``w`` for ``a``,
    ``(left^T (w / sums)) * right`` for ``c`` and ``((w / sums) right^T) * left`` for ``S``; an exact row hands
    ``w * softmax(scores)`` to its cells instead. Autograd would pass over twice as many tensors of seq x labels, and
    would write one out for every gather of single rows and cells.
    """

    @staticmethod
    def forward(
        ctx: FunctionCtx,
        inner: Float[Tensor, "batch seq seq"],
        row: Float[Tensor, "batch seq label"],
        column: Float[Tensor, "batch seq label"],
        cells: Bool[Tensor, "batch seq seq"],
        positives: Int[Tensor, "n 4"],
    ) -> tuple[Float[Tensor, "batch label"], Float[Tensor, " n"]]:
        is_empty = ~cells.any(-1, keepdim=True)  # batch seq 1: rows without a cell that counts
        row_peak = inner.amax(-1, keepdim=True).masked_fill_(is_empty, 0)  # each row is scaled by its own maximum
        column_peak = column.amax(1, keepdim=True)
        left = (inner - row_peak).exp_()  # 0 in cells that do not count, so that the mask needs no label
        left.masked_fill_(is_empty, 1)  # not 0, which would look like an underflow
        right = (column - column_peak).exp_()
        sums = left @ right  # batch seq label
        exact, gold = _exact_rows(sums, is_empty, positives)
        rows = row + row_peak.masked_fill_(is_empty, NOTHING)
        where = tuple(exact.T)
        sums[where] = 1  # of an exact row all is in its logarithm
        for some, scores in _exact_scores(inner, row, column, cells, exact, gold):
            rows[tuple(some.T)] = scores.logsumexp(-1) - column_peak[some[:, 0], 0, some[:, 2]]
        peak = rows.amax(1, keepdim=True)
        weights = rows.sub_(peak).exp_().mul_(sums)
        total = weights.sum(1, keepdim=True)  # batch 1 label
        batch, label, i, j = positives.unbind(1)
        ctx.save_for_backward(inner, row, column, cells, left, right, sums, weights, total, exact, gold, positives)
        return (column_peak + peak + total.log()).squeeze(1), row[batch, i, label] + column[batch, j, label]

    @staticmethod
    def backward(
        ctx: FunctionCtx, grad: Float[Tensor, "batch label"], grad_positive: Float[Tensor, " n"]
    ) -> tuple[Float[Tensor, "..."], Float[Tensor, "..."], Float[Tensor, "..."], None, None]:
        saved = ctx.saved_tensors  # type: ignore[attr-defined]
        inner, row, column, cells, left, right, sums, weights, total, exact, gold, positives = saved
        # In place: these tensors are the largest there are. A second pass through the same graph raises.
        grad_row = weights.mul_(grad[:, None] / total)
        slopes = torch.div(grad_row, sums, out=sums)
        slopes[tuple(exact.T)] = 0
        grad_inner = (slopes @ right.mT).mul_(left)
        grad_column = (left.mT @ slopes).mul_(right)
        for where, scores in _exact_scores(inner, row, column, cells, exact, gold):
            batch, i, label = where.unbind(1)
            shares = scores.softmax(-1).mul_(grad_row[batch, i, label][:, None])  # n seq
            grad_column.mT.index_put_((batch, label), shares, accumulate=True)
            grad_inner.index_put_((batch, i), shares, accumulate=True)
        batch, label, i, j = positives.unbind(1)
        grad_row.index_put_((batch, i, label), grad_positive, accumulate=True)
        grad_column.index_put_((batch, j, label), grad_positive, accumulate=True)
        return grad_inner, grad_row, grad_column, None, None


def _exact_rows(
    sums: Float[Tensor, "batch seq label"], is_empty: Bool[Tensor, "batch seq 1"], positives: Int[Tensor, "m 4"]
) -> tuple[Int[Tensor, "n 3"], Int[Tensor, "m 2"]]:
    """The rows that are computed cell by cell: those that hold a positive, and those whose sum underflows.

    Returns:
        The rows as (batch, row, label), sorted; the positives as (position in that list, column).
    """
    batch, label, i, j = positives.unbind(1)
    rows = (batch * sums.size(1) + i) * sums.size(2) + label
    if sums.numel() and not sums.amin() > UNDERFLOW:  # one pass; a second one only where it is needed
        rows = torch.cat([rows, ((sums <= UNDERFLOW) & ~is_empty).flatten().nonzero().squeeze(1)])
    exact, owner = rows.unique(return_inverse=True)
    return torch.stack(torch.unravel_index(exact, sums.shape), 1), torch.stack([owner[: len(positives)], j], 1)


def _exact_scores(
    inner: Float[Tensor, "batch seq seq"],
    row: Float[Tensor, "batch seq label"],
    column: Float[Tensor, "batch seq label"],
    cells: Bool[Tensor, "batch seq seq"],
    exact: Int[Tensor, "n 3"],
    gold: Int[Tensor, "m 2"],
) -> Iterator[tuple[Int[Tensor, "k 3"], Float[Tensor, "k seq"]]]:
    """Single scores of some rows, a few rows at a time: where scores are large, most rows may underflow.

    Yields:
        Rows, and their scores; ``NOTHING`` where a cell is positive or does not count.
    """
    start = 0
    for where in exact.split(max(1, CHUNK_NUMBERS // cells.size(-1))):
        batch, i, label = where.unbind(1)
        is_negative = cells[batch, i]
        owned = gold[(gold[:, 0] >= start) & (gold[:, 0] < start + len(where))]
        is_negative[owned[:, 0] - start, owned[:, 1]] = False
        scores = inner[batch, i] + column[batch, :, label] + row[batch, i, label][:, None]  # k seq
        yield where, scores.masked_fill_(~is_negative, NOTHING)
        start += len(where)
