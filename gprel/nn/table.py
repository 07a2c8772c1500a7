"""A table-filling unit: a score of every label for every pair of tokens, through a hidden layer per pair."""

from collections.abc import Iterator
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn
from torch.autograd.function import FunctionCtx, once_differentiable
from torch.nn.functional import elu, layer_norm, linear, softplus

from gprel.nn.mask import CellMask
from gprel.nn.pointer import PRIOR

CHUNK_NUMBERS = 1 << 19  # numbers of a hidden layer written out at once: 2 MiB in float32, about a processor's cache
STEPS = 1 << 16  # a dropout probability is rounded to so many steps


class Table(NamedTuple):
    """Scores of every label for every pair of tokens, as the parts they are made of.

    ``s(i, j) = weight elu(norm(row_i + column_j)) + bias`` with dropout on the hidden layer in training.

    Attributes:
        rows: What a row's token and the text add to the hidden layer.
        columns: What a column's token adds.
        gain: Gain of the norm.
        shift: Shift of the norm.
        weight: Hidden layer to scores.
        bias: A bias per label.
        dropout: Dropout probability on the hidden layer.
    """

    rows: Float[Tensor, "batch seq size"]
    columns: Float[Tensor, "batch seq size"]
    gain: Float[Tensor, " size"]
    shift: Float[Tensor, " size"]
    weight: Float[Tensor, "label size"]
    bias: Float[Tensor, " label"]
    dropout: float = 0.0

    @property
    def n_examples(self) -> int:
        """Size of the batch."""
        return self.rows.size(0)

    @property
    def pair_numbers(self) -> int:
        """Numbers written out on the way to the scores of one pair."""
        return max(self.weight.shape)

    def at_pairs(
        self, batch: Int[Tensor, " n"], i: Int[Tensor, " n"], j: Int[Tensor, " n"]
    ) -> Float[Tensor, "n label"]:
        """Scores of all labels for some pairs of tokens."""
        start = batch * self.rows.size(1)
        rows, columns = self.rows.flatten(0, 1), self.columns.flatten(0, 1)
        hidden = rows.index_select(0, start + i) + columns.index_select(0, start + j)
        share = 1 - round(self.dropout * STEPS) / STEPS  # of the hidden layer that is kept
        # elu(0) = 0, so that dropping before it, as the authors do, is dropping after it.
        hidden = elu(layer_norm(hidden, self.gain.shape, self.gain / share, self.shift / share), inplace=True)
        if share < 1:
            hidden = hidden * _kept(hidden, share)
        return linear(hidden, self.weight, self.bias)


class TableUnit(nn.Module):
    """A task unit of PFN (Yan et al. 2021, NER unit and RE unit).

    ``g = max over tokens t of tanh(Linear([h_s,t; h_t]))`` and for every pair of tokens
    ``s(i, j) = Linear(ELU(Dropout(LayerNorm(Linear([h_i; h_j; g])))))`` (LayerNorm and Dropout are in the authors'
    code, not in the paper). The inner Linear is taken as the sum of a part per row, one per column and one per text,
    so no vector of three widths is written out for a pair. Its hidden layer remains: a table of n x n pairs takes
    n x n x size numbers wherever it is scored. That is PFN's nature. Scores start around ``PRIOR``, as a pointer's do.

    Args:
        size: Width of the states and of the hidden layer.
        n_labels: Number of labels.
        dropout: Dropout probability on the hidden layer.
    """

    def __init__(self, size: int, n_labels: int, *, dropout: float = 0.1) -> None:
        super().__init__()
        self.pool = nn.Linear(2 * size, size)
        self.pair = nn.Linear(3 * size, size)
        self.norm = nn.LayerNorm(size)
        self.score = nn.Linear(size, n_labels)
        nn.init.constant_(self.score.bias, PRIOR)
        self.dropout = dropout

    def forward(
        self,
        own: Float[Tensor, "batch seq size"],
        shared: Float[Tensor, "batch seq size"],
        valid: Bool[Tensor, "batch seq"],
    ) -> Table:
        """States of the task and shared states to a table, which is computed where it is asked for."""
        tokens = self.pool(torch.cat([shared, own], -1)).tanh()
        text = tokens.masked_fill(~valid[..., None], -2).amax(1, keepdim=True)  # below every tanh
        row, column, rest = self.pair.weight.chunk(3, dim=1)
        rows = own @ row.T + (text @ rest.T + self.pair.bias)
        dropout = self.dropout if self.training else 0.0
        return Table(
            rows, own @ column.T, self.norm.weight, self.norm.bias, self.score.weight, self.score.bias, dropout
        )


def _kept(hidden: Float[Tensor, "n size"], share: float) -> Float[Tensor, "n size"]:
    """1 for a share of the places drawn at random, 0 elsewhere: 16 random bits a place, a third of torch's cost."""
    words = torch.randint(-(1 << 63), (1 << 63) - 1, (hidden.numel() // 4 + 1,), device=hidden.device)
    kept = words.view(torch.int16)[: hidden.numel()] < share * STEPS - STEPS // 2
    return kept.view_as(hidden).to(hidden.dtype)


def table_loss(
    table: Table, mask: CellMask, positives: Int[Tensor, "n 4"], lengths: Int[Tensor, " batch"]
) -> Float[Tensor, ""]:
    """Binary cross-entropy, summed over a text's cells and labels, per token; averaged over the batch.

    Args:
        table: Scores.
        mask: Cells that count, and no other is computed; gold cells always do.
        positives: Gold cells (batch, label, row, column), each once.
        lengths: Tokens of each text.
    """
    cells = mask.cells()
    cells[positives[:, 0], positives[:, 2], positives[:, 3]] = True
    weights = 1 / (lengths.to(table.rows) * len(lengths))
    chunks = _chunks(cells, positives, max(1, CHUNK_NUMBERS // table.pair_numbers))
    *parts, dropout = table
    total: Tensor = _ChunkedLoss.apply(chunks, weights, dropout, torch.is_grad_enabled(), *parts)  # type: ignore[no-untyped-call]
    return total


def _chunks(
    cells: Bool[Tensor, "batch seq seq"], positives: Int[Tensor, "n 4"], n_pairs: int
) -> Iterator[tuple[int, Int[Tensor, "k 2"], Int[Tensor, "2 m"]]]:
    """The cells of one text after another, at most ``n_pairs`` at a time.

    Yields:
        The text, its cells, and its positives as (position in that list, label).
    """
    sizes = cells.flatten(1).sum(1).tolist()
    for text, places in enumerate(cells.nonzero()[:, 1:].split(sizes)):
        _, label, i, j = positives[positives[:, 0] == text].unbind(1)
        number = cells[text].flatten().cumsum(0)[i * cells.size(1) + j] - 1
        for start in range(0, len(places), n_pairs):
            inside = (number >= start) & (number < start + n_pairs)
            yield text, places[start : start + n_pairs], torch.stack([number[inside] - start, label[inside]])


class _ChunkedLoss(torch.autograd.Function):
    """The loss of a table chunk by chunk, each with its gradient at once.

    So the hidden layer of a whole table is never kept, and nothing is computed twice.
    """

    @staticmethod
    def forward(
        ctx: FunctionCtx,
        chunks: Iterator[tuple[int, Tensor, Tensor]],
        weights: Float[Tensor, " batch"],
        dropout: float,
        needs_gradient: bool,
        *parts: Float[Tensor, "..."],
    ) -> Float[Tensor, ""]:
        total = weights.new_zeros(())
        gradients = [torch.zeros_like(part) for part in parts]
        for text, places, positives in chunks:
            one = slice(text, text + 1)
            leaves = [part[one] for part in parts[:2]] + list(parts[2:])
            leaves = [leaf.detach().requires_grad_(needs_gradient) for leaf in leaves]
            with torch.set_grad_enabled(needs_gradient):
                i, j = places.unbind(1)
                scores = Table._make([*leaves, dropout]).at_pairs(torch.zeros_like(i), i, j)
                pair, label = positives
                loss = (softplus(scores).sum() - scores[pair, label].sum()) * weights[text]  # softplus(-s) is it - s
            total += loss.detach()
            if needs_gradient:
                of_leaves = torch.autograd.grad(loss, leaves)
                for gradient, more in zip(
                    [part[one] for part in gradients[:2]] + gradients[2:], of_leaves, strict=True
                ):
                    gradient += more
        ctx.save_for_backward(*gradients)
        return total

    @staticmethod
    @once_differentiable
    def backward(ctx: FunctionCtx, grad: Float[Tensor, ""]) -> tuple[Tensor | None, ...]:
        return None, None, None, None, *(grad * gradient for gradient in ctx.saved_tensors)  # type: ignore[attr-defined]
