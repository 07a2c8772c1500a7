"""Parquet, Arrow and saved data sets: typed columns as JSON-ready values, damaged files, and saved splits."""

import json
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import datasets
import pyarrow as pa
import pyarrow.feather as feather
import pyarrow.parquet as pq
import pytest

from gprel.document import Document
from gprel.extraction.item import Item
from gprel.extraction.sources import columnar, read_items
from gprel.formats import BadLine


def _read(*sources: Path, **options: Any) -> list[Item | BadLine]:
    return list(read_items([str(source) for source in sources], **options))


def _texts(found: list[Item | BadLine]) -> list[str]:
    return [x.document.text if isinstance(x, Item) else str(x) for x in found]


def _write(table: pa.Table, folder: Path) -> list[Path]:
    paths = [folder / name for name in ("a.parquet", "b.feather", "c.arrow")]
    pq.write_table(table, paths[0], row_group_size=2)
    feather.write_feather(table, paths[1], chunksize=2)
    with pa.ipc.new_stream(paths[2], table.schema) as writer:
        writer.write_table(table, max_chunksize=2)
    return paths


def test_rows_with_values_of_all_kinds(tmp_path: Path) -> None:
    moment = datetime(2024, 5, 1, 12, 30, tzinfo=UTC)
    table = pa.table(
        {
            "text": ["Ada", None, "Bob"],
            "id": pa.array([1.0, 2.0, None]),
            "when": pa.array([moment, None, moment], pa.timestamp("us", "UTC")),
            "exact": pa.array([1, 1, None], pa.timestamp("ns")),
            "day": [date(2024, 5, 1), None, None],
            "at": [time(12, 30), None, None],
            "lasts": [timedelta(seconds=90), None, None],
            "price": [Decimal("1.50"), None, None],
            "hash": [b"\xff", None, b""],
            "ratio": [float("nan"), None, 0.5],
            "tags": [["x", "y"], None, []],
            "nested": [{"a": 1, "b": [moment]}, None, None],
            "labels": pa.array(["p", "q", "p"]).dictionary_encode(),
            "map": pa.array([[("k", 1)], None, None], pa.map_(pa.string(), pa.int32())),
        }
    )
    for path in _write(table, tmp_path):
        ada, bad, bob = _read(path)
        assert isinstance(ada, Item)
        assert isinstance(bob, Item)
        assert ada.document == Document("Ada", id="1")
        assert json.loads(json.dumps(ada.extra, allow_nan=False)) == {
            "when": "2024-05-01T12:30:00+00:00",
            "exact": "1970-01-01T00:00:00.000000001",
            "day": "2024-05-01",
            "at": "12:30:00",
            "lasts": 90.0,
            "price": "1.50",
            "hash": "/w==",
            "ratio": None,
            "tags": ["x", "y"],
            "nested": {"a": 1, "b": ["2024-05-01T12:30:00+00:00"]},
            "labels": "p",
            "map": [["k", 1]],
        }
        assert bob.document == Document("Bob")
        assert bob.extra["exact"] is None
        assert str(bad) == f'{path}, record 2: the field "text" is null, expected text'
        assert isinstance(bad, BadLine)
        assert json.loads(bad.content)["labels"] == "q"


def test_values_that_python_has_nothing_for_cost_their_row(tmp_path: Path) -> None:
    table = pa.table({"text": ["A", "B", "C"], "far": pa.array([1, 2**60, 3], pa.timestamp("us"))})
    for path in _write(table, tmp_path):
        a, bad, c = _read(path)
        assert _texts([a, c]) == ["A", "C"]
        assert "record 2: the value of column 'far' cannot be read (OverflowError: " in str(bad)
    latin = pa.Array.from_buffers(
        pa.string(), 2, [None, pa.array([0, 1, 2], pa.int32()).buffers()[1], pa.py_buffer(b"A\xff")]
    )
    for path in _write(pa.table({"text": latin}), tmp_path):
        a, bad = _read(path)
        assert _texts([a]) == ["A"]
        assert "record 2: the value of column 'text' cannot be read (UnicodeDecodeError: " in str(bad)


def test_many_rows_come_in_order_whatever_the_batches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(columnar, "_BATCH_BYTES", 100)
    texts = [f"text {i}" for i in range(5000)]
    table = pa.table({"body": texts, "text": list(range(5000))})
    for path in (tmp_path / "a.parquet", tmp_path / "b.feather"):
        pq.write_table(table, path) if path.suffix == ".parquet" else feather.write_feather(table, path)
        seen: list[int] = []
        found = _read(path, text_field="body", on_bytes=seen.append)
        assert _texts(found) == texts
        assert [x.number for x in found if isinstance(x, Item)] == list(range(1, 5001))
        assert 0.9 * path.stat().st_size < sum(seen) < path.stat().st_size + (1 << 17)  # a footer is read ahead


def test_columns_that_do_not_fit(tmp_path: Path) -> None:
    for path in _write(pa.table({"title": ["A"], "body": ["B"]}), tmp_path):
        (bad,) = _read(path)
        assert "there is no column 'text' with the text (columns: 'title', 'body'); name it" in str(bad)
    path = tmp_path / "twice.feather"
    table = pa.Table.from_arrays([pa.array(["A"])] * 2, ["text", "text"])
    with pa.ipc.new_file(path, table.schema) as writer:
        writer.write_table(table)
    (bad,) = _read(path)
    assert "the column 'text' is there twice; rename one of them" in str(bad)


def test_an_empty_table_has_no_rows(tmp_path: Path) -> None:
    for path in _write(pa.table({"text": pa.array([], pa.string())}), tmp_path):
        assert _read(path) == []


def test_damaged_files_give_what_can_be_read(tmp_path: Path) -> None:
    table = pa.table({"text": [f"{i} " * 50 for i in range(2000)]})
    for path in _write(table, tmp_path):
        data = path.read_bytes()
        path.write_bytes(data[: len(data) // 2])
        *items, bad = _read(path)
        assert "cannot be read from here on (" in str(bad)
        assert _texts(items) == table["text"].to_pylist()[: len(items)]
    assert len(items) > 500  # of the stream, which needs no footer
    (bad,) = _read(_bytes(tmp_path / "x.parquet", b"no"))
    assert "the file is no parquet file by its first bytes, got b'no'" in str(bad)
    (bad,) = _read(_bytes(tmp_path / "x.feather", b"FEA1...."))
    assert "Feather version 1, which is not read; save it as version 2" in str(bad)


def _bytes(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def test_saved_data_sets(tmp_path: Path) -> None:
    train, test = (datasets.Dataset.from_dict({"text": [name], "label": [3]}) for name in ("train", "test"))
    datasets.DatasetDict({"train": train, "test": test}).save_to_disk(str(tmp_path / "both"))
    words = datasets.Dataset.from_dict({"tokens": [["Ada", "was"]], "ner_tags": [["B-P", "O"]]})
    words.save_to_disk(str(tmp_path / "words"))
    found = _read(tmp_path / "both", tmp_path / "both" / "test", tmp_path / "words")
    assert _texts(found) == ["train", "test", "test", "Ada was"]
    assert isinstance(found[0], Item)
    assert found[0].extra == {"label": 3}
    assert isinstance(found[3], Item)
    assert found[3].document.entities is None
    (bad,) = _read(tmp_path / "words", text_field="body")
    assert "there is no column 'body' with the text (columns: 'tokens', 'ner_tags')" in str(bad)


def test_saved_data_sets_that_are_damaged(tmp_path: Path) -> None:
    folder = tmp_path / "set"
    datasets.Dataset.from_dict({"text": ["A"]}).save_to_disk(str(folder))
    (file,) = folder.glob("*.arrow")
    file.write_bytes(b"no")
    assert "cannot be read (ArrowInvalid: " in str(_read(folder)[0])
    file.unlink()
    (bad,) = _read(folder)
    assert f"names the file {file.name!r}, which is not in it; save the data set again" in str(bad)
    (folder / "state.json").write_text("{}")
    (bad,) = _read(folder)
    assert "is no data set that can be read (KeyError: '_data_files'); save it again" in str(bad)
