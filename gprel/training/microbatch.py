"""Batches that do not fit into memory, computed in parts."""

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any, NamedTuple

import torch
from accelerate.utils.memory import clear_device_cache, should_reduce_batch_size

from gprel.errors import GprelError
from gprel.features.batch import Batch
from gprel.heads import Loss

CPU_CELLS = 1 << 20  # texts x tokens x tokens computed at once on a processor: four texts of 512 tokens

Backward = Callable[[Batch, float], Loss]
"""Adds the gradients of a batch, times a factor, and returns its loss."""


class StepLoss(NamedTuple):
    """The loss of a batch as numbers.

    Attributes:
        total: What is minimized.
        parts: What it is the sum of, by name.
    """

    total: float
    parts: dict[str, float]


class MicroBatches:
    """Computes in parts what would not fit into memory: on a GPU, halves whenever it has run out, and goes on.

    A loss is a mean over texts, so the gradient of a batch is that of its parts, each times its share of the texts: it
    stays the same, and so do batches, steps and learning rates. Only dropout draws other numbers.

    A processor never says that its memory has run out: the system kills the program. There, one process computes at
    most ``CPU_CELLS`` at once, or a single text: attention grows with the square of a text's length (12 layers of 12
    heads keep about 2.5 GB for so many cells).

    Args:
        model: The model in training; after a failure the gradients since its last update are computed anew.
        note: Told what happened.
        n_processes: Processes that train together. More than one cannot recover: the others would wait for gradients
            that never come.

    Attributes:
        n_parts: Into how many parts a batch is split, at most one per text.
    """

    def __init__(self, model: torch.nn.Module, note: Callable[[str], None], n_processes: int) -> None:
        self.model = model
        self.note = note
        self.n_processes = n_processes
        self.n_parts = 1
        self._waiting: list[tuple[Batch, float]] = []  # those whose gradients wait for an update, with their weights

    def backward(self, batch: Batch, backward: Backward, weight: float = 1.0) -> StepLoss:
        """Add the gradients of a batch.

        Args:
            batch: The batch.
            backward: Adds the gradients of a part of it.
            weight: What the batch counts in the update.

        Returns:
            The loss of the whole batch.

        Raises:
            GprelError: If a single text does not fit, or other processes wait for this one.
        """
        self._waiting.append((batch, weight))
        to_do = [(batch, weight)]
        while True:
            problem = None
            try:
                losses = [self._in_parts(one, backward, counts) for one, counts in to_do]
                return losses[-1]
            except RuntimeError as error:
                if not should_reduce_batch_size(error):
                    raise
                problem = str(error)
            # Out of the except block: the error holds on to all that was in memory when it came.
            self._halve(problem)
            self.model.zero_grad()
            clear_device_cache(garbage_collection=True)
            to_do = self._waiting

    def updated(self) -> None:
        """The weights have moved: nothing is to be computed anew any more."""
        self._waiting.clear()

    def _in_parts(self, batch: Batch, backward: Backward, weight: float) -> StepLoss:
        n_texts, total, parts = len(batch.input_ids), 0.0, dict[str, float]()
        for part in split(batch, max(self.n_parts, self._needed(batch))):
            share = len(part.input_ids) / n_texts
            loss = backward(part, weight * share)
            total += share * loss.total.item()
            for name, value in loss.parts.items():
                parts[name] = parts.get(name, 0.0) + share * value.item()
        return StepLoss(total, parts)

    def _needed(self, batch: Batch) -> int:
        """Into how many parts a batch has to be split at least; several processes split alike, or wait for ever."""
        if batch.input_ids.device.type != "cpu" or self.n_processes > 1:
            return 1
        n_texts, length = batch.input_ids.shape
        return -(-n_texts // max(1, CPU_CELLS // length**2))

    def _halve(self, problem: str) -> None:
        n_texts = max(len(batch.input_ids) for batch, _ in self._waiting)
        length = max(batch.input_ids.shape[1] for batch, _ in self._waiting)
        if self.n_processes > 1:
            raise GprelError(
                f"out of memory with {n_texts} texts of up to {length} tokens in one of {self.n_processes} processes; "
                f"lower training.batch_size or training.tokens_per_batch and raise training.accumulation ({problem})"
            )
        if self.n_parts >= n_texts:
            raise GprelError(
                f"out of memory with a single text of {length} tokens; lower features.max_tokens, or take a smaller "
                f"encoder ({problem})"
            )
        self.n_parts = min(2 * self.n_parts, n_texts)
        self.note(
            f"out of memory with {n_texts} texts of up to {length} tokens: from now on a batch is computed in "
            f"{self.n_parts} parts, with the same gradients"
        )


def split(batch: Batch, n_parts: int) -> Iterator[Batch]:
    """Cut a batch into parts of about equal numbers of texts, each as long as its longest text.

    Args:
        batch: A batch with targets.
        n_parts: Number of parts; fewer where there are fewer texts.
    """
    n_texts = len(batch.input_ids)
    n_parts = min(n_parts, n_texts)
    if n_parts == 1:
        yield batch
        return
    edges = [n_texts * i // n_parts for i in range(n_parts + 1)]
    for start, end in pairwise(edges):
        length = int(batch.valid[start:end].sum(1).max())
        rows: dict[str, Any] = {
            name: getattr(batch, name)[start:end, :length] for name in Batch._fields if name != "targets"
        }
        targets = {name: _rows(cells, start, end) for name, cells in batch.targets.items()}
        yield Batch(**rows, targets=targets)


def _rows(cells: torch.Tensor, start: int, end: int) -> torch.Tensor:
    """The cells of some rows, counted from the first of them."""
    kept = cells[(cells[:, 0] >= start) & (cells[:, 0] < end)]
    offset = torch.zeros_like(kept)
    offset[:, 0] = start
    return kept - offset
