"""Where sources lie: folders, patterns, brat's texts, standard input, and names under which there is nothing."""

import gzip
import io
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import zstandard

from gprel.document import Document
from gprel.errors import ConfigError, DataError, DependencyError
from gprel.extraction.item import Item
from gprel.extraction.sources import input_bytes, read_items

from .reading import file_of, read, shown


def test_folders_are_read_in_order_and_what_is_passed_over_is_named(tmp_path: Path) -> None:
    for name, content in {
        "b.txt": "B\n",
        "a/z.jsonl": '{"text": "A"}\n',
        "a/doc.txt": "one\ntext",
        "a/doc.ann": "T1\tX 0 1\to\n",
        "a/annotation.conf": "",
        "c.pdf": "%PDF",
        ".hidden.txt": "no",
        ".git/x.txt": "no",
        "out.jsonl": '{"text": "no"}\n',
        "out.jsonl.errors.jsonl": '{"text": "no"}\n',
        "out.jsonl.progress.json": "{}",
        "d.CSV": "text\nD\n",
    }.items():
        file_of(tmp_path, name, content)
    (tmp_path / "loop").symlink_to(tmp_path, target_is_directory=True)
    found = read(tmp_path, exclude=[tmp_path / "out.jsonl"])
    assert [Path(x.source).relative_to(tmp_path).as_posix() for x in found] == [
        "a/doc.txt",
        "a/z.jsonl",
        "b.txt",
        "c.pdf",
        "d.CSV",
    ]
    assert found[0] == Item(str(tmp_path / "a/doc.txt"), 1, "record", Document("one\ntext", id="a/doc"))
    assert "files of this kind are not read in a folder (known: .jsonl, " in str(found[3])
    size = sum((tmp_path / name).stat().st_size for name in ("a/doc.txt", "a/z.jsonl", "b.txt", "d.CSV"))
    assert input_bytes([str(tmp_path)], exclude=[tmp_path / "out.jsonl"]) == size
    seen: list[int] = []
    read(tmp_path, exclude=[tmp_path / "out.jsonl"], on_bytes=seen.append)
    assert sum(seen) == size
    assert input_bytes([str(tmp_path), "-"]) is None


def test_patterns(tmp_path: Path) -> None:
    for name in ("b.txt", "a.txt", "sub/c.txt", "sub/more/d.txt", "e[1].txt", "a.errors.jsonl"):
        file_of(tmp_path, name, f"{name}\n")
    assert shown(read(tmp_path / "*.txt")) == ["a.txt", "b.txt", "e[1].txt"]
    assert shown(read(tmp_path / "e[1].txt")) == ["e[1].txt"]
    assert shown(read(tmp_path / "s*")) == ["sub/c.txt", "sub/more/d.txt"]
    every = ["a.txt", "b.txt", "e[1].txt", "sub/c.txt", "sub/more/d.txt"]
    assert shown(read(tmp_path / "**")) == every
    assert shown(read(tmp_path / "**", exclude=[tmp_path / "b.txt"])) == [x for x in every if x != "b.txt"]
    assert shown(read(tmp_path / "sub", tmp_path / "a.txt")) == ["sub/c.txt", "sub/more/d.txt", "a.txt"]


def test_what_is_missing_is_told_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(DataError, match=r"gone\.txt does not exist; check the path"):
        read_items([str(tmp_path), str(tmp_path / "gone.txt")])
    with pytest.raises(DataError, match=r"no file matches '.*\*\.txt'"):
        read_items([str(tmp_path / "*.txt")])
    with pytest.raises(ConfigError, match="no source is given"):
        read_items([])
    with pytest.raises(ConfigError, match=r"standard input \(-\) is given twice"):
        read_items(["-", "-"])
    monkeypatch.setitem(sys.modules, "zstandard", None)
    with pytest.raises(DependencyError, match=r"pip install gprel\[zstd\]"):
        read_items([str(file_of(tmp_path, "a.jsonl.zst", b"x"))])
    (tmp_path / "a.jsonl.zst").rename(tmp_path / "a.jsonl")
    (tmp_path / "a.jsonl").write_bytes(zstandard.compress(b"A"))
    assert "pip install gprel[zstd]" in str(read(tmp_path)[0])  # one of many files does not stop the others


def test_a_named_brat_file_and_one_whose_text_is_gone(tmp_path: Path) -> None:
    text, ann = file_of(tmp_path, "x.txt", "A\nB"), file_of(tmp_path, "x.ann", "")
    expected = [Item(str(text), 1, "record", Document("A\nB", id="x"))]
    assert read(text) == read(ann) == expected
    text.write_bytes(b"A\n\xff")
    assert shown(read(text)) == ["2: byte 0xff is not UTF-8, so the text is left out; save the file as UTF-8"]
    text.unlink()
    assert "cannot be read (No such file" in str(read(ann)[0])


@pytest.mark.parametrize(
    ("data", "starts"),
    [
        (
            b'\n{"text": "A", "n": 1}\nx\n',
            ["A", "3: malformed JSON (Expecting value at column 1); expected one complete"],
        ),
        (b"A\nB", ["A", "B"]),
        (gzip.compress(b'{"text": "A"}', mtime=0), ["A"]),
        (b"", ["1: the source is empty; expected at least one line that is not blank"]),
        (b"PAR1\x00\x00", ["1: it holds Parquet or Arrow, which is not read as a stream; name a file"]),
    ],
)
def test_standard_input(monkeypatch: pytest.MonkeyPatch, data: bytes, starts: list[str]) -> None:
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(data)))
    found = read("-")
    assert {x.source for x in found} == {"standard input"}
    assert [text.startswith(start) for text, start in zip(shown(found), starts, strict=True)] == [True] * len(starts)
