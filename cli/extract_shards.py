"""Shards at a URL as the output of ``gprel extract``."""

from dataclasses import dataclass
from typing import ClassVar, get_args

import typer

from gprel.errors import ConfigError
from gprel.extraction.record import Lines, json_lines
from gprel.extraction.shards import ShardForm

from .console import print_note
from .errors_file import EXIT_SOME_BAD


@dataclass(frozen=True)
class Shards:
    """A folder of shards.

    Attributes:
        folder: Its URL.
        style: Form of the shards.
        is_pipe: It is not standard output.
        needs_triples: Documents without triples are worth writing, too.
    """

    folder: str
    style: ShardForm
    is_pipe: ClassVar[bool] = False
    needs_triples: ClassVar[bool] = False

    @classmethod
    def of(cls, folder: str, style: str | None, base: str | None) -> "Shards":
        """The output that a user names.

        Raises:
            ConfigError: If shards cannot have that form.
        """
        known = get_args(ShardForm)
        chosen = [name for name in known if name == (style or "jsonl")]
        if not chosen:
            raise ConfigError(
                f"--format {style} is written into a file on this machine, not to the URL {folder}; choose one of: "
                f"{', '.join(known)}"
            )
        if base is not None:
            raise ConfigError(f"--base is for the forms of RDF (ntriples, turtle), not for {chosen[0]}; drop it")
        return cls(folder, chosen[0])

    @property
    def lines(self) -> Lines:
        """What is written as it comes."""
        return json_lines

    def tell_bad(self, n_bad: int) -> None:
        """Say what could not be read.

        Raises:
            typer.Exit: With ``EXIT_SOME_BAD``, if anything was bad.
        """
        if n_bad:
            print_note(f"{n_bad:,} inputs could not be read and were left out; see {self.folder}/_errors-*.jsonl")
            raise typer.Exit(EXIT_SOME_BAD)
