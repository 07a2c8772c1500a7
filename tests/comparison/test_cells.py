"""A cell is done, changed, unfinished or new; only a finished run with the wanted settings is reused."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from gprel.comparison.cells import Cell, cells_of, check_unchanged, select
from gprel.comparison.matrix import Matrix
from gprel.config import RunConfig
from gprel.config.differences import changes, differing
from gprel.errors import ConfigError

from .helpers import MATRIX, Done


@pytest.fixture
def copied(done: Done, matrix: Matrix, tmp_path: Path) -> list[Cell]:
    """The cells of a folder that a test may change."""
    shutil.copytree(done.bench.folder, tmp_path / "copy")
    return cells_of(matrix, tmp_path / "copy")


def test_every_cell_has_a_folder_of_its_own(matrix: Matrix, tmp_path: Path) -> None:
    cells = cells_of(matrix, tmp_path)
    assert [cell.name for cell in cells] == [
        "gplinker/sample/seed-1",
        "casrel/sample/seed-1",
        "gplinker/sample/seed-2",
        "casrel/sample/seed-2",
    ]
    assert cells[1].path == tmp_path / "runs" / "casrel" / "sample" / "seed-1"
    assert {cell.state() for cell in cells} == {"new"}


def test_states(copied: list[Cell], read: Callable[..., Matrix]) -> None:
    first, second, *_ = copied
    assert first.state() == "done"
    first.scores_path.unlink()
    assert first.state() == "unfinished"
    changed = replace(second, config=second.config.override(["training.epochs=9", "data.data_dir=/elsewhere"]))
    assert (changed.state(), changed.changes()) == ("changed", ["training.epochs 1 -> 9"])


def test_where_the_corpora_are_is_no_other_run(copied: list[Cell]) -> None:
    moved = replace(copied[0], config=copied[0].config.override(["data.data_dir=/elsewhere"]))
    assert moved.state() == "done"


def test_finished_runs_are_not_trained_over(copied: list[Cell], read: Callable[..., Matrix]) -> None:
    other = read(MATRIX.replace("training.epochs=1", "training.epochs=2"))
    cells = cells_of(other, copied[0].path.parents[3])
    with pytest.raises(ConfigError, match=r"4 finished runs have .*gplinker/sample/seed-1: training.epochs 1 -> 2"):
        check_unchanged(cells)
    check_unchanged(copied)


@pytest.mark.parametrize("text", ["{", "[]", '{"config": {"training": {"epoch": 1}}}', "{}"])
def test_scores_that_cannot_be_read(copied: list[Cell], text: str) -> None:
    copied[0].scores_path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=r"scores.json cannot be read \(.*remove it to run gplinker/sample/seed-1 an"):
        copied[0].state()


def test_cells_are_chosen_by_method_and_corpus(matrix: Matrix, tmp_path: Path) -> None:
    cells = cells_of(matrix, tmp_path)
    assert select(cells, []) == cells
    assert [cell.seed for cell in select(cells, ["casrel/sample"])] == [1, 2]
    assert len(select(cells, ["*/sample"])) == 4
    with pytest.raises(ConfigError, match=r"--only pfn/\* matches none of gplinker/sample, casrel/sample"):
        select(cells, ["casrel/*", "pfn/*"])


def test_what_differs_is_told_by_its_full_name() -> None:
    one, other = RunConfig(), RunConfig().override(["head.name=pfn", "training.epochs=2", "data.data_dir=/x"])
    assert changes(one, other) == ["head.name auto -> pfn", "training.epochs 10 -> 2"]
    assert differing({"a": one, "b": other, "c": one}) == {
        "head.name": {"a": "auto", "b": "pfn", "c": "auto"},
        "training.epochs": {"a": 10, "b": 2, "c": 10},
    }


def test_a_finished_cell_says_all_that_a_result_needs(done: Done) -> None:
    facts = json.loads(done.comparison.cells[0].scores_path.read_text(encoding="utf-8"))
    assert {
        "commit",
        "versions",
        "machine",
        "config",
        "scores",
        "selected_on",
        "tuned_thresholds",
        "split",
    } <= facts.keys()
    assert (facts["seed"], facts["split"]) == (1, "test")
    assert facts["selected_on"] == "dev triples/strict micro F1"
    assert facts["n_parameters"]["encoder"] > facts["n_parameters"]["head"] > 0
    assert facts["lost_gold"]["entities"] == {"gold": 7, "lost": {}}
