"""Run one cell: train as ``gprel train`` does, then predict and score the split that is reported."""

import json
import time
import traceback
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

import torch

from gprel.comparison.cells import Cell
from gprel.config import DataConfig, RunConfig
from gprel.corpora import Corpus, Split
from gprel.errors import GprelError
from gprel.features import LostGold
from gprel.formats import jsonl
from gprel.model import Extractor
from gprel.nn.precision import pick_precision
from gprel.predict import PredictionLog
from gprel.provenance import provenance
from gprel.training import Reporter, RunFolder, score_model, train
from gprel.training.tune import ThresholdTable, tune, using_thresholds

LoadCorpus = Callable[[RunConfig, Sequence[Split]], Corpus]
"""Loads splits of a run's corpus, cut to ``data.limit`` training documents."""

OpenReporter = Callable[[int], AbstractContextManager[Reporter]]
"""From a number of epochs to who is told how a training goes."""


class CorpusShelf:
    """Loads corpora and keeps the last one, since neighboring cells share theirs.

    Args:
        load: Loads a corpus.
    """

    def __init__(self, load: LoadCorpus) -> None:
        self._load = load
        self._key: tuple[DataConfig, int, Split] | None = None
        self._corpus: Corpus | None = None

    def corpus(self, cell: Cell) -> Corpus:
        """The corpus of a cell: train, dev, and the split that is reported.

        All are loaded at once: own data in one file is divided only where its training part is asked for.

        Raises:
            GprelError: If it cannot be loaded.
        """
        data, split = cell.config.data, cell.corpus.split
        key = (data, cell.config.training.seed if data.limit else 0, split)
        if self._corpus is None or self._key != key:
            self._corpus = None  # two large corpora need not be in memory together
            self._corpus = self._load(cell.config, tuple(dict.fromkeys(("train", "dev", split))))
            self._key = key
        return self._corpus


def run_cell(cell: Cell, corpus: Corpus, open_reporter: OpenReporter, *, use_resume: bool = False) -> None:
    """Train, predict and score one cell, at threshold 0 and with thresholds tuned on dev; ``scores.json`` comes last.

    Args:
        cell: The cell; what an earlier attempt left in its folder is replaced.
        corpus: Its corpus.
        open_reporter: Told how the training goes.
        use_resume: Go on with an earlier attempt from its checkpoint instead, if it has one.

    Raises:
        GprelError: If the data does not fit the settings.
        StoppedError: After SIGTERM or Ctrl-C, once a checkpoint is saved.
    """
    for path in (cell.scores_path, cell.predictions_path, cell.tuned_path, cell.error_path):
        path.unlink(missing_ok=True)
    folder = RunFolder(cell.path, cell.config, use_overwrite=not use_resume, use_resume=use_resume)
    if not folder.is_done:
        with open_reporter(cell.config.training.epochs) as reporter:
            train(cell.config, corpus, folder, reporter, use_resume=use_resume)
    model = load_trained(cell)
    documents, log, lost = corpus.split(cell.corpus.split), PredictionLog(), LostGold()
    model.featurizer().examples(documents, lost)
    began = time.perf_counter()
    evaluation, predicted = score_model(model, documents, log=log)
    seconds = time.perf_counter() - began
    jsonl.write_file(predicted, cell.predictions_path)
    facts: dict[str, object] = {
        "method": cell.method.name,
        "corpus": cell.corpus.name,
        "title": corpus.title,
        "split": cell.corpus.split,
        "seed": cell.seed,
        "selected_on": folder.facts["selected_on"],
        "best_epoch": folder.facts["best_epoch"],
        "precision": folder.facts["precision"],
        "n_parameters": n_parameters(model),
        "training_seconds": folder.facts["seconds"],
        "prediction_seconds": round(seconds, 1),
        "notes": [*folder.facts["notes"], *log.lines()],
        "lost_gold": lost.to_dict(),
        **provenance(),
        "scores": evaluation.to_dict(),
        "tuned_thresholds": _predict_tuned(cell, model, corpus),
        "config": cell.config.to_dict(),
    }
    write_json(cell.scores_path, facts)


def _predict_tuned(cell: Cell, model: Extractor, corpus: Corpus) -> ThresholdTable | None:
    """Predict with thresholds that maximize micro F1 on dev, and return them; not where dev itself is reported."""
    if not corpus.dev or cell.corpus.split == "dev":
        return None
    thresholds = tune(model, corpus.dev, cell.corpus.rule).thresholds
    with using_thresholds(model, thresholds):
        _, predicted = score_model(model, corpus.split(cell.corpus.split))
    jsonl.write_file(predicted, cell.tuned_path)
    return thresholds


def load_trained(cell: Cell) -> Extractor:
    """The trained model of a cell, on the fastest device.

    Raises:
        CheckpointError: If there is none.
    """
    model = Extractor.from_pretrained(cell.path / "model")
    model.to(torch.device("cuda" if torch.cuda.is_available() else "cpu"))  # type: ignore[arg-type]
    model.precision = pick_precision(cell.config.training.mixed_precision, model.device)
    return model


def n_parameters(model: Extractor) -> dict[str, int]:
    """Weights of the encoder and of the head."""
    n_all = sum(weight.numel() for weight in model.parameters())
    n_encoder = sum(weight.numel() for weight in model.encoder.parameters())
    return {"encoder": n_encoder, "head": n_all - n_encoder}


def keep_error(path: Path, error: Exception) -> str:
    """Write the traceback of what went wrong beside the cell, and return it as one line."""
    name = "" if isinstance(error, GprelError) else f"{type(error).__name__}: "
    if path.parent.is_dir():
        path.write_text("".join(traceback.format_exception(error)), encoding="utf-8")
    return f"{name}{error}".strip()


def write_json(path: Path, values: object) -> None:
    """Write a JSON file so that it is there as a whole or not at all."""
    new = path.with_name(path.name + ".new")
    new.write_text(json.dumps(values, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    new.replace(path)
