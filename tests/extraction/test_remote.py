"""Files by URL: read as if they lay here, and written as shards."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gprel.errors import ConfigError, DataError, DependencyError
from gprel.extraction import remote
from gprel.extraction.fingerprint import fingerprint
from gprel.extraction.item import Item
from gprel.extraction.journal import Counts, Journal
from gprel.extraction.pool import PoolRunner
from gprel.extraction.record import json_lines
from gprel.extraction.remote import facts_of, fetched, find_urls, is_url, transfer
from gprel.extraction.run import Share, extract_to_file, share_of
from gprel.extraction.shards import ShardWriter, begin_shards
from gprel.extraction.sources import input_bytes, read_items
from gprel.formats import BadLine

from .helpers import FakeBackend, stream

fsspec = pytest.importorskip("fsspec", reason="fsspec is not installed")
MADE_OF = {"model": "m"}


@pytest.fixture
def memory() -> Iterator[Any]:
    """A store that is no file system, and empty."""
    store = fsspec.filesystem("memory")
    store.store.clear()
    store.pseudo_dirs[:] = [""]
    yield store
    store.store.clear()
    store.pseudo_dirs[:] = [""]


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote, "_WAIT", 0.0)


def lines(*texts: str) -> bytes:
    return "".join(json.dumps({"text": text}) + "\n" for text in texts).encode()


def test_reading(memory: Any) -> None:
    memory.pipe({"/in/b.jsonl": lines("three"), "/in/a.jsonl": lines("one", "two") + b"{\n", "/in/_SUCCESS": b""})
    for url in ("memory://in", "memory://in/*.jsonl", "memory://in/"):
        assert find_urls(url) == ["memory:///in/a.jsonl", "memory:///in/b.jsonl"]
        items = list(read_items([url]))
        assert [(item.source, item.document.text) for item in items if isinstance(item, Item)] == [
            ("memory:///in/a.jsonl", "one"),
            ("memory:///in/a.jsonl", "two"),
            ("memory:///in/b.jsonl", "three"),
        ]
        [bad] = [item for item in items if isinstance(item, BadLine)]
        assert (bad.source, bad.line, bad.content) == ("memory:///in/a.jsonl", 3, "{")
        assert input_bytes([url]) == sum(len(memory.cat(path)) for path in ("/in/a.jsonl", "/in/b.jsonl"))
    assert [item.source for item in read_items(["memory://in/b.jsonl"])] == ["memory://in/b.jsonl"]
    assert is_url("s3://bucket/in")
    assert not is_url("in/a.jsonl")


def test_what_is_read_is_part_of_the_fingerprint(memory: Any) -> None:
    memory.pipe("/in/a.jsonl", lines("one"))
    before = fingerprint("m", ["memory://in"], {})
    assert fingerprint("m", ["memory://in"], {}) == before
    assert facts_of("memory://in/a.jsonl")[0] == len(lines("one"))
    memory.pipe("/in/b.jsonl", lines("two"))
    assert fingerprint("m", ["memory://in"], {}) != before


def test_nothing_there(memory: Any) -> None:
    with pytest.raises(DataError, match=r"no file is at memory://nowhere; check the name"):
        read_items(["memory://nowhere"])
    with pytest.raises(DataError, match=r"memory://nowhere/a cannot be reached \(FileNotFoundError"):
        facts_of("memory://nowhere/a")


def test_a_store_that_nobody_knows() -> None:
    with pytest.raises(
        DataError, match=r"nosuch://bucket/a cannot be reached \(ValueError: Protocol not known: nosuch"
    ):
        read_items(["nosuch://bucket/a"])


def test_a_package_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "fsspec", None)
    with pytest.raises(DependencyError, match=r"s3://bucket/a needs a package that is missing: .*fsspec"):
        read_items(["s3://bucket/a"])


def test_transfers_are_tried_three_times() -> None:
    failures = ["one", "two"]

    def action(name: str) -> None:
        if failures:
            raise ConnectionError(failures.pop())
        assert name == "a"

    transfer(action, "a")
    assert not failures
    failures += ["one", "two", "three"]
    with pytest.raises(ConnectionError, match="one"):
        transfer(action, "a")
    with pytest.raises(FileNotFoundError):
        transfer(Path("/no/such/file").read_bytes)


def test_a_file_that_cannot_be_fetched_is_a_bad_line(memory: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    memory.pipe({"/in/a.jsonl": lines("one"), "/in/b.jsonl": lines("two")})
    get = type(memory).get_file

    def refuse(self: Any, path: str, to: str, **options: Any) -> None:
        if path.endswith("a.jsonl"):
            raise PermissionError("forbidden")
        get(self, path, to, **options)

    monkeypatch.setattr(type(memory), "get_file", refuse)
    bad, item = read_items(["memory://in"])
    assert isinstance(bad, BadLine)
    assert str(bad) == (
        "memory:///in/a.jsonl:1: cannot be reached (PermissionError: forbidden); check the name and your access to it"
    )
    assert isinstance(item, Item)
    with pytest.raises(DataError, match="forbidden"), fetched("memory:///in/a.jsonl"):
        pass


def shares() -> list[Share]:
    """What twelve pools give."""
    from gprel.extraction.pool import pools

    runner = PoolRunner(FakeBackend())
    return [share_of(pool, runner.finish(runner.prepare(pool)), json_lines) for pool in pools(stream(45), max_items=4)]


def written(folder: str, given: list[Share], *, resume: bool = False, **options: Any) -> ShardWriter:
    """Write what is left to write of some shares."""
    journal = begin_shards(folder, MADE_OF, use_resume=resume, use_overwrite=False)
    assert journal is not None
    writer = ShardWriter(folder, journal, **{"shard_bytes": 2000, **options})
    n_done = journal.counts.n_read
    for share in given:
        if n_done > 0:
            n_done -= share.counts.n_read
        else:
            writer.put(share.lines, share.errors, share.counts)
    return writer


def everything(memory: Any, folder: str = "/out") -> dict[str, bytes]:
    return {path.removeprefix(folder + "/"): memory.cat(path) for path in memory.find(folder)}


def test_shards_one_behind_the_other_are_the_file(memory: Any) -> None:
    given = shares()
    written("memory://out", given).finish()
    found = everything(memory)
    parts = [name for name in found if name.startswith("part-")]
    assert len(parts) > 3
    assert parts[0] == "part-000000000000.jsonl"
    assert b"".join(found[name] for name in parts) == b"".join(share.lines for share in given)
    errors = [name for name in found if name.startswith("_errors-")]
    assert b"".join(found[name] for name in errors) == b"".join(share.errors for share in given)
    assert len(found) == len(parts) + len(errors)
    records = [item.document.id for item in read_items(["memory://out"]) if isinstance(item, Item)]
    assert records == [str(n) for n in range(1, 46) if n % 10]


@pytest.mark.parametrize("n", [1, 5, 12])
def test_taken_up_again(memory: Any, n: int) -> None:
    given = shares()
    written("memory://whole", given).finish()
    written("memory://out", given[:n])  # and no more
    written("memory://out", given, resume=True).finish()
    assert everything(memory) == everything(memory, "/whole")
    assert begin_shards("memory://out", MADE_OF, use_resume=True, use_overwrite=False) is None


def test_parquet_shards(memory: Any, tmp_path: Path) -> None:
    given = shares()
    written("memory://out", given, form="parquet").finish()
    names = [name for name in everything(memory) if name.startswith("part-")]
    assert {Path(name).suffix for name in names} == {".parquet"}
    rows = [item for item in read_items(["memory://out"]) if isinstance(item, Item)]
    assert [row.document.id for row in rows] == [str(n) for n in range(1, 46) if n % 10]


def test_the_same_function_writes_files_and_shards(memory: Any) -> None:
    journal = begin_shards("memory://out", MADE_OF, use_resume=False, use_overwrite=False)
    assert journal == Journal(MADE_OF)
    writer = ShardWriter("memory://out", journal)
    counts = extract_to_file(stream(), PoolRunner(FakeBackend()), json_lines, writer, lambda counts: None)
    writer.finish()
    assert (counts.n_read, counts.n_bad) == (40, 4)
    assert list(everything(memory)) == ["_errors-000000000000.jsonl", "part-000000000000.jsonl"]


def test_a_folder_that_is_not_empty(memory: Any) -> None:
    written("memory://out", shares()).finish()
    with pytest.raises(ConfigError, match=r"--out memory://out is not empty \(\d+ files\); name another, or --overwr"):
        begin_shards("memory://out", MADE_OF, use_resume=False, use_overwrite=False)
    memory.pipe("/out/mine.txt", b"x")
    assert begin_shards("memory://out", MADE_OF, use_resume=False, use_overwrite=True) == Journal(MADE_OF)
    assert list(everything(memory)) == ["mine.txt"]
    with pytest.raises(ConfigError, match="pass one of them"):
        begin_shards("memory://out", MADE_OF, use_resume=True, use_overwrite=True)


def test_one_that_was_stopped(memory: Any) -> None:
    written("memory://out", shares()[:6])
    with pytest.raises(ConfigError, match=r"is not empty .*; go on with --resume or start anew with --overwrite"):
        begin_shards("memory://out", MADE_OF, use_resume=False, use_overwrite=False)
    with pytest.raises(
        ConfigError, match=r"--resume: memory://out/_progress.json is of an .* \(model: m then, n now\)"
    ):
        begin_shards("memory://out", {"model": "n"}, use_resume=True, use_overwrite=False)
    memory.pipe("/out/_progress.json", b"{")
    with pytest.raises(DataError, match=r"^memory://out/_progress.json is not the journal of an extraction"):
        begin_shards("memory://out", MADE_OF, use_resume=True, use_overwrite=False)


def test_a_store_that_takes_nothing_more(memory: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: Any, *arguments: Any, **options: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(type(memory), "put_file", full)
    with pytest.raises(DataError, match=r"memory://out cannot be reached \(OSError: .*No space left on device\)"):
        written("memory://out", shares())


def test_nothing_to_write(memory: Any) -> None:
    written("memory://out", [Share(b"", b"", Counts())]).finish()
    assert everything(memory) == {}
