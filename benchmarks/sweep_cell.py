"""One run of a sweep, in a process of its own.

What takes long to import is imported where it is needed: the process that starts the runs has a limit to keep.
"""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from gprel.cli.corpus import resolve_corpus
from gprel.comparison.cells import Cell
from gprel.evaluation import Evaluation
from gprel.memory import keep_freed_memory

STOPPED = 4
"""Exit code of a run that was told to stop and saved a checkpoint."""


class Log:
    """Who is told how a training goes, and writes it down line by line."""

    def note(self, text: str) -> None:
        """Write a sentence."""
        print(text, flush=True)

    def start(self, n_steps: int, n_done: int) -> None:
        """Write how much there is to do."""
        self.note(f"{n_done:,} of {n_steps:,} steps are done")

    def step(self, loss: float, tokens_per_second: float) -> None:
        """A step is not worth a line; metrics.jsonl has them."""

    def epoch(self, number: int, loss: float, evaluation: Evaluation | None, is_best: bool) -> None:
        """Write the epoch's loss."""
        self.note(f"epoch {number}: loss {loss:.4f}" + (", best so far" if is_best else ""))


@contextmanager
def log(n_epochs: int) -> Iterator[Log]:
    """A log for a training."""
    yield Log()


def run_in_this_process(cell: Cell, *, use_test: bool, use_overwrite: bool) -> int:
    """Run what is missing of a cell.

    Args:
        cell: The cell, which reports on dev.
        use_test: Score the test split with the model that dev selected.
        use_overwrite: Begin anew instead of going on from a checkpoint.

    Returns:
        0, 1 if it failed, or ``STOPPED``.
    """
    from transformers.utils import logging

    from gprel.comparison.run import CorpusShelf, keep_error, run_cell
    from gprel.training import StoppedError

    logging.disable_progress_bar()
    keep_freed_memory()
    try:
        if cell.state() != "done":
            run_cell(cell, CorpusShelf(resolve_corpus).corpus(cell), log, use_resume=not use_overwrite)
        if use_test and needs_test(cell):
            _test(cell)
    except StoppedError as stop:
        print(stop)
        return STOPPED
    except Exception as error:  # whatever it is, it is kept with its traceback, and the other runs go on
        print(keep_error(cell.error_path, error), file=sys.stderr)
        return 1
    return 0


def test_path(cell: Cell) -> Path:
    """Scores on the test split; apart from those on dev, by which everything is selected."""
    return cell.path / "test.json"


def needs_test(cell: Cell) -> bool:
    """Whether the test split was not scored since the run was trained."""
    path = test_path(cell)
    return not path.is_file() or path.stat().st_mtime < cell.scores_path.stat().st_mtime


def test_scores(cell: Cell) -> dict[str, Any] | None:
    """What was scored on the test split, if it was."""
    if needs_test(cell):
        return None
    scores: dict[str, Any] = json.loads(test_path(cell).read_text(encoding="utf-8"))
    return scores


def _test(cell: Cell) -> None:
    from gprel.comparison.run import load_trained, write_json
    from gprel.training import score_model

    # Own data in one file is divided only where its training part is asked for.
    corpus = resolve_corpus(cell.config, ("train", "dev", "test"))
    evaluation, _ = score_model(load_trained(cell), corpus.split("test"))
    write_json(test_path(cell), evaluation.to_dict())
