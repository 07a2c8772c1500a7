"""Annotation formats: one module each, all of them from files to documents."""

import sys
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path

from gprel.document import Document
from gprel.errors import DataError
from gprel.formats import cluener, columns, jsonl, text, tokens, triples
from gprel.formats.format import Format, Reader, Writer
from gprel.formats.source import BadLine, OnError, decode_lines

__all__ = ["FORMATS", "BadLine", "Format", "OnError", "Reader", "Writer", "read_any", "read_stream"]


FORMATS: dict[str, Format] = {
    "jsonl": Format("gprel's own: one JSON object a line, offsets in characters", jsonl.read_file, None, ".jsonl"),
    "text": Format("plain text, one text a line", text.read_file, None, ".txt"),
    "tokens": Format("SpERT and PFN: tokens, annotated in token positions", tokens.read_file),
    "triples": Format("CasRel, PRGC and OneRel: text and triples of strings", triples.read_file),
    "cluener": Format("CLUENER: JSON lines with entities by type and surface", cluener.read_file),
    "columns": Format("a character and a BIO tag a line", columns.read_file, None, ".txt"),
}
"""Formats by the name that users and corpus cards give them."""

_BY_SUFFIX: dict[str, Reader] = {".jsonl": jsonl.read_file, ".json": jsonl.read_file, ".txt": text.read_file}


def read_any(source: str | Path, *, on_error: OnError | None = None) -> Iterator[Document]:
    """Read what a user names on the command line.

    Args:
        source: A ``.jsonl`` or ``.json`` file with one object a line, a ``.txt`` file with one text a line, or ``"-"``
            for standard input with either of them.
        on_error: Takes the bad lines, and reading goes on; without it reading stops at the first one.

    Raises:
        DataError: If the file is missing, a folder, empty, or of an unknown kind; at a bad line if ``on_error`` is
            ``None``.
    """
    if str(source) == "-":
        return read_stream(decode_lines(sys.stdin.buffer), "standard input", on_error)
    path = Path(source)
    reader = _BY_SUFFIX.get(path.suffix.lower())
    if reader is None and path.is_file():
        raise DataError(
            f"{path} has the suffix {path.suffix!r}, expected one of: {', '.join(_BY_SUFFIX)}; rename the file"
        )
    return (reader or jsonl.read_file)(path, on_error=on_error)  # a missing file or a folder is the reader's to report


def read_stream(lines: Iterable[str], source: str, on_error: OnError | None = None) -> Iterator[Document]:
    """Read lines that are JSON objects if the first one with anything on it starts with ``{``, and texts if not.

    Raises:
        DataError: If there are no lines; at a bad line if ``on_error`` is ``None``.
    """
    rest = iter(lines)
    seen: list[str] = []
    for line in rest:
        seen.append(line)
        if line.strip("\ufeff \t\r\n"):
            break
    is_json = bool(seen) and seen[-1].lstrip("\ufeff \t\r\n").startswith("{")
    return (jsonl.read if is_json else text.read)(chain(seen, rest), source, on_error)
