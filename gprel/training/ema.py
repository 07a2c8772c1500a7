"""The exponential moving average of the weights, which is evaluated and kept in place of the last step's."""

from collections.abc import Mapping, Sequence
from typing import cast

import torch
from torch import Tensor
from torch.optim.swa_utils import AveragedModel

from gprel.model import Extractor


class MovingAverage:
    """A second copy of a model whose weights follow those in training.

    After step n an averaged weight is ``d_n`` times its old value plus ``1 - d_n`` times the trained one, with
    ``d_n = min(decay, (1 + n) / (10 + n))``: short runs do not keep their first, random weights.

    Args:
        model: The model in training.
        decay: Share of the old value that is kept in the long run, below 1.

    Attributes:
        model: The averaged model.
    """

    def __init__(self, model: Extractor, decay: float) -> None:
        def average(averaged: Sequence[Tensor], trained: Sequence[Tensor], n_steps: Tensor | int) -> None:
            n = int(n_steps)
            rate = 1 - min(decay, (1 + n) / (10 + n))
            torch._foreach_lerp_(list(averaged), list(trained), rate)

        self._average = AveragedModel(model, multi_avg_fn=average)
        self.model = cast(Extractor, self._average.module)

    def state_dict(self) -> dict[str, Tensor]:
        """What a checkpoint keeps."""
        state: dict[str, Tensor] = self._average.state_dict()
        return state

    def load_state_dict(self, state: Mapping[str, Tensor]) -> None:
        """Go on where a checkpoint stood."""
        self._average.load_state_dict(state)

    def update(self, model: Extractor) -> None:
        """Follow the model in training by one step."""
        self._average.update_parameters(model)
