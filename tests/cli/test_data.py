"""``gprel data list``, ``show`` and ``fetch``: what the cards say, and what every command says about itself."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import Result

from gprel.cli.main import app
from gprel.corpora import CORPORA
from gprel.errors import DataError

Command = Callable[..., Result]
COMMANDS = {"list", "show", "fetch", "stats", "convert", "export", "split", "sample"}


@pytest.fixture(autouse=True)
def _no_corpora(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("GPREL_DATA", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def plain(text: str) -> str:
    return re.sub(r"[│╭╮╰╯─\s]+", " ", re.sub(r"\x1b\[[0-9;]*m", "", text))


def test_every_command_is_there(gprel: Command) -> None:
    shown = plain(gprel("data", "--help").stdout)
    assert all(f" {command} " in shown for command in COMMANDS)
    assert "data" in gprel("--help").stdout


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_every_argument_and_option_has_a_help_text(gprel: Command, command: str) -> None:
    group: Any = typer.main.get_command(app)
    parameters = group.commands["data"].commands[command].params
    assert all(getattr(parameter, "help", None) for parameter in parameters)
    shown = plain(gprel("data", command, "--help").stdout)
    for parameter in parameters:
        if parameter.opts[0].startswith("--"):
            assert f" {parameter.opts[0]} " in shown


def test_formats_are_named_in_the_help(gprel: Command) -> None:
    shown = plain(gprel("data", "convert", "--help").stdout)
    assert "Format of the input: jsonl, text, " in shown
    assert "Format to write: jsonl, " in shown
    assert "[default: (recognized from the content)]" in shown


def test_list_names_every_corpus(gprel: Command) -> None:
    result = gprel("data", "list")
    rows = [[cell.strip() for cell in line.split("│")[1:-1]] for line in result.stdout.splitlines() if "│" in line]
    sizes = [row for row in rows if len(row) == 7]
    assert {row[0] for row in sizes} == set(CORPORA)
    assert ["demo", "en", "", "675", "92", "128", "yes"] in sizes
    assert ["conll04", "en", "", "922", "231", "288", "no: fetch"] in sizes
    assert ["nyt", "en", "star", "56,195", "4,999", "5,000", "no: show"] in sizes
    assert {row[0] for row in rows if len(row) == 2} - {""} == set(CORPORA)  # a long text goes over several rows
    assert "fetch: gprel data fetch NAME downloads it" in result.stderr


def test_list_says_how_many_files_are_there(gprel: Command, tmp_path: Path) -> None:
    (tmp_path / "conll04").mkdir()
    (tmp_path / "conll04" / "dev_triples.json").touch()
    listed = gprel("data", "list", "--data-dir", tmp_path).stdout
    assert next(line for line in listed.splitlines() if "conll04" in line).split()[-2:] == ["fetch", "│"]
    assert "1 of 3: fetch" in listed


def test_list_for_machines(gprel: Command, tmp_path: Path) -> None:
    (tmp_path / "conll04").mkdir()
    (tmp_path / "conll04" / "dev_triples.json").touch()
    values = {card["name"]: card for card in json.loads(gprel("data", "list", "--json", "--data-dir", tmp_path).stdout)}
    assert list(values) == list(CORPORA)
    files = values["conll04"]["variants"]["default"]["files"]
    assert {split: file["here"] for split, file in files.items()} == {"train": False, "dev": True, "test": False}
    assert files["test"]["counts"] == {"sentences": 288, "entities": 1079, "relations": 422}
    assert values["conll04"]["variants"]["default"]["missing"] == [
        "conll04/train_triples.json",
        "conll04/test_triples.json",
    ]


def test_show(gprel: Command) -> None:
    shown = gprel("data", "show", "conll04").stdout
    assert shown.startswith("CoNLL04 (conll04), en\n")
    for part in ("source", "license", "quirks", "19 test sentences also occur in train or dev", "published scores"):
        assert part in shown
    assert re.search(r"test +│ conll04/test_triples.json +│ 288 sentences, 1,079 entities, 422 relations", shown)
    assert re.search(r"SpERT +│ strict +│ test +│ 88.9 +│ 71.5", shown)


@pytest.mark.parametrize("name", CORPORA)
def test_every_card_can_be_shown(gprel: Command, name: str) -> None:
    assert f"({name})" in gprel("data", "show", name).stdout
    values = json.loads(gprel("data", "show", name, "--json").stdout)
    assert values["card"]["license"]
    assert values["card"]["name"] == name


@pytest.mark.parametrize("command", ["show", "fetch"])
@pytest.mark.parametrize(
    ("name", "hint"), [("conl04", "did you mean 'conll04'?"), ("xyz", "gprel data list says more")]
)
def test_an_unknown_corpus(gprel: Command, command: str, name: str, hint: str) -> None:
    result = gprel("data", command, name, exit_code=1)
    assert f"error: there is no corpus '{name}' (known: demo, " in result.stderr
    assert result.stderr.endswith(f"{hint}\n")


def test_fetch_prints_the_files(gprel: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []

    def download(name: str, folder: Path, *, variant: object, fold: object, on_progress: Any) -> list[Path]:
        asked.append((name, folder, variant, fold))
        for done in (0, 5, 10):
            on_progress("webnlg/a.json", done, 10)
        return [folder / "webnlg" / "a.json", folder / "webnlg" / "b.json"]

    monkeypatch.setattr("gprel.corpora.fetch.fetch", download)
    result = gprel("data", "fetch", "webnlg", "--variant", "exact", "--data-dir", tmp_path)
    assert asked == [("webnlg", tmp_path, "exact", None)]
    assert result.stdout.splitlines() == [str(tmp_path / "webnlg" / name) for name in ("a.json", "b.json")]
    assert f"webnlg: 1 files downloaded, 1 were here, in {tmp_path}" in result.stderr


def test_fetch_goes_where_loading_looks(gprel: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def download(name: str, folder: Path, **_: object) -> list[Path]:
        raise DataError(f"{name} wanted in {folder}")

    monkeypatch.setattr("gprel.corpora.fetch.fetch", download)
    result = gprel("data", "fetch", "conll04", exit_code=1)
    assert result.stderr.endswith(f"error: conll04 wanted in {tmp_path / 'cache' / 'gprel'}\n")


def test_what_is_bundled_need_not_be_fetched(gprel: Command) -> None:
    result = gprel("data", "fetch", "demo")
    assert all(Path(line).is_file() for line in result.stdout.splitlines())
    assert "demo: 0 files downloaded, 3 were here" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("webnlg", "--variant", "sta"), "variant is 'sta', but webnlg has: star, exact"),
        (("ade", "--fold", 10), "fold is 10, but ade has 0 to 9"),
        (("webnlg", "--fold", 0), "fold is 0, but webnlg has no folds"),
    ],
)
def test_fetching_what_a_corpus_does_not_have(gprel: Command, arguments: tuple[object, ...], message: str) -> None:
    assert gprel("data", "fetch", *arguments, exit_code=1).stderr == f"error: {message}\n"
