"""What cannot be read: named on standard error, kept in a file beside the output, and told by the exit code."""

import shutil
import tempfile
from pathlib import Path
from typing import IO

import typer

from gprel.extraction.record import bad_line
from gprel.formats import BadLine

from .console import print_note

EXIT_SOME_BAD = 3
_N_SHOWN = 5
_IN_MEMORY = 1 << 20  # bytes


class ErrorsFile:
    """Takes bad lines and records as they are met (an ``OnError``), whatever their number.

    Args:
        out: Where results go; what is bad goes to a file of that name with ``.errors.jsonl`` behind it. ``None`` names
            every bad line on standard error instead.
    """

    def __init__(self, out: Path | None) -> None:
        self.path = None if out is None else out.with_name(out.name + ".errors.jsonl")
        self.n_bad = 0
        self._unit = "line"
        self._shown: list[str] = []
        # Aside until the work is done: a run that fails leaves nothing behind, not even half a file.
        self._records: IO[bytes] = tempfile.SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115  # lives as long as this

    def __call__(self, bad: BadLine) -> None:
        """Take a bad line."""
        self.n_bad += 1
        self._unit = bad.unit
        if self.path is None:
            print_note(str(bad))
            return
        if len(self._shown) < _N_SHOWN:
            self._shown.append(str(bad))
        self._records.write(bad_line(bad))

    def finish(self) -> None:
        """Write the file, or remove that of an earlier run, and say what was left out.

        Raises:
            typer.Exit: With ``EXIT_SOME_BAD``, if anything was bad.
        """
        if self.path is not None:
            self.path.unlink(missing_ok=True)
        if not self.n_bad:
            return
        for line in self._shown:
            print_note(line)
        if self.path is not None:
            if self.n_bad > len(self._shown):
                print_note(f"... and {self.n_bad - len(self._shown):,} more")
            self._records.seek(0)
            with self.path.open("wb") as file:
                shutil.copyfileobj(self._records, file)
        is_one = self.n_bad == 1
        where = f"; {'it is' if is_one else 'they are'} in {self.path}" if self.path else ""
        units, verb = (self._unit, "was") if is_one else (f"{self._unit}s", "were")
        print_note(f"{self.n_bad:,} {units} could not be read and {verb} left out{where}")
        raise typer.Exit(EXIT_SOME_BAD)
