"""Every command explains itself: each option has a help text, and its default where it has one."""

import re

import pytest
import typer
from typer.testing import CliRunner

from gprel.cli.main import app

COMMANDS = ("train", "evaluate", "extract")

DEFAULTS = {
    "train": {
        "--head": "(the recipe's, or gplinker / global_pointer by task)",
        "--data": "(the recipe's, or demo)",
        "--task": "(the recipe's, or re)",
        "--encoder": "(the recipe's, or minilm)",
        "--init": "(the pretrained encoder)",
        "--out": "runs/last",
        "--recipe": "(the corpus's own)",
        "--variant": "(the first one)",
        "--fold": "(0)",
        "--low-resource": "(the recipe's, or off)",
        "--epochs": "(the recipe's, or 10)",
        "--seed": "(the recipe's, or 42)",
        "--mixed-precision": "(the recipe's, or auto)",
        "--tracker": "(the recipe's, or none)",
        "--processes": "(1)",
        "--tokens-per-batch": "(the recipe's, or 0)",
    },
    "evaluate": {
        "--split": "test",
        "--variant": "(the first one)",
        "--fold": "(0)",
        "--batch-size": "32",
        "--precision": "auto",
        "--thresholds": "(both where the model is tuned, else zero)",
    },
    "extract": {
        "--model": "(the one that comes with gprel)",
        "--text-field": "text",
        "--id-field": '("id" where there is one)',
        "--out": "-",
        "--format": "(by the suffix of --out, else jsonl)",
        "--fields": "(all)",
        "--base": "(urn:gprel:)",
        "--types": "(all)",
        "--relations": "(all)",
        "--min-score": "(what the model predicts)",
        "--threshold": "(the model's own: 0, or as tuned)",
        "--max-triples": "(no limit)",
        "--backend": "auto",
        "--precision": "auto",
        "--tokens-per-batch": "4096",
        "--engine": "local",
        "--workers": "2",
    },
}


def entries(command: str) -> dict[str, str]:
    """Each option's part of the help, without the box around it."""
    result = CliRunner().invoke(app, [command, "--help"])
    assert result.exit_code == 0
    plain = re.sub(r"[│╭╮╰╯─\s]+", " ", re.sub(r"\x1b\[[0-9;]*m", "", result.stdout))
    parts = re.split(r" \*? ?(?=--[a-z-]+ (?:<|[A-Z]))", plain)
    return {part.split(" ", 1)[0]: part for part in parts[1:]}


@pytest.mark.parametrize("command", COMMANDS)
def test_every_option_has_a_help_text(command: str) -> None:
    parameters = typer.main.get_command(app).commands[command].params  # type: ignore[attr-defined]
    names = {parameter.opts[0] for parameter in parameters if parameter.opts[0].startswith("--")}
    assert names - {"--help"} == set(entries(command)) - {"--help"}
    for parameter in parameters:
        assert getattr(parameter, "help", None), parameter.name


@pytest.mark.parametrize("command", COMMANDS)
def test_defaults_are_shown(command: str) -> None:
    shown = {
        name: match.group(1)
        for name, text in entries(command).items()
        if (match := re.search(r"\[default: (.*?)\]", text))
    }
    assert shown == DEFAULTS[command]


def test_the_data_folder_may_come_from_the_environment() -> None:
    assert "[env var: GPREL_DATA]" in entries("train")["--data-dir"]
    assert "[env var: GPREL_DATA]" in entries("evaluate")["--data-dir"]
