"""Damaged files of all formats, and every line of those that are not JSON gone wrong: nothing is raised or lost."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gprel.document import Document
from gprel.errors import DataError, GprelError
from gprel.formats import FORMATS, BadLine

MakeRecord = Callable[[str], dict[str, Any]]
JUNK = [
    b"\xff",
    b"\xed\xa0\x80",
    "é".encode("latin-1"),
    b"\0",
    b"\t",
    b" ",
    b"\xef\xbb\xbf",
    b'"',
    b"\r",
    "\u2028".encode(),
]
N = 4
HEADER = b"id,text,subject,relation,object,subject_start,subject_end,object_start,object_end\n"


def name_of(index: int) -> str:
    return f"Ann{index:05d}"


def pieces_of(form: str) -> list[bytes]:
    """The records of a valid file, with their line ends; a header belongs to the first one."""
    if form == "text":
        return [f"{name_of(i)} met Bob in Rome.\n".encode() for i in range(N)]
    if form == "columns":
        lines = ["{} NNP B-Peop", "met VB O", "Bob NNP B-Peop", "Jr. NNP I-Peop", "in IN O", "Rome NNP S-Loc", "", ""]
        return ["\n".join(lines).format(name_of(i)).encode() for i in range(N)]
    rows = [f'd{i},"{name_of(i)} met ""Bob"" in Rome",{name_of(i)},met,Bob,0,8,14,17\n'.encode() for i in range(N)]
    return [HEADER + rows[0], *rows[1:]]


def read(form: str, path: Path) -> tuple[list[Document], list[BadLine], GprelError | None]:
    """What comes of a file, each error checked."""
    documents: list[Document] = []
    bad: list[BadLine] = []
    stop = None
    try:
        for document in FORMATS[form].read(path, on_error=bad.append):
            documents.append(document)
    except GprelError as error:
        stop = error
    for part in bad:
        assert str(path) in part.source
        assert part.line > 0
        assert part.reason
        json.dumps([part.source, part.reason, part.content], ensure_ascii=False).encode()
    if bad:
        with pytest.raises(DataError) as error:
            list(FORMATS[form].read(path))
        assert str(error.value) == str(bad[0])
    return documents, bad, stop


def n_lines(data: bytes) -> int:
    return sum(bool(line.strip(b" \t\r\n\xef\xbb\xbf")) for line in data.split(b"\n"))


@pytest.mark.parametrize("junk", JUNK)
@pytest.mark.parametrize("form", ["text", "columns", "csv"])
def test_bytes_that_do_not_belong_there(form: str, junk: bytes, tmp_path: Path) -> None:
    pieces = pieces_of(form)
    whole = b"".join(pieces)
    path = tmp_path / "a"
    path.write_bytes(whole)
    intact = list(FORMATS[form].read(path))
    assert len(intact) == N
    for at in range(0, len(whole), 10):
        data = whole[:at] + junk + whole[at:]
        path.write_bytes(data)
        documents, bad, stop = read(form, path)
        touched = next(i for i in range(N) if at < len(b"".join(pieces[: i + 1])))
        if stop is not None:
            assert form == "csv"
            assert at < len(HEADER)
            continue
        # A header with another column, a quote that opens a field of many lines, a first line with more columns.
        in_header = form == "csv" and at < len(HEADER)
        spreads = in_header or junk == b'"' or (form == "columns" and junk in b" \t" and touched == 0)
        seen = "".join([document.text for document in documents] + [part.content for part in bad])
        for index in {*range(N)} - {touched}:
            assert intact[index] in documents or (spreads and name_of(index) in seen)
        assert len(documents) + len(bad) >= (2 if spreads else N)
        if form == "text":
            assert len(documents) + len(bad) == n_lines(data)
        if form == "columns" and junk != b"\r":
            assert sum(len(document.words or ()) for document in documents) + len(bad) == n_lines(data)


@pytest.mark.parametrize("form", ["text", "columns", "csv"])
def test_a_file_that_is_cut_off_anywhere(form: str, tmp_path: Path) -> None:
    pieces = pieces_of(form)
    whole = b"".join(pieces)
    path = tmp_path / "a"
    path.write_bytes(whole)
    intact = list(FORMATS[form].read(path))
    for end in range(1, len(whole), 10):
        path.write_bytes(whole[:end])
        documents, bad, stop = read(form, path)
        n_whole = sum(len(b"".join(pieces[: i + 1])) <= end for i in range(N))
        assert documents[:n_whole] == intact[:n_whole]
        assert len(documents) + len(bad) + (stop is not None) > n_whole or end == len(b"".join(pieces[:n_whole]))


COLUMNS = {
    "too many columns": "Bob x y B-Peop",
    "too few columns": "Bob B-Peop",
    "no such tag": "Bob NNP X-Peop",
    "a tag without a type": "Bob NNP B-",
    "a tag in small letters": "Bob NNP b-Peop",
    "a tab in the tag": "Bob NNP B-Pe\top",
    "a blank in the tag": "Bob\tNNP\tB-Pe op",
    "indented": "  Bob NNP B-Peop",
    "no word": "\tNNP\tB-Peop",
}


@pytest.mark.parametrize("line", COLUMNS.values(), ids=COLUMNS.keys())
def test_a_bad_line_of_columns_costs_itself_alone(line: str, tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"".join([*pieces_of("columns"), b"in IN O\n", line.encode(), b"\nRome NNP B-Loc\n"]))
    documents, bad, stop = read("columns", path)
    assert stop is None
    assert [document.text for document in documents][N:] == ["in Rome"]
    assert [(part.line, part.content) for part in bad] == [(N * 7 + 2, line)]


TEXT = "Ann met Bob in Rome"
ROWS = {
    "negative": "a,TEXT,Ann,met,Bob,-1,3,8,11",
    "inverted": "a,TEXT,Ann,met,Bob,3,0,8,11",
    "empty span": "a,TEXT,,met,Bob,0,0,8,11",
    "out of range": "a,TEXT,Ann,met,Bob,0,3,8,110",
    "off by one": "a,TEXT,Ann,met,Bob,0,3,9,12",
    "no whole number": "a,TEXT,Ann,met,Bob,0,3,8,11.0",
    "no number": "a,TEXT,Ann,met,Bob,0,3,8,x",
    "huge": f"a,TEXT,Ann,met,Bob,0,3,8,1{'0' * 400}",
    "one offset is missing": "a,TEXT,Ann,met,Bob,0,3,8,",
    "no relation": "a,TEXT,Ann,,Bob,0,3,8,11",
    "no relation and no offsets": "a,TEXT,Ann,,Bob,,,,",
    "blank object": "a,TEXT,Ann,met, ,,,,",
    "a field is missing": "a,TEXT,Ann,met,Bob,0,3,8",
    "a field too many": "a,TEXT,Ann,met,Bob,0,3,8,11,1",
    "quotes behind quotes": 'a,"TEXT"x,Ann,met,Bob,0,3,8,11',
    "quotes that are not closed": 'a,"TEXT,Ann,met,Bob,0,3,8,11',
    "another text under the same id": "d3,TEXT,Ann,met,Bob,0,3,8,11",
    "an argument everywhere": f"a,{'a b ' * 400},a,met,b,,,,",
}


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS.keys())
def test_a_bad_row_is_handed_over_with_its_document(row: str, tmp_path: Path) -> None:
    row = row.replace("TEXT", TEXT)
    path = tmp_path / "a.csv"
    path.write_bytes(b"".join(pieces_of("csv")) + f"{row}\nz,{TEXT},,,,,,,\n".encode())
    documents, bad, stop = read("csv", path)
    assert stop is None
    assert len(bad) == 1
    assert row in bad[0].content
    seen = [document.text for document in documents]
    for text in [*(f'{name_of(i)} met "Bob" in Rome' for i in range(N)), TEXT]:
        assert text in seen or text.split()[0] in bad[0].content


@pytest.mark.parametrize("form", [name for name in FORMATS if name not in ("brat", "datasets")])
def test_files_that_are_nothing_at_all(form: str, tmp_path: Path) -> None:
    path = tmp_path / "a"
    text = "".join(chr(n) for n in range(32, 400)) * 20
    for data in (
        *(b"", b" \n\t\r\n", b"\xef\xbb\xbf\n", b"\xff\xfe", b"\n" * 10_000, bytes(range(256)) * 50),
        *(text.encode("utf-16"), text.encode("utf-16-be"), b"\xfe\xff" + text.encode("utf-16-be")),
        *(b"\0" * 1000, b"[" * 200_000, b'{"a":' * 100_000, b"\x78\x9c" + bytes(500), b"[]", b"{}", b"[[]]", b"null"),
    ):
        path.write_bytes(data)
        documents, bad, stop = read(form, path)
        assert bad or stop or form in ("text", "columns")
        assert data.strip() or stop
        if data.startswith((b"\xff\xfe", b"\xfe\xff")):
            assert not documents
    with pytest.raises(GprelError, match="is a folder, expected a file"):
        FORMATS[form].read(tmp_path)


@pytest.mark.parametrize("form", ["jsonl", "text", "columns", "csv"])
def test_utf16_is_named(form: str, tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes("Ann\nBob\n".encode("utf-16"))
    with pytest.raises(DataError, match=r"a is UTF-16 by its first two bytes; save the file as UTF-8"):
        list(FORMATS[form].read(path))


@pytest.mark.parametrize(("form", "end"), [("jsonl", b"}"), ("doccano", b"")])
def test_a_line_of_50_mb(form: str, end: bytes, tmp_path: Path, json_samples: dict[str, list[MakeRecord]]) -> None:
    path = tmp_path / "a.json"
    small = json.dumps(json_samples[form][0](name_of(0))).encode()
    path.write_bytes(b"\n".join([b'{"text": "' + b"a" * 50_000_000 + b'"' + end, small, b""]))
    bad: list[BadLine] = []
    documents = list(FORMATS[form].read(path, on_error=bad.append))
    assert len(documents) + len(bad) == 2
    assert len(bad[0].content if bad else documents[0].text) >= 50_000_000
