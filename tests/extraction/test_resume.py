"""Runs that are killed: whatever the moment, going on gives the bytes of a run that was not."""

import errno
import os
import re
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from gprel.errors import DataError
from gprel.extraction.files import Files, begin
from gprel.extraction.journal import Journal

from .helpers import files_of
from .killed_runs import MADE_OF, Killed, Steps, everything, run, run_and_kill, use_small_pools


@pytest.fixture(autouse=True)
def _small_pools(monkeypatch: pytest.MonkeyPatch) -> None:
    use_small_pools(monkeypatch)


@pytest.fixture
def whole(tmp_path: Path) -> Callable[[bool], dict[str, bytes]]:
    """The files of a run that nobody stopped."""

    def of(converted: bool) -> dict[str, bytes]:
        folder = tmp_path / "whole"
        folder.mkdir()
        run(folder / "out", converted=converted)
        return everything(folder)

    return of


def _told(call: Callable[[], object]) -> str | None:
    """What an expected error says; ``None`` if there was none."""
    try:
        call()
    except DataError as error:
        return str(error)
    return None


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
    run_and_kill(tmp_path / "out")
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


def test_an_earlier_target_stays_until_the_new_one_is_complete(tmp_path: Path) -> None:
    run(tmp_path / "out", n=12, converted=True)
    before = everything(tmp_path)
    run_and_kill(tmp_path / "out", overwrite=True, converted=True)
    after = everything(tmp_path)
    assert {name: after[name] for name in ("out/text", "out/number")} == {
        name: before[name] for name in ("out/text", "out/number")
    }
    run(tmp_path / "out", resume=True, converted=True)
    assert (tmp_path / "out" / "number").read_text(encoding="utf-8") == "20"
