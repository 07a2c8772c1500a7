"""Faults that were planted are found, each with its file and line, and a repaired copy has them no more."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gprel.corpora import load
from gprel.doctor import Report, examine, fix, read_data
from gprel.formats import jsonl

Splits = dict[str, list[dict[str, Any]]]
Fault = tuple[str, str, int]
FIXED = {"blank_edge", "cut_word", "unreadable", "label_typo", "duplicate_document"}


def found_in(report: Report) -> set[Fault]:
    """Every case as (kind, split, line)."""
    return {
        (finding.kind, Path(case.place.source).stem, case.place.number)
        for finding in report.findings
        for case in finding.cases
        if case.place.number is not None and case.place.unit == "line"
    }


def test_an_invented_corpus_is_clean(records: Splits, write: Callable[..., Path], tmp_path: Path) -> None:
    report = examine(read_data(str(write(tmp_path / "data", records))), encoder=None)
    assert report.findings == ()
    assert report.verdict() == "nothing found"


def test_exactly_the_planted_faults_are_found(
    records: Splits, plant: Callable[[Path, Splits], list[Fault]], tmp_path: Path
) -> None:
    faults = plant(tmp_path / "data", records)
    assert len(faults) == 11
    report = examine(read_data(str(tmp_path / "data")), encoder=None)
    assert found_in(report) == set(faults)
    assert report.is_serious


def test_planted_faults_are_found_in_conll04(
    data_dir: Path, plant: Callable[[Path, Splits], list[Fault]], tmp_path: Path
) -> None:
    faults = plant(tmp_path / "data", conll04(data_dir))
    report = examine(read_data(str(tmp_path / "data")), encoder=None)
    assert set(faults) <= found_in(report)


def test_untouched_conll04(data_dir: Path, write: Callable[..., Path], tmp_path: Path) -> None:
    report = examine(read_data("conll04", data_dir=data_dir), encoder=None)
    counts = {finding.kind: finding.count for finding in report.findings if finding.severity == "error"}
    assert counts == CONLL04_ERRORS
    leaks = next(finding for finding in report.findings if finding.kind == "leakage")
    assert sum(Path(case.place.source).stem == "test_triples" for case in leaks.cases) == 19
    assert all(case.place.unit == "record" for case in leaks.cases)


CONLL04_ERRORS = {"contradiction": 6, "leakage": 31}  # 19 of test; 12 of dev


def test_the_repaired_copy_has_no_such_faults(
    records: Splits, plant: Callable[[Path, Splits], list[Fault]], tmp_path: Path
) -> None:
    faults = plant(tmp_path / "data", records)
    data = read_data(str(tmp_path / "data"))
    fix(data, tmp_path / "fixed", use_words=True)
    after = examine(read_data(str(tmp_path / "fixed")), encoder=None)
    kinds = {finding.kind for finding in after.findings}
    assert kinds == {kind for kind, _, _ in faults} - FIXED
    again = fix(read_data(str(tmp_path / "fixed")), tmp_path / "again", use_words=True)
    assert again.total() == 0


@pytest.mark.parametrize("use_words", [False, True])
def test_the_repaired_copy_of_conll04(
    data_dir: Path, plant: Callable[[Path, Splits], list[Fault]], tmp_path: Path, use_words: bool
) -> None:
    plant(tmp_path / "data", conll04(data_dir))
    fix(read_data(str(tmp_path / "data")), tmp_path / "fixed", use_words=use_words)
    after = examine(read_data(str(tmp_path / "fixed")), encoder=None)
    gone = FIXED if use_words else FIXED - {"cut_word"}
    assert not gone & {finding.kind for finding in after.findings}


def conll04(data_dir: Path) -> Splits:
    corpus = load("conll04", data_dir=data_dir)
    splits = {"train": corpus.train, "dev": corpus.dev, "test": corpus.test}
    return {split: [jsonl.to_record(document) for document in documents or ()] for split, documents in splits.items()}
