"""Downloads, from a small server of our own: whole, cut, resumed, refused, wrong."""

import errno
import hashlib
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from gprel.corpora import read_card
from gprel.corpora.card import Card, FileCard, VariantCard
from gprel.corpora.fetch import fetch as fetch_corpus
from gprel.errors import DataError

DATA = bytes(range(256)) * 1024  # 256 KiB
NAME = "tiny/train.json"


class Server:
    """What the server sends, and what it was asked."""

    def __init__(self) -> None:
        self.data = DATA
        self.has_ranges = True
        self.cut_after: list[int] = []  # bytes of the next answers; then all of it
        self.status: list[int] = []  # of the next answers; then 200
        self.length: int | None = None  # what Content-Length claims
        self.ranges: list[str | None] = []
        self.paths: list[str] = []
        self.url = ""


class Handler(BaseHTTPRequestHandler):
    server: Any

    def do_GET(self) -> None:
        state: Server = self.server.state
        wanted = self.headers.get("Range")
        state.ranges.append(wanted)
        state.paths.append(self.path)
        if state.status:
            self.send_error(state.status.pop(0))
            return
        start = int(wanted.removeprefix("bytes=").removesuffix("-")) if wanted and state.has_ranges else 0
        if start >= len(state.data):
            self.send_error(416)
            return
        body = state.data[start:]
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(state.length or len(body)))
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(state.data) - 1}/{len(state.data)}")
        self.end_headers()
        self.wfile.write(body[: state.cut_after.pop(0)] if state.cut_after else body)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: no test prints."""


@pytest.fixture
def server() -> Iterator[Server]:
    state = Server()
    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    http.state = state  # type: ignore[attr-defined]
    state.url = f"http://127.0.0.1:{http.server_port}"
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield state
    http.shutdown()
    http.server_close()
    thread.join()


@pytest.fixture(autouse=True)
def online(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for key in ("GPREL_DATA", "GPREL_OFFLINE", "HF_HUB_OFFLINE", "http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(key, raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr("gprel.corpora.fetch._WAIT_S", 0.0)


@pytest.fixture
def tiny(server: Server, monkeypatch: pytest.MonkeyPatch) -> FileCard:
    """The one file of a corpus that is on the server."""
    file = FileCard(NAME, {}, hashlib.sha256(DATA).hexdigest(), f"{server.url}/data/train.json")
    set_files(monkeypatch, file)
    return file


def set_files(monkeypatch: pytest.MonkeyPatch, *files: FileCard) -> None:
    def card(name: str, fold: int = 0) -> Card:
        variants = {"default": VariantCard("strict", "tokens", {str(n): file for n, file in enumerate(files)})}
        return replace(read_card("conll04"), name="tiny", variants=variants)

    monkeypatch.setattr("gprel.corpora.fetch.read_card", card)
    monkeypatch.setattr("gprel.corpora.fetch.CORPORA", {"tiny": None})


def part_of(folder: Path, data: bytes) -> Path:
    part = folder / f"{NAME}.part"
    part.parent.mkdir(parents=True)
    part.write_bytes(data)
    return part


def test_a_whole_download(tmp_path: Path, server: Server, tiny: FileCard) -> None:
    seen: list[tuple[str, int, int | None]] = []
    paths = fetch_corpus("tiny", tmp_path, on_progress=lambda *progress: seen.append(progress))
    assert paths == [tmp_path / NAME]
    assert paths[0].read_bytes() == DATA
    assert [path.name for path in paths[0].parent.iterdir()] == ["train.json"]
    assert seen[0] == (NAME, 0, len(DATA))
    assert seen[-1] == (NAME, len(DATA), len(DATA))
    assert [done for _, done, _ in seen] == sorted(done for _, done, _ in seen)
    assert fetch_corpus("tiny", tmp_path) == paths
    assert server.paths == ["/data/train.json"]  # once


def test_downloads_go_where_corpora_are_looked_for(tmp_path: Path, tiny: FileCard) -> None:
    assert fetch_corpus("tiny") == [tmp_path / "cache" / "gprel" / NAME]


@pytest.mark.parametrize("has_ranges", [True, False])
def test_a_cut_download_goes_on(tmp_path: Path, server: Server, tiny: FileCard, has_ranges: bool) -> None:
    server.has_ranges = has_ranges
    server.cut_after = [100_000]
    seen: list[int] = []
    (path,) = fetch_corpus("tiny", tmp_path, on_progress=lambda _, done, total: seen.append(done))
    assert path.read_bytes() == DATA
    assert server.ranges == [None, "bytes=100000-"]
    assert max(seen) == len(DATA)


def test_a_download_that_is_cut_again_and_again(tmp_path: Path, server: Server, tiny: FileCard) -> None:
    server.cut_after = [1000] * 4
    message = r"data/train\.json: the connection was cut after 4,000 of 262,144 bytes, 4 times; check the connection"
    with pytest.raises(DataError, match=message):
        fetch_corpus("tiny", tmp_path)
    assert (tmp_path / f"{NAME}.part").stat().st_size == 4000
    (path,) = fetch_corpus("tiny", tmp_path)
    assert path.read_bytes() == DATA
    assert server.ranges[-1] == "bytes=4000-"


def test_a_length_that_is_never_reached(tmp_path: Path, server: Server, tiny: FileCard) -> None:
    server.length, server.has_ranges = 300_000, False
    with pytest.raises(DataError, match=r"the connection was cut after 262,144 of 300,000 bytes, 4 times"):
        fetch_corpus("tiny", tmp_path)


def test_a_part_of_something_else(tmp_path: Path, server: Server, tiny: FileCard) -> None:
    part_of(tmp_path, b"x" * 1000)
    (path,) = fetch_corpus("tiny", tmp_path)
    assert path.read_bytes() == DATA
    assert server.ranges == ["bytes=1000-", None]


def test_a_part_that_is_longer_than_the_file(tmp_path: Path, server: Server, tiny: FileCard) -> None:
    part_of(tmp_path, DATA + b"x")
    (path,) = fetch_corpus("tiny", tmp_path)
    assert path.read_bytes() == DATA
    assert server.ranges == ["bytes=262145-", None]


def test_a_wrong_checksum(tmp_path: Path, server: Server, tiny: FileCard) -> None:
    server.data = b"something else"
    got = hashlib.sha256(server.data).hexdigest()
    with pytest.raises(DataError, match=rf"not the file of the card \(sha256 {got}, expected {tiny.sha256}\), so it"):
        fetch_corpus("tiny", tmp_path)
    assert list((tmp_path / "tiny").iterdir()) == []


def test_another_file_in_its_place(tmp_path: Path, server: Server, tiny: FileCard) -> None:
    (tmp_path / "tiny").mkdir()
    (tmp_path / NAME).write_bytes(b"mine")
    with pytest.raises(DataError, match=r"train\.json is not the file of the card .*; move it away to download that"):
        fetch_corpus("tiny", tmp_path)
    assert (tmp_path / NAME).read_bytes() == b"mine"
    assert server.paths == []


@pytest.mark.parametrize("status", [404, 403, 410])
def test_a_file_that_is_not_there(tmp_path: Path, server: Server, tiny: FileCard, status: int) -> None:
    server.status = [status] * 9
    with pytest.raises(DataError, match=rf"the server answered {status} .*; take tiny/train\.json from https://.* by"):
        fetch_corpus("tiny", tmp_path)
    assert len(server.paths) == 1


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_server_that_is_busy(tmp_path: Path, server: Server, tiny: FileCard, status: int) -> None:
    server.status = [status] * 2
    (path,) = fetch_corpus("tiny", tmp_path)
    assert path.read_bytes() == DATA
    path.unlink()
    server.status = [status] * 4
    with pytest.raises(DataError, match=rf"the server answered {status} .*, 4 times"):
        fetch_corpus("tiny", tmp_path)


def test_no_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tiny: FileCard) -> None:
    set_files(monkeypatch, replace(tiny, url="http://127.0.0.1:1/train.json"))
    with pytest.raises(DataError, match=r"127\.0\.0\.1:1/train\.json: .*refused.*, 4 times; check the connection and"):
        fetch_corpus("tiny", tmp_path)


@pytest.mark.parametrize("key", ["GPREL_OFFLINE", "HF_HUB_OFFLINE"])
def test_offline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: Server, tiny: FileCard, key: str) -> None:
    monkeypatch.setenv(key, "1")
    with pytest.raises(DataError, match=rf"tiny/train\.json would have to be downloaded, but {key} is set; unset it"):
        fetch_corpus("tiny", tmp_path)
    assert server.paths == []
    monkeypatch.setenv(key, "0")
    (path,) = fetch_corpus("tiny", tmp_path)
    monkeypatch.setenv(key, "1")
    assert fetch_corpus("tiny", tmp_path) == [path]  # what is here needs no network


def test_a_proxy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: Server, tiny: FileCard) -> None:
    monkeypatch.setenv("http_proxy", server.url)
    set_files(monkeypatch, replace(tiny, url="http://corpora.invalid/train.json"))
    assert fetch_corpus("tiny", tmp_path)[0].read_bytes() == DATA
    assert server.paths == ["http://corpora.invalid/train.json"]


@pytest.mark.parametrize("url", ["file:///etc/hostname", "ftp://127.0.0.1/x"])
def test_an_address_that_is_not_on_the_web(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tiny: FileCard, url: str
) -> None:
    set_files(monkeypatch, replace(tiny, url=url))
    with pytest.raises(DataError, match=r"is neither http nor https; mend the card"):
        fetch_corpus("tiny", tmp_path)


class FullDisk:
    """A file on a disk without room."""

    def __enter__(self) -> "FullDisk":
        return self

    def __exit__(self, *error: object) -> None:
        pass

    def write(self, data: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")


def test_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: Server, tiny: FileCard) -> None:
    open_file = Path.open
    monkeypatch.setattr(
        Path, "open", lambda path, *args, **kw: FullDisk() if path.suffix == ".part" else open_file(path, *args, **kw)
    )
    message = r"train\.json\.part cannot be written \(No space left on device\); make room there, or name another"
    with pytest.raises(DataError, match=message):
        fetch_corpus("tiny", tmp_path)
    assert len(server.paths) == 1


def test_a_folder_that_cannot_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: Server, tiny: FileCard
) -> None:
    (tmp_path / "tiny").write_text("a file")
    with pytest.raises(DataError, match=r"tiny cannot be made \(File exists\); name another folder"):
        fetch_corpus("tiny", tmp_path)
    (tmp_path / "tiny").unlink()
    (tmp_path / f"{NAME}.part").mkdir(parents=True)
    with pytest.raises(DataError, match=r"train\.json\.part cannot be written \(Is a directory\); make room"):
        fetch_corpus("tiny", tmp_path)
