"""``gprel tune``, and what evaluate and extract make of a tuned model."""

import json
import shutil
import sys
from collections.abc import Callable
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import Result

from gprel.cli.main import app
from gprel.evaluation import reliability_plot

Command = Callable[..., Result]

GOOD = {"id": "a", "text": "Ann Lee lives in Oslo and works for Acme ."}
HAS_PLOTS = find_spec("matplotlib") is not None


@pytest.fixture(scope="module")
def noisy_folder(corpus_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A dev split of what the model knows, and of texts in which all that it finds is wrong."""
    folder = tmp_path_factory.mktemp("noisy")
    names = ("Emil Oslo", "Acme Fox", "Ghent Lee", "Lima Bob", "Kyoto Ltd")
    texts = [f"{name} {words} ." for name in names for words in ("and Dan saw Acme", "in New Oslo", "lives for Blue")]
    wrong = [json.dumps({"text": text, "entities": [], "relations": []}) for text in texts]
    known = (corpus_folder / "dev.jsonl").read_text(encoding="utf-8") * 4
    (folder / "dev.jsonl").write_text(known + "\n".join(wrong) + "\n", encoding="utf-8")
    return folder


@pytest.fixture
def own_model(model: Path, tmp_path: Path) -> Path:
    """A copy of the trained model, to be changed."""
    return Path(shutil.copytree(model, tmp_path / "model"))


@pytest.fixture
def tuned(own_model: Path) -> Path:
    """A model with thresholds and a calibration that were not found but set."""
    path = own_model / "config.json"
    calibration = {
        "rule": "strict",
        "entities": {"temperature": 2.0, "bias": 0.0},
        "triples": {"temperature": 1.0, "bias": -100.0},
    }
    thresholds = {"relations": {"Live_In": 1e6}}
    values = json.loads(path.read_text(encoding="utf-8")) | {"thresholds": thresholds, "calibration": calibration}
    path.write_text(json.dumps(values), encoding="utf-8")
    return own_model


def config_of(model: Path) -> dict[str, Any]:
    values: dict[str, Any] = json.loads((model / "config.json").read_text(encoding="utf-8"))
    return values


def test_both_scores_are_shown_and_the_model_is_changed(gprel: Command, own_model: Path, corpus_folder: Path) -> None:
    weights = (own_model / "model.safetensors").read_bytes()
    result = gprel("tune", own_model, "--data", corpus_folder, "--min-count", 1)
    assert f"{corpus_folder.name}, dev, 4 documents, strict, micro" in result.stdout
    rows = [cells for line in result.stdout.splitlines() if len(cells := line.split()) == 8]
    shown = {(row[0], row[1]): float(row[4]) for row in rows if row[1] in ("0", "tuned")}
    assert set(shown) == {(kind, name) for kind in ("entities", "triples") for name in ("0", "tuned")}
    for kind in ("entities", "triples"):
        assert shown[kind, "tuned"] >= shown[kind, "0"]
    assert "Live_In" in result.stdout
    assert "calibration: sigmoid(score / temperature + bias)" in result.stdout
    assert result.stderr.endswith(f"saved in {own_model / 'config.json'}\n")
    assert (own_model / "model.safetensors").read_bytes() == weights


def test_json(gprel: Command, own_model: Path, noisy_folder: Path) -> None:
    arguments = ("--data", noisy_folder, "--objective", "precision", "--precision", 0.3, "--min-count", 1, "--json")
    result = gprel("tune", own_model, *arguments)
    values, saved = json.loads(result.stdout), config_of(own_model)
    assert (values["split"], values["rule"], values["precision"]) == ("dev", "strict", 0.3)
    assert values["thresholds"] == (saved["thresholds"] or {})
    assert values["tuned"]["triples"]["strict"]["micro"]["precision"] >= 30
    assert set(saved["calibration"]) == {"rule", "entities", "triples"}
    for kind, fit in values["calibration"].items():
        assert saved["calibration"][kind] == {key: fit[key] for key in ("temperature", "bias")}
        assert sum(part["n"] for part in fit["reliability"]) == fit["n"]
        assert fit["error_after"] < fit["error_before"]
    assert (own_model / "reliability.png").exists() == HAS_PLOTS


def test_a_copy_is_tuned(gprel: Command, model: Path, corpus_folder: Path, tmp_path: Path) -> None:
    before = {path.name: path.read_bytes() for path in model.iterdir()}
    out = tmp_path / "copy"
    gprel("tune", model, "--data", corpus_folder, "--min-count", 1, "--out", out)
    assert {path.name: path.read_bytes() for path in model.iterdir()} == before
    assert "thresholds" in config_of(out)
    gprel("evaluate", out, "--data", corpus_folder)
    result = gprel("tune", model, "--data", corpus_folder, "--out", out, exit_code=1)
    assert f"--out {out} is not empty" in result.stderr


def test_without_calibration(gprel: Command, tuned: Path, corpus_folder: Path) -> None:
    result = gprel("tune", tuned, "--data", corpus_folder, "--no-calibrate")
    assert "calibration" not in result.stdout
    assert config_of(tuned)["calibration"] is None  # that of other thresholds is not kept


def test_few_predictions_are_not_calibrated(gprel: Command, own_model: Path, corpus_folder: Path) -> None:
    result = gprel("tune", own_model, "--data", corpus_folder, "--min-count", 1000)
    assert "entities are not calibrated: " in result.stderr
    assert (config_of(own_model)["thresholds"], config_of(own_model)["calibration"]) == (None, None)


def test_reset(gprel: Command, tuned: Path, model: Path) -> None:
    result = gprel("tune", tuned, "--reset")
    assert result.stderr == f"{tuned}: all thresholds are 0, and there is no calibration\n"
    assert config_of(tuned) == config_of(model)


@pytest.mark.parametrize(
    ("split", "why"), [("test", "scores are given on test"), ("train", "a model knows the answers of its training")]
)
def test_models_are_tuned_on_dev(gprel: Command, model: Path, corpus_folder: Path, split: str, why: str) -> None:
    result = gprel("tune", model, "--data", corpus_folder, "--split", split, exit_code=2)
    said = " ".join(result.stderr.replace("│", " ").split())
    assert f"models are tuned on dev, never on {split}: {why}" in said


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "expected the name of a corpus or a path"),
        (("--data", "demo", "--objective", "precision"), "--objective precision needs --precision"),
        (("--data", "demo", "--plot", "p.png", "--no-calibrate"), "--plot shows the calibration; leave out"),
    ],
)
def test_wrong_usage(gprel: Command, model: Path, arguments: tuple[str, ...], message: str) -> None:
    result = gprel("tune", model, *arguments, exit_code=2)
    assert message in " ".join(result.stderr.replace("│", " ").split())


def test_every_option_has_a_help_text() -> None:
    parameters = typer.main.get_command(app).commands["tune"].params  # type: ignore[attr-defined]
    assert [parameter.name for parameter in parameters if not getattr(parameter, "help", None)] == []


def test_what_is_no_folder(gprel: Command, tmp_path: Path) -> None:
    result = gprel("tune", tmp_path / "none", "--data", "demo", exit_code=1)
    assert result.stderr == (
        f"error: model {tmp_path / 'none'} is no folder on this machine; tuning is saved in the model's folder\n"
    )


def test_plots_without_matplotlib(
    gprel: Command, own_model: Path, noisy_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reliability_plot, "find_spec", lambda name: None)
    arguments = ("--data", noisy_folder, "--objective", "precision", "--precision", 0.3, "--min-count", 1)
    result = gprel("tune", own_model, *arguments, "--plot", tmp_path / "p.png", exit_code=1)
    assert result.stderr == "error: a plot needs matplotlib, which is not installed: pip install gprel[plots]\n"
    assert config_of(own_model).get("calibration") is None
    assert "no picture of the calibration: that needs matplotlib" in gprel("tune", own_model, *arguments).stderr


@pytest.mark.skipif(not HAS_PLOTS, reason="matplotlib is not installed (extra plots)")
def test_a_plot(gprel: Command, own_model: Path, noisy_folder: Path, tmp_path: Path) -> None:
    arguments = ("--data", noisy_folder, "--objective", "precision", "--precision", 0.3, "--min-count", 1)
    gprel("tune", own_model, *arguments, "--plot", tmp_path / "p.png")
    assert (tmp_path / "p.png").read_bytes().startswith(b"\x89PNG")


def test_a_corpus_that_is_reported_on_dev(gprel: Command, own_model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    command = sys.modules["gprel.cli.tune"]  # its name in the package is that of the function
    load = command.load
    monkeypatch.setattr(command, "load", lambda *a, **o: replace(load(*a, **o), report_split="dev"))
    result = gprel("tune", own_model, "--data", "demo")
    assert "scores of this corpus are given on dev: those of the tuned model are not comparable" in result.stderr


def test_a_model_for_entities(gprel: Command, ner_model: Path, corpus_folder: Path, tmp_path: Path) -> None:
    result = gprel("tune", ner_model, "--data", corpus_folder, "--out", tmp_path / "ner")
    assert "triples" not in result.stdout


# What the other commands make of it


def test_evaluate_shows_both(gprel: Command, tuned: Path, corpus_folder: Path) -> None:
    shown = gprel("evaluate", tuned, "--data", corpus_folder).stdout
    assert f"{corpus_folder.name}, test, 2 documents, threshold 0" in shown
    assert f"{corpus_folder.name}, test, 2 documents, tuned thresholds" in shown
    only = gprel("evaluate", tuned, "--data", corpus_folder, "--thresholds", "zero").stdout
    assert "threshold 0" in only
    assert "tuned thresholds" not in only
    only = gprel("evaluate", tuned, "--data", corpus_folder, "--thresholds", "tuned").stdout
    assert "threshold 0" not in only


def test_evaluate_as_json(gprel: Command, tuned: Path, corpus_folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "predicted.jsonl"
    values = json.loads(gprel("evaluate", tuned, "--data", corpus_folder, "--json", "--out", out).stdout)
    assert values["threshold"] == "tuned"
    assert values["triples"]["strict"]["micro"]["n_predicted"] == 2  # Live_In has no chance
    assert values["threshold_0"]["triples"]["strict"]["micro"]["n_predicted"] == 4
    records = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert sum(len(record["relations"]) for record in records) == 2


@pytest.mark.parametrize("chosen", ["tuned", "both"])
def test_evaluate_without_tuned_thresholds(gprel: Command, model: Path, corpus_folder: Path, chosen: str) -> None:
    result = gprel("evaluate", model, "--data", corpus_folder, "--thresholds", chosen, exit_code=1)
    assert result.stderr.startswith(f"error: --thresholds {chosen}, but all thresholds of this model are 0;")


def test_probabilities(gprel: Command, tuned: Path, tmp_path: Path) -> None:
    path = tmp_path / "in.jsonl"
    path.write_text(json.dumps(GOOD) + "\n", encoding="utf-8")
    out = tmp_path / "out.jsonl"
    gprel("extract", path, "--model", tuned, "--out", out)
    record = json.loads(out.read_text(encoding="utf-8"))
    assert [entity["prob"] for entity in record["entities"]] == [
        pytest.approx(1 / (1 + 2.718281828 ** (-entity["score"] / 2)), abs=1e-4) for entity in record["entities"]
    ]
    assert [(relation["type"], relation["prob"]) for relation in record["relations"]] == [("Work_For", 0.0)]
    line = gprel("extract", path, "--model", tuned, "--format", "triples").stdout
    assert line.rstrip("\n").split("\t")[1:4] == ["Ann Lee", "Work_For", "Acme"]
    assert len(line.split("\t")) == 6
    assert line.endswith("\t0.0000\n")
    gprel("extract", out, "--model", tuned)  # what was written can be read


def test_a_model_without_calibration_writes_no_probabilities(gprel: Command, model: Path, tmp_path: Path) -> None:
    path = tmp_path / "in.jsonl"
    path.write_text(json.dumps(GOOD) + "\n", encoding="utf-8")
    assert "prob" not in gprel("extract", path, "--model", model).stdout
    assert len(gprel("extract", path, "--model", model, "--format", "triples").stdout.split("\n")[0].split("\t")) == 5
