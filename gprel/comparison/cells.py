"""The cells of a matrix: one run each, in a folder of its own, reused once it is finished."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Literal

from gprel.comparison.matrix import CorpusEntry, Matrix, Method
from gprel.config import RunConfig
from gprel.config.differences import changes
from gprel.errors import ConfigError

State = Literal["done", "changed", "unfinished", "new"]


@dataclass(frozen=True)
class Cell:
    """One run of a matrix.

    Attributes:
        method: The method.
        corpus: The corpus.
        seed: The seed.
        config: Its settings.
        path: Its run folder, which also gets its predictions and, last of all, ``scores.json``.
    """

    method: Method
    corpus: CorpusEntry
    seed: int
    config: RunConfig
    path: Path

    @property
    def name(self) -> str:
        """Method, corpus and seed, for people."""
        return f"{self.method.name}/{self.corpus.name}/seed-{self.seed}"

    @property
    def scores_path(self) -> Path:
        """Written when everything else is: a cell with this file is finished."""
        return self.path / "scores.json"

    @property
    def predictions_path(self) -> Path:
        """What the model predicts on the split that is reported, at threshold 0."""
        return self.path / "predictions.jsonl"

    @property
    def tuned_path(self) -> Path:
        """What it predicts there with thresholds tuned on dev; not written where dev is missing, or itself reported."""
        return self.path / "predictions-tuned.jsonl"

    @property
    def error_path(self) -> Path:
        """Why the last attempt failed, with the traceback."""
        return self.path / "error.txt"

    def facts(self) -> dict[str, Any]:
        """What ``scores.json`` holds.

        Raises:
            ConfigError: If it cannot be read.
        """
        try:
            facts = json.loads(self.scores_path.read_text(encoding="utf-8"))
            RunConfig.from_dict(facts["config"])
        except (OSError, ValueError, KeyError, TypeError, ConfigError) as error:
            raise ConfigError(
                f"{self.scores_path} cannot be read ({error}); remove it to run {self.name} anew"
            ) from None
        return dict(facts)

    def changes(self) -> list[str]:
        """Settings in which the finished run differs from the wanted one.

        Raises:
            ConfigError: If ``scores.json`` cannot be read.
        """
        return changes(RunConfig.from_dict(self.facts()["config"]), self.config)

    def state(self) -> State:
        """Whether the run is finished, finished with other settings, begun, or not there at all.

        Raises:
            ConfigError: If ``scores.json`` cannot be read.
        """
        if self.scores_path.is_file():
            return "changed" if self.changes() else "done"
        return "unfinished" if self.path.is_dir() and any(self.path.iterdir()) else "new"


def cells_of(matrix: Matrix, folder: Path) -> list[Cell]:
    """Every cell, by corpus, then seed, then method: after an interruption whole rows can be compared.

    Args:
        matrix: The matrix.
        folder: Folder of the comparison.
    """
    return [
        Cell(
            method,
            corpus,
            seed,
            matrix.config(method, corpus, seed),
            folder / "runs" / method.name / corpus.name / f"seed-{seed}",
        )
        for corpus in matrix.corpora
        for seed in matrix.seeds
        for method in matrix.methods
    ]


def select(cells: Sequence[Cell], patterns: Iterable[str]) -> list[Cell]:
    """The cells that match one of ``METHOD/CORPUS``, in which ``*`` stands for anything; all without a pattern.

    Raises:
        ConfigError: If a pattern matches no cell.
    """
    wanted = list(patterns)
    names = {cell.name: f"{cell.method.name}/{cell.corpus.name}" for cell in cells}
    for pattern in wanted:
        if not any(fnmatchcase(name, pattern) for name in names.values()):
            known = ", ".join(dict.fromkeys(names.values()))
            raise ConfigError(f"--only {pattern} matches none of {known}")
    return [cell for cell in cells if not wanted or any(fnmatchcase(names[cell.name], pattern) for pattern in wanted)]


def check_unchanged(cells: Iterable[Cell]) -> None:
    """Refuse to train over finished runs that had other settings.

    Raises:
        ConfigError: If there is such a run; the message names what changed.
    """
    changed = {cell.name: ", ".join(cell.changes()) for cell in cells if cell.state() == "changed"}
    if changed:
        name, what = next(iter(changed.items()))
        raise ConfigError(
            f"{len(changed)} finished runs have other settings than this matrix asks for (first: {name}: {what}); "
            "choose another --out, or pass --overwrite to run them anew"
        )
