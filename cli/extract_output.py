"""Where ``gprel extract`` writes, in which form, and what it says of it."""

import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import typer

from gprel.errors import ConfigError
from gprel.extraction.files import Files
from gprel.extraction.record import Lines, json_lines, triple_lines
from gprel.extraction.targets import TARGETS, Target, target_of

from .console import print_note
from .errors_file import EXIT_SOME_BAD
from .extract_table import TableLines
from .output import check_not_input, check_output, check_parent

_LINES: dict[str, Lines] = {"jsonl": json_lines, "triples": triple_lines}
_HOLD_RECORDS = ("jsonl", "parquet")
_ONLY_TRIPLES = ("triples", "csv", "tsv", "edges")
_N_SHOWN = 5


@dataclass(frozen=True)
class Output:
    """An output in one of the forms.

    Attributes:
        out: Its path; ``-`` for standard output.
        style: Name of its form.
        lines: What is written as it comes.
        target: What is made of that at the end; ``None`` where the lines are the output.
    """

    out: Path
    style: str
    lines: Lines
    target: Target | None

    @classmethod
    def of(cls, out: Path, style: str | None, fields: Sequence[str] | None, base: str | None) -> "Output":
        """The output that a user names.

        Raises:
            ConfigError: If there is no such form, or it cannot hold what is asked for.
        """
        is_pipe = str(out) == "-"
        if style == "table" and not is_pipe:
            raise ConfigError("--format table is for reading on the screen, not for files; drop --out")
        if style in ("triples", "table") or (is_pipe and style in (None, "jsonl")):
            name, target = style or "jsonl", None
        else:
            if style is None:
                check_output(out, use_overwrite=True)  # before its ending is asked for the form
            elif style not in TARGETS:
                raise ConfigError(
                    f"--format is {style!r}, expected one of: {', '.join(['table', 'triples', *TARGETS])}"
                )
            found = target_of(out, style, base=base)
            name = next(name for name, known in TARGETS.items() if known.about == found.about)
            is_plain = name == "jsonl" and out.suffix not in (".gz", ".zst")
            target = None if is_plain else found
        if target is None and base is not None:
            raise ConfigError(f"--base is for the forms of RDF (ntriples, turtle), not for {name}; drop it")
        if is_pipe and target is not None:
            raise ConfigError(f"--format {name} is written into a file, not to standard output; name one with --out")
        if fields is not None and name not in _HOLD_RECORDS:
            raise ConfigError(f"--fields is for {' and '.join(_HOLD_RECORDS)}, not for {name}; drop it")
        return cls(out, name, TableLines() if name == "table" else _LINES.get(name, json_lines), target)

    @property
    def is_pipe(self) -> bool:
        """Whether it is standard output."""
        return str(self.out) == "-"

    @property
    def needs_triples(self) -> bool:
        """Whether nothing would be left in it of a model that finds entities alone."""
        return self.style in _ONLY_TRIPLES

    def check(self, sources: Sequence[str]) -> Files:
        """Check that it can be written and is not the input; returns its files.

        Raises:
            ConfigError: If it cannot be written or is the input.
        """
        if self.target is not None and self.target.is_folder:
            check_parent(self.out, "--out")
            if self.out.exists() and not self.out.is_dir():
                raise ConfigError(f"--out {self.out} is a file, but {self.style} is written as a folder")
        else:
            check_output(self.out, use_overwrite=True)  # whether it is there is another question
        for source in sources:
            check_not_input(self.out, source)
        return Files.beside(self.out, is_converted=self.target is not None)

    def convert(self, lines: Path, out: Path) -> None:
        """Make the output from a file of JSON lines, and say what it cannot hold."""
        assert self.target is not None  # nothing else is converted
        with lines.open("rb") as file:
            left_out: Counter[str] = self.target.write(_records(file), out)
        if left_out:
            what = ", ".join(f"{count:,} {name}" for name, count in left_out.items())
            print_note(f"{self.style} cannot hold: {what}")


def _records(file: IO[bytes]) -> Iterator[dict[str, Any]]:
    for line in file:
        yield json.loads(line)


@contextmanager
def standard_output() -> Iterator[Callable[[bytes], object]]:
    """A function that writes bytes to standard output: JSON lines are UTF-8, whatever the terminal's encoding."""
    sys.stdout.flush()
    yield sys.stdout.buffer.write
    sys.stdout.buffer.flush()


def tell_bad(errors: Path, n_bad: int) -> None:
    """Say what could not be read.

    Raises:
        typer.Exit: With ``EXIT_SOME_BAD``, if anything was bad.
    """
    if not n_bad:
        return
    unit = "line"
    with errors.open(encoding="utf-8") as file:
        for _, line in zip(range(_N_SHOWN), file, strict=False):
            bad = json.loads(line)
            unit = "line" if "line" in bad else "record"
            place = f"{bad['source']}:{bad['line']}" if unit == "line" else f"{bad['source']}, record {bad['record']}"
            print_note(f"{place}: {bad['reason']}")
    if n_bad > _N_SHOWN:
        print_note(f"... and {n_bad - _N_SHOWN:,} more")
    what = (
        f"1 {unit} could not be read and was left out; it is"
        if n_bad == 1
        else (f"{n_bad:,} {unit}s could not be read and were left out; they are")
    )
    print_note(f"{what} in {errors}")
    raise typer.Exit(EXIT_SOME_BAD)
