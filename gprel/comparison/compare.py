"""The whole comparison: run what is missing, measure, score, and hand everything to the report."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gprel.comparison.breakdowns import BreakdownRow, broken_down
from gprel.comparison.cells import Cell, cells_of
from gprel.comparison.costs import kept_costs, measure_costs
from gprel.comparison.matrix import CorpusEntry, Matrix
from gprel.comparison.published import PublishedScore, published_scores
from gprel.comparison.run import CorpusShelf, OpenReporter, keep_error, run_cell
from gprel.comparison.summary import CorpusSummary, summarize
from gprel.training import StoppedError

Note = Callable[[str], None]


@dataclass(frozen=True)
class Failure:
    """Something that did not work.

    Attributes:
        name: The cell, or what was measured.
        error: What went wrong, in one line.
    """

    name: str
    error: str


@dataclass
class Comparison:
    """Everything a report says.

    Attributes:
        matrix: What was compared.
        cells: Its cells.
        facts: What ``scores.json`` of every finished cell holds, by name of the cell.
        summaries: Scores by corpus.
        breakdowns: Scores by part of the documents, by corpus.
        published: Published scores by corpus.
        costs: Speed and memory by corpus, where measured.
        failures: What did not work.
    """

    matrix: Matrix
    cells: Sequence[Cell]
    facts: dict[str, dict[str, Any]] = field(default_factory=dict)
    summaries: dict[str, CorpusSummary] = field(default_factory=dict)
    breakdowns: dict[str, list[BreakdownRow]] = field(default_factory=dict)
    published: Mapping[str, Sequence[PublishedScore]] = field(default_factory=dict)
    costs: dict[str, dict[str, Any]] = field(default_factory=dict)
    failures: list[Failure] = field(default_factory=list)

    def finished(self, corpus: str) -> dict[str, list[Cell]]:
        """The finished cells of a corpus by method, in the order of the matrix."""
        return {
            method.name: [
                cell
                for cell in self.cells
                if (cell.method.name, cell.corpus.name) == (method.name, corpus) and cell.name in self.facts
            ]
            for method in self.matrix.methods
        }


def run_cells(cells: Sequence[Cell], shelf: CorpusShelf, open_reporter: OpenReporter, note: Note) -> list[Failure]:
    """Run cells one after another; one that fails is reported, and the others go on.

    Args:
        cells: The cells to run.
        shelf: Loads corpora.
        open_reporter: Told how each training goes.
        note: Told which cell begins, and what went wrong.

    Returns:
        The cells that failed.

    Raises:
        StoppedError: After SIGTERM or Ctrl-C.
    """
    failures = []
    for number, cell in enumerate(cells, start=1):
        note(f"{cell.name} ({number} of {len(cells)})")
        try:
            run_cell(cell, shelf.corpus(cell), open_reporter)
        except StoppedError as stop:
            raise StoppedError(
                f"stopped by {stop.signal.name} in {cell.name}; the same command again begins with this run",
                stop.signal,
            ) from stop
        except Exception as error:  # whatever it is, it is said, kept with its traceback, and told by the exit code
            failures.append(Failure(cell.name, keep_error(cell.error_path, error)))
            note(f"{cell.name} failed: {failures[-1].error}")
    return failures


def compare(
    matrix: Matrix, folder: Path, shelf: CorpusShelf, failures: Sequence[Failure], note: Note, *, use_kept: bool = True
) -> Comparison:
    """Measure and score what is finished.

    Args:
        matrix: What is compared.
        folder: Folder of the comparison.
        shelf: Loads corpora.
        failures: What did not work so far.
        note: Told what is done.
        use_kept: Whether speeds that were measured earlier with the same settings are taken.

    Raises:
        ConfigError: If a finished cell cannot be read.
    """
    cells = cells_of(matrix, folder)
    facts = {cell.name: cell.facts() for cell in cells if cell.state() == "done"}
    result = Comparison(matrix, cells, facts, published=published_scores(matrix), failures=list(failures))
    for entry in matrix.corpora:
        if any(result.finished(entry.name).values()):
            _corpus(result, entry, folder, shelf, note, use_kept=use_kept)
    return result


def _corpus(
    result: Comparison, entry: CorpusEntry, folder: Path, shelf: CorpusShelf, note: Note, *, use_kept: bool
) -> None:
    finished = result.finished(entry.name)
    what = f"scores of {entry.name}"
    error_path = folder / f"error-{entry.name}.txt"
    error_path.unlink(missing_ok=True)
    try:
        corpus = shelf.corpus(next(cell for cells in finished.values() for cell in cells))
        gold = corpus.split(entry.split)
        result.summaries[entry.name] = summarize(entry, corpus.title, corpus.notes, gold, finished)
        result.breakdowns[entry.name] = broken_down(
            result.matrix.breakdowns, result.summaries[entry.name], gold, corpus.train, finished
        )
        what = f"speed on {entry.name}"
        if result.matrix.use_speed and (cells := _one_each(finished)):
            path = folder / "speed" / result.matrix.name / f"{entry.name}.json"
            kept = kept_costs(path, cells) if use_kept else None
            result.costs[entry.name] = kept or measure_costs(path, cells, corpus, note)
    except Exception as error:  # as for cells: the other corpora are still worth a report
        result.failures.append(Failure(what, keep_error(error_path, error)))
        note(f"{what} failed: {result.failures[-1].error}")


def _one_each(finished: Mapping[str, Sequence[Cell]]) -> dict[str, Cell]:
    """A finished cell of every method, all with one seed; none where there is no such seed."""
    seeds = [[cell.seed for cell in cells] for cells in finished.values()]
    common = [seed for seed in seeds[0] if all(seed in others for others in seeds)]
    if not common:
        return {}
    return {method: next(cell for cell in cells if cell.seed == common[0]) for method, cells in finished.items()}
