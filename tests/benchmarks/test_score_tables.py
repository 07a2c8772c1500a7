"""Tables of scores: means over seeds and folds, published scores, what each piece of training did on dev."""

import json
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import yaml

from gprel.errors import ConfigError

MACHINE = {"processor": "Abacus", "cores": 2, "threads": 1, "accelerators": []}
Write = Callable[..., None]


@pytest.fixture
def tables(scripts: Path) -> Any:
    return import_module("score_tables")


@pytest.fixture
def ablation(scripts: Path) -> Any:
    return import_module("ablation")


def scored(f1: float, n_gold: int = 10) -> dict[str, Any]:
    one = {"precision": f1 + 1, "recall": f1 - 1, "f1": f1, "n_gold": n_gold}
    return {kind: {"strict": {"micro": one, "macro": one}} for kind in ("entities", "triples")}


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a result file: ``write("conll04", 42, 80.0)``."""

    def write(name: str, seed: int, f1: float, **more: Any) -> None:
        result = {"seed": seed, "commit": f"c{seed}", "machine": MACHINE, "selected_on": "dev", "best_epoch": 3}
        result |= {"train_seconds": 90.0, "scores": scored(f1, more.pop("n_gold", 10)) | {"split": "test"}, **more}
        (tmp_path / f"{name}.json").write_text(json.dumps(result), encoding="utf-8")

    return write


def test_seeds_are_put_together_and_variants_are_not(tables: Any, write: Write, tmp_path: Path) -> None:
    for name, seed, f1 in (("conll04", 42, 80.0), ("conll04-seed43", 43, 84.0), ("conll04-dense", 42, 10.0)):
        write(name, seed, f1)
    _, _, entities, triples = tables.scores_table(tmp_path).splitlines()
    assert entities == (
        "| CoNLL04 | test | entities | strict | micro | 83.0 | 81.0 | 82.0 ± 2.8 | 10 | seeds 42, 43 | minilm |"
    )
    assert "triples" in triples


def test_folds_are_put_together_and_their_gold_is_added(tables: Any, write: Write, tmp_path: Path) -> None:
    write("ade-0", 42, 80.0, n_gold=7)
    write("ade-3", 42, 82.0, n_gold=8)
    row = tables.scores_table(tmp_path).splitlines()[2]
    assert "| 81.0 ± 1.4 | 15 | folds 0, 3 of 10 |" in row


def test_the_page_has_every_run_and_what_papers_report(tables: Any, write: Write, tmp_path: Path) -> None:
    config = {"training": {"epochs": 5}, "encoder": {"name": "zh-small"}}
    write("conll04", 42, 80.0, config=config)
    page = tables.results_page(tmp_path)
    assert page.startswith("## CoNLL04\n\ntest, rule `strict`, micro F1, seed 42; the epoch was selected on dev.\n")
    scores = "81.00 | 79.00 | 80.00 | 10"
    run = f"| `conll04.json` | 42 | {scores} | {scores} | 3 of 5 | 1.5 min | zh-small "
    assert f"{run}| Abacus, 1 thread | `c42` |" in page
    assert "| SpERT | 88.9 | 71.5 | test | unknown |  |" in page


def test_tuned_scores_stand_beside_those_at_threshold_0(tables: Any, write: Write, tmp_path: Path) -> None:
    write("conll04", 42, 80.0, tuned=scored(81.0))
    write("conll04-seed43", 43, 82.0, tuned=scored(82.0))
    page = tables.results_page(tmp_path)
    assert page.count("| 81.00 | 79.00 | 80.00 | 81.00 | 10 ") == 2
    assert "F1: entities 81.0 ± 1.4, triples 81.0 ± 1.4.\n" in page
    assert "F1, thresholds tuned on dev: entities 81.5 ± 0.7, triples 81.5 ± 0.7.\n" in page
    write("conll04-seed44", 44, 82.0)  # was never tuned
    page = tables.results_page(tmp_path)
    assert "| 83.00 | 81.00 | 82.00 | - | 10 " in page
    assert "thresholds tuned on dev: entities" not in page


@pytest.fixture
def run_folder(tmp_path: Path) -> Callable[..., Path]:
    def make(name: str, seed: int, f1: float, **facts: Any) -> Path:
        folder = tmp_path / "runs" / name
        folder.mkdir(parents=True)
        known = {"status": "done", "commit": "abc", "machine": MACHINE, "best_epoch": 2, "seconds": 60.0}
        (folder / "run.json").write_text(json.dumps(known | {"dev": scored(f1)} | facts), encoding="utf-8")
        config = {"data": {"name": "conll04", "data_dir": "somewhere"}, "training": {"seed": seed}}
        (folder / "config.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
        return folder

    return make


def test_an_ablation_from_run_folders_to_a_table(
    tables: Any, ablation: Any, write: Write, run_folder: Callable[..., Path], tmp_path: Path
) -> None:
    write("conll04", 42, 80.0)
    runs = [("plain", run_folder("a", 42, 60.0)), ("plain", run_folder("b", 43, 62.0))]
    runs.append(("training.fgm=0.5", run_folder("c", 42, 65.0, commit=None)))
    kept = [ablation.collect(f"{variant}={folder}") for variant, folder in runs]
    assert kept[0]["config"]["data"] == {"name": "conll04"}
    assert kept[2]["variant"] == "training.fgm=0.5"
    (tmp_path / "ablation-conll04.json").write_text(json.dumps({"name": "conll04", "runs": kept}), encoding="utf-8")
    page = tables.results_page(tmp_path)
    assert "| `plain` | 42, 43 | 61.0 ± 1.4 | 61.0 ± 1.4 | 60.0, 62.0 | 1.0 min | `abc` |" in page
    assert "| `training.fgm=0.5` | 42 | 65.0 | 65.0 | 65.0 | 1.0 min | not known |" in page


def test_rows_are_added_to_an_ablation(ablation: Any, run_folder: Callable[..., Path], tmp_path: Path) -> None:
    path = tmp_path / "ablation-conll04.json"
    with pytest.raises(ConfigError, match=r"ablation-conll04\.json to add to"):
        ablation.added(path, [])
    old = [ablation.collect(f"plain={run_folder(name, seed, 60.0)}") for name, seed in (("a", 42), ("b", 43))]
    path.write_text(json.dumps({"name": "conll04", "runs": old}), encoding="utf-8")
    new = [
        ablation.collect(f"plain={run_folder('c', 43, 61.0)}"),
        ablation.collect(f"more={run_folder('d', 42, 62.0)}"),
    ]
    assert ablation.added(path, new) == [old[0], *new]


def test_what_compiling_would_save(tables: Any, tmp_path: Path) -> None:
    seconds = {"plain_seconds": 3.0, "compiled_seconds": 2.0, "first_round_seconds": 40.2}
    result = {"batches": 12, "lengths": [15, 35], "machine": MACHINE, "commit": "abc", **seconds}
    (tmp_path / "compiled-cpu.json").write_text(json.dumps(result), encoding="utf-8")
    page = tables.results_page(tmp_path)
    assert "a compiled encoder 2.00 s after a first round of 40 s: 1.50 times the speed. So there is no setting" in page


def test_what_is_no_run_or_not_finished(ablation: Any, run_folder: Callable[..., Path]) -> None:
    with pytest.raises(ConfigError, match=r"'elsewhere': expected VARIANT=FOLDER with a run in the folder, got no "):
        ablation.collect("elsewhere")
    folder = run_folder("a", 42, 60.0, status="stopped")
    with pytest.raises(ConfigError, match=r"a: the run is stopped, expected a finished one with dev scores"):
        ablation.collect(f"plain={folder}")
