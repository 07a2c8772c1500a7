"""Extractions that are killed at a chosen step, and what they leave."""

import io
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from gprel.extraction import pool as pool_module
from gprel.extraction import safe_file
from gprel.extraction.files import Files, Writer, begin
from gprel.extraction.journal import Counts
from gprel.extraction.pool import PoolRunner
from gprel.extraction.record import json_lines
from gprel.extraction.run import extract_to_file

from .helpers import FakeBackend, stream

MADE_OF = {"model": "m", "--types": "none"}
MIDDLE = 25  # a step in the middle of an extraction


class Killed(BaseException):
    """The process is gone."""


def convert(lines: Path, out: Path) -> None:
    """A target that is a folder of two files, written in several steps."""
    out.mkdir()
    (out / "text").write_bytes(lines.read_bytes())
    (out / "number").write_text(str(len(lines.read_bytes().splitlines())), encoding="utf-8")


def run(out: Path, *, n: int = 22, resume: bool = False, overwrite: bool = False, converted: bool = False) -> Counts:
    """Extract the stream of :mod:`tests.extraction.helpers` into a file."""
    files = Files.beside(out, is_converted=converted)
    journal = begin(files, MADE_OF, use_resume=resume, use_overwrite=overwrite)
    assert journal is not None
    runner = PoolRunner(FakeBackend(), tokens_per_batch=48)
    with Writer(files, journal) as writer:
        counts = extract_to_file(stream(n), runner, json_lines, writer, lambda counts: None)
        writer.finish(convert if converted else None)
    return counts


def use_small_pools(patch: pytest.MonkeyPatch) -> None:
    """Many pools of few texts, and no waiting for the disk."""
    patch.setattr(pool_module.pools, "__kwdefaults__", {"max_items": 7, "max_characters": 400})
    patch.setattr(os, "fsync", lambda file: None)  # no power fails here, and waiting for the disk takes long


def everything(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, by its path."""
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


class Steps:
    """Counts everything that changes the disk, and kills the process at a given one, half-way through where it can.

    Args:
        patch: Puts the places of these steps under observation.
        last: The step that is not completed; ``None`` for none.
        how: What happens there.
    """

    def __init__(self, patch: pytest.MonkeyPatch, last: int | None, how: Callable[[], BaseException]) -> None:
        self.n, self.last, self.how = 0, last, how
        for module, name in ((os, "replace"), (os, "fsync"), (Path, "unlink"), (Path, "mkdir")):
            self._watch(patch, module, name)
        self._watch_writes(patch)

    def step(self) -> bool:
        self.n += 1
        return self.n == self.last

    def _watch(self, patch: pytest.MonkeyPatch, module: object, name: str) -> None:
        real = getattr(module, name)

        def watched(*arguments: object, **options: object) -> object:
            if self.step():
                raise self.how()
            return real(*arguments, **options)

        patch.setattr(module, name, watched)

    def _watch_writes(self, patch: pytest.MonkeyPatch) -> None:
        steps = self

        class Watched(io.FileIO):
            def write(self, data: object) -> int:
                part = bytes(data)  # type: ignore[call-overload]
                if steps.step():
                    super().write(part[: len(part) // 2])
                    raise steps.how()
                return super().write(part)

            def truncate(self, size: int | None = None) -> int:
                if steps.step():
                    raise steps.how()
                return super().truncate(size)

        patch.setattr(safe_file, "open_raw", lambda path, mode: Watched(path, mode))


def run_and_kill(out: Path, **options: bool) -> None:
    """An extraction that is killed in the middle."""
    with pytest.MonkeyPatch.context() as patch:
        Steps(patch, MIDDLE, Killed)
        with suppress(Killed):
            run(out, **options)
