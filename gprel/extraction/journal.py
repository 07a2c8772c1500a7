"""How far an extraction has come: a small file beside the output, replaced as a whole after every pool.

The output may be longer than the journal says, by what was written when the process died; it is cut back on resume.
It is never shorter, because a journal is written only after what it tells of has reached the disk.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from gprel.errors import ConfigError, DataError

_MAX_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Counts:
    """What an extraction has seen so far.

    Attributes:
        n_read: Items read, those that are bad included.
        n_bad: Items that could not be read.
        n_entities: Entities written.
        n_triples: Triples written.
        n_windows: Windows the texts were cut into.
        n_capped: Windows that reached the cap on candidates or triples.
        n_dropped: Candidates and triples left out there.
    """

    n_read: int = 0
    n_bad: int = 0
    n_entities: int = 0
    n_triples: int = 0
    n_windows: int = 0
    n_capped: int = 0
    n_dropped: int = 0

    @property
    def n_documents(self) -> int:
        """Documents written."""
        return self.n_read - self.n_bad

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(*(getattr(self, part.name) + getattr(other, part.name) for part in fields(self)))


@dataclass(frozen=True, slots=True)
class Journal:
    """How far an extraction has come.

    Attributes:
        fingerprint: What it is made of: model, options, inputs.
        counts: What it has seen.
        output_bytes: Length of the output that belongs to it.
        errors_bytes: Length of the errors file that belongs to it.
    """

    fingerprint: Mapping[str, str]
    counts: Counts = field(default_factory=Counts)
    output_bytes: int = 0
    errors_bytes: int = 0

    def write(self, path: Path) -> None:
        """Replace the journal; a reader sees the old one or the new one, never half of one.

        Raises:
            OSError: If it cannot be written; the old one is then still there.
        """
        aside = path.with_name(path.name + ".new")
        try:
            with aside.open("w", encoding="utf-8") as file:
                json.dump(asdict(self), file, ensure_ascii=False, indent=1)
                file.flush()
                os.fsync(file.fileno())
            os.replace(aside, path)
        except OSError:
            aside.unlink(missing_ok=True)
            raise

    @classmethod
    def read(cls, path: Path) -> "Journal":
        """Read a journal.

        Raises:
            DataError: If the file was not written by :meth:`write`.
        """
        try:
            values: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
            fingerprint = {str(name): str(value) for name, value in values["fingerprint"].items()}
            counts = Counts(**values["counts"])
            return cls(fingerprint, counts, int(values["output_bytes"]), int(values["errors_bytes"]))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise DataError(
                f"{path} is not the journal of an extraction ({type(error).__name__}: {error}); start anew with "
                "--overwrite"
            ) from error

    def check(self, fingerprint: Mapping[str, str], path: Path | str) -> None:
        """Check that an extraction can go on.

        Args:
            fingerprint: What it is made of now.
            path: The journal's file, for the message.

        Raises:
            ConfigError: If anything differs; the message says what.
        """
        names = dict.fromkeys([*self.fingerprint, *fingerprint])
        absent = "not there"
        changed = [
            f"{name}: {self.fingerprint.get(name, absent)} then, {fingerprint.get(name, absent)} now"
            for name in names
            if self.fingerprint.get(name) != fingerprint.get(name)
        ]
        if changed:
            shown = "; ".join(changed[:_MAX_SHOWN])
            more = f"; and {len(changed) - _MAX_SHOWN} more" if len(changed) > _MAX_SHOWN else ""
            raise ConfigError(
                f"--resume: {path} is of an extraction that differs ({shown}{more}); give the same command as then, "
                "or start anew with --overwrite"
            )
