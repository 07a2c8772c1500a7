"""``gprel train`` is stopped, told to go on, and told so when there is nothing left to do."""

import json
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from gprel.training import loop

Command = Callable[..., Result]


@pytest.fixture
def stop_at(monkeypatch: pytest.MonkeyPatch) -> Callable[[int, signal.Signals], None]:
    """Send this process a signal before a step, counted from 1."""

    def arrange(at: int, number: signal.Signals) -> None:
        original, count = loop._step, 0

        def step(*arguments: Any) -> Any:
            nonlocal count
            count += 1
            if count == at:
                signal.raise_signal(number)
            return original(*arguments)

        monkeypatch.setattr(loop, "_step", step)

    return arrange


@pytest.mark.parametrize(("number", "exit_code"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
def test_stopped_and_continued(
    train: Command,
    tmp_path: Path,
    stop_at: Callable[[int, signal.Signals], None],
    monkeypatch: pytest.MonkeyPatch,
    number: signal.Signals,
    exit_code: int,
) -> None:
    out = tmp_path / "run"
    with monkeypatch.context():
        stop_at(2, number)
        stopped = train(out, "--epochs", 3, exit_code=exit_code)
    last = stopped.stderr.splitlines()[-1]
    assert last == (f"stopped by {number.name} in epoch 2, step 2; the same command with --resume goes on from there")
    assert stopped.stderr.count("stopped by") == 1
    monkeypatch.undo()
    again = train(out, "--epochs", 3, "--resume")
    assert "going on from epoch 2, step 2" in again.stderr
    lines = [json.loads(line) for line in (out / "metrics.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [line["epoch"] for line in lines if "epoch" in line] == [1, 2, 3]
    before = (out / "run.json").read_bytes()
    done = train(out, "--epochs", 3, "--resume")
    assert f"the run in {out} is done; its best model is in {out / 'model'}" in done.stderr.replace("\n", "")
    assert (out / "run.json").read_bytes() == before
    assert not (out / "checkpoint.safetensors").exists()


def test_other_settings(train: Command, tmp_path: Path, stop_at: Callable[[int, signal.Signals], None]) -> None:
    stop_at(1, signal.SIGTERM)
    train(tmp_path / "run", "--epochs", 2)
    result = train(tmp_path / "run", "--epochs", 2, "--seed", 9, "--resume", exit_code=1)
    assert "error: the run was started with other settings (training.seed 42 -> 9); repeat those" in result.stderr
    result = train(tmp_path / "run", "--epochs", 2, exit_code=1)  # nobody loses a checkpoint by forgetting an option
    assert "holds an earlier run; choose another folder, or pass --overwrite, or --resume" in result.stderr
    result = train(tmp_path / "run", "--epochs", 2, "--resume", "--overwrite", exit_code=1)
    assert "--resume goes on with an earlier run and --overwrite replaces it; give one of them" in result.stderr


def test_nothing_to_go_on_from(train: Command, tmp_path: Path) -> None:
    result = train(tmp_path / "new", "--epochs", 1, "--resume")
    assert "there is no checkpoint to go on from: the run begins" in result.stderr
    assert os.listdir(tmp_path) == ["new"]
