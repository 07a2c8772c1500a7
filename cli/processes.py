"""Several processes for one command: they are started, watched and ended here."""

import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from types import FrameType
from typing import IO

import typer

from gprel.errors import ConfigError, GprelError

from . import console
from .console import print_error

_QUIET = 71  # exit code of a process that failed because, or as, another one did
_PATIENCE = 10.0  # seconds the others get to fail by themselves
_MARK = "GPREL_PROCESSES"


def is_started(n_processes: int | None) -> bool:
    """Whether this process is one of several already, or the only one that is wanted.

    ``accelerate launch`` and ``torchrun`` start processes too; ``--processes`` must then agree with them.

    Args:
        n_processes: What ``--processes`` says.

    Raises:
        ConfigError: If another number of processes was started.
    """
    n_started = os.environ.get("WORLD_SIZE")
    if n_started is None:
        return n_processes in (None, 1)
    if n_processes is not None and int(n_started) != n_processes:
        raise ConfigError(f"--processes is {n_processes} but {n_started} were started; leave --processes out")
    return True


def start(n_processes: int, command: Sequence[str] | None = None) -> int:
    """Run a command in several processes.

    ``accelerate launch`` starts just one process where there is no GPU, so they are started here, with the environment
    that accelerate reads. Only the main one is seen on the terminal. A signal to stop goes to all of them; when one
    fails, the others are ended, and one error is shown.

    Args:
        n_processes: How many.
        command: The command; by default the very one that this process runs.

    Returns:
        The exit code.
    """
    command = command or [sys.executable, "-m", "gprel", *sys.argv[1:]]
    with ExitStack() as stack:
        port = _free_port()
        logs = [None, *(stack.enter_context(tempfile.TemporaryFile()) for _ in range(n_processes - 1))]
        workers = [_worker(command, rank, n_processes, port, log) for rank, log in enumerate(logs)]
        stack.callback(_kill, workers)
        stack.enter_context(_passed_on(workers))
        failed = _wait(workers)
        codes = [worker.returncode for worker in workers]
        if failed is None:
            return codes[0]
        if codes[0] in (0, _QUIET) or codes[0] < 0:  # the main process has not told why
            print_error(_reason(failed, codes[failed], logs[failed]))
        return 1


def _worker(
    command: Sequence[str], rank: int, n_processes: int, port: int, log: IO[bytes] | None
) -> subprocess.Popen[bytes]:
    ranks = {"RANK": rank, "LOCAL_RANK": rank, "WORLD_SIZE": n_processes, "LOCAL_WORLD_SIZE": n_processes}
    threads = os.environ.get("OMP_NUM_THREADS") or max(1, (os.cpu_count() or 1) // n_processes)
    places = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port, "OMP_NUM_THREADS": threads, _MARK: n_processes}
    return subprocess.Popen(
        command,
        env=os.environ | {name: str(value) for name, value in {**ranks, **places}.items()},
        stdin=subprocess.PIPE,  # closes when this process ends, however it ends
        stdout=subprocess.DEVNULL if log else None,
        stderr=log,
    )


def _free_port() -> int:
    import socket

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def _wait(workers: Sequence[subprocess.Popen[bytes]]) -> int | None:
    """Wait for all; when one fails, the others get a few seconds.

    Returns:
        The one whose failure is to be told, if any failed.
    """
    failed: list[int] = []
    deadline = float("inf")
    while any(worker.poll() is None for worker in workers) and time.monotonic() < deadline:
        time.sleep(0.05)
        new = [i for i, worker in enumerate(workers) if worker.poll() not in (None, 0, 130) and i not in failed]
        if new and not failed:
            deadline = time.monotonic() + _PATIENCE
        failed += new
    failed += [i for i, worker in enumerate(workers) if worker.poll() not in (None, 0, 130) and i not in failed]
    _kill(workers)
    loud = [i for i in failed if workers[i].returncode != _QUIET]
    return next(iter(loud or failed), None)


def _reason(rank: int, code: int, log: IO[bytes] | None) -> str:
    """Why a process failed, by what it wrote last."""
    who = f"process {rank}"
    if code < 0:
        return f"{who} was ended by {signal.Signals(-code).name}, so the others could not go on"
    if log is None:
        return f"{who} ended with exit code {code}"
    log.seek(0)
    text = log.read().decode("utf-8", "replace").strip()
    _, separator, message = text.rpartition("error: ")
    if separator and "Traceback" not in text:
        return f"{who}: {message}"
    return f"{who} ended with exit code {code}:\n{text}"


def _kill(workers: Sequence[subprocess.Popen[bytes]]) -> None:
    for worker in workers:
        if worker.poll() is None:
            worker.kill()
        worker.wait()
        if worker.stdin:
            worker.stdin.close()


@contextmanager
def _passed_on(workers: Sequence[subprocess.Popen[bytes]]) -> Iterator[None]:
    """Hand SIGTERM to all processes. Ctrl-C reaches them by itself: they are in the terminal's group."""

    def hand_on(number: int, frame: FrameType | None) -> None:
        for worker in workers:
            if worker.poll() is None:
                worker.send_signal(number)

    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    signal.signal(signal.SIGTERM, hand_on)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def one_voice() -> Iterator[None]:
    """Of several processes only the main one prints, and only the first one to fail tells why."""
    if "WORLD_SIZE" not in os.environ:
        yield
        return
    if _MARK in os.environ:
        threading.Thread(target=_end_with_parent, daemon=True).start()
    rank = int(os.environ["RANK"])
    console.stdout.quiet = console.stderr.quiet = rank != 0
    try:
        yield
        from gprel.training.distributed import leave

        leave()
    except typer.Exit:
        raise
    except Exception as error:
        from gprel.training.distributed import may_speak

        is_first, console.stderr.quiet = may_speak(), False
        if is_first:
            raise
        if _MARK in os.environ and rank != 0:  # nobody sees it unless nothing else is told
            print_error(str(error) if isinstance(error, GprelError) else f"{type(error).__name__}: {error}")
        raise typer.Exit(_QUIET) from error


def _end_with_parent() -> None:
    while os.read(0, 1):
        pass
    os._exit(1)
