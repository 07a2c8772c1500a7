"""``gprel report``: the page of a model, and of predictions from a file."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from gprel import __version__

Command = Callable[..., Result]


@pytest.fixture
def predictions(records: dict[str, list[dict[str, Any]]], tmp_path: Path) -> Path:
    """The test documents without their last triple, and with a type that is wrong."""
    path = tmp_path / "<b>found.jsonl"
    changed = []
    for record in records["test"]:
        entities = [{**entity, "score": 1.5} for entity in record["entities"]]
        entities[1]["type"] = "Org"
        changed.append({**record, "entities": entities, "relations": record["relations"][:1]})
    path.write_text("".join(json.dumps(record) + "\n" for record in changed), encoding="utf-8")
    return path


def test_a_model(gprel: Command, model: Path, corpus_folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "page.html"
    result = gprel("report", model, "--data", corpus_folder, "--out", out)
    page = out.read_text(encoding="utf-8")
    for fact in (
        f'<dt>model</dt><dd dir="auto">{model} (gplinker)</dd>',
        '<dt>thresholds</dt><dd dir="auto">0 for every label</dd>',
        f'<dt>data</dt><dd dir="auto">{corpus_folder.name}</dd>',
        '<dt>split</dt><dd dir="auto">test, 2 documents</dd>',
        '<dt>rule</dt><dd dir="auto">strict: ',
        '<dt>seed of the examples</dt><dd dir="auto">0</dd>',
        f"gprel {__version__}, commit ",
        " UTC</dd>",
    ):
        assert fact in page
    assert "Carla Diaz/Lima" in page
    assert f"{out}: 2 of 2 documents are shown" in result.stderr
    assert "gold entities: 6, of which 0 (0.00 %) cannot be reached" in result.stderr
    assert "cannot be reached" in page
    result = gprel("report", model, "--data", corpus_folder, "--out", out, exit_code=1)
    assert result.stderr == f"error: --out {out} exists; choose another file or pass --overwrite\n"
    gprel("report", model, "--data", corpus_folder, "--out", out, "--overwrite", "--split", "dev")


def test_a_tuned_model_is_shown_at_threshold_0_too(
    gprel: Command, model: Path, corpus_folder: Path, tmp_path: Path
) -> None:
    tuned = tmp_path / "tuned"
    shutil.copytree(model, tuned)
    config = json.loads((tuned / "config.json").read_text(encoding="utf-8"))
    config["thresholds"] = {"entities": {"Loc": 0.25}, "relations": {"Live_In": 99.0, "Work_For": 0.0}}
    (tuned / "config.json").write_text(json.dumps(config), encoding="utf-8")
    out = tmp_path / "page.html"
    gprel("report", tuned, "--data", corpus_folder, "--out", out)
    page = out.read_text(encoding="utf-8")
    assert "tuned: Loc 0.25, Live_In 99.00; 0 for all other labels" in page
    assert "With threshold 0 instead of the tuned ones" in page


def test_predictions(gprel: Command, predictions: Path, corpus_folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "page.html"
    result = gprel(
        "report", "--predictions", predictions, "--data", corpus_folder, "--out", out, "--rule", "boundaries",
        "--max-examples", 1, "--seed", 3,
    )  # fmt: skip
    page = out.read_text(encoding="utf-8")
    assert "&lt;b&gt;found.jsonl" in page
    assert "<b>found" not in page
    assert "those the predictions were made with (the file does not tell)" in page
    assert "boundaries: offsets of both entities" in page
    assert "1 of 2 documents are shown, drawn with seed 3" in page
    assert f"{out}: 1 of 2 documents are shown" in result.stderr


def test_the_predictions_that_evaluate_writes(gprel: Command, model: Path, corpus_folder: Path, tmp_path: Path) -> None:
    written, out = tmp_path / "found.jsonl", tmp_path / "page.html"
    gprel("evaluate", model, "--data", corpus_folder, "--out", written)
    gprel("report", "--predictions", written, "--data", corpus_folder, "--out", out)
    assert "triples, 4 found" in out.read_text(encoding="utf-8")


@pytest.mark.parametrize("arguments", [(), ("{model}", "--predictions", "{predictions}")])
def test_a_model_or_predictions(
    gprel: Command, model: Path, predictions: Path, corpus_folder: Path, arguments: tuple[str, ...]
) -> None:
    given = [argument.format(model=model, predictions=predictions) for argument in arguments]
    result = gprel("report", *given, "--data", corpus_folder, exit_code=2)
    assert "expected either a model or --predictions FILE" in result.stderr


def test_predictions_that_do_not_fit(gprel: Command, predictions: Path, corpus_folder: Path, tmp_path: Path) -> None:
    def refused() -> str:
        out = tmp_path / "page.html"
        message = gprel(
            "report", "--predictions", predictions, "--data", corpus_folder, "--out", out, exit_code=1
        ).stderr
        assert not out.exists()
        return message

    lines = predictions.read_text(encoding="utf-8").splitlines(keepends=True)
    predictions.write_text("".join(lines[::-1]), encoding="utf-8")
    assert f"error: {predictions}: document 0" in refused()
    predictions.write_text(lines[0], encoding="utf-8")
    assert f"error: {predictions}: got 2 gold documents but 1 predictions" in refused()
    predictions.write_text(lines[0] + "{\n", encoding="utf-8")
    assert f"error: {predictions}:2: malformed JSON" in refused()
    predictions.unlink()
    assert "does not exist" in refused()


def test_inputs_are_not_overwritten(gprel: Command, predictions: Path, corpus_folder: Path, tmp_path: Path) -> None:
    result = gprel(
        "report",
        "--predictions",
        predictions,
        "--data",
        corpus_folder,
        "--out",
        predictions,
        "--overwrite",
        exit_code=1,
    )
    assert "is the input" in result.stderr
    own = tmp_path / "own.jsonl"
    own.write_bytes((corpus_folder / "test.jsonl").read_bytes())
    result = gprel("report", "--predictions", predictions, "--data", own, "--out", own, "--overwrite", exit_code=1)
    assert "is the input" in result.stderr
