"""``gprel runs`` over a real run and over folders that are none."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from gprel.errors import DependencyError
from gprel.runs import curve

Run = Callable[..., Result]


@pytest.fixture
def folder(trained: tuple[Path, Result], tmp_path: Path) -> Path:
    """Two copies of a run, one of them changed, a broken one, and a folder of something else."""
    for name in ("one", "two", "broken"):
        shutil.copytree(trained[0], tmp_path / name, ignore=shutil.ignore_patterns("model"))
    text = (tmp_path / "two" / "config.yaml").read_text(encoding="utf-8")
    (tmp_path / "two" / "config.yaml").write_text(text.replace("epochs: 25", "epochs: 26"), encoding="utf-8")
    (tmp_path / "broken" / "run.json").write_text("{")
    (tmp_path / "logs").mkdir()
    return tmp_path


def test_list(gprel: Run, folder: Path) -> None:
    result = gprel("runs", "list", folder, "--sort", "triple")
    assert "2 runs, dev" in result.stdout
    assert result.stdout.count("gplinker") == 2
    assert "100.00" in result.stdout  # learned by heart
    assert "1 run folders cannot be read" in result.stderr
    assert f"{folder / 'broken' / 'run.json'} cannot be read" in result.stderr
    assert f"1 folders hold no run: {folder / 'logs'}" in result.stderr


def test_list_as_json(gprel: Run, folder: Path) -> None:
    one, two = json.loads(gprel("runs", "list", folder, "--json", "--rule", "partial").stdout)
    assert (Path(one["name"]).name, Path(two["name"]).name) == ("one", "two")
    assert (one["status"], one["rule"], one["triple"]) == ("done", "partial", one["dev"]["triples"]["partial"])


def test_list_without_any(gprel: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert "error: runs is no folder" in gprel("runs", "list", exit_code=1).stderr


def test_show(gprel: Run, folder: Path) -> None:
    pytest.importorskip("matplotlib")
    result = gprel("runs", "show", folder / "one")
    assert "gplinker, tiny, seed 42: done" in result.stdout
    for expected in ("training.epochs", "dev, epoch", "best so far", f"curve: {folder / 'one' / 'curve.png'}"):
        assert expected in result.stdout
    (folder / "one" / "curve.png").unlink(missing_ok=True)
    assert "curve: none (gprel runs show --curve draws it)" in gprel("runs", "show", folder / "one").stdout
    gprel("runs", "show", folder / "one", "--curve")
    assert (folder / "one" / "curve.png").is_file()


def test_show_as_json(gprel: Run, folder: Path) -> None:
    shown = json.loads(gprel("runs", "show", folder / "one", "--json").stdout)
    assert shown["changed"]["training.epochs"] == {"value": 25, "default": 10}
    assert len(shown["epochs"]) == 25
    assert shown["facts"]["status"] == "done"


def test_show_what_is_broken(gprel: Run, folder: Path) -> None:
    assert "run.json cannot be read" in gprel("runs", "show", folder / "broken", exit_code=1).stderr
    assert "holds no run (no run.json)" in gprel("runs", "show", folder / "logs", exit_code=1).stderr


def test_show_lost_gold_and_a_log_that_was_cut_off(gprel: Run, folder: Path) -> None:
    path = folder / "one" / "run.json"
    facts = json.loads(path.read_text(encoding="utf-8"))
    facts["lost_train"] = {"entities": {"gold": 1200, "lost": {"does not fit into one window": 2}}, "triples": None}
    path.write_text(json.dumps(facts), encoding="utf-8")
    with (folder / "one" / "metrics.jsonl").open("a") as file:
        file.write('{"ep')
    result = gprel("runs", "show", folder / "one")
    assert "note: train: 2 of 1,200 entities cannot be reached: does not fit into one window" in result.stdout
    assert "1 lines of" in result.stderr


def test_diff(gprel: Run, folder: Path) -> None:
    result = gprel("runs", "diff", folder / "one", folder / "two")
    (line,) = [line for line in result.stdout.splitlines() if "training.epochs" in line]
    assert line.split() == ["training.epochs", "25", "26"]
    assert "dev triples/strict F1" in result.stdout
    shown = json.loads(gprel("runs", "diff", folder / "one", folder / "two", "--json").stdout)
    one, two = str(folder / "one"), str(folder / "two")
    assert shown["settings"] == {"training.epochs": {one: 25, two: 26}}
    assert shown["results"]["status"] == {one: "done", two: "done"}


def test_diff_of_the_same(gprel: Run, folder: Path) -> None:
    shutil.copytree(folder / "one", folder / "copy")
    assert "all settings are the same" in gprel("runs", "diff", folder / "one", folder / "copy").stdout
    for folders in ((folder / "one",), (folder / "one", folder / "one")):
        assert "expected two or more different run folders" in gprel("runs", "diff", *folders, exit_code=1).stderr


def test_training_draws_the_curve(trained: tuple[Path, Result]) -> None:
    pytest.importorskip("matplotlib")
    out, result = trained
    assert f"learning curve: {out / 'curve.png'}" in result.stderr
    assert (out / "curve.png").is_file()


def test_training_without_matplotlib(train: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> None:
        raise DependencyError("a plot needs matplotlib, which is not installed: pip install gprel[plots]")

    monkeypatch.setattr(curve, "check_can_plot", missing)
    result = train(tmp_path / "run", "--epochs", 1)
    assert "there is no learning curve: a plot needs matplotlib" in result.stderr
    assert not (tmp_path / "run" / "curve.png").exists()


def test_trackers_by_name(train: Run, tmp_path: Path) -> None:
    result = train(tmp_path / "run", "--tracker", "mlflow", exit_code=1)
    assert "training.trackers[0] is 'mlflow', expected one of tensorboard, wandb" in result.stderr
    assert not (tmp_path / "run").exists()
