"""Output as a folder of shards at a URL: whole files that are written one after another and never changed."""

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from gprel.errors import ConfigError, DataError
from gprel.extraction.journal import Counts, Journal
from gprel.extraction.remote import explained, fetched, is_url, open_store, transfer
from gprel.extraction.targets import parquet

ShardForm = Literal["jsonl", "parquet"]

SHARD_BYTES = 1 << 26
"""A shard is full as soon as its lines have so many bytes."""
_PART, _ERRORS, _JOURNAL = "part-", "_errors-", "_progress.json"  # what begins with _ is not read as data


def begin_shards(
    folder: str, fingerprint: Mapping[str, str], *, use_resume: bool, use_overwrite: bool
) -> Journal | None:
    """Find out where an extraction into shards begins; with ``use_overwrite``, remove the shards that are there.

    Args:
        folder: URL of the folder.
        fingerprint: What the extraction is made of.
        use_resume: Go on with one that was stopped.
        use_overwrite: Start anew.

    Returns:
        How far it has come; ``None`` if it is complete.

    Raises:
        ConfigError: If something is there and may be neither replaced nor continued.
        DataError: If the store cannot be reached, or the journal is damaged.
        DependencyError: If a package for this kind of URL is missing.
    """
    if use_resume and use_overwrite:
        raise ConfigError("--resume goes on with what is there and --overwrite replaces it; pass one of them")
    assert is_url(folder)
    with explained(folder):
        store, path = open_store(folder)
        there = [str(one) for one in store.find(path)] if store.exists(path) else []
        own = [one for one in there if one.rsplit("/", 1)[-1].startswith((_PART, _ERRORS, _JOURNAL))]
        if use_overwrite:
            for one in own:
                store.rm_file(one)
            return Journal(fingerprint)
    is_stopped = any(one.rsplit("/", 1)[-1] == _JOURNAL for one in own)
    if not there or (use_resume and not own):
        return Journal(fingerprint)
    if not use_resume:
        hint = "go on with --resume or start anew with --overwrite" if is_stopped else "name another, or --overwrite"
        raise ConfigError(f"--out {folder} is not empty ({len(there):,} files); {hint}")
    if not is_stopped:
        return None
    journal = _fetch_journal(folder)
    journal.check(fingerprint, _join(folder, _JOURNAL))
    return journal


def n_errors(folder: str) -> int:
    """How many inputs are set aside in a folder of shards.

    Raises:
        DataError: If the store cannot be reached.
        DependencyError: If a package for this kind of URL is missing.
    """
    n = 0
    with explained(folder):
        store, path = open_store(folder)
        for one in store.find(path):
            if str(one).rsplit("/", 1)[-1].startswith(_ERRORS):
                with store.open(one, "rb") as file:
                    n += sum(1 for _ in file)
    return n


def _fetch_journal(folder: str) -> Journal:
    url = _join(folder, _JOURNAL)
    with fetched(url) as copy:
        try:
            return Journal.read(copy)
        except DataError as error:
            raise DataError(str(error).replace(str(copy), url)) from error


class ShardWriter:
    """Writes what was found to files ``part-NUMBER.jsonl``, where the number is that of the input before the first.

    Their names are in the order of the input, and JSON lines put behind one another in that order are what one file
    would hold. A kill at any moment costs what is not yet in a shard. Call :meth:`finish` when everything is written.

    Args:
        folder: URL of the folder.
        journal: How far the extraction has come, from :func:`begin_shards`.
        form: Form of the shards.
        shard_bytes: Bytes of lines of a shard.

    Attributes:
        journal: How far the extraction has come; what is not yet in a shard is counted.
    """

    def __init__(
        self, folder: str, journal: Journal, *, form: ShardForm = "jsonl", shard_bytes: int = SHARD_BYTES
    ) -> None:
        self.folder = folder
        self.journal = journal
        self._saved = journal
        self._form = form
        self._shard_bytes = shard_bytes
        self._lines: list[bytes] = []
        self._errors: list[bytes] = []
        with explained(folder):
            store, path = open_store(folder)
            store.makedirs(path, exist_ok=True)

    def put(self, lines: bytes, errors: bytes, counts: Counts) -> None:
        """Write what a pool gave; see :meth:`gprel.extraction.files.Writer.put`.

        Raises:
            DataError: If the store does not take a shard.
        """
        self._lines.append(lines)
        self._errors.append(errors)
        old = self.journal
        self.journal = Journal(
            old.fingerprint, old.counts + counts, old.output_bytes + len(lines), old.errors_bytes + len(errors)
        )
        n_waiting = self.journal.output_bytes + self.journal.errors_bytes
        if n_waiting - self._saved.output_bytes - self._saved.errors_bytes >= self._shard_bytes:
            self._flush()

    def finish(self) -> None:
        """Write the last shard; from then on the output is complete.

        Raises:
            DataError: If the store does not take it.
        """
        if self.journal.counts.n_read > self._saved.counts.n_read:
            self._flush()
        with explained(self.folder):
            store, path = open_store(_join(self.folder, _JOURNAL))
            if store.exists(path):
                store.rm_file(path)

    def _flush(self) -> None:
        number = f"{self._saved.counts.n_read:012d}"
        lines, errors = b"".join(self._lines), b"".join(self._errors)
        with tempfile.TemporaryDirectory(prefix="gprel-") as scratch, explained(self.folder):
            if lines:
                shard = Path(scratch) / f"{_PART}{number}.{self._form}"
                if self._form == "parquet":
                    parquet.write(map(json.loads, lines.splitlines()), shard)
                else:
                    shard.write_bytes(lines)
                self._send(shard)
            if errors:
                aside = Path(scratch) / f"{_ERRORS}{number}.jsonl"
                aside.write_bytes(errors)
                self._send(aside)
            journal = Path(scratch) / _JOURNAL
            self.journal.write(journal)
            self._send(journal)  # last: it tells of files that are there
        self._saved = self.journal
        self._lines.clear()
        self._errors.clear()

    def _send(self, file: Path) -> None:
        store, path = open_store(_join(self.folder, file.name))
        transfer(store.put_file, str(file), path)


def _join(folder: str, name: str) -> str:
    return f"{folder.rstrip('/')}/{name}"
