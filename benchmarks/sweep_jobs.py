"""Runs of a sweep side by side, inside a wall-clock limit."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from sweep_cell import STOPPED

from gprel.comparison.cells import Cell
from gprel.provenance import provenance

START_SECONDS = 30.0  # loading libraries, corpus and encoder, which a run's own clock does not see
GRACE = 20.0  # seconds before the limit at which runs are told to save, and after which they are killed
POLL = 0.2  # seconds


@dataclass(frozen=True)
class Limit:
    """When a sweep must be over.

    Attributes:
        end: When, by the monotonic clock.
        grace: Seconds before that in which runs may still save.
        use_over: Start also what will not be done in time.
    """

    end: float
    grace: float = GRACE
    use_over: bool = False

    @classmethod
    def minutes(cls, minutes: float, began: float, *, use_over: bool = False) -> "Limit":
        """A limit from a moment on, which the monotonic clock told."""
        return cls(began + 60 * minutes, min(GRACE, 6 * minutes), use_over)

    def left(self) -> float:
        """Seconds until runs are told to stop."""
        return self.end - self.grace - time.monotonic()

    def allows(self, seconds: float | None) -> bool:
        """Whether a run that takes so long, as far as known, may start now."""
        return self.left() > 0 and (self.use_over or seconds is None or seconds <= self.left())


class Jobs:
    """Starts runs as processes and waits for them.

    Args:
        n_jobs: Runs side by side.
        limit: When it must be over.
        logs: Folder for what they print.
        note: Told what begins and ends.

    Attributes:
        failures: Runs that failed, and why.
    """

    def __init__(self, n_jobs: int, limit: Limit, logs: Path, note: Callable[[str], None]) -> None:
        self.n_jobs, self.limit, self.logs, self.note = n_jobs, limit, logs, note
        self.failures: dict[str, str] = {}
        self._durations: dict[str, float] = {}
        self._running: dict[str, tuple[Cell, subprocess.Popen[bytes]]] = {}

    def run(
        self,
        cells: Sequence[Cell],
        known: Sequence[Cell],
        command: Callable[[Cell], list[str]],
        on_change: Callable[[], None],
    ) -> None:
        """Run cells until all are done or nothing more fits.

        Args:
            cells: What is to be run.
            known: All cells of the sweep; those that are done tell how long their like takes.
            command: The command that runs a cell.
            on_change: Called when the first have begun, and after each that has ended.
        """
        waiting, is_first = list(cells), True
        self._durations = {cell.name: seconds for cell in known if (seconds := duration(cell)) is not None}
        try:
            while waiting or self._running:
                while len(self._running) < self.n_jobs and (cell := self._next(waiting, known)):
                    waiting.remove(cell)
                    self._start(cell, command(cell))
                if not self._running:
                    break
                time.sleep(POLL)
                if self._collect() or is_first:  # what the first call takes long to import is there at the limit
                    on_change()
                is_first = False
                if self.limit.left() <= 0:
                    break
        except KeyboardInterrupt:
            self.note("stopped: the runs are told to save")
        self._stop()
        if waiting:
            self.note(f"{len(waiting):,} runs were not started in time; the same command again goes on with them")

    def _next(self, waiting: Sequence[Cell], known: Sequence[Cell]) -> Cell | None:
        """The first cell that fits into what is left."""
        return next((cell for cell in waiting if self.limit.allows(estimate(cell, known, self._durations))), None)

    def _start(self, cell: Cell, command: list[str]) -> None:
        self.logs.mkdir(parents=True, exist_ok=True)
        log = self.logs / f"{cell.name.replace('/', '_')}.txt"
        environment = dict(os.environ)
        if self.n_jobs > 1:
            environment["OMP_NUM_THREADS"] = str(max(1, n_cores() // self.n_jobs))
        with log.open("ab") as file:
            process = subprocess.Popen(
                command, env=environment, stdout=file, stderr=subprocess.STDOUT, start_new_session=True
            )
        self._running[cell.name] = (cell, process)
        self.note(f"{cell.name}: started")

    def _collect(self) -> bool:
        """Take note of processes that have ended; whether there were any."""
        ended = [(cell, process) for cell, process in self._running.values() if process.poll() is not None]
        for cell, process in ended:
            del self._running[cell.name]
            if process.returncode == 0:
                self._durations[cell.name] = duration(cell) or 0.0
                self.note(f"{cell.name}: done, {self._durations[cell.name]:,.0f} s")
            elif process.returncode in (STOPPED, -signal.SIGTERM):  # a run that is only loading dies of the signal
                self.note(f"{cell.name}: stopped; it goes on from its checkpoint, if it has one")
            else:
                self.failures[cell.name] = reason(cell, process.returncode)
                self.note(f"{cell.name}: failed: {self.failures[cell.name]}")
        return bool(ended)

    def _stop(self) -> None:
        """Tell what still runs to save and end, and end it if it does not."""
        for _, process in self._running.values():
            process.send_signal(signal.SIGTERM)
        until = time.monotonic() + self.limit.grace
        while self._running and time.monotonic() < until:
            time.sleep(POLL)
            self._collect()
        for name, (_, process) in self._running.items():
            process.kill()  # checkpoints are replaced at once, so that the last one is whole
            process.wait()
            self.note(f"{name}: ended; it goes on from its last checkpoint")
        self._running.clear()


def duration(cell: Cell) -> float | None:
    """Seconds that a finished run took on a machine like this one; ``None`` for others."""
    if cell.state() != "done":
        return None
    facts = cell.facts()
    if _kind(facts.get("machine")) != this_kind():
        return None
    return float(facts["training_seconds"]) + float(facts["prediction_seconds"]) + START_SECONDS


def estimate(cell: Cell, known: Sequence[Cell], durations: dict[str, float]) -> float | None:
    """Seconds that a run will take, by its like: the same with another seed, else the slowest on its corpus."""
    same = [c for c in known if c.corpus.name == cell.corpus.name and c.name in durations]
    twins = [c for c in same if c.method.name == cell.method.name]
    return max((durations[c.name] for c in twins or same), default=None)


def reason(cell: Cell, code: int) -> str:
    """Why a run failed, in one line."""
    if cell.error_path.is_file():
        lines = cell.error_path.read_text(encoding="utf-8").strip().splitlines()
        return lines[-1] if lines else f"exit code {code}"
    return f"exit code {code}; see the log"


def n_cores() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@cache
def this_kind() -> tuple[object, ...]:
    """What this machine is, as far as it makes runs fast or slow."""
    return _kind(provenance()["machine"])


def _kind(machine: Any) -> tuple[object, ...]:  # noqa: ANN401 - read from a file
    return tuple(str((machine or {}).get(name)) for name in ("processor", "cores", "accelerators"))
