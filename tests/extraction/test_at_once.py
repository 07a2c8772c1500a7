"""Batches that are computed at once: order, errors, an end before the end, and the numbers of one core."""

import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future

import pytest
import torch

from gprel.extraction.at_once import Started, found_in, in_flight
from gprel.extraction.cores import n_cores
from gprel.extraction.pool import PoolRunner, Prepared, pools
from gprel.extraction.torch_backend import TorchBackend
from gprel.features import Example
from gprel.tokens import Extraction

from .helpers import FakeBackend, records_of, stream
from .onnx_helpers import TEXTS, build


class Slow(FakeBackend):
    """Takes longer for short windows, so that what began last is ready first.

    Args:
        fails_at: Number of the batch that fails; ``None`` for none.
    """

    def __init__(self, n_threads: int, fails_at: int | None = None) -> None:
        super().__init__()
        self.n_threads, self.fails_at = n_threads, fails_at
        self.at_once = self.most_at_once = 0
        self.lock = threading.Lock()

    def extract(self, examples: Sequence[Example]) -> list[Extraction]:
        with self.lock:
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
            number = len(self.batches)
            found = super().extract(examples)
        time.sleep(0.002 if len(examples[0].input_ids) > 20 else 0.01)
        with self.lock:
            self.at_once -= 1
        if number == self.fails_at:
            raise RuntimeError(f"batch {number}")
        return found


def prepared(runner: PoolRunner, n: int = 40) -> Iterator[Prepared]:
    return map(runner.prepare, pools(stream(n), max_items=7))


@pytest.mark.parametrize("n_threads", [1, 2, 5])
def test_pools_come_in_order_with_what_one_thread_finds(n_threads: int) -> None:
    backend = Slow(n_threads)
    runner = PoolRunner(backend, tokens_per_batch=48)
    expected = [runner.finish(one).records for one in prepared(runner)]
    assert backend.most_at_once == 1
    assert [found.records for _, found in found_in(prepared(runner), runner)] == expected
    assert backend.most_at_once == n_threads


def test_what_was_ready_comes_before_a_pool_that_cannot_be_made() -> None:
    def broken() -> Iterator[Prepared]:
        yield from prepared(runner, 20)
        raise ValueError("no fourth pool")

    runner = PoolRunner(Slow(3), tokens_per_batch=48)
    found = found_in(broken(), runner)
    assert [len(one.pool) for one, _ in (next(found) for _ in range(3))] == [7, 7, 6]
    with pytest.raises(ValueError, match="no fourth pool"):
        next(found)


def test_nothing_comes_behind_an_error_of_the_model() -> None:
    runner = PoolRunner(Slow(2), tokens_per_batch=48)
    n_batches = [len(one.batches) for one in prepared(runner)]
    runner = PoolRunner(Slow(2, fails_at=n_batches[0] + 1), tokens_per_batch=48)
    found = found_in(prepared(runner), runner)
    next(found)
    with pytest.raises(RuntimeError, match="batch"):
        next(found)
    assert list(found) == []


def test_an_extraction_that_is_left_computes_no_further() -> None:
    backend = Slow(2)
    runner = PoolRunner(backend, tokens_per_batch=24)
    found = found_in(prepared(runner), runner)
    next(found)
    found.close()  # type: ignore[attr-defined]  # a generator
    n_batches = len(backend.batches)
    time.sleep(0.05)
    assert len(backend.batches) == n_batches < sum(len(one.batches) for one in prepared(runner))


@pytest.mark.parametrize(("sizes", "expected"), [([5] * 9, 2), ([1] * 9, 5), ([0] * 9, 5), ([3, 1, 1, 1, 9, 1], 5)])
def test_pools_in_memory_are_few_and_keep_all_threads_busy(sizes: list[int], expected: int) -> None:
    """With 4 threads; a pool of broken lines has nothing to compute, and a stream of them must not fill memory."""
    begun = 0

    def start() -> Iterator[Started]:
        nonlocal begun
        for size in sizes:
            begun += 1
            yield Started(Prepared(None, [], []), [Future() for _ in range(size)])  # type: ignore[arg-type]

    most = 0
    for done, _ in enumerate(in_flight(start(), 4)):
        most = max(most, begun - done)
    assert (begun, most) == (len(sizes), expected)


def test_torch_finds_the_same_bits_with_any_number_of_threads() -> None:
    model, before = build(), torch.get_num_threads()
    found = []
    try:
        for n_threads in (1, 2, 3):
            torch.set_num_threads(n_threads)
            backend = TorchBackend(model)
            assert backend.n_threads == n_threads
            found.append(records_of(backend, TEXTS * 6))
            assert torch.get_num_threads() == n_threads
    finally:
        torch.set_num_threads(before)
    assert found[0] == found[1] == found[2]


@pytest.mark.parametrize(("value", "expected"), [("3", 3), ("1", 1), ("", None), ("0", None), ("many", None)])
def test_cores_are_those_of_the_environment_or_of_the_process(
    monkeypatch: pytest.MonkeyPatch, value: str, expected: int | None
) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", value)
    monkeypatch.setattr("os.sched_getaffinity", lambda pid: {0, 2, 5, 7}, raising=False)
    assert n_cores() == (expected or 4)
    monkeypatch.delattr("os.sched_getaffinity")
    monkeypatch.setattr("os.cpu_count", lambda: None)
    assert n_cores() == (expected or 1)
