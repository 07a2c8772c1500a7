"""What is there before an extraction: outputs and journals that it does not touch, and what it leaves itself."""

import json
from pathlib import Path

import pytest

from gprel.errors import ConfigError, DataError
from gprel.extraction.files import Files, Writer, begin
from gprel.extraction.journal import Journal

from .helpers import files_of
from .killed_runs import MADE_OF, run, run_and_kill, use_small_pools


@pytest.fixture(autouse=True)
def _small_pools(monkeypatch: pytest.MonkeyPatch) -> None:
    use_small_pools(monkeypatch)


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
    run_and_kill(tmp_path / "out")
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
    run_and_kill(tmp_path / "out")
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
