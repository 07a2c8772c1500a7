"""``gprel export``, and what can be done with an exported model."""

import json
import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from gprel.model import Extractor

Command = Callable[..., Result]

FILES = {"config.json", "links.onnx", "model.onnx", "tokenizer.json", "tokenizer_config.json"}


@pytest.fixture(scope="module")
def exported(gprel: Command, model: Path, corpus_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model in 8 bits, compared with what it was made from."""
    folder = tmp_path_factory.mktemp("export") / "model"
    result = gprel("export", model, "--to", "onnx", "--int8", "--out", folder, "--data", corpus_folder)
    assert re.search(rf"{re.escape(str(folder))}: \d\.\d MB, int8\n", result.stderr)
    assert "test, 2 documents, strict" in result.stdout
    rows = [line.split() for line in result.stdout.splitlines()]
    assert ["micro", "F1", "torch", "float32", "onnx", "int8", "loss"] in rows
    assert ["triples", "100.00", "100.00", "+0.00"] in rows
    return folder


def test_the_folder_is_complete_and_knows_no_other_folder(exported: Path, model: Path) -> None:
    assert {path.name for path in exported.iterdir()} == FILES
    text = (exported / "config.json").read_text(encoding="utf-8")
    config = json.loads(text)
    assert config["onnx"]["weights"] == "int8"
    assert config["labels"] == json.loads((model / "config.json").read_text(encoding="utf-8"))["labels"]
    for path in exported.iterdir():
        content = path.read_bytes()
        for name in (str(model), sys.prefix, str(Path(__file__).parents[2])):
            assert name.encode() not in content, (path, name)


def test_extract_finds_the_same(gprel: Command, model: Path, exported: Path, corpus_folder: Path) -> None:
    triples = [
        {
            tuple(line.split("\t")[:4])
            for line in gprel(
                "extract", corpus_folder / "test.jsonl", "--model", folder, "--format", "triples"
            ).stdout.splitlines()
        }
        for folder in (model, exported)
    ]
    assert triples[0] == triples[1]
    assert len(triples[0]) == 4


def test_a_folder_with_something_in_it_is_refused(gprel: Command, model: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    result = gprel("export", model, "--out", tmp_path, exit_code=1)
    assert f"--out {tmp_path} is not empty; choose another folder or empty it" in result.stderr


def test_a_head_that_cannot_be_exported(gprel: Command, model: Path, tmp_path: Path) -> None:
    extractor = Extractor.from_pretrained(model)
    extractor.config.head_name = "casrel"
    extractor.config.head_options = {"n_relations": 2, "n_types": 3}
    other = Extractor(extractor.config)
    other.tokenizer = extractor.tokenizer
    other.save_pretrained(tmp_path / "casrel")
    result = gprel("export", tmp_path / "casrel", "--out", tmp_path / "out", exit_code=1)
    assert result.stderr == (
        "error: a model with the head 'casrel' cannot be exported; global_pointer and gplinker can, "
        "bert_crf, casrel, pfn need torch\n"
    )
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", ["onnx", "onnxscript"])
def test_a_missing_library_is_named(
    gprel: Command, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setitem(sys.modules, name, None)
    result = gprel("export", model, "--out", tmp_path / "out", exit_code=1)
    assert result.stderr == f"error: an export needs {name}, which is not installed: pip install gprel[onnx]\n"


def test_onnx_runtime_missing(
    gprel: Command, exported: Path, corpus_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    result = gprel("extract", corpus_folder / "test.jsonl", "--model", exported, exit_code=1)
    assert "error: an exported model needs ONNX Runtime" in result.stderr
    assert result.stderr.endswith("pip install gprel[onnx]\n")


def test_a_command_that_needs_what_a_light_install_leaves_out(
    gprel: Command, model: Path, corpus_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def load_model(*_: object) -> None:
        raise ModuleNotFoundError("No module named 'torch'", name="torch")

    monkeypatch.setattr("gprel.cli.model.load_model", load_model)
    result = gprel("evaluate", model, "--data", corpus_folder, exit_code=1)
    assert result.stderr.endswith("error: this command needs torch, which is not installed; run: pip install gprel\n")
