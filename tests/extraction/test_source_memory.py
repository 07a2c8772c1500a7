"""Memory of reading and writing does not grow with the input."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import IO

import pytest

from gprel.extraction.sources import read_items

_SCRIPT = """
import resource, sys
from pathlib import Path
from gprel.extraction.sources import read_items
from gprel.extraction.targets import TARGETS
import pyarrow.parquet, rdflib

def records(stream, skip):
    for item in stream:
        record = {"text": item.document.text, "relations": []}
        record["entities"] = [{"start": 0, "end": 4, "type": "T", "score": 1.0}]
        yield record

# what libraries take once is not counted
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
stream = read_items([sys.argv[1]])
if len(sys.argv) > 2:
    TARGETS[sys.argv[2]].write(records(stream, 0), Path(sys.argv[3]))
else:
    n = sum(len(item.document.text) for item in stream)
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


def _peak(*arguments: str | Path) -> int:
    """What a process takes in MiB to read a file, and to write it if a form and a path are given."""
    command = [sys.executable, "-c", _SCRIPT, *map(str, arguments)]
    done = subprocess.run(
        command, check=True, capture_output=True, text=True, env={**os.environ, "ARROW_DEFAULT_MEMORY_POOL": "system"}
    )
    return int(done.stdout)


def _write(path: Path, n_mib: int) -> None:
    """A file of records of about a kilobyte."""
    text = "word " * 200
    if path.suffix in (".parquet", ".arrow"):
        _write_columns(path, text, n_mib)
        return
    row, opening, end = {
        ".jsonl": ('{{"text": "{0} {1}", "n": {0}}}\n', "", ""),
        ".json": ('{{"text": "{0} {1}", "n": {0}}},\n', "[", '{"text": "end"}]'),
        ".csv": ('"{0} {1}",{0}\n', "text,n\n", ""),
        ".txt": ("{0} {1}\n", "", ""),
        ".gz": ('{{"text": "{0} {1}", "n": {0}}}\n', "", ""),
        ".zst": ('{{"text": "{0} {1}", "n": {0}}}\n', "", ""),
    }[path.suffix]
    with _opened(path) as file:
        file.write(opening.encode())
        for i in range(n_mib * 1024):
            file.write(row.format(i, text).encode())
        file.write(end.encode())


def _opened(path: Path) -> IO[bytes]:
    import gzip

    import zstandard

    openers: dict[str, Callable[..., IO[bytes]]] = {".gz": gzip.open, ".zst": zstandard.open}
    return openers.get(path.suffix, open)(path, "wb")


def _write_columns(path: Path, text: str, n_mib: int) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = pa.schema([("text", pa.string()), ("n", pa.int64())])
    sink = (
        pq.ParquetWriter(path, schema, use_dictionary=False)
        if path.suffix == ".parquet"
        else pa.ipc.new_file(path, schema)
    )
    with sink as writer:
        for start in range(0, n_mib * 1024, 8192):
            rows = range(start, start + 8192)
            writer.write_table(pa.table({"text": [f"{i} {text}" for i in rows], "n": list(rows)}))


@pytest.mark.parametrize("name", ["a.jsonl", "a.json", "a.csv", "a.txt"])
def test_reading_is_lazy(tmp_path: Path, name: str) -> None:
    """A few items cost a few reads: nothing runs through the file first."""
    path = tmp_path / name
    _write(path, 16)
    seen: list[int] = []
    stream = read_items([str(path)], on_bytes=seen.append)
    for _ in range(10):
        next(stream)
    assert sum(seen) < 1 << 20


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", ["a.jsonl", "a.json", "a.csv", "a.txt", "a.jsonl.gz", "a.jsonl.zst", "a.parquet", "a.arrow"]
)
def test_reading_takes_constant_memory(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    _write(path, 256)
    assert _peak(path) < 100


@pytest.mark.slow
@pytest.mark.parametrize("name", ["jsonl", "parquet", "csv", "ntriples", "turtle"])
def test_writing_takes_constant_memory(tmp_path: Path, name: str) -> None:
    path = tmp_path / "a.txt"
    _write(path, 128 if name in ("jsonl", "parquet", "csv") else 16)
    assert _peak(path, name, tmp_path / f"out.{name}") < 180
