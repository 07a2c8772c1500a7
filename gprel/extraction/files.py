"""The files of an extraction: where they lie, how one begins, and how lines get to the disk."""

import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from gprel.errors import ConfigError, DataError
from gprel.extraction.journal import Counts, Journal
from gprel.extraction.safe_file import SafeFile


@dataclass(frozen=True, slots=True)
class Files:
    """The files of an extraction.

    Attributes:
        out: What the user wants.
        lines: Where lines are written as they come: ``out`` itself, or a file beside it that is converted at the end.
        errors: Where what could not be read is set aside.
        journal: How far the extraction has come; gone when it is complete.
    """

    out: Path
    lines: Path
    errors: Path
    journal: Path

    @classmethod
    def beside(cls, out: Path, *, is_converted: bool) -> "Files":
        """The files that belong to an output.

        Args:
            out: The output.
            is_converted: Whether it is made from lines at the end.
        """
        lines, errors, journal = (
            out.with_name(out.name + end) for end in (".spool.jsonl", ".errors.jsonl", ".progress.json")
        )
        return cls(out, lines if is_converted else out, errors, journal)

    @property
    def all(self) -> tuple[Path, ...]:
        """Every path at which an extraction leaves something, which it must not read."""
        return (self.out, self.lines, self.errors, self.journal)

    def n_errors(self) -> int:
        """How many inputs are set aside."""
        if not self.errors.exists():
            return 0
        with self.errors.open("rb") as file:
            return sum(1 for _ in file)

    def discard_lines(self) -> None:
        """Remove what a conversion that was killed at its very end may have left."""
        if self.lines != self.out:
            self.lines.unlink(missing_ok=True)


def begin(files: Files, fingerprint: Mapping[str, str], *, use_resume: bool, use_overwrite: bool) -> Journal | None:
    """Find out where an extraction begins; changes nothing.

    Args:
        files: Its files.
        fingerprint: What it is made of.
        use_resume: Go on with one that was stopped.
        use_overwrite: Replace what is there.

    Returns:
        How far it has come; ``None`` if it is complete.

    Raises:
        ConfigError: If something is there and may be neither replaced nor continued.
        DataError: If the journal is damaged.
    """
    if use_resume and use_overwrite:
        raise ConfigError("--resume goes on with what is there and --overwrite replaces it; pass one of them")
    if files.journal.exists() and not use_overwrite:
        if not use_resume:
            raise ConfigError(
                f"--out {files.out} is of an extraction that was stopped ({files.journal.name} tells how far it came); "
                "go on with --resume or start anew with --overwrite"
            )
        journal = Journal.read(files.journal)
        journal.check(fingerprint, files.journal)
        return journal
    if files.out.exists() and not use_overwrite:
        if use_resume:
            return None
        raise ConfigError(f"--out {files.out} exists; choose another file or pass --overwrite")
    return Journal(fingerprint)


class Writer:
    """Writes what was found, so that a kill at any moment costs one pool of work and nothing else.

    Lines and errors are brought to the disk first, then the journal that tells of them. Use it in a ``with`` block and
    call :meth:`finish` when everything is written; without that call the extraction can be taken up again.

    Args:
        files: Where everything goes.
        journal: How far the extraction has come, from :func:`begin`; what lies behind it in the files is cut off.

    Raises:
        DataError: If a file cannot be written, or is shorter than the journal says.

    Attributes:
        journal: How far the extraction has come.
    """

    def __init__(self, files: Files, journal: Journal) -> None:
        self.files = files
        self.journal = journal
        with self._explained():
            journal.write(files.journal)  # first of all: output without a journal is complete output
            self._lines = SafeFile(files.lines, journal.output_bytes)
            self._errors = SafeFile(files.errors, journal.errors_bytes)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(OSError):  # nothing is buffered, and an error on the way here counts more
            self._lines.close()
            self._errors.close()

    def put(self, lines: bytes, errors: bytes, counts: Counts) -> None:
        """Write what a pool gave.

        Args:
            lines: Lines of what was found.
            errors: Lines of what could not be read.
            counts: What the pool held.

        Raises:
            DataError: If a file cannot be written, for example because the disk is full.
        """
        with self._explained():
            self._lines.append(lines)
            self._errors.append(errors)
            self._lines.sync()
            self._errors.sync()
            journal = Journal(
                self.journal.fingerprint, self.journal.counts + counts, self._lines.length, self._errors.length
            )
            journal.write(self.files.journal)
            self.journal = journal

    def finish(self, convert: Callable[[Path, Path], None] | None = None) -> None:
        """Make the output from the lines where it is something else, and remove what is not needed any more.

        Args:
            convert: Takes the file of lines and the path to write, where nothing is yet.

        Raises:
            DataError: If the output cannot be written.
        """
        files = self.files
        with self._explained():
            self._lines.close()
            self._errors.close()
            if not self._errors.length:
                files.errors.unlink(missing_ok=True)
            if convert is not None:
                _replace(files, convert)
            files.journal.unlink(missing_ok=True)  # from here on the output is complete
            files.discard_lines()

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            where = error.filename or self.files.lines
            raise DataError(
                f"{where} cannot be written: {error.strerror or error}; what was found in the first "
                f"{self.journal.counts.n_read:,} inputs is safe: mend that and run the same command with --resume"
            ) from error


def _replace(files: Files, convert: Callable[[Path, Path], None]) -> None:
    """Convert aside, then put the result in its place, so that there is never half an output."""
    aside = files.out.with_name(f"{files.out.stem}.partial{files.out.suffix}")
    _remove(aside)
    convert(files.lines, aside)
    if files.out.is_dir():
        shutil.rmtree(files.out)
    os.replace(aside, files.out)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
