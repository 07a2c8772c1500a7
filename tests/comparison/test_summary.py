"""Means, deviations and tests from predictions that were written by hand."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from gprel.comparison.breakdowns import broken_down, mean_and_interval
from gprel.comparison.cells import Cell, cells_of
from gprel.comparison.matrix import Matrix
from gprel.comparison.summary import CorpusSummary, summarize
from gprel.comparison.tables import mean_and_sd
from gprel.document import Document
from gprel.formats import jsonl

Write = Callable[[Cell, list[Document]], None]


def write(cell: Cell, predicted: list[Document]) -> None:
    cell.path.mkdir(parents=True)
    with cell.predictions_path.open("w", encoding="utf-8") as file:
        jsonl.write(predicted, file)


@pytest.fixture
def finished(matrix: Matrix, documents: list[Document], tmp_path: Path) -> dict[str, list[Cell]]:
    """gplinker: all right with seed 1, only the first sentence with seed 2; casrel: triples alone, none with seed 2."""
    cells = cells_of(matrix, tmp_path)
    nothing = [replace(document, entities=(), relations=()) for document in documents]
    arguments = [replace(document, arguments_only=True) for document in documents]
    predicted = [documents, arguments, [documents[0], nothing[1]], [replace(d, arguments_only=True) for d in nothing]]
    for cell, found in zip(cells, predicted, strict=True):
        write(cell, found)
    return {method: [cell for cell in cells if cell.method.name == method] for method in ("gplinker", "casrel")}


@pytest.fixture
def summary(matrix: Matrix, documents: list[Document], finished: dict[str, list[Cell]]) -> CorpusSummary:
    return summarize(matrix.corpora[0], "Sample", (), documents, finished)


def test_figures_of_every_seed(summary: CorpusSummary) -> None:
    score = summary.score("gplinker", "entities", "strict", "micro")
    assert score is not None
    assert score.precision == (100.0, 100.0)
    assert score.recall == pytest.approx((100.0, 100 * 3 / 7))
    assert score.f1 == pytest.approx((100.0, 60.0))
    assert (score.n_gold, score.n_found, score.seeds) == (7, 5.0, (1, 2))
    assert score.interval is not None
    low, high = score.interval
    assert 0 <= low <= 200 * 10 / 24 <= high <= 100  # 10 of 14 gold and 10 predicted, both seeds together


def test_macro_figures_are_means_over_types_and_have_no_interval(summary: CorpusSummary) -> None:
    score = summary.score("gplinker", "triples", "strict", "macro")
    assert score is not None
    assert score.f1 == pytest.approx((100.0, 100 * (1 + 2 / 3) / 2))  # Live_In, Work_For
    assert score.interval is None


def test_a_method_without_entities_has_no_score_of_them(summary: CorpusSummary) -> None:
    assert summary.score("casrel", "entities", "strict", "micro") is None
    assert summary.score("casrel", "triples", "strict", "micro") is not None


def test_methods_are_compared_with_common_seeds(summary: CorpusSummary) -> None:
    (pair,) = summary.pairs
    assert (pair.kind, pair.rule, pair.seeds) == ("triples", "strict", (1, 2))
    assert pair.difference == pytest.approx((100 + 80) / 2 - (100 + 0) / 2)
    assert 0 < pair.p <= 1


def test_tuned_predictions_have_scores_and_tests_of_their_own(
    matrix: Matrix, documents: list[Document], finished: dict[str, list[Cell]]
) -> None:
    nothing = [replace(document, entities=(), relations=()) for document in documents]
    for cells, found in zip(finished.values(), (nothing, documents), strict=True):
        jsonl.write_file(found, cells[1].tuned_path)
    summary = summarize(matrix.corpora[0], "Sample", (), documents, finished)
    zero, tuned = (summary.score("gplinker", "entities", "strict", "micro", threshold) for threshold in ("0", "tuned"))
    assert zero is not None
    assert tuned is not None
    assert (zero.seeds, tuned.seeds, tuned.f1) == ((1, 2), (2,), (0.0,))
    pairs = {(pair.threshold, pair.kind): (pair.difference, pair.seeds) for pair in summary.pairs}
    assert pairs["tuned", "triples"] == (-100.0, (2,))
    assert pairs["0", "triples"][1] == (1, 2)


def test_methods_without_a_common_seed_are_not(matrix: Matrix, documents: list[Document], tmp_path: Path) -> None:
    cells = cells_of(matrix, tmp_path)
    write(cells[0], documents)
    write(cells[3], documents)
    result = summarize(matrix.corpora[0], "S", (), documents, {"gplinker": [cells[0]], "casrel": [cells[3]]})
    assert result.pairs == ()


def test_scores_by_part(summary: CorpusSummary, documents: list[Document], finished: dict[str, list[Cell]]) -> None:
    rows = broken_down(["entity_length", "overlap", "seen"], summary, documents, documents, finished)
    found = {(row.by, row.kind, row.method, row.part): row for row in rows}
    assert {(by, kind) for by, kind, _, _ in found} == {
        ("entity_length", "entities"),
        ("entity_length", "triples"),
        ("overlap", "triples"),
        ("seen", "entities"),
        ("seen", "triples"),
    }
    assert not [row for row in rows if row.method == "casrel" and row.kind == "entities"]
    one_word = found["entity_length", "entities", "gplinker", "L1: 1 word"]
    assert one_word.f1 == pytest.approx((100.0, 200 * 2 / 6))  # Oslo and Acme of four
    assert (one_word.n_gold, one_word.n_documents) == (4, 2)
    assert one_word.interval[0] <= 200 * 6 / 14 <= one_word.interval[1]
    assert found["overlap", "triples", "casrel", "SEO"].f1 == (100.0, 0.0)
    assert mean_and_interval(replace(one_word, f1=(80.0, 90.0), interval=(70.0, 95.5))) == "85.00 (70.00 to 95.50)"


def test_one_seed_has_no_deviation() -> None:
    assert mean_and_sd((88.123,)) == "88.12"
    assert mean_and_sd((88.0, 90.0)) == "89.00 ± 1.41"
