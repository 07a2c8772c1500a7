"""Multi-sample dropout (Inoue 2019): one encoding, several dropout masks, one averaged loss."""

from collections.abc import Callable

import torch

from gprel.heads.protocol import Loss


def mean_loss(loss: Callable[[], Loss], n_samples: int) -> Loss:
    """The mean of several losses that differ by what dropout drew, part by part.

    The encoder, which is nearly all of a step, ran once before. As the head's own dropout makes the difference, every
    head can be sampled so.

    Args:
        loss: Computes the loss of the head; draws a dropout mask at each call.
        n_samples: Number of masks.
    """
    samples = [loss() for _ in range(n_samples)]
    if n_samples == 1:
        return samples[0]
    parts = {name: torch.stack([sample.parts[name] for sample in samples]).mean() for name in samples[0].parts}
    return Loss(torch.stack([sample.total for sample in samples]).mean(), parts)
