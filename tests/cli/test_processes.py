"""Several processes for one command: what is seen of them, how they end, and a training that two of them share."""

import json
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from safetensors.torch import load_file
from torch.testing import assert_close
from typer import Exit

from gprel.cli import console, processes
from gprel.errors import ConfigError, GprelError

Capture = pytest.CaptureFixture[str]
Run = Callable[..., subprocess.CompletedProcess[str]]
NAMES = ("RANK", "LOCAL_RANK", "WORLD_SIZE", "LOCAL_WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT", "OMP_NUM_THREADS")


@pytest.fixture(autouse=True)
def _short_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "_PATIENCE", 0.5)
    for name in ("RANK", "WORLD_SIZE"):
        monkeypatch.delenv(name, raising=False)


def start(script: str, n: int = 3) -> int:
    """Run a small script in several processes; it knows ``rank`` and ``os``, ``sys``, ``time``."""
    head = "import os, sys, time; rank = int(os.environ['RANK']); "
    return processes.start(n, [sys.executable, "-c", head + script])


def test_only_the_main_process_is_seen(capfd: Capture) -> None:
    assert start("print('out', rank); print('note', rank, file=sys.stderr)") == 0
    assert capfd.readouterr() == ("out 0\n", "note 0\n")


def test_what_accelerate_reads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    wanted = f"names = {NAMES!r}; "
    script = (
        f"{wanted}open(os.path.join({str(tmp_path)!r}, str(rank)), 'w').write(' '.join(map(os.environ.get, names)))"
    )
    assert start(script) == 0
    lines = [(tmp_path / str(rank)).read_text().split() for rank in range(3)]
    assert [line[:4] for line in lines] == [[str(rank), str(rank), "3", "3"] for rank in range(3)]
    assert len({tuple(line[4:]) for line in lines}) == 1
    assert (lines[0][4], lines[0][6]) == ("127.0.0.1", "7")


def test_the_main_process_tells_why_it_failed(capfd: Capture) -> None:
    """The others failed as well, and say nothing of it."""
    code = start("print('error: no such corpus' if rank == 0 else '', file=sys.stderr); sys.exit(71 if rank else 1)")
    assert (code, capfd.readouterr().err) == (1, "error: no such corpus\n")


def test_another_process_tells_why_it_failed(capfd: Capture) -> None:
    """The main one lost contact with it and keeps quiet."""
    code = start(
        "rank == 2 or time.sleep(0.2); "
        "print('note\\nerror: out of memory' if rank == 2 else 'error: lost', file=sys.stderr if rank else sys.stdout);"
        "sys.exit(1 if rank == 2 else 71)"
    )
    assert (code, capfd.readouterr().err) == (1, "error: process 2: out of memory\n")


def test_a_process_that_was_killed_ends_the_others(capfd: Capture) -> None:
    began = time.monotonic()
    code = start("rank == 1 and os.kill(os.getpid(), 9); time.sleep(60)")
    assert time.monotonic() - began < 30
    message = "error: process 1 was ended by SIGKILL, so the others could not go on\n"
    assert (code, capfd.readouterr().err) == (1, message)


def test_a_traceback_of_another_process_is_shown(capfd: Capture) -> None:
    assert start("1 / 0 if rank == 1 else time.sleep(60)") == 1
    error = capfd.readouterr().err
    assert error.startswith("error: process 1 ended with exit code 1:\nTraceback")
    assert error.count("ZeroDivisionError") == 1


def test_sigterm_reaches_all(capfd: Capture) -> None:
    script = (
        "import signal; signal.signal(15, lambda *_: (print('saved', flush=True), sys.exit(0))); "
        "rank or os.kill(os.getppid(), 15); time.sleep(60)"
    )
    # The others must have set their handlers: the main process is the last to start.
    assert start("rank or time.sleep(1); " + script) == 0
    assert capfd.readouterr().out == "saved\n"


@pytest.mark.parametrize(("n", "world", "expected"), [(None, None, True), (1, None, True), (2, None, False)])
def test_whether_processes_are_to_be_started(n: int | None, world: str | None, expected: bool) -> None:
    assert processes.is_started(n) is expected


@pytest.mark.parametrize("n", [None, 2])
def test_a_launcher_started_them(monkeypatch: pytest.MonkeyPatch, n: int | None) -> None:
    monkeypatch.setenv("WORLD_SIZE", "2")
    assert processes.is_started(n)
    with pytest.raises(ConfigError, match="--processes is 4 but 2 were started; leave --processes out"):
        processes.is_started(4)


@pytest.mark.parametrize("rank", ["0", "1"])
def test_one_voice(monkeypatch: pytest.MonkeyPatch, rank: str) -> None:
    monkeypatch.setenv("WORLD_SIZE", "2")
    monkeypatch.setenv("RANK", rank)
    for name in ("stdout", "stderr"):
        monkeypatch.setattr(console, name, type(console.stderr)(stderr=name == "stderr"))
    with processes.one_voice():
        assert console.stdout.quiet == console.stderr.quiet == (rank == "1")
    expected = GprelError if rank == "0" else Exit
    with pytest.raises(expected) as error, processes.one_voice():
        raise GprelError("no such corpus")
    assert rank == "0" or error.value.exit_code == 71


@pytest.fixture
def gprel_train(corpus_folder: Path, tmp_path: Path) -> Run:
    """The train command in a process of its own: ``gprel_train("name", ...)``."""

    def run(name: str, *arguments: str, before: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
        settings = ("encoder.dropout=0", "head.dropout=0", "training.encoder_lr=3e-3", "training.mixed_precision=no")
        options = [part for setting in settings for part in ("--set", setting)]
        where = ("--data", str(corpus_folder), "--encoder", "tiny", "--out", str(tmp_path / name))
        command = [sys.executable, *before, "-m", "gprel", "train", *where, *options, *arguments]
        environment = {name: value for name, value in os.environ.items() if name not in NAMES}
        environment |= {"OMP_NUM_THREADS": "1", "ACCELERATE_USE_CPU": "1"}
        return subprocess.run(command, capture_output=True, text=True, env=environment, check=False)

    return run


@pytest.mark.slow
def test_two_processes_train_what_one_does(gprel_train: Run, tmp_path: Path) -> None:
    options = ("--epochs", "2", "--set", "training.batch_size=3")
    one, two = gprel_train("one", *options), gprel_train("two", *options, "--processes", "2")
    launched = gprel_train("launched", *options, before=("-m", "torch.distributed.run", "--nproc-per-node=2"))
    assert [run.returncode for run in (one, two, launched)] == [0, 0, 0], two.stderr + launched.stderr
    assert "each shared by 2 processes" in two.stderr
    assert two.stdout == launched.stdout == one.stdout  # the table, once
    assert two.stderr.count("epoch 2/2") == 1
    expected = load_file(tmp_path / "one" / "model" / "model.safetensors")
    for name in ("two", "launched"):
        got = load_file(tmp_path / name / "model" / "model.safetensors")
        assert_close(got, expected, atol=1e-5, rtol=1e-5)
        assert json.loads((tmp_path / name / "run.json").read_text())["n_processes"] == 2


@pytest.mark.slow
def test_one_error_of_two_processes(gprel_train: Run, tmp_path: Path) -> None:
    run = gprel_train("bad", "--processes", "2", "--set", "training.select_on=triples/loose")
    assert run.returncode == 1
    errors = [line for line in run.stderr.splitlines() if "error" in line or "Traceback" in line]
    assert len(errors) == 1
    assert errors[0].startswith("error: ")
    assert "training.select_on is 'triples/loose', expected auto" in errors[0]
    assert run.stdout == ""


@pytest.fixture
def begin(corpus_folder: Path, tmp_path: Path) -> Callable[..., subprocess.Popen[str]]:
    """A long run of two processes in ``tmp_path / "run"`` with a checkpoint at every step."""

    def begin(preexec: Callable[[], None] | None = None) -> subprocess.Popen[str]:
        where = ("--data", str(corpus_folder), "--encoder", "tiny", "--out", str(tmp_path / "run"))
        options = ("--epochs", "4000", "--processes", "2", "--resume", "--set", "training.checkpoint_steps=1")
        environment = {name: value for name, value in os.environ.items() if name not in NAMES}
        environment |= {"OMP_NUM_THREADS": "1", "ACCELERATE_USE_CPU": "1"}
        command = [sys.executable, "-m", "gprel", "train", *where, *options]
        return subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment, preexec_fn=preexec)

    return begin


@pytest.mark.slow
def test_sigterm_saves_and_a_full_disk_keeps_what_was_saved(
    begin: Callable[..., subprocess.Popen[str]], tmp_path: Path
) -> None:
    out, process = tmp_path / "run", begin()
    checkpoint = out / "checkpoint.safetensors"
    while process.poll() is None and not ((out / "model").is_dir() and checkpoint.is_file()):
        time.sleep(0.05)
    process.send_signal(signal.SIGTERM)
    _, notes = process.communicate()
    assert (process.returncode, checkpoint.is_file()) == (0, True), notes
    assert notes.count("stopped by SIGTERM") == 1
    assert json.loads((out / "run.json").read_text())["status"] == "stopped"
    last, size = checkpoint.stat().st_mtime_ns, checkpoint.stat().st_size

    def limit() -> None:  # the disk that is full without being an administrator
        resource.setrlimit(resource.RLIMIT_FSIZE, (size // 2, size // 2))

    process = begin(limit)
    _, errors = process.communicate()
    assert process.returncode == 1, errors
    assert "Traceback" not in errors
    (line,) = [line for line in errors.splitlines() if line.startswith("error: ")]
    assert line.startswith(f"error: the checkpoint {checkpoint} cannot be written: ")
    assert checkpoint.stat().st_mtime_ns == last
    assert load_file(checkpoint)
