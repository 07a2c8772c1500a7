"""Real processes: killed at random moments, stopped by signals, out of disk."""

import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from safetensors.numpy import load_file

from gprel.model import Extractor
from gprel.training.run_folder import CHECKPOINT

pytestmark = pytest.mark.slow

COMMAND = [sys.executable, "-c", "from gprel.cli.main import main; main()", "train", "--data", "demo", "--resume"]
SETTINGS = {
    "data.limit": "24",
    "encoder.name": "tiny",
    "training.batch_size": "4",
    "training.mixed_precision": "no",
    "training.ema": "0.9",
    "training.checkpoint_steps": "1",
}
N_KILLS = 20


def start(out: Path, epochs: int, preexec: Callable[[], None] | None = None, **changes: str) -> subprocess.Popen[str]:
    settings = [part for name, value in (SETTINGS | changes).items() for part in ("--set", f"{name}={value}")]
    arguments = [*COMMAND, "--recipe", "none", "--out", str(out), "--epochs", str(epochs), *settings]
    return subprocess.Popen(arguments, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True, preexec_fn=preexec)


def written(out: Path) -> int:
    """When the checkpoint was written last; 0 if there is none."""
    try:
        return (out / CHECKPOINT).stat().st_mtime_ns
    except FileNotFoundError:
        return 0


def wait_for_checkpoints(out: Path, process: subprocess.Popen[str], n: int = 1) -> None:
    """Wait until so many more are written, or the process has ended."""
    for _ in range(n):
        before = written(out)
        while process.poll() is None and written(out) == before:
            time.sleep(0.001)


def test_killed_at_random_moments(tmp_path: Path) -> None:
    out, chance = tmp_path / "run", random.Random(0)
    n_killed, seconds = 0, 1.0
    for attempt in range(N_KILLS):
        began = time.monotonic()
        process = start(out, 30)
        if attempt % 4:  # while steps and epochs are written
            wait_for_checkpoints(out, process, 1)
            seconds, began = time.monotonic() - began, time.monotonic()
            wait_for_checkpoints(out, process, chance.randrange(1, 6))
            time.sleep(chance.uniform(0, time.monotonic() - began))
        else:  # at any moment of the time until the first
            time.sleep(chance.uniform(0, seconds))
        process.kill()
        process.communicate()
        n_killed += process.returncode == -signal.SIGKILL
        if (out / "model").exists():
            assert Extractor.from_pretrained(out / "model").tokenizer is not None
        if (out / CHECKPOINT).exists():
            assert load_file(out / CHECKPOINT)
    assert n_killed >= N_KILLS * 0.8
    _, errors = start(out, 30).communicate()
    assert "Traceback" not in errors
    start(tmp_path / "whole", 30, **{"training.checkpoint_steps": "0"}).communicate()
    assert {path.name for path in out.iterdir()} == {path.name for path in (tmp_path / "whole").iterdir()}, errors
    one, two = (load_file(path / "model" / "model.safetensors") for path in (out, tmp_path / "whole"))
    assert all((one[name] == two[name]).all() for name in two)


@pytest.mark.parametrize(("number", "exit_code"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
def test_signals(tmp_path: Path, number: signal.Signals, exit_code: int) -> None:
    process = start(tmp_path, 1000)
    wait_for_checkpoints(tmp_path, process)
    process.send_signal(number)
    _, errors = process.communicate()
    assert process.returncode == exit_code, errors
    assert errors.splitlines()[-1].startswith(f"stopped by {number.name} in epoch ")
    assert "Traceback" not in errors
    assert written(tmp_path) > 0


def test_no_room_for_a_checkpoint(tmp_path: Path) -> None:
    """A limit on the size of files is the disk that is full without being an administrator."""
    process = start(tmp_path, 1000)
    wait_for_checkpoints(tmp_path, process)
    process.terminate()
    process.communicate()
    last, size = written(tmp_path), (tmp_path / CHECKPOINT).stat().st_size

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size // 2, size // 2))

    process = start(tmp_path, 1000, limit)
    _, errors = process.communicate()
    assert process.returncode == 1, errors
    assert "Traceback" not in errors
    line = errors.splitlines()[-1]
    assert line.startswith(f"error: the checkpoint {tmp_path / CHECKPOINT} cannot be written: ")
    assert line.endswith("the one before it is kept. Free some space and run the same command with --resume")
    assert written(tmp_path) == last
    assert not list(tmp_path.glob("*.new"))
    assert load_file(tmp_path / CHECKPOINT)


@pytest.mark.skipif(not os.environ.get("GPREL_SMALL_DISK"), reason="set GPREL_SMALL_DISK to a disk of about 15 MB")
def test_a_disk_that_is_full() -> None:
    """A real one, which is filled here, for example: mount -t tmpfs -o size=15m none /mnt/small."""
    disk = Path(os.environ["GPREL_SMALL_DISK"])
    out, ballast = disk / "run", disk / "ballast"
    shutil.rmtree(out, ignore_errors=True)
    process = start(out, 1000)
    wait_for_checkpoints(out, process)
    fill(ballast, process)
    _, errors = process.communicate()
    assert process.returncode == 1, errors
    assert "Traceback" not in errors
    assert "No space left on device" in errors.splitlines()[-1]
    if (out / "model").exists():
        Extractor.from_pretrained(out / "model")
    assert load_file(out / CHECKPOINT)
    ballast.unlink()
    process = start(out, 1000)
    wait_for_checkpoints(out, process)
    process.terminate()
    _, errors = process.communicate()
    assert (process.returncode, "there is no checkpoint" in errors) == (0, False), errors


def fill(ballast: Path, process: subprocess.Popen[str]) -> None:
    """Take all the room there is until a process has ended."""
    with ballast.open("wb", buffering=0) as file:
        while process.poll() is None:
            try:
                file.write(bytes(4096))
            except OSError:
                time.sleep(0.001)
