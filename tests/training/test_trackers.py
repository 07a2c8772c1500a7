"""Trackers get what the log gets; one that fails costs no run."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import pytest

from gprel.config import RunConfig
from gprel.document import Document
from gprel.errors import ConfigError, DependencyError, GprelError
from gprel.training import RunFolder, check_trackers, reporter, trackers

Fit = Callable[..., Any]


class Fake:
    """Stands for Weights & Biases, which tests never reach."""

    made: ClassVar[list["Fake"]] = []

    def __init__(self, project: str, **options: object) -> None:
        self.project, self.options = project, options
        self.settings: dict[str, object] = {}
        self.logged: list[tuple[dict[str, float], int]] = []
        self.is_finished = False
        self.made.append(self)

    def start(self) -> None: ...

    def store_init_configuration(self, values: dict[str, object]) -> None:
        self.settings = values

    def log(self, values: dict[str, float], step: int) -> None:
        self.logged.append((values, step))

    def finish(self) -> None:
        self.is_finished = True


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> type[Fake]:
    monkeypatch.setattr(trackers, "find_spec", lambda name: name)
    monkeypatch.setitem(trackers.LOGGER_TYPE_TO_CLASS, "wandb", Fake)
    monkeypatch.setattr(Fake, "made", [])
    return Fake


def test_they_get_what_the_log_gets(
    fake: type[Fake], fit: Fit, documents: list[Document], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reporter, "LOG_EVERY", 1)
    run = fit("training.trackers=[wandb]", "training.epochs=2", dev=documents)
    (tracker,) = fake.made
    assert (tracker.project, tracker.options) == ("gprel", {"name": run.path.name, "dir": str(run.path)})
    assert (tracker.settings["training.epochs"], tracker.settings["training.trackers"]) == (2, "['wandb']")
    assert tracker.is_finished
    lines = [json.loads(line) for line in (run.path / "metrics.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [step for _, step in tracker.logged] == [line.get("step") or line["steps"] for line in lines]
    values, _ = next(one for one in tracker.logged if "step/loss" in one[0])
    assert set(values) >= {"step/loss", "step/tokens_per_second", "step/parts/entities"}
    last, step = tracker.logged[-1]
    assert step == 2
    assert last["epoch/dev/triples/strict"] == lines[-1]["dev"]["triples"]["strict"]
    assert last["epoch/loss"] == lines[-1]["loss"]


def test_one_that_fails_costs_no_run(fake: type[Fake], fit: Fit, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError("no space")

    monkeypatch.setattr(fake, "log", fail)
    run = fit("training.trackers=[wandb]", "training.epochs=2")
    assert run.facts["status"] == "done"
    assert run.recorder.notes.count("tracker wandb failed and gets nothing more: OSError: no space") == 1
    monkeypatch.undo()


def test_one_that_cannot_be_closed(fake: type[Fake], fit: Fit, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError("gone")

    monkeypatch.setattr(fake, "finish", fail)
    run = fit("training.trackers=[wandb]", "training.epochs=1")
    assert "tracker wandb could not be closed: OSError: gone" in run.recorder.notes


def test_one_that_cannot_be_started(fake: type[Fake], fit: Fit, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("no key")

    monkeypatch.setattr(fake, "start", fail)
    with pytest.raises(GprelError, match=r"^tracker wandb cannot be started: RuntimeError: no key$"):
        fit("training.trackers=[wandb]")


def test_one_that_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trackers, "find_spec", lambda name: None if name == "tensorboard" else name)
    check_trackers(["wandb"])
    with pytest.raises(DependencyError) as error:
        check_trackers(["wandb", "tensorboard"])
    assert str(error.value) == ("training.trackers has tensorboard, which is not installed: pip install tensorboard")


def test_tensorboard(fit: Fit, documents: list[Document]) -> None:
    pytest.importorskip("tensorboard")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    run = fit("training.trackers=[tensorboard]", "training.epochs=3", dev=documents)
    (folder,) = [path for path in run.path.iterdir() if path.name == "tensorboard"]
    events = EventAccumulator(str(folder)).Reload()
    losses = [(event.step, event.value) for event in events.Scalars("epoch/loss")]
    lines = [json.loads(line) for line in (run.path / "metrics.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [step for step, _ in losses] == [1, 2, 3]
    assert [value for _, value in losses] == pytest.approx([line["loss"] for line in lines], rel=1e-5)


def test_the_files_of_an_earlier_run_are_removed(tmp_path: Path) -> None:
    RunFolder(tmp_path, RunConfig())
    for name in ("tensorboard", "wandb", "model"):
        (tmp_path / name).mkdir()
    (tmp_path / "curve.png").write_text("old")
    RunFolder(tmp_path, RunConfig(), use_overwrite=True)
    assert {path.name for path in tmp_path.iterdir()} == {"config.yaml", "run.json"}


def test_the_setting() -> None:
    config = RunConfig().override(["training.trackers=[tensorboard, wandb, tensorboard]"])
    assert config.training.trackers == ("tensorboard", "wandb")
    assert config.to_dict()["training"]["trackers"] == ["tensorboard", "wandb"]  # as JSON gives it back
    assert RunConfig.from_dict(config.to_dict()) == config
    with pytest.raises(ConfigError) as error:
        RunConfig().override(["training.trackers=tensorboard"])
    assert str(error.value) == "training.trackers is 'tensorboard', expected a list such as [tensorboard]"
    with pytest.raises(ConfigError) as error:
        RunConfig().override(["training.trackers=[mlflow]"])
    assert str(error.value) == "training.trackers[0] is 'mlflow', expected one of tensorboard, wandb"
