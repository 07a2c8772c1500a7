"""Which format a file or folder is taken for, from small samples of every layout."""

import json
import sys
import zlib
from pathlib import Path
from typing import Any

import pytest

from gprel.errors import DataError
from gprel.formats import FORMATS
from gprel.formats.recognize import recognize

SPAN = {"type": "Peop", "start": 0, "end": 1}
RECORDS: list[tuple[str, dict[str, Any]]] = [
    ("jsonl", {"text": "Ada left"}),
    ("jsonl", {"id": "1", "text": "Ada left", "entities": [], "relations": []}),
    ("jsonl", {"text": "Ada left", "entities": [{"start": 0, "end": 3, "type": "Peop"}], "words": [[0, 3]]}),
    ("cluener", {"text": "小城", "label": {"address": {"小城": [[0, 1]]}}}),
    ("cmeee", {"text": "小城", "entities": [{"start_idx": 0, "end_idx": 1, "type": "bod", "entity": "小城"}]}),
    ("triples", {"text": "Ada left", "triple_list": []}),
    ("copyre", {"sentText": "Ada left", "relationMentions": [], "entityMentions": []}),
    ("tplinker", {"id": "train_0", "text": "Ada left", "relation_list": [], "entity_list": []}),
    ("duie", {"text": "小城", "spo_list": []}),
    ("docred", {"title": "Ada", "sents": [["Ada", "left"]], "vertexSet": [], "labels": []}),
    ("dygie", {"doc_key": "a", "sentences": [["Ada", "left"]], "ner": [[]], "relations": [[]]}),
    ("genia", {"sentence": ["Ada", "left"], "ner": [{"index": [0], "type": "protein"}]}),
    ("tokens", {"tokens": ["Ada"], "entities": [], "relations": [], "orig_id": 1}),
    ("tokens", {"tokens": ["Ada"], "entities": [SPAN], "relations": []}),
    ("table_sequence", {"tokens": ["Ada"], "entities": [[0, 1, "Peop"]], "relations": []}),
    ("table_sequence", {"tokens": ["Ada"], "relations": [[0, 1, 0, 1, "r"]]}),
    ("doccano", {"id": 1, "text": "Ada left", "label": [[0, 3, "Peop"]]}),
    ("doccano", {"id": 1, "data": "Ada left", "label": [[0, 3, "Peop"]]}),
    ("doccano", {"text": "Ada", "entities": [{"id": 1, "label": "Peop", "start_offset": 0, "end_offset": 3}]}),
    ("labelstudio", {"id": 1, "data": {"text": "Ada left"}, "annotations": []}),
]
LINES = [
    ("columns", "Ada B-Peop\nleft O\n\nBob B-Peop\n"),
    ("columns", "小\tB-LOC\n城\tE-LOC\n"),
    ("columns", "-DOCSTART- -X- -X- O\n\nAda NNP B-NP B-Peop\n"),
    ("columns", "a O\nb O\n"),
    ("columns", "小 B-LOC\n"),
    ("csv", "text,subject,relation,object\nAda left,Ada,r,left\n"),
    ("csv", "Subject;Predicate;Object\nAda;r;left\n"),
    ("text", "Ada Byron wrote notes.\n"),
    ("text", "Her blood type was O\n"),
    ("text", "Ada, who left, wrote.\n"),
]


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_every_name_is_that_of_a_format() -> None:
    names = {name for name, _ in RECORDS} | {name for name, _ in LINES} | {"brat", "spacy"}
    assert names <= set(FORMATS)


@pytest.mark.parametrize(("name", "record"), RECORDS)
@pytest.mark.parametrize("indent", [None, 2])
def test_json_list(tmp_path: Path, name: str, record: dict[str, Any], indent: int | None) -> None:
    expected = "cmeee" if list(record) == ["text"] else name  # a list of bare texts
    if record.get("entities") == [] and name == "jsonl":
        return  # an empty list tells nothing
    path = write(tmp_path / "a.json", "\ufeff \n" + json.dumps([record] * 3, indent=indent))
    assert recognize(path) == expected


@pytest.mark.parametrize(("name", "record"), RECORDS)
@pytest.mark.parametrize("file", ["a.json", "a.jsonl", "a.txt", "a"])
def test_json_lines(tmp_path: Path, name: str, record: dict[str, Any], file: str) -> None:
    assert recognize(write(tmp_path / file, "\r\n" + f"{json.dumps(record)}\r\n" * 3)) == name


@pytest.mark.parametrize(("name", "text"), LINES)
@pytest.mark.parametrize("file", ["a.txt", "a.train", "a"])
def test_lines(tmp_path: Path, name: str, text: str, file: str) -> None:
    assert recognize(write(tmp_path / file, "\ufeff" + text.replace("\n", "\r\n"))) == name


def test_a_suffix_decides_where_content_cannot(tmp_path: Path) -> None:
    assert recognize(write(tmp_path / "a.csv", "Ada,r,left\n")) == "csv"
    assert recognize(write(tmp_path / "b.tsv", "Ada\tr\tleft\n")) == "csv"
    assert recognize(write(tmp_path / "c.txt", "[1] Ada left.\n")) == "text"
    assert recognize(write(tmp_path / "d.txt", "{notes} of Ada\n")) == "text"
    assert recognize(write(tmp_path / "e.txt", "a\0b\n")) == "text"


def test_doc_bin(tmp_path: Path) -> None:
    path = tmp_path / "a.bin"
    path.write_bytes(zlib.compress(b"x" * 100))
    assert recognize(path) == "spacy"


def test_brat(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "er"
    folder.mkdir(parents=True)
    with pytest.raises(DataError, match=r"is a folder without \.ann and \.txt files, expected a brat folder or a file"):
        recognize(tmp_path)
    write(folder / "a.txt", "Ada")
    assert recognize(tmp_path) == "brat"
    assert recognize(folder / "a.txt") == "text"
    write(folder / "a.ann", "T1\tPeop 0 3\tAda\n")
    assert {recognize(path) for path in (folder, folder / "a.txt", folder / "a.ann")} == {"brat"}


def test_the_first_telling_record_decides(tmp_path: Path) -> None:
    plain = {"tokens": ["Ada"], "entities": [], "relations": []}
    told = plain | {"entities": [[0, 1, "Peop"]]}
    assert recognize(write(tmp_path / "a.json", json.dumps([plain, plain, told]))) == "table_sequence"
    assert recognize(write(tmp_path / "b.json", json.dumps([None, 7, {"text": "Ada", "triple_list": []}]))) == "triples"


@pytest.mark.parametrize("size", [70_000, 1_200_000, 9_000_000])
def test_a_long_first_record(tmp_path: Path, size: int) -> None:
    record = {"text": "小" * (size // 3), "spo_list": []}
    assert recognize(write(tmp_path / "a.json", json.dumps([record, record], ensure_ascii=False))) == "duie"
    assert recognize(write(tmp_path / "b.json", json.dumps(record, ensure_ascii=False))) == "duie"


def test_a_first_record_that_is_too_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules["gprel.formats.recognize"], "_SIZES", (10, 20))
    for text in ('[{"text": "Ada Byron wrote notes"}]', '{"text": "Ada Byron wrote notes"}\n', " " * 30 + "a"):
        with pytest.raises(DataError, match=r"the first record of .*a\.json is longer than 20 bytes, too long to tell"):
            recognize(write(tmp_path / "a.json", text))


def test_only_the_beginning_is_read(tmp_path: Path) -> None:
    records = ",".join(['{"text": "Ada left", "triple_list": []}'] * 5000)
    assert recognize(write(tmp_path / "a.json", f"[{records}, and then no JSON")) == "triples"
    assert recognize(write(tmp_path / "b.json", '{"text": "a", "spo_list": []}\n' * 5000 + "{")) == "duie"


def test_bad_lines_are_left_to_the_reader(tmp_path: Path) -> None:
    good = b'{"text": "a", "spo_list": []}\n'
    path = tmp_path / "a.json"
    path.write_bytes(b'{"text": \n[]\n' + good)
    assert recognize(path) == "duie"
    path.write_bytes(b'{"text": "\xff"}\n{"text": "\xff", "spo_list": []}\n')
    assert recognize(path) == "duie"
    path.write_bytes(b'{"text": \n{"te\n')
    assert recognize(path) == "jsonl"
    assert recognize(write(tmp_path / "a.jsonl", '{"no": 1}\n')) == "jsonl"
    columns = "a B-X\n" * 20
    (tmp_path / "a.bio").write_bytes(columns.encode() + b"\xff O\n" + b"c\n")
    assert recognize(tmp_path / "a.bio") == "columns"


@pytest.mark.parametrize(
    ("file", "text", "message"),
    [
        ("a.json", "", r"a\.json is empty; expected at least one line that is not blank"),
        ("a.txt", "\ufeff \r\n", r"a\.txt is empty; expected at least one line that is not blank"),
        ("a.json", " []", r"a\.json is empty; expected a JSON list of records, got \[\]"),
        ("a.json", "[1, 2]", r"in no format that is known; its first records have the fields: no JSON object at all"),
        ("a.json", '[{"a": 1, "b": 2}]', r"its first records have the fields: 'a', 'b'; name the format"),
        ("a.json", '{"a": 1}\n', r"its first records have the fields: 'a'; name the format"),
        ("a.json", '{\n "text": 1\n}\n', r"a\.json holds JSON objects that go over several lines; write one a line"),
        ("a.json", '\n[{"a": }]', r"a\.json:2: malformed JSON \(Expecting value\); expected one JSON list"),
        ("a.json", "[" * 100_000, r"a\.json: JSON that cannot be read \(maximum recursion"),
        ("a.json", "Ada left\n", r"expected JSON by its name, got 'Ada left'; name the format"),
        ("a.docx", "PK\0\0\n", r"it holds zero bytes, so it is no text; name the format"),
    ],
)
def test_what_fits_nothing(tmp_path: Path, file: str, text: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        recognize(write(tmp_path / file, text))


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"gone\.json does not exist; check the path"):
        recognize(tmp_path / "gone.json")
