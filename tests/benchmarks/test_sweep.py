"""Sweeps: what is run, in which order and time, and what is written about it."""

import json
import os
import subprocess
import sys
import time
from argparse import Namespace
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import yaml

from gprel.comparison.cells import Cell, cells_of
from gprel.comparison.matrix import Matrix
from gprel.errors import ConfigError
from gprel.provenance import provenance

GRID = ("--recipe", "demo", "--grid", "training.encoder_lr=2e-4,3e-4", "--grid", "training.fgm=0,1", "--seeds", "1,2")
SAVES = "import signal, sys, time; signal.signal(signal.SIGTERM, lambda *_: sys.exit(4)); time.sleep(60)"


@pytest.fixture
def sweep(scripts: Path) -> Any:
    return import_module("sweep")


@pytest.fixture
def jobs(scripts: Path) -> Any:
    return import_module("sweep_jobs")


@pytest.fixture
def results(scripts: Path) -> Any:
    return import_module("sweep_results")


@pytest.fixture
def make(sweep: Any, tmp_path: Path) -> Callable[..., tuple[Matrix, list[Cell]]]:
    """The plan of a command line, and its cells, with dev as the split that is scored."""

    def plan(*words: str) -> tuple[Matrix, list[Cell]]:
        arguments: Namespace = sweep.parse(words or GRID)
        matrix = sweep.on_dev(sweep.plan(arguments, tmp_path, sweep.name_of(arguments)))
        return matrix, cells_of(matrix, tmp_path)

    return plan


def finish(cell: Cell, seconds: float = 10.0, *, f1: float = 50.0, test: float | None = None, **changed: Any) -> None:
    """Write what a finished run leaves behind."""

    def scores(value: float) -> dict[str, Any]:
        figures = {"f1": value, "n_gold": 3}
        return {kind: {"strict": {"micro": figures, "macro": figures}} for kind in ("entities", "triples")}

    cell.path.mkdir(parents=True)
    facts = {"seed": cell.seed, "selected_on": "dev triples/strict micro F1", "best_epoch": 1, "precision": "no"}
    facts |= {"training_seconds": seconds, "prediction_seconds": 0.0, "notes": [], **provenance()}
    facts |= {"scores": scores(f1), "config": cell.config.to_dict(), **changed}
    cell.scores_path.write_text(json.dumps(facts), encoding="utf-8")
    if test is not None:
        (cell.path / "test.json").write_text(json.dumps(scores(test)), encoding="utf-8")


def test_a_grid(make: Any, tmp_path: Path) -> None:
    matrix, cells = make()
    assert [method.name for method in matrix.methods] == [
        "encoder_lr-2e-4+fgm-0",
        "encoder_lr-2e-4+fgm-1",
        "encoder_lr-3e-4+fgm-0",
        "encoder_lr-3e-4+fgm-1",
    ]
    assert len(cells) == 8
    assert (cells[-1].config.training.encoder_lr, cells[-1].config.training.fgm, cells[-1].seed) == (3e-4, 1.0, 2)
    assert {cell.corpus.split for cell in cells} == {"dev"}
    assert yaml.safe_load((tmp_path / "demo.yaml").read_text(encoding="utf-8"))["corpora"] == {
        "demo": {"recipe": "demo"}
    }


def test_a_file(make: Any, tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("title: Mine\nmethods: {a: , b: {set: [training.ema=0.9]}}\ncorpora: {x: {recipe: demo}}\n")
    _, cells = make(str(path), "--set", "training.epochs=2")
    assert [cell.name for cell in cells] == ["a/x/seed-42", "b/x/seed-42"]
    assert [(cell.config.training.ema, cell.config.training.epochs) for cell in cells] == [(0.0, 2), (0.9, 2)]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((), "name either a YAML file or recipes"),
        (("x.yaml", "--recipe", "demo"), "name either a YAML file or recipes"),
        (("x.yaml", "--grid", "training.ema=0.9"), "--grid goes with --recipe"),
        (("--recipe", "demo", "--grid", "training.ema"), "--grid is 'training.ema', expected SECTION.KEY=A,B"),
        (("--recipe", "demo", "--recipe", "demo"), "--recipe has a name twice in demo, demo"),
        (("--recipe", "demo", "--seeds", "1;2"), "--seeds is '1;2', expected whole numbers"),
        (("--recipe", "demo", "--jobs", "0"), "--jobs is 0 and --limit-minutes inf"),
        (("--recipe", "demo", "--limit-minutes", "0"), "--jobs is 1 and --limit-minutes 0.0"),
        (
            ("--recipe", "demo", "--grid", "training.emma=1"),
            "unknown setting training.emma; did you mean training.ema?",
        ),
    ],
)
def test_wrong_command_lines(words: Sequence[str], message: str, sweep: Any, tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as error:
        sweep.sweep(sweep.parse([*words, "--out", str(tmp_path)]), time.monotonic())
    assert message in str(error.value)


def test_how_long_runs_take(make: Any, jobs: Any) -> None:
    _, cells = make()
    finish(cells[0], 100)
    finish(cells[1], 300)
    finish(cells[2], 500, machine={"processor": "another"})
    known = {cell.name: seconds for cell in cells if (seconds := jobs.duration(cell)) is not None}
    assert known == {cells[0].name: 100 + jobs.START_SECONDS, cells[1].name: 300 + jobs.START_SECONDS}
    twin = next(cell for cell in cells[4:] if cell.method == cells[0].method)
    stranger = next(cell for cell in cells[4:] if cell.method == cells[2].method)
    assert jobs.estimate(twin, cells, known) == known[cells[0].name]
    assert jobs.estimate(stranger, cells, known) == known[cells[1].name]  # the slowest on its corpus
    assert jobs.estimate(twin, cells, {}) is None


def test_what_does_not_fit_is_not_started(make: Any, jobs: Any, tmp_path: Path) -> None:
    _, cells = make()
    finish(cells[0], 3600)
    notes: list[str] = []
    runner = jobs.Jobs(1, jobs.Limit.minutes(1, time.monotonic()), tmp_path / "logs", notes.append)
    runner.run(cells[1:3], cells, lambda cell: [sys.executable, "-c", ""], lambda: None)
    assert notes == ["2 runs were not started in time; the same command again goes on with them"]
    over = jobs.Limit.minutes(1, time.monotonic(), use_over=True)
    assert (runner.limit.allows(3600), over.allows(3600), runner.limit.allows(None)) == (False, True, True)


def test_side_by_side(make: Any, jobs: Any, tmp_path: Path) -> None:
    _, cells = make()
    notes: list[str] = []
    n_done = []
    runner = jobs.Jobs(2, jobs.Limit.minutes(5, time.monotonic()), tmp_path / "logs", notes.append)

    def command(cell: Cell) -> list[str]:
        fails = cell is cells[1]
        code = "import sys; sys.exit('no luck')" if fails else "import os; print(os.environ['OMP_NUM_THREADS'])"
        return [sys.executable, "-c", code]

    runner.run(cells[:3], cells, command, lambda: n_done.append(1))
    assert [note for note in notes if note.endswith("started")] == [f"{cell.name}: started" for cell in cells[:3]]
    assert runner.failures == {cells[1].name: "exit code 1; see the log"}
    assert n_done
    log = tmp_path / "logs" / f"{cells[0].name.replace('/', '_')}.txt"
    assert log.read_text().strip() == str(max(1, jobs.n_cores() // 2))


def test_the_reason_of_a_failure(make: Any, jobs: Any) -> None:
    _, cells = make()
    cells[0].path.mkdir(parents=True)
    cells[0].error_path.write_text("Traceback ...\nDataError: it is broken\n")
    assert jobs.reason(cells[0], 1) == "DataError: it is broken"
    cells[0].error_path.write_text("")
    assert jobs.reason(cells[0], 1) == "exit code 1"


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGTERM that can be caught")
def test_at_the_limit_runs_are_told_to_save(make: Any, jobs: Any, tmp_path: Path) -> None:
    _, cells = make()
    notes: list[str] = []
    limit = jobs.Limit(time.monotonic() + 5, grace=2.0)
    runner = jobs.Jobs(2, limit, tmp_path / "logs", notes.append)
    deaf = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)"
    commands = {cells[0].name: SAVES, cells[1].name: deaf}
    runner.run(cells[:3], cells, lambda cell: [sys.executable, "-c", commands[cell.name]], lambda: None)
    assert time.monotonic() < limit.end + 5  # this machine may be busy
    assert f"{cells[0].name}: stopped; it goes on from its checkpoint, if it has one" in notes
    assert f"{cells[1].name}: ended; it goes on from its last checkpoint" in notes
    assert "1 runs were not started in time; the same command again goes on with them" in notes
    assert runner.failures == {}


def test_results(make: Any, results: Any, tmp_path: Path) -> None:
    matrix, cells = make()
    for cell, f1 in zip(cells[:6], (50, 60, 55, 20, 52, 66), strict=True):
        finish(cell, 60, f1=f1, test=99 - f1 if cell.seed == 1 else None)
    path = tmp_path / "results" / "sweep-demo.json"
    results.write_results(path, matrix, cells, {cells[6].name: "no luck"}, "python benchmarks/sweep.py")
    written = json.loads(path.read_text(encoding="utf-8"))
    assert {"commit", "machine", "versions", "date", "seeds"} <= set(written)
    assert (written["missing"], written["failures"]) == ([c.name for c in cells[6:]], {cells[6].name: "no luck"})
    assert written["variants"]["encoder_lr-2e-4+fgm-1"] == ["training.encoder_lr=2e-4", "training.fgm=1"]
    best = written["rows"][0]
    assert best["variant"] == "encoder_lr-2e-4+fgm-1"  # by dev, however bad its test
    assert best["figures"]["dev triple"] == {"mean": 63.0, "sd": 4.24, "n": 2}
    assert best["figures"]["test triple"] == {"mean": 39.0, "sd": None, "n": 1}
    assert written["runs"][0]["config"] == json.loads(json.dumps(cells[0].config.to_dict()))
    table = path.with_suffix(".md").read_text(encoding="utf-8")
    assert (
        "| demo | encoder_lr-2e-4+fgm-1 | strict, micro | 1, 2 | 63.0 ± 4.2 | 63.0 ± 4.2 | 39.0 | 39.0 | 1.0 |" in table
    )
    assert f"Failed: {cells[6].name}: no luck" in table


def test_results_of_several_commits_say_so(make: Any, results: Any, tmp_path: Path) -> None:
    matrix, cells = make()
    finish(cells[0], commit="aaa")
    finish(cells[1], commit="bbb")
    results.write_results(tmp_path / "r.json", matrix, cells, {}, "command")
    table = (tmp_path / "r.md").read_text(encoding="utf-8")
    assert "Commit aaa, bbb; " in table
    assert "The runs were made with different commits." in table


def test_a_dry_run(sweep: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--recipe", "demo", "--out", str(tmp_path / "out"), "--dry-run"]
    assert sweep.sweep(sweep.parse(arguments), time.monotonic()) == 0
    printed = capsys.readouterr()
    assert printed.out == "recipe/demo/seed-42: new\n"
    assert "1 runs, of which 0 are finished" in printed.err


@pytest.mark.slow
def test_a_sweep_that_goes_on(scripts: Path, tmp_path: Path) -> None:
    """Two runs; the second time nothing is trained, and the test split is scored."""
    words = ["--recipe", "demo", "--set", "encoder.name=tiny", "--set", "data.limit=40", "--set", "training.epochs=1"]
    words += ["--seeds", "1,2", "--jobs", "2", "--out", str(tmp_path / "out"), "--results", str(tmp_path / "results")]

    def run(*more: str) -> tuple[subprocess.CompletedProcess[str], dict[str, Any]]:
        command = [sys.executable, str(scripts / "sweep.py"), *words, *more]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        return done, json.loads((tmp_path / "results" / "sweep-demo.json").read_text(encoding="utf-8"))

    first, result = run()
    assert "2 runs, of which 0 are finished" in first.stderr
    assert [run["seed"] for run in result["runs"]] == [1, 2]
    assert not any("test" in run for run in result["runs"])
    weights = [(path, path.stat().st_mtime_ns) for path in tmp_path.rglob("model.safetensors")]
    _, result = run("--test")
    assert all("test" in run for run in result["runs"])
    assert weights == [(path, path.stat().st_mtime_ns) for path in tmp_path.rglob("model.safetensors")]
    third, _ = run("--test")
    assert "2 runs, of which 2 are finished" in third.stderr
