"""``gprel extract``: what is kept, which fields go in and out, stopping and going on."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from gprel.extraction.files import Files
from gprel.extraction.journal import Journal

Command = Callable[..., Result]
Extract = Callable[..., Any]

TEXT = "Ann Lee lives in Oslo and works for Acme ."


@pytest.fixture
def texts(tmp_path: Path) -> Path:
    path = tmp_path / "in.jsonl"
    lines = [json.dumps({"key": f"k{i}", "body": TEXT, "lang": "en", "nested": {"n": i}}) for i in range(3)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def extract(gprel: Command, model: Path, texts: Path) -> Extract:
    """Records that the command prints for the three texts."""

    def run(*arguments: object) -> list[dict[str, Any]]:
        result = gprel("extract", texts, "--model", model, "--text-field", "body", *arguments)
        return [json.loads(line) for line in result.stdout.splitlines()]

    return run


def triples_of(record: dict[str, Any]) -> set[tuple[str, str, str]]:
    surfaces = [record["text"][e["start"] : e["end"]] for e in record["entities"]]
    return {(surfaces[r["subject"]], r["type"], surfaces[r["object"]]) for r in record["relations"]}


def test_fields_of_the_input(extract: Extract) -> None:
    found = extract("--id-field", "key")
    assert [(r["id"], r["text"], r["lang"], r["nested"]) for r in found] == [
        (f"k{i}", TEXT, "en", {"n": i}) for i in range(3)
    ]
    assert list(found[0]) == ["id", "text", "entities", "relations", "lang", "nested"]


def test_fields_of_the_output(extract: Extract) -> None:
    assert [list(record) for record in extract("--fields", "lang, relations,url")] == [["lang", "relations"]] * 3


def test_what_is_kept(extract: Extract) -> None:
    assert triples_of(extract()[0]) == {("Ann Lee", "Live_In", "Oslo"), ("Ann Lee", "Work_For", "Acme")}
    assert triples_of(extract("--relations", "Live_In")[0]) == {("Ann Lee", "Live_In", "Oslo")}
    assert triples_of(extract("--types", "Peop,Org")[0]) == {("Ann Lee", "Work_For", "Acme")}
    assert "relations" not in extract("--entities-only")[0]
    assert len(extract("--max-triples", 1)[0]["relations"]) == 1
    scores = [item["score"] for item in (*extract()[0]["entities"], *extract()[0]["relations"])]
    assert extract("--min-score", max(scores) + 0.1)[0]["entities"] == []
    assert triples_of(extract("--dedupe")[0]) == triples_of(extract()[0])


def test_thresholds_by_label(extract: Extract) -> None:
    assert triples_of(extract("--threshold", "Live_In=50")[0]) == {("Ann Lee", "Work_For", "Acme")}
    found = extract("--threshold", "Live_In=50", "--threshold", "Org=50")[0]
    assert (triples_of(found), {e["type"] for e in found["entities"]} <= {"Peop", "Loc"}) == (set(), True)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--threshold", "Live_In"], "--threshold is 'Live_In', expected LABEL=SCORE, for example works_for=1.5"),
        (["--threshold", "=2"], "--threshold is '=2', expected LABEL=SCORE, for example works_for=1.5"),
        (["--threshold", "a=x"], "--threshold is 'a=x', expected LABEL=SCORE, for example works_for=1.5"),
        (["--threshold", "a=1", "--threshold", "a=2"], "--threshold: 'a' is given twice, 1 and 2; drop one"),
        (["--types", "Peop,,Org"], "--types is 'Peop,,Org', expected names with a comma between them"),
        (["--types", "Poep"], "--types: the model does not know the label 'Poep'; did you mean 'Peop'?"),
        (["--relations", "LiveIn"], "--relations: the model does not know the label 'LiveIn'; did you mean 'Live_In'?"),
        (["--threshold", "Lok=1"], "--threshold: the model does not know the label 'Lok'; did you mean 'Loc'?"),
        (["--resume"], "--resume goes on with a file, and standard output is none; name a file with --out"),
        (["--format", "csv"], "--format csv is written into a file, not to standard output; name one with --out"),
        (["--format", "triples", "--fields", "id"], "--fields is for jsonl and parquet, not for triples; drop it"),
        (["--base", "http://x/"], "--base is for the forms of RDF (ntriples, turtle), not for jsonl; drop it"),
        (["--format", "xml"], "--format is 'xml', expected one of: table, triples, jsonl, parquet, edges, csv, tsv,"),
        (["--entities-only", "--max-triples", "1"], "--max-triples is about triples, which --entities-only leaves out"),
    ],
)
def test_what_cannot_be(gprel: Command, model: Path, texts: Path, arguments: list[str], message: str) -> None:
    result = gprel("extract", texts, "--model", model, "--text-field", "body", *arguments, exit_code=1)
    assert message in result.stderr.replace("\n", " ")
    assert result.stdout == ""


def test_several_sources_are_one_stream(gprel: Command, model: Path, tmp_path: Path) -> None:
    for name in ("b", "a"):
        (tmp_path / f"{name}.jsonl").write_text(json.dumps({"text": TEXT, "from": name}) + "\n", encoding="utf-8")
    result = gprel("extract", tmp_path / "b.jsonl", tmp_path, "--model", model)
    assert [json.loads(line)["from"] for line in result.stdout.splitlines()] == ["b", "a", "b"]


def test_other_forms_are_made_at_the_end(gprel: Command, model: Path, texts: Path, tmp_path: Path) -> None:
    out = tmp_path / "found.csv"
    arguments = ("extract", texts, "--model", model, "--text-field", "body", "--out", out)
    gprel(*arguments)
    assert "Ann Lee" in out.read_text(encoding="utf-8")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["found.csv", "in.jsonl"]
    result = gprel(*arguments, exit_code=1)
    assert "found.csv exists; choose another file or pass --overwrite" in result.stderr
    gprel(*arguments, "--overwrite")
    folder = tmp_path / "brat"
    brat = ("extract", texts, "--model", model, "--text-field", "body", "--format", "brat", "--out", folder)
    gprel(*brat)
    before = sorted(path.name for path in folder.iterdir())
    gprel(*brat, "--overwrite")
    assert sorted(path.name for path in folder.iterdir()) == before
    (tmp_path / "file").write_text("mine")
    result = gprel(*brat[:-1], tmp_path / "file", exit_code=1)
    assert "file is a file, but brat is written as a folder" in result.stderr


def test_a_finished_extraction_that_is_resumed_ends_as_it_did(gprel: Command, model: Path, tmp_path: Path) -> None:
    source, out = tmp_path / "in.jsonl", tmp_path / "found.csv"
    source.write_text('{"text": "Ann Lee lives in Oslo."}\n{\n{"text": 7}\n', encoding="utf-8")
    arguments = ("extract", source, "--model", model, "--out", out)
    first = gprel(*arguments, exit_code=3).stderr.splitlines()
    before = out.read_bytes()
    again = gprel(*arguments, "--resume", exit_code=3).stderr.splitlines()
    assert again[0] == f"{out} is complete; nothing is left to do (--overwrite starts anew)"
    assert again[1:] == first[-3:]
    assert again[-1] == f"2 lines could not be read and were left out; they are in {out}.errors.jsonl"
    assert out.read_bytes() == before


def test_a_stopped_extraction_goes_on(gprel: Command, model: Path, texts: Path, tmp_path: Path) -> None:
    """The journal is set back by hand; real kills are tested with the pipeline."""
    out = tmp_path / "found.jsonl"
    arguments = ["extract", texts, "--model", model, "--text-field", "body", "--out", out]
    gprel(*arguments)
    whole = out.read_bytes()
    result = gprel(*arguments, "--resume")
    assert result.stderr == f"{out} is complete; nothing is left to do (--overwrite starts anew)\n"
    result = gprel(*arguments, "--resume", "--overwrite", exit_code=1)
    assert "--resume goes on with what is there and --overwrite replaces it; pass one of them" in result.stderr

    out.unlink()
    gprel(*arguments, "--resume")
    assert out.read_bytes() == whole


@pytest.fixture
def stopped(
    gprel: Command, model: Path, texts: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> tuple[list[object], Path]:
    """The arguments of an extraction that died when its first pool was written, and its output."""
    out = tmp_path / "found.jsonl"
    arguments = ["extract", texts, "--model", model, "--text-field", "body", "--out", out]

    def die(journal: Journal, path: Path) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        real = Journal.write
        patch.setattr(Journal, "write", lambda journal, path: (die if journal.counts.n_read else real)(journal, path))
        result = gprel(*arguments, exit_code=130)
    assert result.stderr.endswith("error: stopped by the keyboard\n")
    assert Files.beside(out, is_converted=False).journal.exists()
    return arguments, out


def test_what_was_stopped_is_continued_or_started_anew(
    gprel: Command, stopped: tuple[list[object], Path], tmp_path: Path
) -> None:
    arguments, out = stopped
    result = gprel(*arguments, exit_code=1)
    assert "go on with --resume or start anew with --overwrite" in result.stderr.replace("\n", " ")
    gprel(*arguments, "--resume")
    assert len(out.read_bytes().splitlines()) == 3
    assert not Files.beside(out, is_converted=False).journal.exists()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (["--min-score", "2"], "min_score: none then, 2.0 now"),
        (["--dedupe"], "dedupe: False then, True now"),
        (["--tokens-per-batch", "512"], "tokens_per_batch: 4096 then, 512 now"),
        (["--types", "Peop"], "types: none then, Peop now"),
    ],
)
def test_other_options_are_refused(
    gprel: Command, stopped: tuple[list[object], Path], change: list[str], message: str
) -> None:
    result = gprel(*stopped[0], "--resume", *change, exit_code=1)
    assert "is of an extraction that differs" in result.stderr
    assert message in result.stderr


def test_another_input_or_model_is_refused(
    gprel: Command, stopped: tuple[list[object], Path], texts: Path, ner_model: Path
) -> None:
    arguments, _ = stopped
    with texts.open("a", encoding="utf-8") as file:
        file.write(json.dumps({"body": "one more"}) + "\n")
    result = gprel(*arguments, "--resume", exit_code=1)
    assert f"input {texts}: " in result.stderr
    other = [ner_model if i == 3 else argument for i, argument in enumerate(arguments)]
    result = gprel(*other, "--resume", exit_code=1)
    assert "model: " in result.stderr
