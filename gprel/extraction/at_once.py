"""Several batches at once, each in a thread and on a processor core of its own.

Small batches leave most of their time between the cores when all of them share one; a core by itself loses nothing. And
numbers that one core has added up are the same on any number of cores.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Executor, Future
from dataclasses import dataclass

from gprel.extraction.pool import Found, PoolRunner, Prepared
from gprel.tokens import Extraction


@dataclass(frozen=True, slots=True)
class Started:
    """A pool whose batches are being computed, or wait for it.

    Attributes:
        prepared: The pool.
        results: What will have been found in every batch.
    """

    prepared: Prepared
    results: list[Future[list[Extraction]]]

    @classmethod
    def of(cls, prepared: Prepared, runner: PoolRunner, threads: Executor) -> "Started":
        """Hand the batches of a pool to threads."""
        return cls(prepared, [threads.submit(runner.backend.extract, batch) for batch in prepared.inputs()])


def found_in(prepared: Iterable[Prepared], runner: PoolRunner) -> Iterator[tuple[Prepared, Found]]:
    """Pools with what was found in them, in their order; while one is put together the next is computed.

    An error of the model comes up where its pool would have, and so does one of the pools themselves.

    Args:
        prepared: The pools; they are made when there is something to do for them.
        runner: What finds something in them.
    """
    with runner.backend.threads() as threads:
        try:
            started = (Started.of(one, runner, threads) for one in prepared)
            for one in in_flight(started, runner.backend.n_threads):
                yield one.prepared, runner.gather(one.prepared, (result.result() for result in one.results))
        finally:
            threads.shutdown(cancel_futures=True)


def in_flight(started: Iterable[Started], n_threads: int) -> Iterator[Started]:
    """The same pools in the same order, while those behind them keep all threads busy.

    Args:
        started: The pools; asking for one begins it.
        n_threads: Threads to keep busy; there are no more pools than that behind the one that comes next, so that
            memory stays bounded.
    """
    waiting: deque[Started] = deque()
    try:
        for one in started:
            waiting.append(one)
            while len(waiting) > n_threads or sum(len(later.results) for later in list(waiting)[1:]) >= n_threads:
                yield waiting.popleft()
    except Exception:
        yield from waiting  # they come before what could not be read
        raise
    yield from waiting
