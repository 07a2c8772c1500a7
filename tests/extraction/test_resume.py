"""Runs that are killed: whatever the moment, going on gives the bytes of a run that was not."""

import errno
import io
import json
import os
import re
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from gprel.errors import ConfigError, DataError
from gprel.extraction import pool as pool_module
from gprel.extraction import safe_file
from gprel.extraction.files import Files, Writer, begin
from gprel.extraction.journal import Counts, Journal
from gprel.extraction.pool import PoolRunner
from gprel.extraction.record import json_lines
from gprel.extraction.run import extract_to_file

from .helpers import FakeBackend, files_of, stream

MADE_OF = {"model": "m", "--types": "none"}


class Killed(BaseException):
    """The process is gone."""


def convert(lines: Path, out: Path) -> None:
    """A target that is a folder of two files, written in several steps."""
    out.mkdir()
    (out / "text").write_bytes(lines.read_bytes())
    (out / "number").write_text(str(len(lines.read_bytes().splitlines())), encoding="utf-8")


def run(out: Path, *, n: int = 22, resume: bool = False, overwrite: bool = False, converted: bool = False) -> Counts:
    files = Files.beside(out, is_converted=converted)
    journal = begin(files, MADE_OF, use_resume=resume, use_overwrite=overwrite)
    assert journal is not None
    runner = PoolRunner(FakeBackend(), tokens_per_batch=48)
    with Writer(files, journal) as writer:
        counts = extract_to_file(stream(n), runner, json_lines, writer, lambda counts: None)
        writer.finish(convert if converted else None)
    return counts


@pytest.fixture(autouse=True)
def _small_pools_and_no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool_module.pools, "__kwdefaults__", {"max_items": 7, "max_characters": 400})
    monkeypatch.setattr(os, "fsync", lambda file: None)  # no power fails here, and waiting for the disk takes long


def everything(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, by its path."""
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


@pytest.fixture
def whole(tmp_path: Path) -> Callable[[bool], dict[str, bytes]]:
    """The files of a run that nobody stopped."""

    def of(converted: bool) -> dict[str, bytes]:
        folder = tmp_path / "whole"
        folder.mkdir()
        run(folder / "out", converted=converted)
        return everything(folder)

    return of


class Steps:
    """Counts everything that changes the disk, and kills the process at a given one, half-way through where it can.

    Args:
        patch: Puts the places of these steps under observation.
        last: The step that is not completed; ``None`` for none.
        how: What happens there.
    """

    def __init__(self, patch: pytest.MonkeyPatch, last: int | None, how: Callable[[], BaseException]) -> None:
        self.n, self.last, self.how = 0, last, how
        for module, name in ((os, "replace"), (os, "fsync"), (Path, "unlink"), (Path, "mkdir")):
            self._watch(patch, module, name)
        self._watch_writes(patch)

    def step(self) -> bool:
        self.n += 1
        return self.n == self.last

    def _watch(self, patch: pytest.MonkeyPatch, module: object, name: str) -> None:
        real = getattr(module, name)

        def watched(*arguments: object, **options: object) -> object:
            if self.step():
                raise self.how()
            return real(*arguments, **options)

        patch.setattr(module, name, watched)

    def _watch_writes(self, patch: pytest.MonkeyPatch) -> None:
        steps = self

        class Watched(io.FileIO):
            def write(self, data: object) -> int:
                part = bytes(data)  # type: ignore[call-overload]
                if steps.step():
                    super().write(part[: len(part) // 2])
                    raise steps.how()
                return super().write(part)

            def truncate(self, size: int | None = None) -> int:
                if steps.step():
                    raise steps.how()
                return super().truncate(size)

        patch.setattr(safe_file, "open_raw", lambda path, mode: Watched(path, mode))


@pytest.mark.parametrize("converted", [False, True])
def test_killed_at_every_step_and_resumed(
    tmp_path: Path, whole: Callable[[bool], dict[str, bytes]], converted: bool
) -> None:
    expected = whole(converted)
    assert set(expected) == ({"out/text", "out/number"} if converted else {"out"}) | {"out.errors.jsonl"}
    for last in range(1, 1000):
        folder = tmp_path / f"{last}"
        folder.mkdir()
        with pytest.MonkeyPatch.context() as patch:
            steps = Steps(patch, last, Killed)
            with suppress(Killed):
                run(folder / "out", converted=converted)
        files = Files.beside(folder / "out", is_converted=converted)
        if begin(files, MADE_OF, use_resume=True, use_overwrite=False) is not None:
            run(folder / "out", resume=True, converted=converted)
        else:
            files.discard_lines()
        assert everything(folder) == expected, f"killed at step {last}"
        if steps.n < last:
            break
    assert last > 20


def test_killed_again_and_again(tmp_path: Path, whole: Callable[[bool], dict[str, bytes]]) -> None:
    expected = whole(False)
    folder = tmp_path / "killed"
    folder.mkdir()
    n_kills = 0
    for last in [3, 9, 12, 8, 10, 14, 200]:
        with pytest.MonkeyPatch.context() as patch:
            Steps(patch, last, Killed)
            try:
                run(folder / "out", resume=True)
            except Killed:
                n_kills += 1
    assert n_kills >= 4
    assert everything(folder) == expected


def test_counts_are_those_of_the_whole_run(tmp_path: Path) -> None:
    expected = run(tmp_path / "whole")
    with pytest.MonkeyPatch.context() as patch:
        Steps(patch, 25, Killed)
        with pytest.raises(Killed):
            run(tmp_path / "out")
    assert 0 < Journal.read(tmp_path / "out.progress.json").counts.n_read < 22
    assert run(tmp_path / "out", resume=True) == expected
    assert (expected.n_read, expected.n_bad) == (22, 2)


def _told(call: Callable[[], object]) -> str | None:
    """What an expected error says; ``None`` if there was none."""
    try:
        call()
    except DataError as error:
        return str(error)
    return None


def test_a_disk_that_fills_up(tmp_path: Path, whole: Callable[[bool], dict[str, bytes]]) -> None:
    """An error at any step is explained, the journal stays good, and the run can go on when there is room."""
    expected = whole(False)
    message = r"cannot be written: No space left on device; what was found in the first \d+ inputs is safe: mend that"
    n_told = 0
    for last in range(1, 1000):
        folder = tmp_path / f"{last}"
        folder.mkdir()
        with pytest.MonkeyPatch.context() as patch:
            steps = Steps(patch, last, lambda: OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)))
            told = _told(lambda folder=folder: run(folder / "out"))  # type: ignore[misc]
        if told is not None:
            assert re.search(message, told), told
            n_told += 1
        if begin(Files.beside(folder / "out", is_converted=False), MADE_OF, use_resume=True, use_overwrite=False):
            run(folder / "out", resume=True)
        assert everything(folder) == expected, f"full at step {last}"
        if steps.n < last:
            break
    assert n_told > 20


def test_a_partial_last_line_is_cut_off(tmp_path: Path) -> None:
    run(tmp_path / "whole")
    with pytest.MonkeyPatch.context() as patch:
        Steps(patch, 25, Killed)
        with suppress(Killed):
            run(tmp_path / "out")
    with (tmp_path / "out").open("ab") as file:
        file.write(b'{"text": "half a li')
    with (tmp_path / "out.errors.jsonl").open("ab") as file:
        file.write(b'{"sour')
    run(tmp_path / "out", resume=True)
    assert (tmp_path / "out").read_bytes() == (tmp_path / "whole").read_bytes()
    assert (tmp_path / "out.errors.jsonl").read_bytes() == (tmp_path / "whole.errors.jsonl").read_bytes()


def test_resume_without_anything_before_starts(tmp_path: Path) -> None:
    run(tmp_path / "a")
    run(tmp_path / "b", resume=True)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_resume_of_a_complete_output_has_nothing_to_do(tmp_path: Path) -> None:
    run(tmp_path / "out")
    before = files_of(tmp_path)
    assert begin(Files.beside(tmp_path / "out", is_converted=False), {}, use_resume=True, use_overwrite=False) is None
    assert files_of(tmp_path) == before


def test_an_output_that_is_there_is_refused(tmp_path: Path) -> None:
    out = tmp_path / "out"
    run(out)
    with pytest.raises(ConfigError, match=r"--out .*out exists; choose another file or pass --overwrite"):
        run(out)
    before = out.read_bytes()
    run(out, overwrite=True, n=12)
    assert out.read_bytes() == before[: len(out.read_bytes())]
    assert len(out.read_bytes()) < len(before)
    with pytest.raises(ConfigError, match="--resume goes on with what is there and --overwrite replaces it"):
        run(out, overwrite=True, resume=True)


def test_a_stopped_extraction_is_neither_overwritten_nor_continued_unasked(tmp_path: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        Steps(patch, 25, Killed)
        with suppress(Killed):
            run(tmp_path / "out")
    with pytest.raises(ConfigError, match=r"of an extraction that was stopped \(out.progress.json tells how far"):
        run(tmp_path / "out")
    run(tmp_path / "out", overwrite=True)
    run(tmp_path / "whole")
    assert (tmp_path / "out").read_bytes() == (tmp_path / "whole").read_bytes()


def test_without_bad_lines_there_is_no_errors_file(tmp_path: Path) -> None:
    (tmp_path / "out.errors.jsonl").write_text("of an earlier run")
    run(tmp_path / "out", n=9)
    assert list(files_of(tmp_path)) == ["out"]


def test_errors_tell_where_and_why(tmp_path: Path) -> None:
    run(tmp_path / "out", n=10)
    [line] = (tmp_path / "out.errors.jsonl").read_text(encoding="utf-8").splitlines()
    expected = {"source": "in.jsonl", "line": 10, "reason": "malformed JSON", "content": "broken 10"}
    assert json.loads(line) == expected


@pytest.fixture
def stopped(tmp_path: Path) -> Files:
    with pytest.MonkeyPatch.context() as patch:
        Steps(patch, 25, Killed)
        with suppress(Killed):
            run(tmp_path / "out")
    return Files.beside(tmp_path / "out", is_converted=False)


def test_another_extraction_is_not_continued(stopped: Files) -> None:
    made_of = {"model": "other", "--types": "none", "input a": "3 bytes"}
    message = (
        r"--resume: .*out.progress.json is of an extraction that differs \(model: m then, other now; input a: not "
        r"there then, 3 bytes now\); give the same command as then, or start anew with --overwrite"
    )
    with pytest.raises(ConfigError, match=message):
        begin(stopped, made_of, use_resume=True, use_overwrite=False)
    many = {f"option {i}": "x" for i in range(9)} | MADE_OF
    with pytest.raises(ConfigError, match=r"option 4: not there then, x now; and 4 more\)"):
        begin(stopped, many, use_resume=True, use_overwrite=False)


@pytest.mark.parametrize(
    "content", ["", "{", "[]", "{}", '{"fingerprint": 1}', '{"fingerprint": {}, "counts": {"x": 1}}']
)
def test_a_damaged_journal_is_refused(stopped: Files, content: str) -> None:
    stopped.journal.write_text(content, encoding="utf-8")
    with pytest.raises(DataError, match=r"progress.json is not the journal of an extraction \(.*start anew with"):
        begin(stopped, MADE_OF, use_resume=True, use_overwrite=False)


def test_an_output_that_was_changed_is_refused(stopped: Files) -> None:
    n_bytes = Journal.read(stopped.journal).output_bytes
    assert n_bytes > 100
    stopped.lines.write_bytes(stopped.lines.read_bytes()[:100])
    journal = begin(stopped, MADE_OF, use_resume=True, use_overwrite=False)
    assert journal is not None
    with pytest.raises(DataError, match=rf"out has 100 bytes, but {n_bytes:,} were written to it: it was changed"):
        Writer(stopped, journal)
    stopped.lines.unlink()
    with pytest.raises(DataError, match=rf"out has 0 bytes, but {n_bytes:,} were written to it: it was changed"):
        Writer(stopped, journal)


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"cannot be written: No such file or directory"):
        run(tmp_path / "no" / "out")


def test_an_earlier_target_stays_until_the_new_one_is_complete(tmp_path: Path) -> None:
    run(tmp_path / "out", n=12, converted=True)
    before = everything(tmp_path)
    with pytest.MonkeyPatch.context() as patch:
        Steps(patch, 25, Killed)
        with suppress(Killed):
            run(tmp_path / "out", overwrite=True, converted=True)
    after = everything(tmp_path)
    assert {name: after[name] for name in ("out/text", "out/number")} == {
        name: before[name] for name in ("out/text", "out/number")
    }
    run(tmp_path / "out", resume=True, converted=True)
    assert (tmp_path / "out" / "number").read_text(encoding="utf-8") == "20"
