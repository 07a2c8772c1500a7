"""What a run leaves behind, and what it refuses to write over."""

import json
from pathlib import Path
from typing import Any

import pytest

from gprel.config import RunConfig
from gprel.errors import ConfigError
from gprel.model import Extractor
from gprel.training import RunFolder

CONFIG = RunConfig()


def test_contents(with_dev: Any) -> None:
    names = {path.name for path in with_dev.path.iterdir()}
    assert names == {"config.yaml", "run.json", "metrics.jsonl", "model"}
    model_files = {path.name for path in (with_dev.path / "model").iterdir()}
    assert {"config.json", "model.safetensors", "tokenizer.json"} <= model_files
    assert not any(name.endswith((".bin", ".pt", ".pkl")) for name in model_files)


def test_settings_load_back_equal(with_dev: Any) -> None:
    assert RunConfig.load(with_dev.path / "config.yaml") == with_dev.config


def test_facts(with_dev: Any) -> None:
    facts, result = with_dev.facts, with_dev.result
    assert facts["status"] == "done"
    assert facts["commit"] is None or len(facts["commit"].removesuffix("+changes")) == 12
    assert {"python", "gprel", "torch", "transformers", "accelerate"} <= set(facts["versions"])
    assert {"system", "processor", "cores", "threads", "accelerators"} == set(facts["machine"])
    assert facts["lost_train"] == {"entities": {"gold": 7, "lost": {}}, "triples": {"gold": 3, "lost": {}}}
    assert (facts["corpus"], facts["n_train"], facts["precision"]) == ("Sample", 2, "no")
    assert facts["selected_on"] == "dev triples/strict micro F1"
    assert (facts["best_epoch"], facts["dev"]) == (result.best_epoch, result.dev.to_dict())
    assert facts["seconds"] == pytest.approx(result.seconds, abs=0.06)
    assert facts["notes"] == [note for note in with_dev.recorder.notes if not note.startswith("train: ")]
    model = Extractor.from_pretrained(result.model_path)
    assert facts["n_parameters"] == sum(weight.numel() for weight in model.parameters())


def test_metrics(with_dev: Any) -> None:
    lines = [json.loads(line) for line in (with_dev.path / "metrics.jsonl").read_text(encoding="utf-8").splitlines()]
    steps = [line for line in lines if "step" in line]
    epochs = [line for line in lines if "epoch" in line]
    assert [line["step"] for line in steps] == [20]  # a line every 20 steps
    assert set(steps[0]["parts"]) == {"entities", "firsts", "lasts"}
    assert [line["epoch"] for line in epochs] == list(range(1, with_dev.config.training.epochs + 1))
    assert set(epochs[0]["dev"]) == {"entities", "triples"}
    assert {line["selected_on"] for line in epochs} == {"triples/strict"}
    (best,) = [line for line in epochs if line["epoch"] == with_dev.result.best_epoch]
    assert best["dev"]["triples"]["strict"] == round(with_dev.result.dev.f1("triples", "strict"), 2)


def test_an_empty_or_new_folder_is_taken(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "a" / "b"):
        RunFolder(path, CONFIG)
        assert json.loads((path / "run.json").read_text())["status"] == "running"


def test_an_earlier_run_is_kept_unless_told_otherwise(tmp_path: Path) -> None:
    RunFolder(tmp_path, CONFIG).log(epoch=1)
    (tmp_path / "model").mkdir()
    with pytest.raises(ConfigError) as error:
        RunFolder(tmp_path, CONFIG)
    advice = "choose another folder, or pass --overwrite, or --resume to go on with it"
    assert str(error.value) == f"--out {tmp_path} holds an earlier run; {advice}"
    (tmp_path / "my-notes.txt").write_text("keep me")
    RunFolder(tmp_path, CONFIG.override(["training.seed=7"]), use_overwrite=True)
    assert {path.name for path in tmp_path.iterdir()} == {"config.yaml", "run.json", "my-notes.txt"}
    assert RunConfig.load(tmp_path / "config.yaml").training.seed == 7


def test_a_run_without_a_model_needs_no_permission(tmp_path: Path) -> None:
    RunFolder(tmp_path, CONFIG).log(epoch=1)
    RunFolder(tmp_path, CONFIG)
    assert not (tmp_path / "metrics.jsonl").exists()


def test_what_is_no_run_is_never_overwritten(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(ConfigError) as error:
        RunFolder(tmp_path, CONFIG, use_overwrite=True)
    expected = f"--out {tmp_path} is not empty and holds no earlier run (no run.json); choose another folder"
    assert (str(error.value), (tmp_path / "thesis.tex").read_text()) == (expected, "years of work")
    with pytest.raises(ConfigError, match=r"thesis\.tex is a file, expected a folder"):
        RunFolder(tmp_path / "thesis.tex", CONFIG, use_overwrite=True)


def test_saving_replaces_the_model_as_a_whole(tmp_path: Path, with_dev: Any) -> None:
    folder = RunFolder(tmp_path, CONFIG)
    (tmp_path / "model.new").mkdir()  # left by a run that was killed
    (tmp_path / "model.new" / "half.safetensors").write_text("")
    model = Extractor.from_pretrained(with_dev.result.model_path)
    folder.save(model)
    folder.save(model)
    assert {path.name for path in tmp_path.iterdir()} == {"config.yaml", "run.json", "model"}
    assert {path.name for path in (tmp_path / "model").iterdir()} == {
        path.name for path in with_dev.result.model_path.iterdir()
    }


def test_a_checkpoint_alone_is_not_lost_either(tmp_path: Path) -> None:
    RunFolder(tmp_path, CONFIG)
    (tmp_path / "checkpoint.safetensors").write_bytes(b"hours of work")
    with pytest.raises(ConfigError, match="holds an earlier run; choose another folder, or pass --overwrite, or --res"):
        RunFolder(tmp_path, CONFIG)
    assert not RunFolder(tmp_path, CONFIG, use_resume=True).is_done
    assert (tmp_path / "checkpoint.safetensors").read_bytes() == b"hours of work"
    with pytest.raises(ConfigError, match="--resume goes on with an earlier run and --overwrite replaces it; give one"):
        RunFolder(tmp_path, CONFIG, use_resume=True, use_overwrite=True)


def test_facts_that_cannot_be_read(tmp_path: Path) -> None:
    RunFolder(tmp_path, CONFIG)
    (tmp_path / "run.json").write_text("{")
    with pytest.raises(ConfigError, match=r"run\.json cannot be read: .*; pass --overwrite instead"):
        RunFolder(tmp_path, CONFIG, use_resume=True)


def test_a_model_of_other_settings_is_kept(tmp_path: Path) -> None:
    RunFolder(tmp_path, CONFIG)
    (tmp_path / "model").mkdir()
    with pytest.raises(ConfigError, match=r"started with other settings \(training\.seed 42 -> 7\)"):
        RunFolder(tmp_path, CONFIG.override(["training.seed=7"]), use_resume=True)
    assert (tmp_path / "model").exists()
