"""Reading with places: lines, records or documents, and what is bad beside what is good."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from gprel.corpora import read_card
from gprel.doctor import examine, parts, read_data
from gprel.errors import ConfigError, DataError

GOOD = json.dumps({"id": "a", "text": "Ann", "entities": [], "relations": []})
TOKENS = {"tokens": ["Ann"], "entities": [{"type": "P", "start": 0, "end": 1}], "relations": []}


def places(path: Path, format_name: str | None = None) -> tuple[list[str], list[str]]:
    """Where the good and the bad are, without the file's folder."""
    (part,) = read_data(str(path), format_name=format_name).parts
    good = [str(place).removeprefix(f"{path.parent}/") for place in part.places]
    return good, [str(bad).removeprefix(f"{path.parent}/") for bad in part.bad]


def test_lines_are_counted_with_blank_and_bad_ones(tmp_path: Path) -> None:
    path = tmp_path / "data.jsonl"
    path.write_text(f"\ufeff{GOOD}\r\n\n{{\n{GOOD}\n  \n{GOOD}", encoding="utf-8")
    good, bad = places(path)
    assert good == ["data.jsonl:1", "data.jsonl:4", "data.jsonl:6"]
    assert [line.split(" ")[0] for line in bad] == ["data.jsonl:3:"]


def test_records_of_a_list_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "data.json"
    path.write_text(json.dumps([TOKENS, {"tokens": 1}, TOKENS], indent=1))
    good, bad = places(path)
    assert good == ["data.json, record 1", "data.json, record 3"]
    assert bad[0].startswith("data.json, record 2: ")


def test_a_block_of_lines_is_known_by_its_first(tmp_path: Path) -> None:
    path = tmp_path / "data.txt"
    path.write_text("A B-P\nn I-P\n\n\nB B-P\n")
    assert places(path, "columns") == (["data.txt:1", "data.txt:5"], [])


def test_documents_are_counted_where_lines_do_not_fit(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_text("text,subject,relation,object\nAnn is,Ann,is,Ann\nAnn is,Ann,of,Ann\nBob is,Bob,is,Bob\n")
    good, _ = places(path, "csv")
    assert [place.split(" (")[0] for place in good] == ["data.csv, document 1", "data.csv, document 2"]


def test_a_text_may_begin_with_a_bracket(tmp_path: Path) -> None:
    path = tmp_path / "data.txt"
    path.write_text("[1] Ann\n\nBob\n")
    assert places(path, "text") == (["data.txt:1", "data.txt:3"], [])


@pytest.mark.parametrize(
    ("content", "message"), [("", "is empty"), ('[{"tokens": ["a"], "entities": []}, {"tok', "malformed JSON")]
)
def test_a_file_that_cannot_be_read_to_its_end_is_a_finding(tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "train.json"
    path.write_text(content)
    report = examine(read_data(str(path)), encoder=None)
    (finding,) = report.findings
    assert (finding.kind, finding.severity) == ("unreadable", "error")
    assert message in finding.cases[0].example
    assert str(finding.cases[0].place).startswith(str(path))


def test_a_folder_of_splits_in_any_format(tmp_path: Path) -> None:
    (tmp_path / "train.json").write_text(json.dumps([TOKENS]))
    (tmp_path / "test.jsonl").write_text(GOOD)
    data = read_data(str(tmp_path))
    assert [(part.name, len(part.documents)) for part in data.parts] == [("train", 1), ("test", 1)]
    (tmp_path / "train.jsonl").write_text(GOOD)
    with pytest.raises(DataError, match=r"holds more than one train split: train.json, train.jsonl; keep one"):
        read_data(str(tmp_path))


def test_the_bundled_corpus_by_name() -> None:
    data = read_data("demo")
    assert [part.name for part in data.parts] == ["train", "dev", "test"]
    assert data.documents
    assert {place.unit for part in data.parts for place in part.places} == {"line"}


def test_named_corpora_keep_their_rule_and_say_what_is_missing(data_dir: Path) -> None:
    data = read_data("nyt", variant="exact", data_dir=data_dir)
    assert (data.title, data.rule) == ("NYT (exact)", "exact")
    if [part.name for part in data.parts] == ["dev", "test"]:
        assert data.notes == (f"train: nyt/exact/train_triples.json is not in {data_dir}",)


@pytest.mark.parametrize(
    ("source", "options", "message"),
    [
        ("nothing.jsonl", {}, "'nothing.jsonl' is neither a corpus .known: demo"),
        ("conll04", {"data_dir": Path("nowhere")}, "conll04/train_triples.json"),
    ],
)
def test_nothing_to_read(source: str, options: dict[str, Path], message: str) -> None:
    with pytest.raises(DataError, match=message):
        read_data(source, **options)


@pytest.mark.parametrize(
    ("source", "options", "message"),
    [
        ("demo", {"format_name": "nope"}, "format 'nope' does not exist; choose one of: jsonl"),
        ("conll04", {"variant": "nope"}, "variant is 'nope', but conll04 has: default"),
        (".", {"variant": "star"}, "variant and fold are for named corpora, got own data at ."),
        (".", {"fold": 1}, "variant and fold are for named corpora, got own data at ."),
    ],
)
def test_wrong_options(source: str, options: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        read_data(source, **options)  # type: ignore[arg-type]


def test_a_corpus_whose_files_are_all_optional_and_missing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    card = read_card("conll04")
    variant = card.variants["default"]
    files = {split: replace(file, is_optional=True) for split, file in variant.files.items()}
    optional = replace(card, variants={"default": replace(variant, files=files)})
    monkeypatch.setattr(parts, "read_card", lambda name, fold: optional)
    with pytest.raises(DataError, match=r"none of the splits of conll04 is in .*; name a file"):
        read_data("conll04", data_dir=tmp_path)
