"""``gprel train``: what it prints, how settings are found, which folders it takes."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from typer.testing import Result

from gprel.config import RunConfig

Command = Callable[..., Result]


def test_train_says_what_it_does(trained: tuple[Path, Result], corpus_folder: Path) -> None:
    out, result = trained
    notes = result.stderr
    assert notes.startswith(f"recipe: none (plain defaults); task re, data {corpus_folder}\n")
    in_order = [
        "train: gold entities: 12, of which 0 (0.00 %) cannot be reached",
        "epoch 1/25: loss",
        "dev triple F1 strict",
        "<- best so far",
        "epoch 25/25: loss",
        f"is in {out / 'model'}",
    ]
    places = [notes.index(text) for text in in_order]
    assert places == sorted(places)
    assert f"{corpus_folder.name}, dev, epoch " in result.stdout
    for word in ("entities", "triples", "strict", "boundaries", "exact", "partial", "found", "correct"):
        assert word in result.stdout


def test_train_fills_its_folder(trained: tuple[Path, Result]) -> None:
    out, _ = trained
    names = {path.name for path in out.iterdir()} - {"curve.png"}  # drawn where matplotlib is installed
    assert names == {"config.yaml", "run.json", "metrics.jsonl", "model"}
    facts = json.loads((out / "run.json").read_text(encoding="utf-8"))
    assert (facts["status"], facts["n_train"], facts["dev"]["n_documents"]) == ("done", 4, 4)


def test_options_and_settings_reach_the_run(train: Command, tmp_path: Path, corpus_folder: Path) -> None:
    options = ("--task", "ner", "--epochs", 9, "--seed", 3, "--mixed-precision", "bf16")
    result = train(tmp_path / "x", *options, "--set", "training.epochs=1", "--set", "data.limit=2")
    config = RunConfig.load(tmp_path / "x" / "config.yaml")
    assert (config.task, config.data.name, config.encoder.name) == ("ner", str(corpus_folder), "tiny")
    training = config.training
    assert (training.epochs, training.seed, training.mixed_precision) == (1, 3, "no")  # --set has the last word
    assert training.encoder_lr == 3e-3
    assert "trained on 2 of 4 training documents, drawn with seed 3" in result.stderr
    assert json.loads((tmp_path / "x" / "run.json").read_text(encoding="utf-8"))["n_train"] == 2


def test_a_recipe_of_ones_own(gprel: Command, tmp_path: Path, corpus_folder: Path) -> None:
    recipe = tmp_path / "mine.yaml"
    values = {"data": {"name": "webnlg", "variant": "star"}, "encoder": {"name": "tiny"}, "training": {"epochs": 1}}
    recipe.write_text(yaml.safe_dump(values), encoding="utf-8")
    result = gprel("train", "--recipe", recipe, "--data", corpus_folder, "--out", tmp_path / "x")
    assert result.stderr.startswith(f"recipe: mine; task re, data {corpus_folder}\n")
    config = RunConfig.load(tmp_path / "x" / "config.yaml")
    assert (config.data.variant, config.training.epochs) == (None, 1)  # the variant belongs to the recipe's corpus


def test_a_folder_that_is_not_empty_is_refused(train: Command, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("keep me")
    for option in ([], ["--overwrite"]):
        result = train(tmp_path, "--epochs", 1, *option, exit_code=1)
        assert f"error: --out {tmp_path} is not empty and holds no earlier run (no run.json)" in result.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_an_earlier_run_is_replaced_on_request(train: Command, tmp_path: Path) -> None:
    train(tmp_path, "--epochs", 1, "--task", "ner")
    assert "holds an earlier run" in train(tmp_path, "--epochs", 1, exit_code=1).stderr
    train(tmp_path, "--epochs", 1, "--overwrite")
    assert RunConfig.load(tmp_path / "config.yaml").task == "re"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--set", "training.epoch=5"), "unknown setting training.epoch; did you mean training.epochs?"),
        (("--set", "training.epochs"), "--set 'training.epochs' has no '='"),
        (("--recipe", "conll"), "there is no recipe 'conll'; name a YAML file, 'none', or one of: ade, "),
        (("--encoder", "no/such/thing"), "encoder 'no/such/thing' is no folder here"),
        (("--set", "training.select_on=triples/loose"), "training.select_on is 'triples/loose', expected auto"),
    ],
)
def test_wrong_settings(train: Command, tmp_path: Path, arguments: tuple[str, ...], message: str) -> None:
    assert f"error: {message}" in train(tmp_path / "x", *arguments, exit_code=1).stderr


def test_data_without_triples_suggests_ner(train: Command, tmp_path: Path) -> None:
    data = tmp_path / "train.jsonl"
    data.write_text('{"text": "Ann sings", "entities": [{"start": 0, "end": 3, "type": "Peop"}]}\n' * 2)
    result = train(tmp_path / "x", "--epochs", 1, data=tmp_path, exit_code=1)
    assert "has a triple; train entities with --task ner" in result.stderr
    result = train(tmp_path / "y", "--epochs", 1, "--task", "ner", data=tmp_path)
    assert "there is no dev split: the last epoch is kept" in result.stderr
    assert result.stdout == ""  # no dev scores, no table
