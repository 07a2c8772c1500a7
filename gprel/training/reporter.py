"""Who is told how a run goes, and what is counted for the log."""

import time
from collections.abc import Callable, Mapping
from typing import Any, Protocol

import torch

from gprel.errors import GprelError
from gprel.evaluation import Evaluation
from gprel.training.distributed import Follower
from gprel.training.run_folder import RunFolder

LOG_EVERY = 20  # steps between two lines of metrics.jsonl

Track = Callable[[str, Mapping[str, object], int], None]
"""Gets what is logged, too: whether of a ``step`` or an ``epoch``, the values, and the number of steps done."""


class Reporter(Protocol):
    """Who is told how the run goes; the command line draws it."""

    def note(self, text: str) -> None:
        """A sentence the user should read."""
        ...

    def start(self, n_steps: int, n_done: int) -> None:
        """Training begins; it will take at most ``n_steps``, of which an earlier process did ``n_done``."""
        ...

    def step(self, loss: float, tokens_per_second: float) -> None:
        """One step is done; the loss is a moving average."""
        ...

    def epoch(self, number: int, loss: float, evaluation: Evaluation | None, is_best: bool) -> None:
        """One epoch is done."""
        ...


class Meter:
    """Averages losses and counts speed for the log.

    Args:
        folder: Receives lines of ``metrics.jsonl``.
        reporter: Told about every step and epoch.

    Attributes:
        track: Gets what is logged, too, if set.
    """

    KEPT = ("n_steps", "epoch_steps", "n_tokens", "epoch_tokens", "epoch_padded", "smooth", "epoch_loss", "seconds")

    def __init__(self, folder: RunFolder | Follower, reporter: Reporter) -> None:
        self.folder, self.reporter = folder, reporter
        self.track: Track | None = None
        self.n_steps = self.epoch_steps = self.n_tokens = self.epoch_tokens = self.epoch_padded = 0
        self.smooth: float | None = None
        self.epoch_loss = self.seconds = 0.0
        self.began = self.last = time.perf_counter()

    @property
    def elapsed(self) -> float:
        """Seconds since training began, those of an earlier process that is resumed included."""
        return time.perf_counter() - self.began

    def state_dict(self) -> dict[str, Any]:
        """What a checkpoint keeps."""
        return {name: getattr(self, name) for name in self.KEPT} | {"elapsed": self.elapsed}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on where a checkpoint stood."""
        for name in self.KEPT:
            setattr(self, name, state[name])
        self.last = time.perf_counter()
        self.began = self.last - state["elapsed"]

    def step(self, loss: float, parts: dict[str, float], n_tokens: int, n_padded: int) -> None:
        """Count one step.

        Args:
            loss: Loss of the batch, over all processes.
            parts: What it is the sum of.
            n_tokens: Tokens of the batch.
            n_padded: The same with padding.

        Raises:
            GprelError: If the loss is no number.
        """
        self.n_steps += 1
        if not torch.isfinite(torch.tensor(loss)):
            raise GprelError(
                f"the loss is {loss} at step {self.n_steps} ({parts}); lower training.encoder_lr and training.head_lr, "
                "or set training.mixed_precision=no"
            )
        now = time.perf_counter()
        self.seconds += now - self.last
        self.last = now
        self.epoch_steps += 1
        self.n_tokens += n_tokens
        self.epoch_tokens += n_tokens
        self.epoch_padded += n_padded
        self.epoch_loss += loss
        self.smooth = loss if self.smooth is None else 0.95 * self.smooth + 0.05 * loss
        speed = self.n_tokens / self.seconds
        self.reporter.step(self.smooth, speed)
        if self.n_steps % LOG_EVERY == 0:
            rounded = {name: round(value, 4) for name, value in parts.items()}
            self._log(
                "step",
                {
                    "step": self.n_steps,
                    "loss": round(self.smooth, 4),
                    "parts": rounded,
                    "tokens_per_second": round(speed),
                },
            )

    def epoch(self, number: int, evaluation: Evaluation | None, is_best: bool, figure: tuple[str, str]) -> None:
        """Close an epoch."""
        loss = self.epoch_loss / max(1, self.epoch_steps)
        values: dict[str, object] = {
            "epoch": number,
            "steps": self.n_steps,
            "loss": round(loss, 4),
            "seconds": round(self.elapsed, 1),
            "training_seconds": round(self.seconds, 1),
            "padding": round(1 - self.epoch_tokens / max(1, self.epoch_padded), 4),
            "is_best": is_best,
        }
        if evaluation:
            values["dev"] = {
                kind: {rule: round(tally.micro.f1, 2) for rule, tally in (scores or {}).items()}
                for kind, scores in (("entities", evaluation.entities), ("triples", evaluation.triples))
            }
            values["selected_on"] = "/".join(figure)
        self._log("epoch", values)
        self.reporter.epoch(number, loss, evaluation, is_best)
        self.epoch_steps = self.epoch_tokens = self.epoch_padded = 0
        self.epoch_loss = 0.0
        self.last = time.perf_counter()  # evaluation is not training time

    def _log(self, what: str, values: dict[str, object]) -> None:
        self.folder.log(**values)
        if self.track:
            self.track(what, values, self.n_steps)
