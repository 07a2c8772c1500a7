"""What a run writes: settings, provenance, metrics, and the best model."""

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from safetensors import SafetensorError

from gprel.config import RunConfig
from gprel.config.differences import changes
from gprel.errors import CheckpointError, ConfigError
from gprel.model import Extractor
from gprel.provenance import provenance
from gprel.runs.record import CURVE, this_process

CHECKPOINT = "checkpoint.safetensors"
FREE = (
    "training.checkpoint_minutes",
    "training.checkpoint_steps",
    "training.trackers",
)  # may differ when a run goes on


class RunFolder:
    """The folder of one training run.

    ``config.yaml`` holds the resolved settings, ``run.json`` commit, versions, machine and results, ``metrics.jsonl``
    one line per report, ``model/`` the best model so far, ``checkpoint.safetensors`` the state of a run that is not
    done.

    Args:
        path: The folder; created if missing. The files of an earlier run are removed if it never got as far as a model
            or a checkpoint, or ``use_overwrite`` is set.
        config: Resolved settings.
        use_overwrite: Replace an earlier run.
        use_resume: Keep an earlier run that is done, or that has a checkpoint to go on from; replace any other.

    Attributes:
        is_done: Whether the folder holds a finished run with the same settings, which ``use_resume`` keeps as it is.

    Raises:
        ConfigError: If the folder holds an earlier run, or something that is no run; if ``use_resume`` is set and the
            earlier run has other settings.
        CheckpointError: If something cannot be written, for example on a full disk.
    """

    def __init__(self, path: Path, config: RunConfig, *, use_overwrite: bool = False, use_resume: bool = False) -> None:
        self.path = path
        self.facts: dict[str, Any] = {}
        self.is_done = False
        if path.is_file():
            raise ConfigError(f"--out {path} is a file, expected a folder")
        if use_overwrite and use_resume:
            raise ConfigError("--resume goes on with an earlier run and --overwrite replaces it; give one of them")
        # A run that is killed at once may leave nothing but its first file, half written.
        names = {p.name for p in path.iterdir()} - {"run.json.new"} if path.is_dir() else set()
        if names:
            if "run.json" not in names:
                raise ConfigError(
                    f"--out {path} is not empty and holds no earlier run (no run.json); choose another folder"
                )
            if use_resume and self._can_go_on(config):
                return
            if not use_overwrite and not use_resume and names & {"model", CHECKPOINT}:
                raise ConfigError(
                    f"--out {path} holds an earlier run; choose another folder, or pass --overwrite, or --resume to go "
                    "on with it"
                )
        self.facts = provenance()
        with _writing(path):
            path.mkdir(parents=True, exist_ok=True)
        self.update(
            status="running", process=this_process()
        )  # first: run.json tells that the folder is ours, whatever happens next
        with _writing(path):
            self._clear()
        _replace(path / "config.yaml", config.to_yaml())

    def _can_go_on(self, config: RunConfig) -> bool:
        """Whether there is something to go on with; its facts are then read."""
        try:
            facts = json.loads((self.path / "run.json").read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise ConfigError(f"{self.path / 'run.json'} cannot be read: {error}; pass --overwrite instead") from error
        has_checkpoint = (self.path / CHECKPOINT).is_file()
        if has_checkpoint or (self.path / "model").exists():
            check_same(RunConfig.load(self.path / "config.yaml"), config)
        self.facts, self.is_done = facts, facts.get("status") == "done"
        if self.is_done:
            self.remove_checkpoint()  # where the run was killed just before it did
        elif has_checkpoint:
            self.update(status="running", process=this_process())
        return self.is_done or has_checkpoint

    def remove_checkpoint(self) -> None:
        """Delete the checkpoint, and what may be left of one that was never whole."""
        (self.path / CHECKPOINT).unlink(missing_ok=True)
        shutil.rmtree(self.path / f"{CHECKPOINT}.new", ignore_errors=True)

    def _clear(self) -> None:
        """Remove what an earlier run wrote; its model goes at once, so that never a part of one is there."""
        self.remove_checkpoint()
        shutil.rmtree(self.path / "model.old", ignore_errors=True)
        if (self.path / "model").exists():
            (self.path / "model").rename(self.path / "model.old")
        for name in ("model.old", "model.new", "tensorboard", "wandb"):
            shutil.rmtree(self.path / name, ignore_errors=True)
        for name in ("metrics.jsonl", "config.yaml.new", CURVE):
            (self.path / name).unlink(missing_ok=True)

    def update(self, **facts: object) -> None:
        """Add facts to ``run.json``.

        Raises:
            CheckpointError: If it cannot be written; the file that was there is kept.
        """
        self.facts |= facts
        text = json.dumps(self.facts, indent=2, ensure_ascii=False)
        _replace(self.path / "run.json", text + "\n")

    def log(self, **values: object) -> None:
        """Append a line to ``metrics.jsonl``.

        Raises:
            CheckpointError: If it cannot be written.
        """
        path = self.path / "metrics.jsonl"
        with _writing(path), path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(values, ensure_ascii=False) + "\n")

    def log_bytes(self) -> int:
        """Length of ``metrics.jsonl``."""
        log = self.path / "metrics.jsonl"
        return log.stat().st_size if log.is_file() else 0

    def cut_log(self, n_bytes: int) -> None:
        """Cut ``metrics.jsonl`` back to what it held when a checkpoint was saved."""
        if self.log_bytes() > n_bytes:
            os.truncate(self.path / "metrics.jsonl", n_bytes)

    def save(self, model: Extractor) -> None:
        """Write the model, then put it in the place of the earlier one; a whole model is there at every moment.

        Raises:
            CheckpointError: If it cannot be written, for example on a full disk; the earlier one is kept.
        """
        new, place = self.path / "model.new", self.path / "model"
        shutil.rmtree(new, ignore_errors=True)
        try:
            model.save_pretrained(new, max_shard_size="1TB")  # one file of weights, which is replaced at once
            for path in new.iterdir():
                to_disk(path)
            if place.exists():  # its files differ in the weights alone, so that any mixture of them is whole
                for path in sorted(new.iterdir()):
                    path.replace(place / path.name)
                new.rmdir()
                to_disk(place)
            else:
                new.rename(place)
            to_disk(self.path)
        except (OSError, SafetensorError) as error:
            shutil.rmtree(new, ignore_errors=True)
            kept = f"the one before it is kept in {place}" if place.exists() else "there is none yet"
            raise CheckpointError(f"the model cannot be written into {self.path}: {error}; {kept}") from error


def _replace(path: Path, text: str) -> None:
    new = path.with_name(path.name + ".new")
    with _writing(path):
        try:
            new.write_text(text, encoding="utf-8")
            new.replace(path)
        except OSError:
            new.unlink(missing_ok=True)
            raise


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise CheckpointError(
            f"{path} cannot be written: {error.strerror or error}; once it can be, the same command with --resume goes "
            "on from the last checkpoint"
        ) from error


def check_same(old: RunConfig, new: RunConfig) -> None:
    """Refuse to go on with a run under other settings.

    Raises:
        ConfigError: With the settings that differ.
    """
    different = [change for change in changes(old, new) if not change.startswith(FREE)]
    if different:
        raise ConfigError(
            f"the run was started with other settings ({', '.join(different)}); repeat those, or begin a new run in "
            "another folder or with --overwrite"
        )


def to_disk(path: Path) -> None:
    """Wait until a file, or the list of a folder's files, has reached the disk."""
    if os.name == "nt" and path.is_dir():
        return  # Windows opens no folders, and keeps their lists safe itself
    handle = os.open(path, os.O_RDWR if path.is_file() else os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
