"""What the tests of comparisons share: a matrix, a corpus, and who runs the one on the other."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from gprel.comparison.cells import Cell, cells_of
from gprel.comparison.compare import Comparison, compare, run_cells
from gprel.comparison.matrix import Matrix
from gprel.comparison.run import CorpusShelf
from gprel.config import RunConfig
from gprel.corpora import Corpus, Split
from gprel.document import Document, Entity, Relation
from gprel.evaluation import Evaluation

MATRIX = """
title: Two <methods> & one corpus
methods:
  gplinker: {set: [head.name=gplinker]}
  casrel: {set: [head.name=casrel]}
corpora:
  sample:
    data: sample
    set: [encoder.name=tiny, training.epochs=1, training.mixed_precision=no]
seeds: [1, 2]
"""


class Silent:
    """Who is told how a training goes, and says nothing."""

    def note(self, text: str) -> None: ...

    def start(self, n_steps: int, n_done: int) -> None: ...

    def step(self, loss: float, tokens_per_second: float) -> None: ...

    def epoch(self, number: int, loss: float, evaluation: Evaluation | None, is_best: bool) -> None: ...


@contextmanager
def silent(n_epochs: int) -> Iterator[Silent]:
    yield Silent()


@dataclass
class Bench:
    """Runs comparisons in a folder and keeps what was said and loaded."""

    folder: Path
    documents: list[Document]
    notes: list[str] = field(default_factory=list)
    n_loaded: int = 0

    def load(self, config: RunConfig, splits: Sequence[Split]) -> Corpus:
        self.n_loaded += 1
        title, notes = f"Sample of {config.data.name}", ("<script>alert(1)</script>",)
        return Corpus("sample", title, self.documents, self.documents[::-1], self.documents, notes)

    def run(self, matrix: Matrix, cells: Sequence[Cell] | None = None) -> Comparison:
        chosen = cells_of(matrix, self.folder) if cells is None else cells
        shelf = CorpusShelf(self.load)
        failures = run_cells([cell for cell in chosen if cell.state() != "done"], shelf, silent, self.notes.append)
        return compare(matrix, self.folder, shelf, failures, self.notes.append)


@dataclass(frozen=True)
class Done:
    """A comparison that was run, and its folder."""

    comparison: Comparison
    bench: Bench


def annotate(text: str, entities: dict[str, str], triples: list[tuple[str, str, str]]) -> Document:
    """A document from surfaces that each occur once in its text."""
    places = [Entity(text.index(s), text.index(s) + len(s), type_) for s, type_ in entities.items()]
    position = {surface: i for i, surface in enumerate(entities)}
    relations = tuple(Relation(name, position[s], position[o]) for s, name, o in triples)
    return Document(text, tuple(places), relations)


def no_recipe(recipe: str | None, data: str | None, variant: str | None, task: str | None) -> Path | None:
    return None
