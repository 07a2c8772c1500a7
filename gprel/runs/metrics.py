"""``metrics.jsonl`` of a run: losses by step, loss and dev scores by epoch."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gprel.errors import DataError


@dataclass(frozen=True, slots=True)
class Epoch:
    """One epoch.

    Attributes:
        number: Counted from 1.
        step: Steps of the run until then; of an old log, the last one it has.
        loss: Mean loss.
        seconds: Wall-clock time since the run began.
        is_best: Whether it was the best on dev so far.
        dev: Micro F1 in percent, by kind and rule; empty without a dev split.
    """

    number: int
    step: int
    loss: float
    seconds: float
    is_best: bool
    dev: dict[str, dict[str, float]]


@dataclass
class Metrics:
    """What the log of a run says.

    Attributes:
        steps: Step and moving average of the loss, in order.
        epochs: The epochs, in order.
        n_bad: Lines that could not be read.
    """

    steps: list[tuple[int, float]] = field(default_factory=list)
    epochs: list[Epoch] = field(default_factory=list)
    n_bad: int = 0

    @property
    def best(self) -> Epoch | None:
        """The best epoch so far, if one is done."""
        return next((epoch for epoch in reversed(self.epochs) if epoch.is_best), None)


def read_metrics(path: Path) -> Metrics:
    """Read a log; a line that cannot be read, as the last one of a killed run, is counted.

    Args:
        path: The file; without one there are no metrics.

    Raises:
        DataError: If the file cannot be opened.
    """
    metrics = Metrics()
    try:
        lines = path.read_bytes().splitlines() if path.exists() else []
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror or error}") from error
    for line in lines:
        try:
            _add(metrics, json.loads(line))
        except (ValueError, TypeError, KeyError, AttributeError):
            metrics.n_bad += 1
    return metrics


def _add(metrics: Metrics, values: dict[str, Any]) -> None:
    if "epoch" not in values:
        metrics.steps.append((int(values["step"]), float(values["loss"])))
        return
    dev = values.get("dev") or {}
    metrics.epochs.append(
        Epoch(
            number=int(values["epoch"]),
            step=int(values.get("steps") or (metrics.steps[-1][0] if metrics.steps else values["epoch"])),
            loss=float(values["loss"]),
            seconds=float(values.get("seconds", 0.0)),
            is_best=bool(values.get("is_best")),
            dev={
                str(kind): {str(rule): float(f1) for rule, f1 in scores.items()}
                for kind, scores in dev.items()
                if scores
            },
        )
    )
