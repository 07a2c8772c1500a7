"""``gprel data doctor``: the page, JSON, HTML, the repaired copy and the exit code."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

Command = Callable[..., Result]


@pytest.fixture
def ill(tmp_path: Path) -> Path:
    """A file with an entity that ends in a blank, and a line that is no JSON."""
    path = tmp_path / "[bold]mine.jsonl"
    entities = [{"start": 0, "end": 4, "type": "Peop"}, {"start": 9, "end": 13, "type": "[red]Loc"}]
    record = {"text": "Ann sees Lima", "entities": entities, "relations": [{"type": "In", "subject": 0, "object": 1}]}
    path.write_text(json.dumps(record) + "\n{\n", encoding="utf-8")
    return path


def test_the_page(gprel: Command, ill: Path) -> None:
    shown = gprel("data", "doctor", ill, "--encoder", "tiny", exit_code=3).stdout
    assert "error  entities begin or end with a blank, where no token begins or ends: 1" in shown
    assert "to do: trim them; --fix does" in shown
    assert f"{ill}:1: Peop at 0..4: '[Ann ]sees Lima'" in shown
    assert f"{ill}:2: malformed JSON" in shown
    assert "[red]Loc" in shown
    assert "what encoder tiny can reach" in shown
    assert f"{ill.name}: 2 errors" in shown


def test_nothing_serious(gprel: Command, tmp_path: Path) -> None:
    path = tmp_path / "fine.jsonl"
    path.write_text(json.dumps({"text": "Ann", "entities": [{"start": 0, "end": 3, "type": "P"}], "relations": []}))
    assert gprel("data", "doctor", path, "--encoder", "none").stdout.endswith("fine.jsonl: nothing found\n")


def test_long_lists_and_long_examples_are_cut(gprel: Command, tmp_path: Path) -> None:
    path = tmp_path / "many.jsonl"
    path.write_text("".join(json.dumps({"text": "Ann " + "x" * 300, "entities": {}}) + "\n" for _ in range(5)))
    shown = gprel("data", "doctor", path, "--encoder", "none", exit_code=3).stdout
    assert "and 2 more (--html or --json shows them)" in shown
    assert max(map(len, shown.splitlines())) < 400


def test_json(gprel: Command, ill: Path) -> None:
    values = json.loads(gprel("data", "doctor", ill, "--encoder", "tiny", "--json", exit_code=3).stdout)
    assert [(f["kind"], f["cases"][0]["line"]) for f in values["findings"]] == [("unreadable", 2), ("blank_edge", 1)]
    assert values["reach"]["encoder"] == "tiny"


def test_html(gprel: Command, ill: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    gprel("data", "doctor", ill, "--encoder", "none", "--html", page, exit_code=3)
    assert page.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    result = gprel("data", "doctor", ill, "--encoder", "none", "--html", page, exit_code=1)
    assert result.stderr == f"error: --html {page} exists; choose another file or pass --overwrite\n"
    gprel("data", "doctor", ill, "--encoder", "none", "--html", page, "--overwrite", exit_code=3)


def test_fix(gprel: Command, ill: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    result = gprel("data", "doctor", ill, "--encoder", "none", "--fix", out, exit_code=3)
    assert "1 x blanks trimmed" in result.stderr
    assert "2 changes; the copy and fix-log.jsonl are in" in result.stderr
    gprel("data", "doctor", out / ill.name, "--encoder", "none")
    result = gprel("data", "doctor", ill, "--encoder", "none", "--fix", out, exit_code=1)
    assert "--fix" in result.stderr
    assert "not empty" in result.stderr


def test_words_are_extended_in_a_copy_only(gprel: Command, ill: Path) -> None:
    result = gprel("data", "doctor", ill, "--fix-words", exit_code=2)
    assert "--fix-words needs --fix OUT" in result.stderr


def test_a_named_corpus(gprel: Command) -> None:
    assert "train" in gprel("data", "doctor", "demo", "--encoder", "none").stdout


def test_a_folder_of_splits(gprel: Command, corpus_folder: Path) -> None:
    shown = gprel("data", "doctor", corpus_folder, "--encoder", "none", exit_code=3).stdout
    assert "texts of dev or test occur in an earlier split, too: 6" in shown


def test_an_unknown_name(gprel: Command) -> None:
    assert "'conl04' is neither a corpus" in gprel("data", "doctor", "conl04", exit_code=1).stderr
