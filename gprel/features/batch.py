"""Examples to padded tensors."""

import random
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Bool, Int
from torch import Tensor

from gprel.features.example import Example
from gprel.tokens import TokenGold

Targets = Callable[[TokenGold, int, random.Random], Mapping[str, Int[Tensor, "n columns"]]]


class Batch(NamedTuple):
    """Padded examples (a NamedTuple: accelerate leaves a dataclass on the CPU without a word).

    Attributes:
        input_ids: Token ids, padded.
        valid: Which positions are no padding.
        starts: Where an entity may begin.
        ends: Where an entity may end.
        shapes: How each token is written.
        targets: Gold as lists of cells; the first column is the row in the batch. Empty outside training.
    """

    input_ids: Int[Tensor, "batch seq"]
    valid: Bool[Tensor, "batch seq"]
    starts: Bool[Tensor, "batch seq"]
    ends: Bool[Tensor, "batch seq"]
    shapes: Int[Tensor, "batch seq"]
    targets: dict[str, Int[Tensor, "n columns"]]


class Collator:
    """Pads examples into a batch.

    Args:
        pad_id: Token id of padding.
        targets: Turns an example's gold into cells (a head's ``targets``); ``None`` outside training.
        seed: Seed of whatever ``targets`` draws at random.

    Attributes:
        epoch: Set before each pass; with the seed and the document it decides what is drawn.
    """

    def __init__(self, pad_id: int, targets: Targets | None = None, seed: int = 0) -> None:
        self.pad_id = pad_id
        self.targets = targets
        self.seed = seed
        self.epoch = 0

    def __call__(self, examples: Sequence[Example]) -> Batch:
        """Pad a list of examples to the longest of them."""
        length = max(len(example.input_ids) for example in examples)
        valid = [[True] * len(example.input_ids) for example in examples]
        return Batch(
            _pad([example.input_ids for example in examples], length, self.pad_id),
            _pad(valid, length, False).bool(),
            _pad([example.starts for example in examples], length, False).bool(),
            _pad([example.ends for example in examples], length, False).bool(),
            _pad([example.shapes for example in examples], length, 0),
            self._targets(examples),
        )

    def _targets(self, examples: Sequence[Example]) -> dict[str, Tensor]:
        if self.targets is None:
            return {}
        collected: dict[str, list[Tensor]] = {}
        for row, example in enumerate(examples):
            # Drawn anew for every document: the same after an interruption, and in whatever process it is.
            generator = random.Random((self.seed * 1_000_003 + self.epoch) * 1_000_000_007 + example.document)
            for name, cells in self.targets(example.gold, len(example.input_ids), generator).items():
                index = torch.full((len(cells), 1), row)
                collected.setdefault(name, []).append(torch.cat([index, cells], dim=1))
        return {name: torch.cat(parts) for name, parts in collected.items()}


def _pad(rows: Sequence[Sequence[int]], length: int, value: int) -> Tensor:
    padded = np.full((len(rows), length), value, dtype=np.int64)  # six times as fast as a tensor of lists
    for number, row in enumerate(rows):
        padded[number, : len(row)] = row
    return torch.from_numpy(padded)
