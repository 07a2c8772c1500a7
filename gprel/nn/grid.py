"""A grid of scores that is never written out: the factors it is made of."""

from typing import NamedTuple

from jaxtyping import Float, Int
from torch import Tensor


class Grid(NamedTuple):
    """Scores of every label for every pair of tokens, as factors.

    ``s[b, l, i, j] = query[b, g, i] . key[b, g, j] + row[b, l, i] + column[b, l, j]``,
    where ``g = l`` for standard pointers (and ``row``, ``column`` are ``None``) and ``g = 0`` for efficient ones, which
    share one product between all labels. Writing ``s`` out costs labels x seq x seq; the factors cost labels x seq.

    Attributes:
        query: Row vectors, already scaled.
        key: Column vectors.
        row: What a label adds to every cell of a row.
        column: What a label adds to every cell of a column.
    """

    query: Float[Tensor, "batch group seq size"]
    key: Float[Tensor, "batch group seq size"]
    row: Float[Tensor, "batch label seq"] | None
    column: Float[Tensor, "batch label seq"] | None

    @property
    def n_labels(self) -> int:
        """Number of labels."""
        return self.query.size(1) if self.row is None else self.row.size(1)

    @property
    def n_examples(self) -> int:
        """Size of the batch."""
        return self.query.size(0)

    @property
    def pair_numbers(self) -> int:
        """Numbers of the vectors that the scores of one pair are computed from, one per label in a standard grid."""
        return self.query.size(1) * self.query.size(3)

    def labels(self, start: int, stop: int) -> "Grid":
        """The grid of some labels only."""
        if self.row is None or self.column is None:
            return Grid(self.query[:, start:stop], self.key[:, start:stop], None, None)
        return Grid(self.query, self.key, self.row[:, start:stop], self.column[:, start:stop])

    def dense(self) -> Float[Tensor, "batch label seq seq"]:
        """Every score. Only for few labels, or as a reference."""
        scores = self.query @ self.key.mT  # batch group seq seq
        if self.row is None or self.column is None:
            return scores
        return scores + self.row[..., :, None] + self.column[..., None, :]

    def at_pairs(
        self, batch: Int[Tensor, " n"], i: Int[Tensor, " n"], j: Int[Tensor, " n"]
    ) -> Float[Tensor, "n label"]:
        """Scores of all labels for some pairs of tokens."""
        scores = (self.query[batch, :, i] * self.key[batch, :, j]).sum(-1)  # n group
        if self.row is None or self.column is None:
            return scores
        return scores + self.row[batch, :, i] + self.column[batch, :, j]

    def at_cells(self, cells: Int[Tensor, "n 4"]) -> Float[Tensor, " n"]:
        """Scores of single cells, each given as (batch, label, row, column)."""
        batch, label, i, j = cells.unbind(1)
        group = label if self.row is None else label.new_zeros(len(label))
        scores = (self.query[batch, group, i] * self.key[batch, group, j]).sum(-1)
        if self.row is None or self.column is None:
            return scores
        return scores + self.row[batch, label, i] + self.column[batch, label, j]
