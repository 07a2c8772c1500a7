"""Global Pointers: token states to one bilinear grid of scores per label (Su et al. 2022, "Global Pointer")."""

from typing import Literal

import torch
from jaxtyping import Float
from torch import Tensor, nn

from gprel.nn.grid import Grid
from gprel.nn.rotary import rotate

PRIOR = -6.0  # logit of a cell before training: about one cell in 400 is positive


class StandardPointer(nn.Module):
    """A query and a key projection for every label (Eq. 2, 3 and 5).

    ``s_l(i, j) = (R_i (W_q,l h_i + b_q,l))^T (R_j (W_k,l h_j + b_k,l)) / sqrt(size) + b_l``; 2 x hidden x size
    parameters a label (and 2 x size + 1 biases). The paper has no ``b_l``; here it starts at ``PRIOR``: from 0 the
    first epochs go into pushing labels x seq x seq scores down.

    Args:
        hidden: Width of the token states.
        n_labels: Number of labels.
        size: Width of a query and a key.
        use_rope: Rotate queries and keys by their position (R); without it the score knows no distance.
    """

    def __init__(self, hidden: int, n_labels: int, *, size: int = 64, use_rope: bool) -> None:
        super().__init__()
        self.size = size
        self.use_rope = use_rope
        self.project = nn.Linear(hidden, n_labels * 2 * size)
        self.bias = nn.Parameter(torch.full((n_labels,), PRIOR))

    def forward(self, states: Float[Tensor, "batch seq hidden"]) -> Grid:
        """Token states to the factors of their grid."""
        both = self.project(states).unflatten(-1, (-1, 2, self.size))  # batch seq label 2 size
        vectors = both.permute(3, 0, 2, 1, 4)  # 2 batch label seq size
        query, key = rotate(vectors) if self.use_rope else vectors
        # The bias is one more place of the vectors, (q, 1) . (k, b), so that the grid stays a plain product.
        ones = torch.ones_like(query[..., :1])
        biases = self.bias[:, None, None].expand_as(ones)
        return Grid(torch.cat([query / self.size**0.5, ones], -1), torch.cat([key, biases], -1), None, None)


class EfficientPointer(nn.Module):
    """One product for all labels and a label's own share of every row and column (Eq. 7).

    ``s_l(i, j) = (R_i q_i)^T (R_j k_j) / sqrt(size) + w_l^T [q_i; k_i; q_j; k_j]``; 4 x size parameters a label, which
    split into a row part and a column part. As in the authors' code the label's share sees ``q`` and ``k`` before the
    rotation; unlike there it also has a bias, which starts at ``PRIOR``: from 0 the first epoch goes into pushing
    labels x seq x seq scores down.

    Args:
        hidden: Width of the token states.
        n_labels: Number of labels.
        size: Width of a query and a key.
        use_rope: Rotate queries and keys by their position (R).
    """

    def __init__(self, hidden: int, n_labels: int, *, size: int = 64, use_rope: bool) -> None:
        super().__init__()
        self.size = size
        self.use_rope = use_rope
        self.project = nn.Linear(hidden, 2 * size)
        self.row = nn.Linear(2 * size, n_labels)
        self.column = nn.Linear(2 * size, n_labels, bias=False)  # one bias per label is enough
        nn.init.constant_(self.row.bias, PRIOR)

    def forward(self, states: Float[Tensor, "batch seq hidden"]) -> Grid:
        """Token states to the factors of their grid."""
        both = self.project(states)  # batch seq 2 * size
        vectors = both.unflatten(-1, (2, self.size)).permute(2, 0, 1, 3)[:, :, None]  # 2 batch 1 seq size
        query, key = rotate(vectors) if self.use_rope else vectors
        return Grid(query / self.size**0.5, key, self.row(both).mT, self.column(both).mT)


def build_pointer(
    kind: Literal["efficient", "standard"], hidden: int, n_labels: int, *, size: int, use_rope: bool
) -> StandardPointer | EfficientPointer:
    """A pointer by the name of its kind."""
    kinds: dict[str, type[StandardPointer] | type[EfficientPointer]]
    kinds = {"efficient": EfficientPointer, "standard": StandardPointer}
    return kinds[kind](hidden, n_labels, size=size, use_rope=use_rope)
