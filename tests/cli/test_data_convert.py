"""``gprel data convert`` and ``gprel data export``: whole files or none, bad records aside, losses said."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from gprel.corpora import load
from gprel.document import Document, Entity, Relation
from gprel.formats import FORMATS, jsonl

Command = Callable[..., Result]

WORDS = [["Ann", "Lee", "lives", "in", "Oslo"], ["Bo", "sings"]]
TOKENS: list[dict[str, Any]] = [
    {
        "tokens": WORDS[0],
        "entities": [{"type": "Peop", "start": 0, "end": 2}, {"type": "Loc", "start": 4, "end": 5}],
        "relations": [{"type": "Live_In", "head": 0, "tail": 1}],
        "orig_id": "a",
    },
    {"tokens": WORDS[1], "entities": [], "relations": [], "orig_id": "b"},
]


@pytest.fixture
def tokens(tmp_path: Path) -> Path:
    """Two sentences in SpERT's format."""
    path = tmp_path / "in.json"
    path.write_text(json.dumps(TOKENS))
    return path


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("arguments", [(), ("--from", "tokens")])
def test_to_jsonl_and_back(gprel: Command, tokens: Path, tmp_path: Path, arguments: tuple[str, ...]) -> None:
    out = tmp_path / "out.jsonl"
    result = gprel("data", "convert", tokens, out, "--to", "jsonl", *arguments)
    assert (result.stdout, result.stderr) == ("", "2 documents, 2 entities, 1 triples\n")
    first = next(jsonl.read_file(out))
    assert first.text == "Ann Lee lives in Oslo"
    assert list(first.triples()) == [(Entity(0, 7, "Peop"), "Live_In", Entity(17, 21, "Loc"))]
    gprel("data", "convert", out, tmp_path / "back.json", "--to", "tokens")
    assert list(FORMATS["tokens"].read(tmp_path / "back.json")) == list(jsonl.read_file(out))
    assert names(tmp_path) == ["back.json", "in.json", "out.jsonl"]


def test_what_the_format_cannot_hold_is_said(gprel: Command, tmp_path: Path) -> None:
    path = tmp_path / "in.jsonl"
    nested = Document("Ann Lee", (Entity(0, 7, "Peop"), Entity(0, 3, "Peop")), (Relation("in", 1, 0),))
    with path.open("w") as file:
        jsonl.write([nested], file)
    result = gprel("data", "convert", path, tmp_path / "out.txt", "--to", "columns")
    assert result.stderr.startswith("1 documents, 2 entities, 1 triples\ncolumns cannot hold 1 ")
    assert "columns cannot hold 1 relations as they were: left out or changed\n" in result.stderr


def test_bad_records_are_set_aside(gprel: Command, tmp_path: Path) -> None:
    path, out = tmp_path / "in.json", tmp_path / "out.jsonl"
    path.write_text(json.dumps([TOKENS[0], {"tokens": 5}, TOKENS[1], {"tokens": ["a", ""]}]))
    result = gprel("data", "convert", path, out, "--to", "jsonl", exit_code=3)
    errors = tmp_path / "out.jsonl.errors.jsonl"
    assert [document.id for document in jsonl.read_file(out)] == ["a", "b"]
    kept = [json.loads(line) for line in errors.read_text(encoding="utf-8").splitlines()]
    assert [(record["record"], json.loads(record["content"])) for record in kept] == [
        (2, {"tokens": 5}),
        (4, {"tokens": ["a", ""]}),
    ]
    assert f"{path}, record 2: " in result.stderr
    assert result.stderr.endswith(f"2 records could not be read and were left out; they are in {errors}\n")
    path.write_text(json.dumps(TOKENS))
    gprel("data", "convert", path, out, "--to", "jsonl", "--overwrite")
    assert names(tmp_path) == ["in.json", "out.jsonl"]  # errors of an earlier run are gone


def test_an_existing_file_is_kept(gprel: Command, tokens: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    out.write_text("mine")
    result = gprel("data", "convert", tokens, out, "--to", "jsonl", exit_code=1)
    assert result.stderr == f"error: OUT {out} exists; choose another file or pass --overwrite\n"
    assert out.read_text() == "mine"
    gprel("data", "convert", tokens, out, "--to", "jsonl", "--overwrite")
    assert len(list(jsonl.read_file(out))) == 2


def test_a_conversion_that_fails_leaves_the_old_file(gprel: Command, tmp_path: Path) -> None:
    path, out = tmp_path / "in.json", tmp_path / "out.jsonl"
    path.write_text("\n")
    out.write_text("mine")
    result = gprel("data", "convert", path, out, "--to", "jsonl", "--from", "tokens", "--overwrite", exit_code=1)
    assert f"error: {path} is empty" in result.stderr
    assert out.read_text() == "mine"
    assert names(tmp_path) == ["in.json", "out.jsonl"]


def test_a_list_that_was_cut_off_is_converted_to_that_place(gprel: Command, tmp_path: Path) -> None:
    path, out = tmp_path / "in.json", tmp_path / "out.jsonl"
    path.write_text("[" + json.dumps(TOKENS[0]) + ', {"tok')
    result = gprel("data", "convert", path, out, "--to", "jsonl", "--from", "tokens", exit_code=3)
    assert f"{path}, record 2: malformed JSON (Unterminated string" in result.stderr
    assert len(list(jsonl.read_file(out))) == 1
    (bad,) = map(json.loads, (tmp_path / "out.jsonl.errors.jsonl").read_text().splitlines())
    assert (bad["record"], bad["content"]) == (2, '{"tok')


def test_the_input_is_never_replaced(gprel: Command, tokens: Path) -> None:
    before = tokens.read_bytes()
    result = gprel("data", "convert", tokens, tokens, "--to", "tokens", "--overwrite", exit_code=1)
    assert result.stderr.startswith(f"error: OUT {tokens} is the input; ")
    assert tokens.read_bytes() == before


@pytest.mark.parametrize(
    ("out", "message"),
    [
        ("no/out.jsonl", "folder {folder}/no of OUT does not exist; make it first"),
        (".", "OUT {folder} is a folder, expected a file"),
    ],
)
def test_where_output_cannot_go(gprel: Command, tokens: Path, tmp_path: Path, out: str, message: str) -> None:
    result = gprel("data", "convert", tokens, tmp_path / out, "--to", "jsonl", exit_code=1)
    assert result.stderr == f"error: {message.format(folder=tmp_path)}\n"


def test_standard_input(gprel: Command, tmp_path: Path) -> None:
    gprel("data", "convert", "-", tmp_path / "out.jsonl", "--to", "jsonl", stdin="Ann sings\n\nBo\n")
    assert [document.text for document in jsonl.read_file(tmp_path / "out.jsonl")] == ["Ann sings", "Bo"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--to", "jsn"), "'jsn' is not a format"),
        (("--to", "text"), "'text' can only be read"),
        (("--to", "jsonl", "--from", "spert"), "'spert' is not a format"),
        ((), "--to"),
    ],
)
def test_wrong_usage(gprel: Command, tokens: Path, tmp_path: Path, arguments: tuple[str, ...], message: str) -> None:
    result = gprel("data", "convert", tokens, tmp_path / "out", *arguments, exit_code=2)
    assert message in result.stderr


def test_a_folder_format(gprel: Command, tokens: Path, tmp_path: Path) -> None:
    folders = [name for name, format_ in FORMATS.items() if format_.write is not None and not format_.suffix]
    if not folders:
        pytest.skip("no format writes folders")
    out = tmp_path / "out"
    gprel("data", "convert", tokens, out, "--to", folders[0])
    assert names(out)
    again = gprel("data", "convert", tokens, out, "--to", folders[0], "--overwrite", exit_code=1)
    assert f"error: OUT {out} is not empty; choose another folder or empty it" in again.stderr
    (tmp_path / "file").touch()
    result = gprel("data", "convert", tokens, tmp_path / "file", "--to", folders[0], exit_code=1)
    assert f"error: OUT {tmp_path / 'file'} is a file, expected a folder that is new or empty" in result.stderr


def test_export(gprel: Command, tmp_path: Path) -> None:
    out = tmp_path / "demo.jsonl"
    result = gprel("data", "export", "demo", out, "--to", "jsonl", "--split", "dev")
    assert result.stderr.endswith("92 documents, 327 entities, 150 triples\n")
    assert list(jsonl.read_file(out)) == load("demo", splits=("dev",)).split("dev")


def test_export_says_what_is_to_be_said_about_the_corpus(gprel: Command, corpus_folder: Path, tmp_path: Path) -> None:
    (tmp_path / "train.jsonl").write_text('{"text": "Ann"}\n')
    result = gprel("data", "export", tmp_path, tmp_path / "out.jsonl", "--to", "jsonl", "--split", "train")
    assert 'train: 1 of 1 documents have no "entities": nothing is known of them' in result.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("conl04", "--split", "dev"), "'conl04' is neither a corpus"),
        (("webnlg", "--split", "dev", "--variant", "sta"), "variant is 'sta', but webnlg has: star, exact"),
    ],
)
def test_exporting_what_is_not_there(gprel: Command, tmp_path: Path, arguments: tuple[str, ...], message: str) -> None:
    name, *rest = arguments
    result = gprel("data", "export", name, tmp_path / "out.jsonl", "--to", "jsonl", *rest, exit_code=1)
    assert message in result.stderr
    assert names(tmp_path) == []


def test_a_saved_hugging_face_data_set(gprel: Command, tmp_path: Path) -> None:
    datasets = pytest.importorskip("datasets")
    features = datasets.Features(
        {"w": datasets.List(datasets.Value("string")), "t": datasets.List(datasets.ClassLabel(names=["O", "B-P"]))}
    )
    rows = datasets.Dataset.from_dict({"w": [["Ann", "sings"], ["Bo"]], "t": [[1, 0], [1]]}, features=features)
    datasets.DatasetDict({"train": rows, "test": rows.select([0])}).save_to_disk(str(tmp_path / "saved"))
    arguments = ("data", "convert", tmp_path / "saved", tmp_path / "out.jsonl", "--to", "jsonl", "--from", "datasets")
    mapping = ("--columns", "tokens=w, tags=t")
    result = gprel(*arguments, *mapping, exit_code=1)
    assert "has several splits (train, test); name one of them" in result.stderr
    gprel(*arguments, *mapping, "--split", "train")
    assert [document.entities for document in jsonl.read_file(tmp_path / "out.jsonl")] == [
        (Entity(0, 3, "P"),),
        (Entity(0, 2, "P"),),
    ]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--split", "train"), "--columns, --split and --subset are for --from datasets; leave them out or add it"),
        (("--from", "datasets", "--columns", "words"), "--columns is 'words', expected FIELD=COLUMN,..., for example"),
    ],
)
def test_columns_that_mean_nothing(
    gprel: Command, tokens: Path, tmp_path: Path, arguments: tuple[str, ...], message: str
) -> None:
    result = gprel("data", "convert", tokens, tmp_path / "out.jsonl", "--to", "jsonl", *arguments, exit_code=1)
    assert f"error: {message}" in result.stderr
