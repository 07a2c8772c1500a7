"""Real processes, killed by the system at random moments, and started again with the same command."""

import json
import random
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from gprel.encoders import tiny_tokenizer

from .helpers import text

CHILD = Path(__file__).with_name("killed_child.py")
Start = Callable[[Path], "subprocess.Popen[str]"]


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Texts, of which every fiftieth is broken."""
    path = tmp_path_factory.mktemp("source") / "in.jsonl"
    lines = [json.dumps({"text": text(n), "n": n}) if n % 50 else '{"text": ' for n in range(1, 2001)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    tiny_tokenizer(["anna", "rome"]).save_pretrained(path.parent / "tokenizer")
    return path


@pytest.fixture
def start(request: pytest.FixtureRequest, source: Path) -> Start:
    """Start the extraction; returns when it has begun, or is over."""

    def run(out: Path) -> "subprocess.Popen[str]":
        command = [sys.executable, CHILD, source, out, source.parent / "tokenizer", request.param]
        child = subprocess.Popen(list(map(str, command)), stdout=subprocess.PIPE, text=True)
        assert child.stdout is not None
        child.stdout.readline()
        return child

    return run


def files_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def whole(start: Start, folder: Path) -> tuple[dict[str, bytes], float]:
    """Files of a run that nobody stopped, and the seconds its work took."""
    folder.mkdir()
    child = start(folder / "out")
    began = time.perf_counter()
    assert child.wait() == 0
    return files_of(folder), time.perf_counter() - began


def kill_until_over(start: Start, folder: Path, seconds: float, generator: random.Random) -> int:
    """Kill the run and start it again until it comes to its end; returns how often it was killed."""
    folder.mkdir()
    n_kills = 0
    while True:
        child = start(folder / "out")
        time.sleep(generator.uniform(0, seconds))
        if child.poll() is not None:
            assert child.returncode == 0
            return n_kills
        child.kill()
        child.wait()
        n_kills += 1


@pytest.mark.parametrize("start", ["jsonl"], indirect=True)
def test_killed_once(start: Start, tmp_path: Path) -> None:
    expected, seconds = whole(start, tmp_path / "whole")
    assert set(expected) == {"out", "out.errors.jsonl"}
    (tmp_path / "killed").mkdir()
    child = start(tmp_path / "killed" / "out")
    time.sleep(seconds / 2)
    child.kill()
    child.wait()
    assert start(tmp_path / "killed" / "out").wait() == 0
    assert files_of(tmp_path / "killed") == expected


@pytest.mark.slow
@pytest.mark.parametrize("start", ["jsonl", "csv"], indirect=True)
def test_killed_fifty_times(start: Start, tmp_path: Path) -> None:
    expected, seconds = whole(start, tmp_path / "whole")
    generator = random.Random(2)
    n_kills = number = 0
    while n_kills < 50:
        n_kills += kill_until_over(start, tmp_path / f"{number}", seconds / 2, generator)
        assert files_of(tmp_path / f"{number}") == expected, number
        number += 1
