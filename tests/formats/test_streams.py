"""Readers and writers are streams: nothing waits for the end of a file, and memory does not grow with it."""

import gc
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from gprel.document import Document, Entity, Relation, Span
from gprel.errors import DataError
from gprel.formats import FORMATS

MakeRecord = Callable[[str], dict[str, Any]]
N = 1000
NOT_STREAMS = ("spacy", "datasets")  # one compressed block; Arrow, which maps its files
WRITABLE = [name for name, form in FORMATS.items() if form.write is not None and name not in NOT_STREAMS]


def document(number: int) -> Document:
    words = tuple(Span(*edges) for edges in ((0, 3), (4, 7), (8, 11), (12, 14), (15, 19)))
    entities = (Entity(0, 3, "Peop"), Entity(15, 19, "Loc"))
    return Document("Ann met Bob in Rome", entities, (Relation("in", 0, 1),), str(number + 1), words)


def most_alive(name: str) -> int:
    """How many documents may be held; columns look at the first 2,000 characters for what their words are."""
    return 200 if name == "columns" else 5


def n_documents() -> int:
    gc.collect()
    return sum(isinstance(value, Document) for value in gc.get_objects())


@pytest.mark.parametrize("name", WRITABLE)
def test_writers_hold_few_documents(name: str, tmp_path: Path) -> None:
    before, alive = n_documents(), []

    def documents() -> Iterator[Document]:
        for number in range(N):
            yield document(number)
            if number in (N // 2, N - 1):
                alive.append(n_documents() - before)

    write = FORMATS[name].write
    assert write is not None
    write(documents(), tmp_path / "a")
    assert len(alive) == 2
    assert max(alive) < most_alive(name)


@pytest.mark.parametrize("name", WRITABLE)
def test_readers_give_the_first_document_before_they_come_to_the_last_one(name: str, tmp_path: Path) -> None:
    path = tmp_path / "a"
    write = FORMATS[name].write
    assert write is not None
    write(map(document, range(N)), path)
    broken = path / f"{N}.ann" if name == "brat" else path
    with broken.open("ab") as file:
        file.write(b'x y z X-\n"{,,,\n')
    before = n_documents()
    alive = []
    n_read = 0
    for _ in until_error(FORMATS[name].read(path)):
        n_read += 1
        if n_read in (1, N // 2, N - 10):
            alive.append(n_documents() - before)
    assert n_read >= N - 1
    assert max(alive) < most_alive(name)


def until_error(documents: Iterator[Document]) -> Iterator[Document]:
    with pytest.raises(DataError):
        yield from documents


@pytest.mark.parametrize("name", ["text", "copyre", "docred", "docred_sentences", "duie", "cmeee"])
def test_readers_of_formats_that_are_not_written(
    name: str, tmp_path: Path, json_samples: dict[str, list[MakeRecord]]
) -> None:
    path = tmp_path / "a"
    if name == "text":
        lines = [f"line {number}" for number in range(N)]
    else:
        lines = [json.dumps(json_samples[name][0](f"Ann{number:05d}")) for number in range(N)]
    for text in ("\n".join([*lines, ""]), f"[{','.join(lines)}"):
        path.write_bytes(text.encode() + b"\xff")
        n_read = len(list(until_error(FORMATS[name].read(path))))
        assert n_read == N or (name == "text" and text[0] == "[")


MEGABYTE = 1 << 20


def peak_memory(*arguments: object) -> int:
    """Run a command; the most memory that it had, in bytes."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    process = subprocess.Popen(
        [sys.executable, "-m", "gprel", *map(str, arguments)],
        env=environment,
        cwd=Path(__file__).resolve().parents[2],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    said = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, said
    return usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="the memory of a process that has ended is not told there")
@pytest.mark.parametrize(("name", "size"), [("jsonl", 300), ("tokens", 100)])
def test_memory_does_not_grow_with_the_file(name: str, size: int, tmp_path: Path) -> None:
    """Hundreds of megabytes of JSON lines, or of one JSON list, against three."""
    write = FORMATS[name].write
    assert write is not None
    peaks = {}
    for n_megabytes in (3, size):
        path = tmp_path / f"{n_megabytes}{FORMATS[name].suffix}"
        part = tmp_path / f"part{n_megabytes}"
        write(map(document, range(N)), part)
        lines = part.read_bytes().strip().strip(b"[]").strip()
        end = b"\n" if name == "jsonl" else b",\n"
        with path.open("wb") as file:
            file.write(b"" if name == "jsonl" else b"[")
            for _ in range(n_megabytes * MEGABYTE // len(lines)):
                file.write(lines + end)
            file.write(b"" if name == "jsonl" else lines + b"]")
        target = "tokens" if name == "jsonl" else "jsonl"
        peaks[n_megabytes] = (
            peak_memory("data", "stats", path, "--from", name, "--json"),
            peak_memory("data", "convert", path, tmp_path / f"out{n_megabytes}", "--from", name, "--to", target),
        )
        assert (tmp_path / f"out{n_megabytes}").stat().st_size > n_megabytes * MEGABYTE // 2
    for small, large in zip(peaks[3], peaks[size], strict=True):
        assert large < small + 50 * MEGABYTE
        assert large < 400 * MEGABYTE
