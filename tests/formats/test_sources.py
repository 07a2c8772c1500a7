"""Files and standard input: encodings, what is missing, and which reader takes which file."""

import io
import os
import sys
from pathlib import Path

import pytest

from gprel.document import Document
from gprel.errors import ConfigError, DataError
from gprel.formats import FORMATS, BadLine, read_any
from gprel.formats.source import read_json_list


def write(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def test_text_is_one_document_a_line(tmp_path: Path) -> None:
    path = write(tmp_path / "a.txt", "\ufeffÅsa\r\n\r\n a\0b \n{c}\u2028d".encode())
    assert list(read_any(path)) == [
        Document("Åsa", id="1"),
        Document(" a\0b ", id="3"),
        Document("{c}\u2028d", id="4"),
    ]


@pytest.mark.parametrize("name", ["a.jsonl", "a.json", "a.JSONL"])
def test_json_suffixes_are_canonical_lines(tmp_path: Path, name: str) -> None:
    assert list(read_any(str(write(tmp_path / name, b'{"text": "a"}\n')))) == [Document("a")]


def test_content_decides_not_the_suffix(tmp_path: Path) -> None:
    record = b'[{"tokens": ["Ada"], "entities": [], "relations": []}]'
    assert [document.text for document in read_any(write(tmp_path / "a.dat", record))] == ["Ada"]
    assert [document.text for document in read_any(tmp_path / "a.dat", format="text")] == [record.decode()]


def test_a_format_that_does_not_exist(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"^format is 'xml', expected one of: jsonl, text, tokens"):
        read_any(tmp_path / "a.xml", format="xml")
    with pytest.raises(ConfigError, match=r"^standard input is read as jsonl or text, got the format 'tokens'; name a"):
        read_any("-", format="tokens")


@pytest.mark.parametrize("name", ["a.jsonl", "a.txt", "a", "a.csv"])
def test_missing_file(tmp_path: Path, name: str) -> None:
    with pytest.raises(DataError, match=r"does not exist; check the path"):
        read_any(tmp_path / name)


@pytest.mark.parametrize("name", [name for name, format_ in FORMATS.items() if format_.suffix])  # others are folders
def test_every_format_names_a_missing_file_a_folder_and_an_empty_one(tmp_path: Path, name: str) -> None:
    reader = FORMATS[name].read
    with pytest.raises(DataError, match=r"gone\.x does not exist"):
        reader(tmp_path / "gone.x")
    with pytest.raises(DataError, match=r"is a folder, expected a file"):
        reader(tmp_path)
    for data in (b"", b"\n \r\n", b"\xef\xbb\xbf"):
        with pytest.raises(DataError, match=r"none\.x is empty; expected"):
            list(reader(write(tmp_path / "none.x", data)))


def test_file_without_permission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with pytest.raises(DataError, match=r"a\.txt may not be read; check its permissions"):
        read_any(write(tmp_path / "a.txt", b"a"))


def test_bytes_that_are_not_utf8_cost_one_line(tmp_path: Path) -> None:
    path = write(tmp_path / "a.txt", b"one\ntw\xe9\nthree\n")
    with pytest.raises(DataError, match=r"a\.txt:2: byte 0xe9 after 2 characters is not UTF-8; save the file as UTF-8"):
        list(read_any(path))
    bad: list[BadLine] = []
    assert [document.text for document in read_any(path, on_error=bad.append)] == ["one", "three"]
    assert [(part.line, part.content) for part in bad] == [(2, "tw\\xe9")]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b'\n \n{"text": "a"}\n', [Document("a")]),
        (b'\xef\xbb\xbf{"text": "a"}', [Document("a")]),
        (b"\nAda wrote {notes}.\n", [Document("Ada wrote {notes}.", id="2")]),
    ],
)
def test_standard_input_is_json_or_text(monkeypatch: pytest.MonkeyPatch, data: bytes, expected: list[Document]) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
    assert list(read_any("-")) == expected


def test_standard_input_in_a_format_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b'{"text": "a"}\n')))
    assert list(read_any("-", format="text")) == [Document('{"text": "a"}', id="1")]


def test_empty_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"")))
    with pytest.raises(DataError, match=r"^standard input is empty"):
        list(read_any("-"))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (
            b'[\n{"a": 1},\n{"a": \xff}]',
            r"a\.json, record 2: malformed JSON \(byte 0xff is not UTF-8 in line 3\); nothing",
        ),
        (b'[\n{"a": 1},\n{"a": "\xff"}]', r"a\.json, record 2: byte 0xff after 7 characters is not UTF-8"),
        (
            b'[\n{"a": 1},\n{"a": }]',
            r"a\.json, record 2: malformed JSON \(Expecting value in line 3\); nothing from here",
        ),
        (
            b'[{"a": 1},\n{"a',
            r"a\.json, record 2: malformed JSON \(Unterminated string starting at in line 2\); nothing",
        ),
        (b'[{"a": 1}\n{"a": 1}]', r"record 2: malformed JSON \(a comma or the end of the list is missing in line 2\)"),
        (b"[1", r"record 2: malformed JSON \(a comma or the end of the list is missing in line 1\)"),
        (b"[1]\n2", r"record 2: malformed JSON \(there is something behind the end of the list in line 2\)"),
        (b"[1, ]", r"record 2: malformed JSON \(Expecting value in line 1\)"),
        (b'[{"a": 1, "b": 2, "a": 3}]', r'record 1: an object has the field "a" twice; keep one of them'),
        (b"[1, " + b"9" * 5000 + b"]", r"record 2: JSON that cannot be read \(Exceeds the limit"),
        (b"[" * 100_000, r"record 1: malformed JSON \(maximum recursion depth exceeded"),
        (b'{"a": 1}', r"a\.json begins with '{', expected a JSON list of records"),
        (b" \n", r"a\.json is empty; expected a JSON list of records$"),
        (b"[]", r"is empty; expected a JSON list of records, got \[\]"),
    ],
)
def test_json_list_that_cannot_be_read(tmp_path: Path, data: bytes, message: str) -> None:
    with pytest.raises(DataError, match=message):
        read_json_list(write(tmp_path / "a.json", data))
