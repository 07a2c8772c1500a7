"""Rotary position embedding (Su et al. 2021, RoFormer, Eq. 34)."""

import torch
from jaxtyping import Float
from torch import Tensor


def rotate(states: Float[Tensor, "*axes seq size"], base: float = 10_000.0) -> Float[Tensor, "*axes seq size"]:
    """Rotate every pair of features by an angle that grows with the position.

    Afterwards the dot product of a vector at position i with one at j depends on j - i only:
    ``(R_i q)^T (R_j k) = q^T R_(j-i) k``. Nothing is stored in the model, so there is no longest length.

    Args:
        states: Vectors of even size.
        base: Wavelengths run from 2 pi to 2 pi x base tokens.

    Returns:
        The rotated vectors.
    """
    seq, size = states.shape[-2:]
    wide = states if states.dtype == torch.float64 else states.float()
    frequencies = base ** (-torch.arange(0, size, 2, device=states.device, dtype=wide.dtype) / size)
    angles = torch.arange(seq, device=states.device, dtype=wide.dtype)[:, None] * frequencies  # seq, size / 2
    # A pair of features is a complex number, and a rotation one product.
    pairs = torch.view_as_complex(wide.unflatten(-1, (-1, 2)))
    return torch.view_as_real(pairs * torch.polar(torch.ones_like(angles), angles)).flatten(-2).to(states.dtype)
