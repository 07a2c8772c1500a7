"""The part of every batch that one of several processes computes."""

from typing import NamedTuple

from gprel.features.buckets import LengthBuckets


class Shard(NamedTuple):
    """The part of one process in one batch.

    Attributes:
        windows: Positions of its windows. Never empty: where a batch has fewer windows than there are processes, some
            compute one that counts for nothing, because all processes have to take every step.
        batch_share: The share of the batch's windows that these are; 0 where they count for nothing.
        update_share: The share of the windows of all batches whose gradients are summed for one update.
        is_update: Whether the batch is the last one of an update.
    """

    windows: list[int]
    batch_share: float
    update_share: float
    is_update: bool


class Shards:
    """Cuts the batches of an epoch into one part per process.

    All processes together compute the very batches of one process: no window is lost, none is computed twice. A loss
    is a mean over windows, so a part's gradient counts by its share of the update's windows; a plain mean over
    processes or over summed batches, which may hold different numbers, would be another gradient.

    Args:
        sampler: The batches of an epoch.
        accumulation: Batches whose gradients are summed for one update.
        rank: Number of this process.
        n_processes: Number of processes.
    """

    def __init__(self, sampler: LengthBuckets, accumulation: int, rank: int, n_processes: int) -> None:
        self.sampler = sampler
        self.accumulation = accumulation
        self.rank = rank
        self.n_processes = n_processes

    def shards(self) -> list[Shard]:
        """The parts of this process in what is left of the epoch, in order."""
        batches = self.sampler.plan(self.sampler.epoch)
        shards: list[Shard] = []
        for start in range(0, len(batches), self.accumulation):
            update = batches[start : start + self.accumulation]
            n_windows = sum(map(len, update))
            for number, batch in enumerate(update, start=1):
                own = self._own(batch)
                shard = Shard(own or batch[:1], len(own) / len(batch), len(own) / n_windows, number == len(update))
                shards.append(shard)
        return shards[self.sampler.n_done :]

    def n_batches(self, epochs: int) -> int:
        """Batches of a whole run."""
        return sum(self.sampler.n_batches(epoch) for epoch in range(1, epochs + 1))

    def n_updates(self, epochs: int) -> int:
        """Updates of a whole run."""
        return sum(-(-self.sampler.n_batches(epoch) // self.accumulation) for epoch in range(1, epochs + 1))

    def _own(self, batch: list[int]) -> list[int]:
        # Every so manieth, as a batch is sorted by length: all processes get about as many tokens.
        return batch[self.rank :: self.n_processes]
