"""Find run folders."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from gprel.errors import ConfigError, DataError
from gprel.runs.record import FACTS, RunRecord, read_run


@dataclass
class FoundRuns:
    """What lies in some folders.

    Attributes:
        runs: The runs, by their paths.
        broken: Run folders that cannot be read, and why.
        foreign: Folders that hold no run at all, however deep.
    """

    runs: list[RunRecord] = field(default_factory=list)
    broken: dict[Path, str] = field(default_factory=dict)
    foreign: list[Path] = field(default_factory=list)


def find_runs(folders: Sequence[Path]) -> FoundRuns:
    """Find the runs in folders and in the folders below them; inside a run folder there is nothing to find.

    Args:
        folders: Folders of runs, or run folders.

    Raises:
        ConfigError: If one of them is no folder.
    """
    found = FoundRuns()
    for folder in folders:
        if not folder.is_dir():
            raise ConfigError(f"{folder} is no folder; name the folder where the runs are (gprel train --out)")
        seen = list(_run_folders(folder))
        for path in seen:
            if path not in found.broken and all(path != run.path for run in found.runs):
                _add(found, path)
        if folder not in seen:
            children = sorted(child for child in folder.iterdir() if child.is_dir())
            found.foreign += [child for child in children if not any(path.is_relative_to(child) for path in seen)]
    return found


def _add(found: FoundRuns, path: Path) -> None:
    try:
        found.runs.append(read_run(path))
    except DataError as error:
        found.broken[path] = str(error)


def _run_folders(folder: Path) -> Iterator[Path]:
    for place, folders, files in os.walk(folder):
        folders.sort()
        if FACTS in files:
            folders.clear()
            yield Path(place)
