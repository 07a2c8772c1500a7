"""A matrix runs, resumes, goes on after a failure, and says what failed."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from io import StringIO
from signal import Signals
from types import SimpleNamespace

import pytest

from gprel.comparison import compare, run
from gprel.comparison.cells import cells_of
from gprel.comparison.compare import run_cells
from gprel.comparison.matrix import Matrix
from gprel.comparison.run import CorpusShelf, load_trained, run_cell
from gprel.config import RunConfig
from gprel.corpora import Corpus, Split
from gprel.document import Document
from gprel.errors import DataError
from gprel.formats import jsonl
from gprel.model import Extractor
from gprel.training import StoppedError, score_model
from gprel.training.tune import using_thresholds

from .helpers import MATRIX, Bench, Done, silent

ONE = MATRIX.replace("seeds: [1, 2]", "seeds: [1]").replace("  casrel: {set: [head.name=casrel]}\n", "")


def test_every_cell_is_run_and_scored(done: Done) -> None:
    comparison = done.comparison
    assert (len(comparison.facts), comparison.failures) == (4, [])
    assert done.bench.n_loaded == 1  # neighboring cells and the report share it
    for cell in comparison.cells:
        names = {path.name for path in cell.path.iterdir()}
        predictions = {"predictions.jsonl", "predictions-tuned.jsonl"}
        assert names == {"config.yaml", "run.json", "metrics.jsonl", "model", "scores.json"} | predictions
    summary = comparison.summaries["sample"]
    assert summary.score("casrel", "entities", "strict", "micro") is None  # no entity output is not zero found
    score = summary.score("gplinker", "entities", "strict", "micro")
    assert score is not None
    assert (score.seeds, score.n_gold, len(score.f1)) == ((1, 2), 7, 2)
    assert [(pair.threshold, pair.kind, pair.first, pair.second, pair.seeds) for pair in summary.pairs] == [
        ("0", "triples", "gplinker", "casrel", (1, 2)),
        ("tuned", "triples", "gplinker", "casrel", (1, 2)),
    ]


def test_thresholds_are_tuned_on_dev_and_used_beside_0(
    bench: Bench, read: Callable[..., Matrix], monkeypatch: pytest.MonkeyPatch
) -> None:
    low = {"entities": {"Peop": -20.0}}
    tuned_on = []

    def tune(model: Extractor, documents: Sequence[Document], rule: str) -> SimpleNamespace:
        tuned_on.append(([document.text for document in documents], rule))
        return SimpleNamespace(thresholds=low)  # a model that has hardly been trained finds nothing at any sane one

    monkeypatch.setattr(run, "tune", tune)
    (cell,) = bench.run(read(ONE)).cells
    assert tuned_on == [([document.text for document in bench.documents[::-1]], "strict")]
    model = load_trained(cell)
    assert not model.config.thresholds  # what was tuned for the comparison is not left in the model
    for path, thresholds in ((cell.predictions_path, None), (cell.tuned_path, low)):
        with using_thresholds(model, thresholds):
            _, predicted = score_model(model, bench.documents)
        jsonl.write(predicted, wanted := StringIO())
        assert path.read_text(encoding="utf-8") == wanted.getvalue()
    assert cell.facts()["tuned_thresholds"] == low
    assert cell.tuned_path.read_bytes() != cell.predictions_path.read_bytes()


def test_nothing_is_tuned_on_the_split_that_is_reported(bench: Bench, read: Callable[..., Matrix]) -> None:
    matrix = read(ONE)
    (entry,) = matrix.corpora
    result = bench.run(replace(matrix, corpora=(replace(entry, split="dev"),)))
    (cell,) = result.cells
    assert cell.facts()["tuned_thresholds"] is None
    assert not cell.tuned_path.exists()
    assert {score.threshold for score in result.summaries["sample"].scores} == {"0"}


def test_an_interrupted_matrix_resumes(bench: Bench, read: Callable[..., Matrix]) -> None:
    matrix = read(ONE, seeds=[1, 2])
    first, second = cells_of(matrix, bench.folder)
    bench.run(matrix)
    kept = first.scores_path.stat().st_mtime_ns
    second.scores_path.unlink()  # as if it had been stopped before its end
    bench.notes.clear()
    result = bench.run(matrix)
    assert bench.notes == ["gplinker/sample/seed-2 (1 of 1)"]
    assert first.scores_path.stat().st_mtime_ns == kept
    assert len(result.facts) == 2


def test_a_signal_stops_the_matrix(bench: Bench, read: Callable[..., Matrix], monkeypatch: pytest.MonkeyPatch) -> None:
    matrix = read(ONE, seeds=[1, 2])

    def stop(*_: object) -> None:
        raise StoppedError("stopped", Signals.SIGINT)

    monkeypatch.setattr(compare, "run_cell", stop)
    message = "stopped by SIGINT in gplinker/sample/seed-1; the same command again begins with this run"
    with pytest.raises(StoppedError, match=message):
        bench.run(matrix)
    assert bench.notes == ["gplinker/sample/seed-1 (1 of 2)"]


def test_a_run_goes_on_from_what_is_there(bench: Bench, read: Callable[..., Matrix]) -> None:
    matrix = read(ONE)
    (cell,) = cells_of(matrix, bench.folder)
    bench.run(matrix)
    facts, weights = cell.facts(), (cell.path / "model" / "model.safetensors").stat().st_mtime_ns
    cell.scores_path.unlink()  # as if it had been killed while it was scored
    run_cell(cell, CorpusShelf(bench.load).corpus(cell), silent, use_resume=True)
    assert (cell.path / "model" / "model.safetensors").stat().st_mtime_ns == weights
    again = cell.facts()
    same = ("best_epoch", "training_seconds", "scores", "config", "selected_on")
    assert [again[name] for name in same] == [facts[name] for name in same]


def test_a_cell_that_fails_is_told_and_the_others_go_on(bench: Bench, read: Callable[..., Matrix]) -> None:
    matrix = read(MATRIX.replace("head.name=gplinker", "head.entity_labels=roles"), seeds=[1])
    result = bench.run(matrix)
    (failure,) = result.failures
    assert failure.name == "gplinker/sample/seed-1"
    assert failure.error.startswith("head.entity_labels is roles but there are 3 entity types")
    assert "Traceback" in result.cells[0].error_path.read_text(encoding="utf-8")
    assert list(result.facts) == ["casrel/sample/seed-1"]
    assert result.cells[0].state() == "unfinished"
    assert any("gplinker/sample/seed-1 failed: head.entity_labels" in note for note in bench.notes)


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (DataError("conll04/train.json is not there"), "conll04/train.json is not there"),
        (MemoryError("no room"), "MemoryError: no room"),
    ],
)
def test_data_that_cannot_be_loaded(bench: Bench, read: Callable[..., Matrix], error: Exception, line: str) -> None:
    def load(config: RunConfig, splits: Sequence[Split]) -> Corpus:
        raise error

    cells = cells_of(read(ONE), bench.folder)
    failures = run_cells(cells, CorpusShelf(load), silent, bench.notes.append)
    assert [(failure.name, failure.error) for failure in failures] == [("gplinker/sample/seed-1", line)]
    assert not bench.folder.exists()


def test_the_keyboard_stops_everything(bench: Bench, read: Callable[..., Matrix]) -> None:
    def load(config: RunConfig, splits: Sequence[Split]) -> Corpus:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_cells(cells_of(read(ONE), bench.folder), CorpusShelf(load), silent, bench.notes.append)


def test_predictions_for_other_texts_are_no_scores(bench: Bench, read: Callable[..., Matrix]) -> None:
    bench.run(read(ONE))
    bench.documents = bench.documents[::-1]
    result = bench.run(read(ONE))
    (failure,) = result.failures
    assert failure.name == "scores of sample"
    assert "the prediction is for another text" in failure.error
    assert "to run it anew" in failure.error
    assert (bench.folder / "error-sample.txt").is_file()


def test_documents_are_drawn_anew_for_every_seed(bench: Bench, read: Callable[..., Matrix]) -> None:
    matrix = read(ONE.replace("encoder.name=tiny", "encoder.name=tiny, data.limit=1"), seeds=[1, 2])
    shelf = CorpusShelf(bench.load)
    for cell in cells_of(matrix, bench.folder):
        assert shelf.corpus(cell) is shelf.corpus(cell)
    assert bench.n_loaded == 2
