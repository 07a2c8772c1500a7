"""The engine that spreads an extraction over the machines of a Ray cluster.

One task reads the input and cuts it into pools, exactly as the local engine does; a fixed number of actors, each with
a model of its own, find what there is in them; their results come back in the order of the input. A pool depends on
nothing but its own items, so that it does not matter where and in which order pools are worked on, or how often: one
whose worker dies is given to another.
"""

import logging
import os
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from gprel import errors
from gprel.errors import ClusterError, DependencyError
from gprel.extraction.pool import Pool, PoolRunner, pools
from gprel.extraction.record import Lines
from gprel.extraction.run import Share, share_of
from gprel.extraction.sources import read_items
from gprel.extraction.wire import pool_from_bytes, pool_to_bytes, share_from_row, share_to_row

N_RETRIES = 3
"""How often a pool is given to another worker when the one that has it dies."""
_STORE_BYTES = 1 << 28  # shared memory of a cluster that is started here; a pool takes a few hundred kilobytes
_N_SHOWN = 500  # characters of a foreign message
_RAISED = re.compile(r"^gprel\.errors\.(\w+): (.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Plan:
    """Everything that the processes of a cluster must know; it is sent to all of them.

    Attributes:
        sources: What is read, by names that hold on every machine; see :func:`gprel.extraction.sources.read_items`.
        load: Loads the model.
        lines: Turns a record into what is written.
        text_field: Field or column that holds the text.
        id_field: Field or column that holds the id.
        exclude: Files of folders and patterns that are not read.
        n_done: Items that were done already.
        folder: Folder that relative names are taken from, where a machine has it.
    """

    sources: tuple[str, ...]
    load: Callable[[], PoolRunner]
    lines: Lines
    text_field: str = "text"
    id_field: str | None = None
    exclude: tuple[Path, ...] = ()
    n_done: int = 0
    folder: str = ""

    def read(self, _: Any) -> Iterator[Any]:  # noqa: ANN401  # Arrow has no types
        """The pools that are left to do, each a table with one row, and the bytes of input read for it."""
        self.enter()
        n_bytes = [0]

        def count(n: int) -> None:
            n_bytes[0] += n

        stream = read_items(
            self.sources, text_field=self.text_field, id_field=self.id_field, exclude=self.exclude, on_bytes=count
        )
        for number, pool in enumerate(pools(islice(stream, self.n_done, None))):
            yield _row({"number": number, "pool": pool_to_bytes(pool), "n_bytes": n_bytes[0]})
            n_bytes[0] = 0

    def enter(self) -> None:
        """Go to the folder that relative names are taken from."""
        with suppress(OSError):  # another machine, where only full names and URLs hold
            os.chdir(self.folder)


class _Attempts:
    """Counts how often each pool was begun, in a process that outlives the workers."""

    def __init__(self) -> None:
        self._counts: Counter[int] = Counter()

    def begin(self, number: int) -> int:
        """Count one more attempt; returns how many there were before."""
        self._counts[number] += 1
        return self._counts[number] - 1

    def end(self, number: int) -> None:
        """Forget a pool that is done."""
        del self._counts[number]


class _Worker:
    """A model in a process of its own."""

    def __init__(self, plan: Plan, attempts: Any) -> None:  # noqa: ANN401  # a handle of an actor
        plan.enter()
        self._attempts = attempts
        self._runner = plan.load()
        self._lines = plan.lines

    def __call__(self, table: Any) -> Any:  # noqa: ANN401
        import ray

        [row] = table.to_pylist()
        if ray.get(self._attempts.begin.remote(row["number"])) > N_RETRIES:
            # Ray itself would go on for ever: a text that takes all memory kills one worker after the other.
            pool = pool_from_bytes(row["pool"])
            raise ClusterError(f"{N_RETRIES + 1} workers died one after the other over {_named(pool)}")
        done = self.work(row)
        self._attempts.end.remote(row["number"])
        return _row(done)

    def work(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """From a pool to its share, both as rows."""
        pool = pool_from_bytes(row["pool"])
        found = self._runner.finish(self._runner.prepare(pool))
        return share_to_row(share_of(pool, found, self._lines)) | {"n_bytes": row["n_bytes"]}


def _named(pool: Pool) -> str:
    """A pool by its ends."""
    if not pool.items:
        return "broken lines alone"
    first, last = pool.items[0], pool.items[-1]
    names = [f"{item.source}, {item.unit} {item.number}" for item in (first, last)]
    return f"{len(pool.items):,} texts ({' to '.join(names)})"


def ray_shares(
    plan: Plan, *, n_workers: int, use_gpu: bool, on_bytes: Callable[[int], None] | None = None
) -> Iterator[Share]:
    """What the pools give that are left to do, in the order of the input.

    Uses the cluster that this process is connected to, else that which ``$RAY_ADDRESS`` names, else one of this machine
    that lives as long as the iterator.

    Args:
        plan: What is to be done.
        n_workers: Processes with a model, each with one processor core.
        use_gpu: Give each worker a GPU where the cluster has any.
        on_bytes: Takes the bytes of input that went into each pool.

    Raises:
        DependencyError: If Ray is not installed.
        ClusterError: If there is no such cluster, or a pool cannot be worked on after ``N_RETRIES`` more attempts.
        GprelError: Whatever loading the model or reading the input raises in the cluster.
    """
    ray = import_ray()
    with _explained(ray), _cluster(ray, n_workers):
        context = ray.data.DataContext.get_current()
        context.execution_options.preserve_order = True
        context.target_max_block_size = 1  # byte: every pool is a block, else they would be gathered for one worker
        context.enable_progress_bars = False
        gpus = {"num_gpus": 1} if use_gpu and ray.cluster_resources().get("GPU", 0) >= 1 else {}
        done = (
            ray.data.from_items([{"start": 0}], override_num_blocks=1)
            # Needs no core: reading waits for the workers nearly all the time.
            .map_batches(plan.read, batch_size=None, batch_format="pyarrow", num_cpus=0)
            .map_batches(
                _Worker,
                fn_constructor_args=(plan, ray.remote(num_cpus=0)(_Attempts).remote()),
                compute=ray.data.ActorPoolStrategy(size=n_workers),
                batch_size=None,
                batch_format="pyarrow",
                num_cpus=1,
                **gpus,
            )
        )
        for table in done.iter_batches(batch_size=None, batch_format="pyarrow", prefetch_batches=0):
            for row in table.to_pylist():
                if on_bytes is not None:
                    on_bytes(row["n_bytes"])
                yield share_from_row(row)


def _row(values: dict[str, Any]) -> Any:  # noqa: ANN401
    """A table with one row; bytes of any length."""
    import pyarrow as pa

    columns = {
        name: pa.array([value], pa.large_binary() if isinstance(value, bytes) else None)
        for name, value in values.items()
    }
    return pa.table(columns)


def import_ray() -> Any:  # noqa: ANN401  # a module
    """Ray, told to be quiet.

    Raises:
        DependencyError: If it is not installed.
    """
    # Told before the import: no figures are sent anywhere, and workers run in the environment that is there.
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    os.environ.setdefault("RAY_ENABLE_UV_RUN_RUNTIME_ENV", "0")
    os.environ.setdefault("RAY_BACKEND_LOG_LEVEL", "fatal")  # of which it tells in one line
    try:
        import ray
        import ray.data
    except ImportError:
        raise DependencyError("the engine ray needs a package that is missing: pip install gprel[ray]") from None
    for handler in logging.getLogger("ray.data").handlers:
        if isinstance(handler, logging.StreamHandler):  # what Ray has to say is in its own files, and in our errors
            handler.setLevel(logging.CRITICAL)
    return ray


@contextmanager
def _cluster(ray: Any, n_workers: int) -> Iterator[None]:  # noqa: ANN401
    """A cluster to work on; it is left, and ended if it was started here."""
    if ray.is_initialized():
        yield
        return
    address = os.environ.get("RAY_ADDRESS", "local")
    own = {"num_cpus": n_workers, "object_store_memory": _STORE_BYTES, "include_dashboard": False}
    try:
        ray.init(address, log_to_driver=False, logging_level="error", **(own if address == "local" else {}))
        yield
    finally:
        ray.shutdown()


@contextmanager
def _explained(ray: Any) -> Iterator[None]:  # noqa: ANN401
    """Errors of a cluster as gprel's own: what it raised itself as it was, anything else by its message."""
    try:
        yield
    except (ray.exceptions.RayError, ConnectionError) as error:
        text = str(error)  # with the traceback of a worker; the exception itself does not always come along
        for name, message in reversed(_RAISED.findall(text)):
            if name in vars(errors):
                raise vars(errors)[name](message) from None
        reason = text.strip().split("\n")[-1][:_N_SHOWN]
        raise ClusterError(
            f"the Ray cluster failed ({type(error).__name__}: {reason}); what was written is safe: mend that and run "
            "the same command with --resume"
        ) from error
