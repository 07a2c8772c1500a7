"""Whatever the bytes, reading never fails, and what went in comes out: as a text or as something that is named."""

import csv
import gzip
import io
import json
import sys
from pathlib import Path
from typing import Any

import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gprel.extraction.item import Item
from gprel.extraction.sources import read_items
from gprel.formats import BadLine
from gprel.formats.sink import to_json

HERE = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=100)
NAMES = st.sampled_from(
    [
        *("a.jsonl", "a.json", "a.txt", "a.csv", "a.tsv", "a", "a.jsonl.gz", "a.csv.zst", "a.json.gz", "a.txt.zst"),
        *("a.parquet", "a.arrow", "a.feather", "a.conll", "a.parquet.gz"),
    ]
)
OPENINGS = st.sampled_from(
    [
        *(
            b"",
            b'{"text": "A"}\n',
            b'[{"text": "A"},',
            b'{"text": ',
            b"text,n\nA,1\n",
            b'text\tn\n"',
            b"[",
            b"{",
            b"\xef\xbb\xbf",
        ),
        *(
            b"PAR1",
            b"ARROW1\0\0",
            b"\xff\xff\xff\xff",
            b"\x1f\x8b\x08",
            b"\x28\xb5\x2f\xfd",
            b"\xff\xfe",
            b"FEA1",
            b"x\x9c",
        ),
        b'{"tokens": ["A"], "entities": [], "relations": []}\n',
    ]
)
PIECES = st.sampled_from(
    [b'"', b",", b"\n", b"\r", b"{", b"}", b"[", b"]", b":", b"\\u", b"\xff", b"\0", b"text", b"1e999"]
)
BYTES = st.tuples(OPENINGS, st.lists(PIECES | st.binary(max_size=8), max_size=12)).map(lambda x: x[0] + b"".join(x[1]))


def _check(found: list[Item | BadLine]) -> None:
    """Everything can be written as UTF-8 and JSON."""
    for x in found:
        if isinstance(x, BadLine):
            to_json([x.source, x.reason, x.content]).encode()
            assert x.line >= 1
            assert x.reason
        else:
            to_json(dict(x.extra)).encode()
            assert x.document == x.document.without_annotation()
            assert x.number >= 1


@HERE
@given(NAMES, BYTES, st.sampled_from([None, gzip.compress, zstandard.compress]), st.floats(0, 1))
def test_any_bytes_under_any_name(tmp_path: Path, name: str, data: bytes, pack: Any, share: float) -> None:
    packed = data if pack is None else pack(data)
    path = tmp_path / name
    path.write_bytes(packed[: max(1, int(len(packed) * share))])
    _check(list(read_items([str(path)])))
    _check(list(read_items([str(path)], text_field="n", id_field="text")))
    path.unlink()


@HERE
@given(BYTES)
def test_any_bytes_on_standard_input(data: bytes) -> None:
    before = sys.stdin
    try:
        sys.stdin = io.TextIOWrapper(io.BytesIO(data))
        _check(list(read_items(["-"])))
    finally:
        sys.stdin = before


@HERE
@given(st.lists(st.binary(max_size=12).map(lambda line: line.replace(b"\n", b"")), max_size=8))
def test_no_line_is_lost(tmp_path: Path, lines: list[bytes]) -> None:
    """In files of lines, every line that is not blank is an item or a bad line with its number."""
    filled = [i for i, x in enumerate(lines, start=2) if x.decode("utf-8", "surrogateescape").strip()]
    for name, first in (("a.jsonl", b'{"text": "A"}'), ("a.txt", b"A")):
        path = tmp_path / name
        path.write_bytes(b"\n".join([first, *lines]))
        found = list(read_items([str(path)]))
        assert [x.line if isinstance(x, BadLine) else x.number for x in found] == [1, *filled]


CELLS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\ufeff"), max_size=8) | st.sampled_from(
    ['"', '""', "\r\n", "a\nb", "a,b", "\t", ";"]
)


@HERE
@given(st.lists(st.tuples(CELLS, CELLS), max_size=5), st.sampled_from([",", "\t", ";", "|"]))
def test_every_table_that_python_writes_is_read(tmp_path: Path, rows: list[tuple[str, str]], delimiter: str) -> None:
    path = tmp_path / "a.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, delimiter=delimiter, quoting=csv.QUOTE_ALL).writerows([("text", "n"), *rows])
    found = [(x.document.text, x.extra["n"]) for x in read_items([str(path)]) if isinstance(x, Item)]
    assert found == [row for row in rows if any(cell.strip() for cell in row)]


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)


@HERE
@given(
    st.lists(
        st.dictionaries(st.sampled_from(["a", "b", "label", "tokens", "spo_list"]), VALUES, max_size=3), min_size=1
    )
)
def test_fields_travel_along_unchanged(tmp_path: Path, extras: list[dict[str, Any]]) -> None:
    records = [{"text": str(i), **extra} for i, extra in enumerate(extras)]
    lines, listed = tmp_path / "a.jsonl", tmp_path / "b.json"
    lines.write_text("".join(json.dumps(record) + "\n" for record in records))
    listed.write_text(json.dumps(records))
    found = list(read_items([str(lines), str(listed)]))
    assert [x.extra for x in found if isinstance(x, Item)] == [*extras, *extras]
