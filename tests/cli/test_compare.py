"""``gprel compare``: the plan, the runs, the report, and what it refuses."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from typer.testing import Result

Command = Callable[..., Result]


@pytest.fixture
def matrix(tmp_path: Path, corpus_folder: Path) -> Path:
    """Two methods on the sample corpus, one seed."""
    path = tmp_path / "mine.yaml"
    values = {
        "title": "Mine",
        "methods": {"gplinker": {"set": ["head.name=gplinker"]}, "casrel": {"set": ["head.name=casrel"]}},
        "corpora": {"sample": {"data": str(corpus_folder), "set": ["encoder.name=tiny", "training.epochs=1"]}},
        "seeds": [1],
    }
    path.write_text(yaml.safe_dump(values, sort_keys=False), encoding="utf-8")
    return path


def test_a_comparison_from_plan_to_report(gprel: Command, matrix: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    plan = gprel("compare", matrix, "--out", out, "--dry-run")
    assert plan.stdout == "gplinker/sample/seed-1: new\ncasrel/sample/seed-1: new\n"
    assert not out.exists()
    part = gprel("compare", matrix, "--out", out, "--only", "gplinker/*")
    assert "Mine: 1 runs, of which 0 are finished" in part.stderr
    assert json.loads((out / "mine.json").read_text(encoding="utf-8"))["runs"].keys() == {"gplinker/sample/seed-1"}
    whole = gprel("compare", matrix, "--out", out)
    assert "Mine: 2 runs, of which 1 are finished" in whole.stderr
    assert "triple scores (strict)" in " ".join(whole.stdout.split())
    for suffix in ("md", "json", "csv", "html"):
        assert str(out / f"mine.{suffix}") in whole.stderr
    again = gprel("compare", matrix, "--out", out, "--dry-run")
    assert again.stdout == "gplinker/sample/seed-1: done\ncasrel/sample/seed-1: done\n"
    other = ("--set", "training.epochs=2")
    changed = gprel("compare", matrix, "--out", out, "--dry-run", *other)
    assert "casrel/sample/seed-1: changed (training.epochs 1 -> 2)" in changed.stdout
    refused = gprel("compare", matrix, "--out", out, *other, exit_code=1)
    assert "2 finished runs have other settings" in refused.stderr
    gprel("compare", matrix, "--out", out, *other, "--only", "casrel/sample", "--overwrite")
    states = gprel("compare", matrix, "--out", out, "--dry-run", *other).stdout.splitlines()
    assert [line.split(": ", 1)[1].split(" ")[0] for line in states] == ["changed", "done"]


def test_a_failed_run_is_told_by_the_exit_code(gprel: Command, matrix: Path, tmp_path: Path) -> None:
    matrix.write_text(
        matrix.read_text(encoding="utf-8").replace("head.name=gplinker", "head.entity_labels=roles"), encoding="utf-8"
    )
    result = gprel("compare", matrix, "--out", tmp_path / "out", exit_code=3)
    assert "failed: gplinker/sample/seed-1: head.entity_labels is roles but there are 3 entity types" in result.stderr
    assert "What did not work" in (tmp_path / "out" / "mine.md").read_text(encoding="utf-8")


def test_seeds_may_be_named(gprel: Command, tmp_path: Path) -> None:
    plan = gprel("compare", "demo", "--out", tmp_path, "--dry-run", "--seeds", "7,8", "--only", "pfn/demo")
    assert plan.stdout == "pfn/demo/seed-7: new\npfn/demo/seed-8: new\n"
    assert "0 of 2 runs are finished" in plan.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ("table9",),
            "there is no comparison 'table9'; name a YAML file, or one of: adversarial, base, baselines, demo, ",
        ),
        (("none.yaml",), "there is no comparison 'none.yaml'"),
        (("demo", "--seeds", "a"), "--seeds is 'a', expected whole numbers with commas, e.g. 42,43,44"),
        (("demo", "--only", "crf/*"), "--only crf/* matches none of gplinker/demo, casrel/demo, pfn/demo"),
        (("demo", "--set", "training.epoch=1"), "unknown setting training.epoch"),
    ],
)
def test_what_is_refused(gprel: Command, tmp_path: Path, arguments: tuple[str, ...], message: str) -> None:
    result = gprel("compare", *arguments, "--out", tmp_path / "out", exit_code=1)
    assert message in result.stderr
    assert not (tmp_path / "out").exists()


def test_the_folder_may_not_be_a_file(gprel: Command, matrix: Path) -> None:
    assert f"--out {matrix} is a file" in gprel("compare", matrix, "--out", matrix, exit_code=1).stderr
