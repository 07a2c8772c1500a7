"""Two sentences, settings under which the tiny encoder learns them in seconds, and a recorder of what is reported."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import torch

from gprel.config import RunConfig
from gprel.corpora import Corpus
from gprel.document import Document, Entity, Relation
from gprel.evaluation import Evaluation
from gprel.model import Extractor
from gprel.training import RunFolder, TrainingResult, train
from gprel.training.build import build
from gprel.training.prepare import Parts, prepare

FAST = (
    "encoder.name=tiny",
    "encoder.dropout=0",
    "head.dropout=0",
    "training.encoder_lr=3e-3",
    "training.head_lr=1e-2",
    "training.mixed_precision=no",
)


@dataclass
class Recorder:
    """Keeps what a run reports, in order."""

    notes: list[str] = field(default_factory=list)
    n_steps: int = 0
    losses: list[float] = field(default_factory=list)
    epochs: list[tuple[int, bool]] = field(default_factory=list)
    notes_before_start: int = 0

    def note(self, text: str) -> None:
        self.notes.append(text)

    def start(self, n_steps: int, n_done: int) -> None:
        self.n_steps, self.notes_before_start = n_steps, len(self.notes)

    def step(self, loss: float, tokens_per_second: float) -> None:
        assert tokens_per_second > 0
        self.losses.append(loss)

    def epoch(self, number: int, loss: float, evaluation: Evaluation | None, is_best: bool) -> None:
        self.epochs.append((number, is_best))


@dataclass
class Run:
    """A finished run."""

    config: RunConfig
    path: Path
    recorder: Recorder
    result: TrainingResult

    @property
    def facts(self) -> dict[str, Any]:
        facts: dict[str, Any] = json.loads((self.path / "run.json").read_text(encoding="utf-8"))
        return facts

    @property
    def weights(self) -> bytes:
        return (self.path / "model" / "model.safetensors").read_bytes()


@pytest.fixture(scope="session", autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)  # models this small only get slower by sharing the work


def annotate(text: str, entities: dict[str, str], triples: list[tuple[str, str, str]]) -> Document:
    """A document from surfaces that each occur once in its text."""
    places = [Entity(text.index(s), text.index(s) + len(s), type_) for s, type_ in entities.items()]
    position = {surface: i for i, surface in enumerate(entities)}
    relations = tuple(Relation(name, position[s], position[o]) for s, name, o in triples)
    return Document(text, tuple(places), relations)


@pytest.fixture(scope="session")
def documents() -> list[Document]:
    """Three entity types, two relations, one sentence each way round."""
    return [
        annotate(
            "Ann Lee lives in Oslo and works for Acme .",
            {"Ann Lee": "Peop", "Oslo": "Loc", "Acme": "Org"},
            [("Ann Lee", "Live_In", "Oslo"), ("Ann Lee", "Work_For", "Acme")],
        ),
        annotate(
            "In Lima , Bob met Carla Diaz of Blue Fox Ltd .",
            {"Lima": "Loc", "Bob": "Peop", "Carla Diaz": "Peop", "Blue Fox Ltd": "Org"},
            [("Carla Diaz", "Work_For", "Blue Fox Ltd")],
        ),
    ]


@pytest.fixture(scope="session")
def fast_config() -> RunConfig:
    """A run on two sentences that takes about a second."""
    return RunConfig().override([*FAST, "training.epochs=25"])


@pytest.fixture(scope="session")
def run_in(fast_config: RunConfig, documents: list[Document]) -> Callable[..., Run]:
    """Train on the two sentences, or on others, in a given folder."""

    def run(
        path: Path, *settings: str, train_on: list[Document] | None = None, dev: list[Document] | None = None
    ) -> Run:
        config = fast_config.override(settings)
        corpus = Corpus("sample", "Sample", documents if train_on is None else train_on, dev, None)
        recorder = Recorder()
        result = train(config, corpus, RunFolder(path, config), recorder)
        return Run(config, path, recorder, result)

    return run


@pytest.fixture
def fit(run_in: Callable[..., Run], tmp_path: Path) -> Callable[..., Run]:
    """Train in a fresh folder: ``fit("training.epochs=1", dev=[...])``."""
    numbers = iter(range(100))

    def run(*settings: str, **options: Any) -> Run:
        return run_in(tmp_path / f"run{next(numbers)}", *settings, **options)

    return run


@pytest.fixture(scope="session")
def with_dev(run_in: Callable[..., Run], documents: list[Document], tmp_path_factory: pytest.TempPathFactory) -> Run:
    """One run whose dev split is its training split."""
    return run_in(tmp_path_factory.mktemp("with_dev") / "run", dev=documents)


@pytest.fixture
def notes() -> list[str]:
    return []


@pytest.fixture
def make(fast_config: RunConfig, notes: list[str]) -> Callable[..., Extractor]:
    """Build a model for some documents under some settings."""

    def run(*documents: Document, settings: tuple[str, ...] = ()) -> Extractor:
        notes.clear()
        return build(fast_config.override(settings), documents, notes)

    return run


@pytest.fixture(scope="session")
def kept_config() -> RunConfig:
    return RunConfig().override(["encoder.name=tiny", "training.ema=0.9", "training.mixed_precision=no"])


@pytest.fixture(scope="session")
def parts(kept_config: RunConfig, documents: list[Document], tmp_path_factory: pytest.TempPathFactory) -> Parts:
    """A run after one step, so that the optimizer has something to keep."""
    folder = RunFolder(tmp_path_factory.mktemp("parts"), kept_config)
    parts = prepare(kept_config, Corpus("sample", "Sample", documents, None, None), folder, Recorder(), "")
    for _, batch in parts.batches(1, 0):
        parts.accelerator.backward(parts.wrapped(batch).total)
        parts.optimizer.step()
        parts.schedule.step()
        parts.optimizer.zero_grad()
        parts.average.update(parts.model)
    return parts
