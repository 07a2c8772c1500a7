"""Runs that are cut off at a chosen step, and what two runs are compared by."""

import json
import signal
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from safetensors.numpy import load_file

from gprel.config import RunConfig
from gprel.corpora import Corpus
from gprel.document import Document
from gprel.training import RunFolder, TrainingResult, train

from .conftest import Recorder

TIMES = ("seconds", "training_seconds", "tokens_per_second")  # the only figures of a log that may differ


class Killed(BaseException):
    """Stands for the end of the process: nothing in the product catches it."""


@dataclass
class Interrupter(Recorder):
    """Does something after a number of steps of this process: dies, or sends a signal."""

    at: int = 0
    act: Callable[[], None] = lambda: None
    counted: list[int] = field(default_factory=list)

    def start(self, n_steps: int, n_done: int) -> None:
        super().start(n_steps, n_done)
        self.counted.append(n_done)

    def step(self, loss: float, tokens_per_second: float) -> None:
        super().step(loss, tokens_per_second)
        if len(self.losses) == self.at:
            self.act()


def die() -> None:
    raise Killed


def terminate() -> None:
    signal.raise_signal(signal.SIGTERM)


def interrupt() -> None:
    signal.raise_signal(signal.SIGINT)


@dataclass
class Runs:
    """Trains one set of documents under one set of settings, in several pieces."""

    path: Path
    config: RunConfig
    documents: list[Document]
    dev: list[Document] | None = None

    def go(
        self, *settings: str, at: int = 0, act: Callable[[], None] = die, use_resume: bool = False
    ) -> tuple[Interrupter, TrainingResult | None]:
        """Train; ``None`` instead of a result if the run is done already."""
        recorder = Interrupter(at=at, act=act)
        config = self.config.override(settings)
        folder = RunFolder(self.path, config, use_resume=use_resume)
        if folder.is_done:
            return recorder, None
        corpus = Corpus("sample", "Sample", self.documents, self.dev, None)
        return recorder, train(config, corpus, folder, recorder, use_resume=use_resume)

    @property
    def log(self) -> list[dict[str, Any]]:
        """The lines of ``metrics.jsonl`` without times."""
        lines = (self.path / "metrics.jsonl").read_text(encoding="utf-8").splitlines()
        return [{k: v for k, v in json.loads(line).items() if k not in TIMES} for line in lines]

    @property
    def status(self) -> str:
        status: str = json.loads((self.path / "run.json").read_text(encoding="utf-8"))["status"]
        return status

    def same_weights(self, other: "Runs") -> bool:
        one, two = (load_file(runs.path / "model" / "model.safetensors") for runs in (self, other))
        return one.keys() == two.keys() and all((one[name] == two[name]).all() for name in one)
