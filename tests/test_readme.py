"""What the documents show is what the code does and what the result files say."""

import importlib.util
import re
import shlex
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from gprel.cli.main import app

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = [README, *(path.read_text(encoding="utf-8") for path in sorted((ROOT / "docs").glob("*.md")))]
NAMES = "train|evaluate|extract|export|data|compare|tune|report"
COMMANDS = [line for page in PAGES for line in re.findall(rf"^gprel (?:{NAMES}) .*$", page, flags=re.MULTILINE)]


@pytest.mark.parametrize("line", COMMANDS)
def test_commands_are_understood(line: str) -> None:
    name, *arguments = shlex.split(line, comments=True)[1:]
    command = typer.main.get_command(app).commands[name]  # type: ignore[attr-defined]
    if name == "data":
        name, *arguments = arguments
        command = command.commands[name]
    command.make_context(name, arguments)  # a wrong option or value raises


def test_there_are_commands() -> None:
    assert {line.split()[1] for line in COMMANDS} >= {"train", "evaluate", "extract", "export", "data", "compare"}


def test_make_targets_exist() -> None:
    targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE)
    named = re.findall(r"^make ([a-z]+)", README, flags=re.MULTILINE)
    assert {"demo", "test"} <= set(named) <= set(targets)


def test_the_annotated_line_is_valid_training_data(tmp_path: Path) -> None:
    annotated = re.findall(r'^\{"text".*"relations": \[\{"type".*\}$', README, flags=re.MULTILINE)
    (line,) = [line for line in annotated if '"score"' not in line]  # the others are predictions
    for split in ("train", "dev", "test"):
        (tmp_path / f"{split}.jsonl").write_text(line + "\n", encoding="utf-8")
    out = tmp_path / "run"
    arguments = ["train", "--data", str(tmp_path), "--encoder", "tiny", "--epochs", "1", "--out", str(out)]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    assert "gold entities: 2, of which 0 (0.00 %) cannot be reached" in result.stderr


def test_tables_are_rendered_from_the_result_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(ROOT / "benchmarks")
    spec = importlib.util.spec_from_file_location("render", ROOT / "benchmarks" / "render.py")
    assert spec is not None
    assert spec.loader is not None
    render = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(render)
    for path, table in render.DOCUMENTS.items():
        text = (ROOT / path).read_text(encoding="utf-8")
        assert render.render(text, table(ROOT / "benchmarks" / "results")) == text, (
            f"run benchmarks/render.py for {path}"
        )
