"""Reading what a user names: every kind of file, and what is wrong in it, in one stream."""

import gzip
import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import zstandard

from gprel.document import Document, Span
from gprel.errors import DataError
from gprel.extraction.item import Item
from gprel.extraction.sources import packed, table
from gprel.extraction.sources.json_ready import MAX_DEPTH, json_ready
from gprel.formats import BadLine

from .reading import file_of, read, shown


def test_json_lines_with_everything_that_can_be_wrong_in_place(tmp_path: Path) -> None:
    path = file_of(
        tmp_path,
        "a.jsonl",
        '\ufeff{"text": "Ada", "id": 7, "url": "x", "n": [1, null], "entities": [], "relations": []}\r\n\n{"text\n'
        '{"text": 5}\n{"title": "T", "tags": 1}\n["Ada"]\n{"text": "\\ud800"}\n{"text": "B", "note": "\\ud800"}\n'
        '{"text": "C", "words": [[0, 1]], "ratio": NaN}\n',
    )
    found = read(path)
    assert found[0] == Item(str(path), 1, "line", Document("Ada", id="7"), {"url": "x", "n": [1, None]})
    assert shown(found)[1:-1] == [
        "3: malformed JSON (Unterminated string starting at at column 2); expected one complete object",
        '4: the field "text" is a number (5), expected text',
        '5: there is no field "text" with the text (fields: "title", "tags"); name it',
        '6: expected a JSON object with the field "text", got a list',
        '7: "text" has the lone surrogate \\ud800 at character 0; it is half of a character that was cut in two: write '
        "the whole pair or remove it",
        "8: a field has the lone surrogate \\ud800; it is half of a character that was cut in two: write the whole "
        "pair or remove it",
    ]
    assert [x.content for x in found if isinstance(x, BadLine)][:2] == ['{"text', '{"text": 5}']
    assert found[-1] == Item(str(path), 9, "line", Document("C", words=(Span(0, 1),)), {"ratio": None})


def test_other_names_of_text_and_id_in_lines_lists_and_tables(tmp_path: Path) -> None:
    lines = file_of(tmp_path, "a.jsonl", '{"body": "Ada", "url": "u1", "id": 4, "tokens": 9}\n{"text": "B"}\n')
    listed = file_of(tmp_path, "b.json", '[{"body": "Ada", "url": "u1", "spo_list": []}]')
    cells = file_of(tmp_path, "c.csv", "url,body,rest\nu1,Ada,r\n,Bob,\n")
    found = read(lines, listed, cells, text_field="body", id_field="url")
    ada = Document("Ada", id="u1")
    assert found == [
        Item(str(lines), 1, "line", ada, {"id": 4, "tokens": 9}),
        BadLine(str(lines), 2, 'there is no field "body" with the text (fields: "text"); name it', '{"text": "B"}'),
        Item(str(listed), 1, "record", ada, {"spo_list": []}),
        Item(str(cells), 2, "line", ada, {"rest": "r"}),
        Item(str(cells), 3, "line", Document("Bob"), {"rest": ""}),
    ]


def test_text_lines_and_bytes_that_are_not_utf8(tmp_path: Path) -> None:
    path = file_of(tmp_path, "a.txt", b"one\n\n  \nt\xffo\nthree\r\n")
    found = read(path)
    assert shown(found) == ["one", "4: byte 0xff after 1 characters is not UTF-8; save the file as UTF-8", "three"]
    assert isinstance(found[1], BadLine)
    assert found[1].content == "t\\xffo"


@pytest.mark.parametrize("name", ["a.txt", "a.csv", "a.jsonl.gz"])
def test_utf16_is_named_once(tmp_path: Path, name: str) -> None:
    data = "text\nAda\n".encode("utf-16")
    path = file_of(tmp_path, name, gzip.compress(data) if name.endswith(".gz") else data)
    assert shown(read(path)) == ["1: the source is UTF-16 by its first two bytes; save it as UTF-8"]


@pytest.mark.parametrize("name", ["a.txt", "a.jsonl", "a.csv", "a.txt.gz"])
def test_an_empty_file_is_named(tmp_path: Path, name: str) -> None:
    path = file_of(tmp_path, name, gzip.compress(b" \n") if name.endswith(".gz") else b" \n")
    assert len(found := read(path)) == 1
    assert "empty; expected at least one line that is not blank" in str(found[0])


def test_packed_files_are_told_by_their_content(tmp_path: Path) -> None:
    lines = b'{"text": "A"}\n{"text": "B"}\n'
    packs = [gzip.compress(lines[:14]) + gzip.compress(lines[14:]), zstandard.compress(lines) + zstandard.compress(b"")]
    for i, data in enumerate([*packs, lines]):
        for name in (f"{i}.jsonl.gz", f"{i}.jsonl.zst", f"{i}.jsonl"):
            assert shown(read(file_of(tmp_path, name, data))) == ["A", "B"]
    table_ = file_of(tmp_path, "t.tsv.gz", gzip.compress(b"text\tn\nA\t1\n"))
    listed = file_of(tmp_path, "l.json.zst", zstandard.compress(b'[{"text": "A", "n": 1}]'))
    words = file_of(tmp_path, "w.jsonl.gz", gzip.compress(b'{"tokens": ["A"], "entities": [], "relations": []}\n'))
    triples = file_of(tmp_path, "c.csv.gz", gzip.compress(b"text,subject,relation,object\nA,,,\nA,,,\n"))
    plain = file_of(tmp_path, "p.conll.gz", gzip.compress(b"Ada B-PER\nwas O\n"))
    found = read(table_, listed, words, triples, plain)
    assert shown(found) == ["A", "A", "A", "A", "Ada was"]
    assert [x.extra for x in found[:2] if isinstance(x, Item)] == [{"n": "1"}, {"n": 1}]
    assert [x.source for x in found if isinstance(x, Item)] == [str(x) for x in (table_, listed, words, triples, plain)]
    assert "packed twice" in str(read(file_of(tmp_path, "x.txt.gz", gzip.compress(gzip.compress(b"A"))))[0])


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.compress])
@pytest.mark.parametrize("name", ["a.jsonl.x", "a.csv.x", "a.json.x"])
def test_a_packed_file_that_is_cut_off_gives_what_is_there(tmp_path: Path, name: str, pack: Any) -> None:
    rows = {
        "a.jsonl.x": b'{"text": "%d"}\n',
        "a.csv.x": b"%d,x\n",
        "a.json.x": b'{"text": "%d"},\n',
    }[name]
    start = {"a.jsonl.x": b"", "a.csv.x": b"text,n\n", "a.json.x": b"["}[name]
    data = pack(start + b"".join(rows % i for i in range(100_000)))
    path = file_of(tmp_path, name.removesuffix("x") + "gz", data[: len(data) // 2])
    found = read(path)
    texts = [x.document.text for x in found if isinstance(x, Item)]
    assert texts == [str(i) for i in range(len(texts))]
    assert len(texts) > 1000
    assert "file is cut off here; nothing from here on can be read" in str(found[-1])
    assert len(found) <= len(texts) + 2


def test_a_damaged_packed_file(tmp_path: Path) -> None:
    data = bytearray(gzip.compress(b'{"text": "A"}\n' * 9))
    data[-6] ^= 255
    *_, bad = read(file_of(tmp_path, "a.jsonl.gz", bytes(data)))
    assert "the gzip file is damaged here (CRC check failed" in str(bad)
    (bad,) = read(file_of(tmp_path, "a.jsonl.zst", zstandard.compress(b"A")[:5] + bytes(range(20))))
    assert "the Zstandard file is damaged here (" in str(bad)


def test_a_line_of_any_length_is_no_danger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packed, "MAX_LINE_BYTES", 1 << 20)
    path = file_of(tmp_path, "a.txt", b"one\n" + b"x" * (1 << 21))
    found = read(path)
    assert shown(found) == ["one", "2: the line is longer than 1,048,576 bytes; nothing from here on is read"]
    assert isinstance(found[1], BadLine)
    assert found[1].content.endswith("more bytes)")
    assert len(found[1].content) < 11_000


def test_tables_are_quoted_as_rfc_4180_says(tmp_path: Path) -> None:
    long = "y" * 300_000  # more than the csv module takes by default
    path = file_of(tmp_path, "a.csv", f'\ufeffID;Text;n\r\n1;"two\r\nlines; ""q""";3\r\n;{long};\r\n;;\r\n')
    assert read(path) == [
        Item(str(path), 2, "line", Document('two\r\nlines; "q"', id="1"), {"n": "3"}),
        Item(str(path), 4, "line", Document(long), {"n": ""}),
    ]


def test_a_stray_quote_costs_one_line(tmp_path: Path) -> None:
    path = file_of(
        tmp_path, "a.tsv", 'text\tn\nA\t1\n"B\t2\nC\t3\n"D"\t4\nE\nF\xff\t5\n"G\t6\nH\t7\n'.encode("latin-1")
    )
    assert shown(read(path)) == [
        "A",
        "3: the row cannot be read ('\t' expected after '\"'); quote fields that hold quotes, delimiters or line ends",
        "C",
        "D",
        "6: the row has 1 fields, expected 2 as in the header",
        "7: byte 0xff is not UTF-8; save the file as UTF-8",
        "8: the row cannot be read (unexpected end of data); quote fields that hold quotes, delimiters or line ends",
        "H",
    ]


def test_in_a_table_of_one_column_a_stray_quote_costs_its_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = file_of(tmp_path, "a.csv", 'text\nA\n"B\nC\nD')
    found = read(path)
    assert shown(found)[0] == "A"
    assert isinstance(found[1], BadLine)
    assert (found[1].line, found[1].content) == (3, '"B\nC\nD')
    monkeypatch.setattr(table, "MAX_FIELD", 4)  # a quote that is never closed does not fill the memory
    contents = [x.content for x in read(file_of(tmp_path, "b.csv", 'text\n"B\nC\nD\nE\nF\n')) if isinstance(x, BadLine)]
    assert contents == ['"B\nC\nD']


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        ("title,body", "the header has no column 'text' with the text (columns: 'title', 'body'); name it, or"),
        ("text,n,n", "the header has the column 'n' twice; rename one of them"),
        ("te\xffxt,n", "byte 0xff is not UTF-8; save the file as UTF-8"),
    ],
)
def test_a_header_without_the_text(tmp_path: Path, header: str, reason: str) -> None:
    found = read(file_of(tmp_path, "a.csv", f"{header}\nA,B\n".encode("latin-1")))
    assert len(found) == 1
    assert shown(found)[0].startswith(f"1: {reason}")


def test_one_json_list(tmp_path: Path) -> None:
    path = file_of(tmp_path, "a.json", '[{"text": "A", "id": 1, "label": ["x"]}, {"text": null}, "B", {"text": "C"')
    assert shown(read(path)) == [
        "A",
        '2: the field "text" is null, expected text',
        "3: expected a JSON object with the field \"text\", got text ('B')",
        "4: malformed JSON (Expecting ',' delimiter in line 1); nothing from here on can be read, so mend the file",
    ]


@pytest.mark.parametrize(
    ("name", "content", "text"),
    [
        ("a.json", '[{"tokens": ["Ada", "was"], "entities": [], "relations": []}]', "Ada was"),
        ("b.jsonl", '{"sentText": "Ada was", "relationMentions": []}\n', "Ada was"),
        ("c.txt", "Ada B-PER\nwas O\n", "Ada was"),
        ("d.csv", "id,text,subject,relation,object\n1,Ada was,Ada,r,was\n1,Ada was,was,r,Ada\n", "Ada was"),
    ],
)
def test_annotation_is_dropped(tmp_path: Path, name: str, content: str, text: str) -> None:
    (item,) = read(file_of(tmp_path, name, content))
    assert isinstance(item, Item)
    assert item.document.text == text
    assert item.document == item.document.without_annotation()
    assert item.extra == {}


def test_bad_records_of_annotation_stay_in_their_places(tmp_path: Path) -> None:
    path = file_of(
        tmp_path,
        "a.jsonl",
        '{"tokens": ["A"], "entities": [], "relations": []}\n{"tokens": 3}\n{"tokens": ["B"]}\n{"tokens": [4]}\n',
    )
    found = read(path)
    assert [type(x).__name__ for x in found] == ["Item", "BadLine", "Item", "BadLine"]
    assert [x.line for x in found if isinstance(x, BadLine)] == [2, 4]
    (bad,) = read(file_of(tmp_path, "b.json", '{"a": 1,\n "b": 2}'))
    assert "JSON objects that go over several lines" in str(bad)


def test_values_as_json() -> None:
    deep: Any = "x"
    for _ in range(MAX_DEPTH):
        deep = [deep]
    assert json_ready(deep) == deep
    with pytest.raises(DataError, match=f"nested deeper than {MAX_DEPTH} levels"):
        json_ready([deep])
    assert json.dumps(json_ready({1: (float("inf"), b"\xff"), "s": SimpleNamespace(a=1)})) == (
        '{"1": [null, "/w=="], "s": "namespace(a=1)"}'
    )
