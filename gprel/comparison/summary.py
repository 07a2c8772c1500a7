"""What the finished cells of one corpus say: means over seeds, intervals over documents, tests between methods."""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Literal, get_args

import numpy as np

from gprel.comparison.cells import Cell
from gprel.comparison.matrix import CorpusEntry
from gprel.document import Document
from gprel.errors import DataError
from gprel.evaluation import AVERAGES, KINDS, RULES, Evaluation, Tally, evaluate
from gprel.evaluation.significance import DocumentCounts, bootstrap_interval, document_counts, randomization_test
from gprel.formats import jsonl

Threshold = Literal["0", "tuned"]
"""0 for every label, or tuned on dev."""

THRESHOLDS: tuple[Threshold, ...] = get_args(Threshold)


@dataclass(frozen=True)
class Score:
    """One method's score on one corpus.

    Attributes:
        threshold: The thresholds of the predictions.
        method: Name of the method.
        kind: ``entities`` or ``triples``.
        rule: Matching rule.
        average: ``micro`` or ``macro``.
        seeds: Seeds of the runs.
        precision: In percent, one per seed, as the next two.
        recall: In percent.
        f1: In percent.
        interval: 95 % interval of the micro F1 over documents, all seeds together; ``None`` for macro figures.
        n_gold: Gold items.
        n_found: Predicted items, mean over seeds.
    """

    threshold: Threshold
    method: str
    kind: str
    rule: str
    average: str
    seeds: tuple[int, ...]
    precision: tuple[float, ...]
    recall: tuple[float, ...]
    f1: tuple[float, ...]
    interval: tuple[float, float] | None
    n_gold: int
    n_found: float


@dataclass(frozen=True)
class Pair:
    """Whether two methods differ, in micro F1 under the rule of the main table.

    Attributes:
        threshold: The thresholds of both.
        kind: ``entities`` or ``triples``.
        rule: Matching rule.
        first: One method.
        second: The other one.
        seeds: Seeds with which both were run.
        difference: Mean F1 of the first minus that of the second, in percent.
        p: Share of random exchanges of the two outputs, document by document, that differ at least as much.
    """

    threshold: Threshold
    kind: str
    rule: str
    first: str
    second: str
    seeds: tuple[int, ...]
    difference: float
    p: float


@dataclass(frozen=True)
class CorpusSummary:
    """What is known of one corpus.

    Attributes:
        entry: The corpus.
        title: Its name for people.
        n_documents: Documents of the split.
        notes: What its card and its files want to be said.
        scores: Every score, of every method, kind, rule and average; tuned ones where there is a dev split to tune on.
        pairs: Tests between the methods.
    """

    entry: CorpusEntry
    title: str
    n_documents: int
    notes: tuple[str, ...]
    scores: tuple[Score, ...]
    pairs: tuple[Pair, ...]

    def score(self, method: str, kind: str, rule: str, average: str, threshold: Threshold = "0") -> Score | None:
        """One score; ``None`` where the method has no such output, or no finished run."""
        key = (method, kind, rule, average, threshold)
        return next((s for s in self.scores if (s.method, s.kind, s.rule, s.average, s.threshold) == key), None)


class _Runs:
    """The finished runs of one method on one corpus, with one kind of thresholds."""

    def __init__(self, method: str, threshold: Threshold, gold: Sequence[Document]) -> None:
        self.method, self.threshold, self.gold = method, threshold, gold
        self.evaluations: dict[int, Evaluation] = {}
        self._counts: dict[tuple[str, str, int], DocumentCounts] = {}

    def add(self, seed: int, predicted: Sequence[Document]) -> None:
        evaluation = evaluate(self.gold, predicted)
        self.evaluations[seed] = evaluation
        for kind in KINDS:
            for rule in RULES:
                if evaluation.tally(kind, rule) is not None:
                    self._counts[kind, rule, seed] = document_counts(self.gold, predicted, rule, kind)

    def seeds(self, kind: str) -> tuple[int, ...]:
        """Seeds of the runs with such an output."""
        return tuple(seed for seed, e in self.evaluations.items() if e.tally(kind, next(iter(RULES))) is not None)

    def tallies(self, kind: str, rule: str, seeds: Sequence[int]) -> list[Tally]:
        found = [self.evaluations[seed].tally(kind, rule) for seed in seeds]
        return [tally for tally in found if tally is not None]

    def counts(self, kind: str, rule: str, seeds: Sequence[int]) -> DocumentCounts:
        """Counts per document, those of the seeds added up."""
        total: DocumentCounts = np.sum([self._counts[kind, rule, seed] for seed in seeds], axis=0)
        return total


def summarize(
    entry: CorpusEntry,
    title: str,
    notes: Sequence[str],
    gold: Sequence[Document],
    finished: Mapping[str, Sequence[Cell]],
) -> CorpusSummary:
    """Score the finished cells of a corpus.

    Args:
        entry: The corpus.
        title: Its name for people.
        notes: What has to be said of it.
        gold: The documents of the split that is reported.
        finished: Finished cells by method, in the order of the matrix.

    Raises:
        DataError: If the predictions of a cell are not for these documents.
    """
    groups = [[_runs(method, threshold, gold, cells) for method, cells in finished.items()] for threshold in THRESHOLDS]
    runs = [run for group in groups for run in group]
    scores = [s for run in runs for kind in entry.figures for rule in RULES for s in _scores(run, kind, rule)]
    pairs = [
        pair
        for group in groups
        for kind in entry.figures
        for first, second in combinations(group, 2)
        if (pair := _pair(first, second, kind, entry.rule)) is not None
    ]
    return CorpusSummary(entry, title, len(gold), tuple(notes), tuple(scores), tuple(pairs))


def _runs(method: str, threshold: Threshold, gold: Sequence[Document], cells: Sequence[Cell]) -> _Runs:
    runs = _Runs(method, threshold, gold)
    for cell in cells:
        path = cell.predictions_path if threshold == "0" else cell.tuned_path
        if threshold == "tuned" and not path.is_file():
            continue
        try:
            runs.add(cell.seed, list(jsonl.read_file(path)))
        except DataError as error:
            raise DataError(f"{path}: {error}; remove {cell.path} to run it anew") from None
    return runs


def _scores(run: _Runs, kind: str, rule: str) -> list[Score]:
    seeds = run.seeds(kind)
    tallies = run.tallies(kind, rule, seeds)
    if not tallies:
        return []
    scores = []
    for average in AVERAGES:
        figures = [_figures(tally, average) for tally in tallies]
        scores.append(
            Score(
                threshold=run.threshold,
                method=run.method,
                kind=kind,
                rule=rule,
                average=average,
                seeds=seeds,
                precision=tuple(precision for precision, _, _ in figures),
                recall=tuple(recall for _, recall, _ in figures),
                f1=tuple(f1 for _, _, f1 in figures),
                interval=bootstrap_interval(run.counts(kind, rule, seeds)) if average == "micro" else None,
                n_gold=tallies[0].micro.n_gold,
                n_found=statistics.fmean(tally.micro.n_predicted for tally in tallies),
            )
        )
    return scores


def _figures(tally: Tally, average: str) -> tuple[float, float, float]:
    if average == "macro":
        return tally.macro_precision, tally.macro_recall, tally.macro_f1
    return tally.micro.precision, tally.micro.recall, tally.micro.f1


def _pair(first: _Runs, second: _Runs, kind: str, rule: str) -> Pair | None:
    seeds = tuple(seed for seed in first.seeds(kind) if seed in second.seeds(kind))
    if not seeds:
        return None
    means = [statistics.fmean(t.micro.f1 for t in run.tallies(kind, rule, seeds)) for run in (first, second)]
    p = randomization_test(first.counts(kind, rule, seeds), second.counts(kind, rule, seeds))
    return Pair(first.threshold, kind, rule, first.method, second.method, seeds, means[0] - means[1], p)
