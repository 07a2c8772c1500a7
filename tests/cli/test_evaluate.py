"""``gprel evaluate``: tables, JSON, predictions."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

Command = Callable[..., Result]


def test_the_table(gprel: Command, model: Path, corpus_folder: Path) -> None:
    result = gprel("evaluate", model, "--data", corpus_folder)
    assert f"{corpus_folder.name}, test, 2 documents" in result.stdout
    for rule in ("strict", "boundaries", "exact", "partial"):
        rows = [cells for line in result.stdout.splitlines() if (cells := line.split())[1:2] == [rule]]
        assert [row[0] for row in rows] == ["entities", "triples"]
        assert [row[6] for row in rows] == ["6", "4"]  # gold
        assert f"\n{rule}: " in result.stdout  # what the rule means
    assert "gold entities: 6, of which 0 (0.00 %) cannot be reached" in result.stderr
    assert "per type" not in result.stdout


def test_per_type(gprel: Command, model: Path, corpus_folder: Path) -> None:
    shown = gprel("evaluate", model, "--data", corpus_folder, "--split", "dev", "--per-type").stdout
    assert "entities per type (strict)" in shown
    assert "triples per type (strict)" in shown
    for label in ("Peop", "Loc", "Org", "Live_In", "Work_For"):
        assert label in shown


def test_json(gprel: Command, model: Path, corpus_folder: Path) -> None:
    values = json.loads(gprel("evaluate", model, "--data", corpus_folder, "--json").stdout)
    assert (values["model"], values["data"], values["split"]) == (str(model), corpus_folder.name, "test")
    assert (values["n_documents"], values["threshold"]) == (2, "0")
    assert set(values["entities"]) == set(values["triples"]) == {"strict", "boundaries", "exact", "partial"}
    micro = values["triples"]["strict"]["micro"]
    assert (micro["f1"], micro["n_gold"]) == (100.0, 4)  # the model knows these triples by heart
    assert values["lost_gold"]["entities"] == {"gold": 6, "lost": {}}


def test_predictions_are_written(
    gprel: Command, model: Path, corpus_folder: Path, records: dict[str, list[dict[str, Any]]], tmp_path: Path
) -> None:
    out = tmp_path / "predicted.jsonl"
    gprel("evaluate", model, "--data", corpus_folder, "--out", out)
    written = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert [record["text"] for record in written] == [record["text"] for record in records["test"]]
    assert all("score" in entity for record in written for entity in record["entities"])
    result = gprel("evaluate", model, "--data", corpus_folder, "--out", out, exit_code=1)
    assert result.stderr == f"error: --out {out} exists; choose another file or pass --overwrite\n"
    gprel("evaluate", model, "--data", corpus_folder, "--out", out, "--overwrite")


def test_predictions_can_be_evaluated_as_gold(gprel: Command, model: Path, corpus_folder: Path, tmp_path: Path) -> None:
    """A single file is the split as a whole, and a model agrees with itself."""
    out = tmp_path / "predicted.jsonl"
    gprel("evaluate", model, "--data", corpus_folder, "--split", "train", "--out", out)
    values = json.loads(gprel("evaluate", model, "--data", out, "--json").stdout)
    assert (values["n_documents"], values["entities"]["strict"]["micro"]["f1"]) == (4, 100.0)


@pytest.mark.parametrize(
    ("out", "message"),
    [
        ("no/such/file.jsonl", "folder {folder}/no/such of --out does not exist; make it first"),
        (".", "--out {folder} is a folder, expected a file"),
    ],
)
def test_where_predictions_cannot_go(
    gprel: Command, model: Path, corpus_folder: Path, tmp_path: Path, out: str, message: str
) -> None:
    result = gprel("evaluate", model, "--data", corpus_folder, "--out", tmp_path / out, exit_code=1)
    assert result.stderr == f"error: {message.format(folder=tmp_path)}\n"


def test_a_split_that_is_not_there(gprel: Command, model: Path, corpus_folder: Path, tmp_path: Path) -> None:
    (tmp_path / "train.jsonl").write_bytes((corpus_folder / "train.jsonl").read_bytes())
    result = gprel("evaluate", model, "--data", tmp_path, exit_code=1)
    assert result.stderr == f"error: {tmp_path.name} has no test split here (loaded: none); choose another split\n"


def test_entities_only(gprel: Command, ner_model: Path, corpus_folder: Path) -> None:
    values = json.loads(gprel("evaluate", ner_model, "--data", corpus_folder, "--json").stdout)
    assert values["triples"] is None
    assert values["entities"]["strict"]["micro"]["n_gold"] == 6
    shown = gprel("evaluate", ner_model, "--data", corpus_folder, "--per-type").stdout
    assert "triples per type" not in shown


@pytest.mark.parametrize(
    ("name", "message"),
    [("{model}/nothing/here", "does not exist"), ("{model}/..", "model.safetensors, tokenizer.json missing")],
)
def test_what_is_no_model(gprel: Command, model: Path, corpus_folder: Path, name: str, message: str) -> None:
    result = gprel("evaluate", name.format(model=model), "--data", corpus_folder, exit_code=1)
    assert message in result.stderr


def test_an_unknown_corpus(gprel: Command, model: Path) -> None:
    result = gprel("evaluate", model, "--data", "conl04", exit_code=1)
    assert "error: 'conl04' is neither a corpus" in result.stderr
    assert "did you mean 'conll04'?" in result.stderr


def test_breakdowns(gprel: Command, model: Path, corpus_folder: Path) -> None:
    result = gprel("evaluate", model, "--data", corpus_folder, "--by", "overlap", "--by", "seen", "--by", "overlap")
    assert result.stdout.count("triples by overlap (strict)") == 1
    assert "entities by seen (strict)" in result.stdout
    rows = {cells[0]: cells for line in result.stdout.splitlines() if (cells := line.split())}
    assert rows["SEO"] == ["SEO", "100.00", "100.00", "100.00", "100.00", "to", "100.00", "2", "4", "4", "4"]
    assert "by overlap: sentences whose triples share no argument" in result.stdout
    assert "triple seen" in result.stdout  # dev and test repeat training sentences


def test_breakdowns_and_intervals_in_json(gprel: Command, model: Path, corpus_folder: Path) -> None:
    arguments = ("--by", "entity_length", "--by", "n_triples", "--intervals", "--json")
    values = json.loads(gprel("evaluate", model, "--data", corpus_folder, *arguments).stdout)
    assert values["triples"]["strict"]["micro"]["f1_interval"] == [100.0, 100.0]
    assert set(values["breakdowns"]) == {"entity_length", "n_triples"}
    assert set(values["breakdowns"]["entity_length"]) == {"entities", "triples"}
    part = values["breakdowns"]["n_triples"]["triples"]["2"]
    assert (part["rule"], part["n_documents"], part["n_gold"], part["f1_interval"]) == ("strict", 2, 4, [100.0, 100.0])
    plain = json.loads(gprel("evaluate", model, "--data", corpus_folder, "--json").stdout)
    assert "breakdowns" not in plain
    assert "f1_interval" not in plain["triples"]["strict"]["micro"]


def test_intervals_are_shown_on_request(gprel: Command, model: Path, corpus_folder: Path) -> None:
    assert "100.00 to 100.00" in gprel("evaluate", model, "--data", corpus_folder, "--intervals").stdout
    assert "100.00 to 100.00" not in gprel("evaluate", model, "--data", corpus_folder).stdout


def test_breakdowns_that_cannot_be(
    gprel: Command, model: Path, ner_model: Path, corpus_folder: Path, tmp_path: Path
) -> None:
    result = gprel("evaluate", model, "--data", corpus_folder, "--by", "seen", "--by", "length", exit_code=1)
    assert "error: breakdown 'length' does not exist; choose one of: overlap, n_triples" in result.stderr
    (tmp_path / "test.jsonl").write_bytes((corpus_folder / "test.jsonl").read_bytes())
    for data in (tmp_path, corpus_folder / "train.jsonl"):  # one file is one split, and is not divided for this
        result = gprel("evaluate", model, "--data", data, "--by", "seen", exit_code=1)
        assert f"--by seen compares with the training documents, and {data} has none" in result.stderr
    result = gprel("evaluate", ner_model, "--data", corpus_folder, "--by", "overlap")
    assert "--by overlap shows nothing: no triples are scored here" in result.stderr
    assert "by overlap" not in result.stdout
