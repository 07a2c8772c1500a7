"""``gprel extract --text``: tables for people, JSON lines for machines, and the model that comes with gprel."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

Command = Callable[..., Result]

TEXT = "Ann Lee lives in Oslo and works for Acme ."


def test_a_table(gprel: Command, model: Path) -> None:
    result = gprel("extract", "--text", TEXT, "--model", model)
    lines = [" ".join(line.split()) for line in result.stdout.splitlines()]
    assert lines[0] == TEXT
    assert lines[2] == "entity type score"
    rows = {line.rpartition(" ")[0] for line in lines}
    assert {"Ann Lee Peop", "Oslo Loc", "Acme Org"} <= rows
    assert {"Ann Lee Live_In Oslo", "Ann Lee Work_For Acme"} <= rows
    assert result.stderr == ""


def test_tables_of_files(gprel: Command, model: Path, tmp_path: Path) -> None:
    (tmp_path / "in.txt").write_text(f"{TEXT}\nNothing here .\n", encoding="utf-8")
    result = gprel("extract", tmp_path / "in.txt", "--format", "table", "--model", model)
    lines = [" ".join(line.split()) for line in result.stdout.splitlines()]
    assert lines[0] == TEXT
    assert lines[2] == "subject relation object score"
    assert {"Ann Lee Live_In Oslo", "Ann Lee Work_For Acme"} <= {line.rpartition(" ")[0] for line in lines}
    assert lines[-4:] == ["Nothing here .", "", "no triples found", ""]
    result = gprel(
        "extract", tmp_path / "in.txt", "--format", "table", "--model", model, "--out", tmp_path / "t", exit_code=1
    )
    assert "--format table is for reading on the screen, not for files; drop --out" in result.stderr


def test_json_is_what_files_give(gprel: Command, model: Path, tmp_path: Path) -> None:
    texts = [TEXT, "[b]Nothing[/b] here ."]
    result = gprel("extract", "--text", texts[0], "--text", texts[1], "--json", "--model", model)
    found = [json.loads(line) for line in result.stdout.splitlines()]
    path = tmp_path / "in.jsonl"
    path.write_text("".join(json.dumps({"text": text}) + "\n" for text in texts), encoding="utf-8")
    assert found == [json.loads(line) for line in gprel("extract", path, "--model", model).stdout.splitlines()]


def test_nothing_found_and_no_markup(gprel: Command, model: Path) -> None:
    result = gprel("extract", "--text", "[b]x[/b]", "--text", "...", "--model", model, "--min-score", 99)
    assert [line for line in result.stdout.splitlines() if line.strip()] == [
        "[b]x[/b]",
        "no entities found",
        "...",
        "no entities found",
    ]


def test_selection_holds_for_texts(gprel: Command, model: Path) -> None:
    result = gprel("extract", "--text", TEXT, "--model", model, "--types", "Peop", "--json")
    assert {entity["type"] for entity in json.loads(result.stdout)["entities"]} == {"Peop"}
    assert "no triples found" in gprel("extract", "--text", TEXT, "--model", model, "--types", "Peop").stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "expected SOURCE... or --text TEXT, one of them"),
        (("a.txt", "--text", "x"), "expected SOURCE... or --text TEXT, one of them"),
        (("a.txt", "--json"), "goes with --text; files are written as JSON lines anyway"),
        (("--text", "x", "--out", "a.jsonl"), "--text prints what is found; write the text into a file for --out"),
    ],
)
def test_wrong_usage(gprel: Command, model: Path, arguments: tuple[str, ...], message: str) -> None:
    result = gprel("extract", *arguments, "--model", model, exit_code=2)
    assert message in " ".join(result.stderr.replace("│", " ").split())


def test_a_lone_surrogate(gprel: Command, model: Path) -> None:
    result = gprel("extract", "--text", "a\ud800", "--model", model, exit_code=1)
    assert "is a lone surrogate (U+D800)" in result.stderr


@pytest.mark.parametrize("arguments", [("--text", "x"), ("a.txt",)])
def test_no_model_at_all(
    gprel: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    monkeypatch.setattr("gprel.extraction.default_model.__file__", str(tmp_path / "gprel/extraction/default_model.py"))
    result = gprel("extract", *arguments, exit_code=1)
    assert "this copy of gprel comes without a model" in result.stderr
    assert "name one with --model" in result.stderr
