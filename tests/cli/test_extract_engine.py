"""``gprel extract`` beyond one process and one machine: URLs, shards and the engine ray."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

Command = Callable[..., Result]
fsspec = pytest.importorskip("fsspec", reason="fsspec is not installed")


@pytest.fixture
def memory() -> Iterator[Any]:
    """A store that is no file system, and empty."""
    store = fsspec.filesystem("memory")
    store.store.clear()
    yield store
    store.store.clear()


def lines(n: int) -> bytes:
    """Texts of which every hundredth is broken."""
    records = [
        json.dumps({"id": str(i), "text": f"Ann Lee lives in Oslo {'and ' * (i % 7)}.", "n": i}) if i % 100 else "{"
        for i in range(1, n + 1)
    ]
    return ("\n".join(records) + "\n").encode()


def test_from_url_to_url(gprel: Command, model: Path, memory: Any, tmp_path: Path) -> None:
    memory.pipe("/in/a.jsonl", lines(120))
    (tmp_path / "a.jsonl").write_bytes(lines(120))
    out = tmp_path / "out.jsonl"
    gprel("extract", tmp_path / "a.jsonl", "--model", model, "--out", out, exit_code=3)
    command = ("extract", "memory://in", "--model", model, "--out", "memory://out")
    result = gprel(*command, exit_code=3)
    assert memory.cat("/out/part-000000000000.jsonl") == out.read_bytes()
    assert result.stderr.splitlines()[-1] == (
        "1 inputs could not be read and were left out; see memory://out/_errors-*.jsonl"
    )
    assert "memory://out is not empty (2 files)" in gprel(*command, exit_code=1).stderr
    again = gprel(*command, "--resume", exit_code=3).stderr.splitlines()
    assert "memory://out is complete; nothing is left to do" in again[0]
    assert again[-1] == result.stderr.splitlines()[-1]
    result = gprel(*command, "--overwrite", "--format", "parquet", exit_code=3)
    assert [Path(name).name for name in memory.find("/out")] == [
        "_errors-000000000000.jsonl",
        "part-000000000000.parquet",
    ]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--out", "memory://out", "--format", "csv"], "not to the URL memory://out; choose one of: jsonl, parquet"),
        (["--out", "memory://out", "--base", "urn:x:"], "--base is for the forms of RDF (ntriples, turtle), not for"),
        (["--engine", "ray"], "--engine ray writes files, and standard output is none; name a file or a URL with"),
    ],
)
def test_what_cannot_be(gprel: Command, model: Path, tmp_path: Path, arguments: list[str], message: str) -> None:
    (tmp_path / "a.jsonl").write_bytes(lines(1))
    result = gprel("extract", tmp_path / "a.jsonl", "--model", model, *arguments, exit_code=1)
    assert message in " ".join(result.stderr.split())


def test_ray_reads_no_standard_input(gprel: Command, model: Path, tmp_path: Path) -> None:
    result = gprel("extract", "-", "--model", model, "--engine", "ray", "--out", tmp_path / "o.jsonl", exit_code=1)
    assert "--engine ray reads files on any machine, not standard input (-)" in " ".join(result.stderr.split())
    assert not (tmp_path / "o.jsonl").exists()


@pytest.mark.slow
def test_ray_writes_what_one_process_writes(model: Path, tmp_path: Path) -> None:
    pytest.importorskip("ray.data", reason="Ray is not installed")
    (tmp_path / "a.jsonl").write_bytes(lines(3000))

    def extract(*arguments: str) -> str:
        command = [sys.executable, "-m", "gprel", "extract", "a.jsonl", "--model", str(model), *arguments]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, env=os.environ)
        assert done.returncode == 3, done.stderr
        assert done.stdout == ""
        return done.stderr

    said = extract("--out", "local.jsonl")
    # Ray's first line, which says that it will be quiet, is not to be had away.
    assert extract("--out", "ray.jsonl", "--engine", "ray", "--workers", "2").endswith(said.replace("local", "ray"))
    for end in ("", ".errors.jsonl"):
        assert (tmp_path / f"ray.jsonl{end}").read_bytes() == (tmp_path / f"local.jsonl{end}").read_bytes()
    extract("--out", f"file://{tmp_path}/shards", "--engine", "ray")
    parts = sorted((tmp_path / "shards").glob("part-*.jsonl"))
    assert b"".join(part.read_bytes() for part in parts) == (tmp_path / "local.jsonl").read_bytes()
