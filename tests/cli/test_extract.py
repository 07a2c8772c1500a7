"""``gprel extract``: every kind of input and output, and bad lines among good ones."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

Command = Callable[..., Result]

GOOD = {"id": "a", "text": "Ann Lee lives in Oslo and works for Acme ."}
TRIPLES = {("Ann Lee", "Live_In", "Oslo"), ("Ann Lee", "Work_For", "Acme")}


@pytest.fixture
def texts(tmp_path: Path) -> Path:
    """Three texts as JSONL."""
    path = tmp_path / "in.jsonl"
    path.write_text("".join(json.dumps(GOOD | {"id": str(i)}) + "\n" for i in range(3)), encoding="utf-8")
    return path


def parse(lines: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in lines.splitlines()]


def triples_of(record: dict[str, Any]) -> set[tuple[str, str, str]]:
    surfaces = [record["text"][e["start"] : e["end"]] for e in record["entities"]]
    return {(surfaces[r["subject"]], r["type"], surfaces[r["object"]]) for r in record["relations"]}


def test_jsonl_to_standard_output(gprel: Command, model: Path, texts: Path) -> None:
    result = gprel("extract", texts, "--model", model)
    found = parse(result.stdout)
    assert [(record["id"], record["text"]) for record in found] == [(str(i), GOOD["text"]) for i in range(3)]
    assert [triples_of(record) for record in found] == [TRIPLES] * 3
    scores = [item["score"] for record in found for item in (*record["entities"], *record["relations"])]
    assert min(scores) > 0
    n_entities = sum(len(record["entities"]) for record in found)
    assert result.stderr.splitlines()[-1] == f"3 documents, {n_entities} entities, 6 triples"


def test_batches_of_one_find_the_same(gprel: Command, model: Path, texts: Path) -> None:
    one = parse(gprel("extract", texts, "--model", model, "--tokens-per-batch", 1, "--precision", "no").stdout)
    assert [triples_of(record) for record in one] == [TRIPLES] * 3


def test_plain_text(gprel: Command, model: Path, tmp_path: Path) -> None:
    path = tmp_path / "in.txt"
    path.write_text(f"{GOOD['text']}\n\nNothing here .\n", encoding="utf-8")
    found = parse(gprel("extract", path, "--model", model).stdout)
    assert [(record["id"], record["text"]) for record in found] == [("1", GOOD["text"]), ("3", "Nothing here .")]
    assert triples_of(found[0]) == TRIPLES


@pytest.mark.parametrize("stdin", [json.dumps(GOOD) + "\n", f"{GOOD['text']}\n"])
def test_standard_input(gprel: Command, model: Path, stdin: str) -> None:
    (found,) = parse(gprel("extract", "-", "--model", model, stdin=stdin).stdout)
    assert triples_of(found) == TRIPLES


def test_triples(gprel: Command, model: Path, texts: Path) -> None:
    rows = [
        line.split("\t")
        for line in gprel("extract", texts, "--model", model, "--format", "triples").stdout.splitlines()
    ]
    assert {(row[0], *row[1:4]) for row in rows} == {(str(i), *triple) for i in range(3) for triple in TRIPLES}
    assert all(float(row[4]) > 0 for row in rows)


def test_an_output_file(gprel: Command, model: Path, texts: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    result = gprel("extract", texts, "--model", model, "--out", out)
    assert (result.stdout, len(parse(out.read_text(encoding="utf-8")))) == ("", 3)
    out.write_text("mine")
    result = gprel("extract", texts, "--model", model, "--out", out, exit_code=1)
    assert result.stderr == f"error: --out {out} exists; choose another file or pass --overwrite\n"
    assert out.read_text() == "mine"
    gprel("extract", texts, "--model", model, "--out", out, "--overwrite", "--format", "triples")
    assert out.read_text(encoding="utf-8").startswith("0\tAnn Lee\t")


def test_the_input_is_never_overwritten(gprel: Command, model: Path, texts: Path, tmp_path: Path) -> None:
    before = texts.read_bytes()
    same = tmp_path / ".." / tmp_path.name / texts.name
    result = gprel("extract", texts, "--model", model, "--out", same, "--overwrite", exit_code=1)
    assert result.stderr == (
        f"error: --out {same} is the input; it would be emptied before it is read: choose another file\n"
    )
    assert texts.read_bytes() == before


@pytest.mark.parametrize(
    ("out", "message"),
    [
        ("no/such/file.jsonl", "folder {folder}/no/such of --out does not exist; make it first"),
        (".", "--out {folder} is a folder, expected a file"),
    ],
)
def test_where_output_cannot_go(
    gprel: Command, model: Path, texts: Path, tmp_path: Path, out: str, message: str
) -> None:
    result = gprel("extract", texts, "--model", model, "--out", tmp_path / out, "--overwrite", exit_code=1)
    assert result.stderr == f"error: {message.format(folder=tmp_path)}\n"


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    """Good lines 1, 3 and 6, and eight bad ones."""
    path = tmp_path / "broken.jsonl"
    good = [json.dumps(GOOD | {"id": str(i)}) for i in range(3)]
    bad = ['{"text": ', "[]", '{"txt": "Ann"}', '{"text": 5}', *['{"text": "Ann" "id": 1}'] * 4]
    lines = [good[0], bad[0], good[1], *bad[1:3], good[2], *bad[3:]]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_bad_lines_are_set_aside_and_the_rest_goes_on(
    gprel: Command, model: Path, broken: Path, tmp_path: Path
) -> None:
    out, errors = tmp_path / "out.jsonl", tmp_path / "out.jsonl.errors.jsonl"
    result = gprel("extract", broken, "--model", model, "--out", out, exit_code=3)
    found = parse(out.read_text(encoding="utf-8"))
    assert [(record["id"], triples_of(record)) for record in found] == [(str(i), TRIPLES) for i in range(3)]
    lines = broken.read_text(encoding="utf-8").splitlines()
    kept = parse(errors.read_text(encoding="utf-8"))
    assert [record["line"] for record in kept] == [2, 4, 5, 7, 8, 9, 10, 11]
    assert [record["content"] for record in kept] == [lines[record["line"] - 1] for record in kept]
    assert {record["source"] for record in kept} == {str(broken)}
    assert f"{broken}:2: malformed JSON" in result.stderr
    assert "... and 3 more\n" in result.stderr
    assert result.stderr.endswith(f"8 lines could not be read and were left out; they are in {errors}\n")
    gprel("extract", broken.parent / "out.jsonl", "--model", model, "--out", tmp_path / "again.jsonl")


def test_without_an_output_file_every_bad_line_is_named(gprel: Command, model: Path, broken: Path) -> None:
    result = gprel("extract", broken, "--model", model, exit_code=3)
    assert len(parse(result.stdout)) == 3
    named = [line for line in result.stderr.splitlines() if line.startswith(f"{broken}:")]
    assert [int(line.split(":")[1]) for line in named] == [2, 4, 5, 7, 8, 9, 10, 11]
    assert result.stderr.endswith("8 lines could not be read and were left out\n")


def test_errors_of_an_earlier_extraction_are_removed(
    gprel: Command, model: Path, broken: Path, texts: Path, tmp_path: Path
) -> None:
    out, errors = tmp_path / "out.jsonl", tmp_path / "out.jsonl.errors.jsonl"
    gprel("extract", broken, "--model", model, "--out", out, exit_code=3)
    assert errors.exists()
    gprel("extract", texts, "--model", model, "--out", out, "--overwrite")
    assert not errors.exists()


def test_entities_only(gprel: Command, ner_model: Path, texts: Path, tmp_path: Path) -> None:
    found = parse(gprel("extract", texts, "--model", ner_model).stdout)
    assert [set(record) for record in found] == [{"id", "text", "entities"}] * 3
    result = gprel("extract", texts, "--model", ner_model, "--format", "triples", exit_code=1)
    assert result.stdout == ""
    assert result.stderr == (
        f"error: model {ner_model} was trained for entities only; --format triples needs one trained for triples\n"
    )


def test_input_is_checked_before_the_model_is_loaded(gprel: Command, tmp_path: Path) -> None:
    result = gprel("extract", tmp_path / "nothing.jsonl", "--model", tmp_path / "no" / "model" / "either", exit_code=1)
    assert "nothing.jsonl does not exist" in result.stderr


def test_a_pipe_carries_utf_8_whatever_the_terminal_says(model: Path) -> None:
    """The one test in a process of its own: it runs the module as a shell would."""
    text = "Ann 😀 lives in 北京 ."
    environment = os.environ | {"PYTHONIOENCODING": "ascii", "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "gprel", "extract", "-", "--model", str(model)]
    done = subprocess.run(command, input=f"{text}\n".encode(), env=environment, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    assert json.loads(done.stdout.decode("utf-8"))["text"] == text
    assert done.stderr.decode().startswith("1 documents, ")
