"""A run folder as it lies there: settings, facts and log, whichever version of gprel wrote it."""

import json
import os
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import yaml

from gprel.config import HEADS_OF_TASK, RunConfig
from gprel.config.differences import flat, flat_values
from gprel.errors import DataError
from gprel.runs.metrics import Metrics, read_metrics

SILENT = 3600  # seconds after which a run that nobody can ask counts as interrupted

Status = Literal["running", "done", "interrupted"]

FACTS, SETTINGS, LOG, CURVE = "run.json", "config.yaml", "metrics.jsonl", "curve.png"


@dataclass(frozen=True)
class RunRecord:
    """A run.

    Attributes:
        path: Its folder.
        settings: Its settings by their full names, as written; an older run may have other ones than today's.
        facts: What ``run.json`` holds.
        metrics: What ``metrics.jsonl`` holds.
    """

    path: Path
    settings: Mapping[str, object]
    facts: Mapping[str, Any]
    metrics: Metrics

    @property
    def corpus(self) -> str:
        """Corpus with its variant and fold, for example ``webnlg-star`` or ``ade-0``."""
        name = Path(str(self._setting("data.name"))).name
        parts = [name, self._setting("data.variant"), self._setting("data.fold")]
        if self._setting("data.low_resource"):
            parts.append("low-resource")
        return "-".join(str(part) for part in parts if part is not None)

    @property
    def head(self) -> str:
        """The head; where the settings say ``auto``, what that means for the task."""
        head, task = str(self._setting("head.name")), str(self._setting("task"))
        return HEADS_OF_TASK[task][0] if head == "auto" and task in HEADS_OF_TASK else head

    @property
    def encoder(self) -> str:
        """The encoder; of a path, the last part."""
        return Path(str(self._setting("encoder.init") or self._setting("encoder.name"))).name

    @property
    def seed(self) -> object:
        """The seed."""
        return self._setting("training.seed")

    @property
    def commit(self) -> str | None:
        """Commit of the code, ``+changes`` where it had been changed."""
        commit = self.facts.get("commit")
        return None if commit is None else str(commit)

    @property
    def status(self) -> Status:
        """``running`` as long as its process lives; of a process elsewhere, as long as the folder is written to."""
        status = self.facts.get("status")
        if status == "done":
            return "done"
        lives = _lives(self.facts.get("process"))
        if lives is None:
            files = [self.path / name for name in (FACTS, LOG)]
            lives = time.time() - max(file.stat().st_mtime for file in files if file.is_file()) < SILENT
        return "running" if lives and status != "stopped" else "interrupted"

    @property
    def best_epoch(self) -> int | None:
        """The best epoch, or the best so far."""
        best = self.metrics.best
        return _whole(self.facts.get("best_epoch")) or (best.number if best else None)

    @property
    def seconds(self) -> float | None:
        """Wall-clock time of the run, or that until its last epoch."""
        last = self.metrics.epochs[-1].seconds if self.metrics.epochs else None
        seconds = self.facts.get("seconds")
        return float(seconds) if isinstance(seconds, int | float) else last

    @property
    def figure(self) -> tuple[str, str] | None:
        """Kind and rule of the dev F1 that selects the best epoch."""
        words = str(self.facts.get("selected_on", "")).removeprefix("dev ").split(" ")[0]
        kind, _, rule = words.partition("/")
        return (kind, rule) if rule else None

    def f1(self, kind: str, rule: str) -> float | None:
        """Micro F1 in percent on dev, of the best epoch; ``None`` where there is none."""
        found: Any = self.facts.get("dev")
        for key in (kind, rule, "micro", "f1"):
            found = found.get(key) if isinstance(found, Mapping) else None
        if isinstance(found, int | float):
            return float(found)
        best = self.metrics.best
        return best.dev.get(kind, {}).get(rule) if best else None

    def scores(self) -> dict[str, dict[str, float]]:
        """Micro F1 in percent on dev, of the best epoch, by kind and rule."""
        names = {kind: list(rules) for kind, rules in (self.metrics.best.dev if self.metrics.best else {}).items()}
        dev = self.facts.get("dev")
        for kind, rules in (dev if isinstance(dev, Mapping) else {}).items():
            if isinstance(rules, Mapping):
                names[str(kind)] = list(map(str, rules))
        found = {kind: {rule: self.f1(kind, rule) for rule in rules} for kind, rules in names.items()}
        return {
            kind: {rule: f1 for rule, f1 in rules.items() if f1 is not None} for kind, rules in found.items() if rules
        }

    def changed(self) -> dict[str, tuple[object, object]]:
        """Settings that are not today's defaults, with both values; ``None`` for a default that is no more."""
        defaults = flat(RunConfig())
        return {
            name: (value, defaults.get(name))
            for name, value in self.settings.items()
            if name not in defaults or value != defaults[name]
        }

    def _setting(self, name: str) -> object:
        return self.settings[name] if name in self.settings else flat(RunConfig()).get(name)


def read_run(path: Path) -> RunRecord:
    """Read a run folder.

    Args:
        path: The folder.

    Raises:
        DataError: If it is no run folder, or a file of it cannot be read.
    """
    if not (path / FACTS).is_file():
        what = "is no folder" if not path.is_dir() else f"holds no run (no {FACTS})"
        raise DataError(f"{path} {what}; expected a folder that gprel train wrote")
    facts = _section(path / FACTS, json.loads)
    settings = flat_values(_section(path / SETTINGS, yaml.safe_load))
    settings.pop("data.data_dir", None)  # where the corpora are is no setting of a run
    return RunRecord(path, settings, facts, read_metrics(path / LOG))


def _section(path: Path, parse: Any) -> dict[str, Any]:  # noqa: ANN401 - a function from text
    try:
        values = parse(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError) as error:
        reason = error.strerror if isinstance(error, OSError) else " ".join(str(error).split())
        raise DataError(f"{path} cannot be read: {reason}") from error
    if not isinstance(values, dict):
        raise DataError(f"{path} holds {type(values).__name__}, expected names and values")
    return values


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) and value > 0 else None


def this_process() -> dict[str, object]:
    """What ``run.json`` keeps of the process that works on a run."""
    return {"host": socket.gethostname(), "id": os.getpid()}


def _lives(process: object) -> bool | None:
    """Whether a process lives; ``None`` where that cannot be known."""
    number = process.get("id") if isinstance(process, Mapping) else None
    if not isinstance(process, Mapping) or not isinstance(number, int) or number <= 0:
        return None
    if process.get("host") != socket.gethostname() or os.name == "nt":  # Windows would end the process by asking
        return None
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    except OSError:  # it lives, and belongs to somebody else
        return True
    return True
