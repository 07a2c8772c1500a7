"""Where annotation comes from: files as lines or as one JSON list, and what happens to the parts that are wrong."""

import json
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, NamedTuple, TypeVar

from gprel.document import Document
from gprel.errors import DataError
from gprel.formats.json_list import list_items, not_utf8, parse_json, printable

T = TypeVar("T")
_UTF16 = ("\udcff\udcfe", "\udcfe\udcff")  # byte order marks, as decoded by decode_lines


@dataclass(frozen=True, slots=True)
class BadLine:
    r"""A piece of input that could not be read.

    Attributes:
        source: File as the user named it, or ``"standard input"``.
        line: Line number, or position in the list for a file that is one JSON list; counted from 1.
        reason: What was expected, what was got and what to do.
        content: The line as it stands, or the record as JSON; bytes that are not UTF-8 appear as ``\xff``.
        unit: What ``line`` counts.
    """

    source: str
    line: int
    reason: str
    content: str
    unit: Literal["line", "record"] = "line"

    def __str__(self) -> str:
        place = f"{self.source}:{self.line}" if self.unit == "line" else f"{self.source}, record {self.line}"
        return f"{place}: {self.reason}"


OnError = Callable[[BadLine], None]


def reject(bad: BadLine, on_error: OnError | None) -> None:
    """Hand a bad line over, or stop at it where nobody takes it.

    Raises:
        DataError: If ``on_error`` is ``None``.
    """
    if on_error is None:
        raise DataError(str(bad))
    on_error(bad)


def read_lines(path: Path) -> Iterator[str]:
    """The lines of a file, one at a time; see :func:`decode_lines`.

    Raises:
        DataError: At once, if the file is missing, is a folder, or may not be read.
    """
    check_file(path)
    return _lines_of(path)


def _lines_of(path: Path) -> Iterator[str]:
    with path.open("rb") as file:
        yield from decode_lines(file)


def decode_lines(lines: Iterable[bytes]) -> Iterator[str]:
    """Decode UTF-8 line by line; a byte that is not UTF-8 becomes a lone surrogate, which :func:`numbered` reports."""
    # Not text mode: one bad byte must cost one line, and only "\n" ends a line, as in JSON Lines.
    for line in lines:
        yield line.decode("utf-8", "surrogateescape")


def numbered(lines: Iterable[str], source: str, on_error: OnError | None = None) -> Iterator[tuple[int, str]]:
    """Number lines from 1, without line ends and byte order mark; blank lines are kept.

    Raises:
        DataError: If no line holds anything or all are UTF-16; if a line is not UTF-8 and ``on_error`` is ``None``.
    """
    is_empty = True
    for number, line in enumerate(lines, start=1):
        line = line.rstrip("\r\n")
        if number == 1:
            if line.startswith(_UTF16):  # each other byte would be a zero, and a reader of texts would take it
                raise DataError(f"{source} is UTF-16 by its first two bytes; save the file as UTF-8")
            line = line.removeprefix("\ufeff")
        is_empty = is_empty and not line.strip()
        reason = not_utf8(line)
        if reason:
            reject(BadLine(source, number, reason, printable(line)), on_error)
        else:
            yield number, line
    if is_empty:
        raise DataError(f"{source} is empty; expected at least one line that is not blank")


class Record(NamedTuple):
    """A parsed JSON value and where it stands.

    Attributes:
        value: The value.
        source: File as the user named it.
        number: Line, or position in a list.
        unit: What ``number`` counts.
        raw: The value as it stands in the file; ``None`` if it comes from elsewhere.
    """

    value: object
    source: str
    number: int
    unit: Literal["line", "record"]
    raw: str | None = None

    def bad(self, reason: str) -> BadLine:
        """The same as a piece of input that could not be read."""
        content = json.dumps(self.value) if self.raw is None else self.raw
        reason = reason.encode("utf-8", "backslashreplace").decode("utf-8")  # it may name a field that is no UTF-8
        return BadLine(self.source, self.number, reason, content, self.unit)

    def made(self, make: Callable[[object], T], on_error: OnError | None) -> T | None:
        """What a function makes of the value; ``None`` if that is bad and was handed over.

        Raises:
            DataError: With source, place and reason, if the value is bad and ``on_error`` is ``None``.
        """
        try:
            return make(self.value)
        except DataError as error:
            reason = str(error)
        except RecursionError:
            reason = "the record is nested too deep; expected an object of plain values"
        reject(self.bad(reason), on_error)
        return None

    def named(self, document: Document) -> Document:
        """The document; in a list, one without id gets its position."""
        is_nameless = self.unit == "record" and document.id is None
        return replace(document, id=str(self.number)) if is_nameless else document


def json_records(path: Path, on_error: OnError | None = None) -> Iterator[Record]:
    """Parse a file that is one JSON list of records, or one record a line, whichever it turns out to be, as a stream.

    A list that is malformed or cut off is read to that place; the rest of it goes to ``on_error`` in one piece.

    Args:
        path: The file.
        on_error: Takes what cannot be parsed.

    Raises:
        DataError: With file and place, at what cannot be parsed if ``on_error`` is ``None``; if the file is empty; at
            once if it is missing.
    """
    check_file(path)
    with path.open("rb") as file:
        opening = file.read(4096).removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    return _parse_list(path, on_error) if opening == b"[" else _parse_lines(_lines_of(path), str(path), on_error)


def _parse_list(path: Path, on_error: OnError | None) -> Iterator[Record]:
    for number, item in enumerate(list_items(path), start=1):
        if item.problem is None:
            yield Record(item.value, str(path), number, "record", item.raw)
        else:
            reject(BadLine(str(path), number, item.problem, item.raw, "record"), on_error)


def _parse_lines(lines: Iterable[str], source: str, on_error: OnError | None) -> Iterator[Record]:
    for number, line in numbered(lines, source, on_error):
        if not line.strip():
            continue
        try:
            value = parse_json(line)
        except DataError as error:
            reject(BadLine(source, number, str(error), line), on_error)
        else:
            yield Record(value, source, number, "line", line)


def _documents(
    records: Iterable[Record], make: Callable[[object], Document], on_error: OnError | None
) -> Iterator[Document]:
    for record in records:
        document = record.made(make, on_error)
        if document is not None:
            yield record.named(document)


def parse_json_lines(
    lines: Iterable[str], source: str, make: Callable[[object], Document], on_error: OnError | None = None
) -> Iterator[Document]:
    """Turn every line that is not blank into a document.

    Args:
        lines: The lines.
        source: Name for messages.
        make: Builds the document from the parsed JSON value; raises :class:`DataError` with the reason alone.
        on_error: Takes the bad lines.

    Raises:
        DataError: With source and line, at the first bad line if ``on_error`` is ``None``; if there are no lines.
    """
    return _documents(_parse_lines(lines, source, on_error), make, on_error)


def parse_records(
    values: Iterable[object], source: str, make: Callable[[object], Document], on_error: OnError | None = None
) -> Iterator[Document]:
    """The same as :func:`parse_json_lines` for the values of one JSON list; one without id gets its position.

    Raises:
        DataError: With source and position, at the first bad record if ``on_error`` is ``None``.
    """
    records = (Record(value, source, number, "record") for number, value in enumerate(values, start=1))
    return _documents(records, make, on_error)


def read_records(path: Path, make: Callable[[object], Document], on_error: OnError | None = None) -> Iterator[Document]:
    """The same as :func:`parse_json_lines` for a file with a JSON list or JSON lines; see :func:`json_records`.

    Raises:
        DataError: With file, place and reason, at the first bad record if ``on_error`` is ``None``; if the file is
            empty; at once if it is missing.
    """
    return _documents(json_records(path, on_error), make, on_error)


def read_json_list(path: Path) -> list[Any]:
    """The records of a file that is one JSON list.

    Raises:
        DataError: If the file is missing, empty, not UTF-8, malformed, or not a list.
    """
    check_file(path)
    return [record.value for record in _parse_list(path, None)]


def check_file(path: Path) -> None:
    """Check that there is a file to read.

    Raises:
        DataError: If the file is missing, is a folder, or may not be read.
    """
    if not path.exists():
        raise DataError(f"{path} does not exist; check the path (it is taken from {Path.cwd()})")
    if path.is_dir():
        raise DataError(f"{path} is a folder, expected a file")
    if not os.access(path, os.R_OK):
        raise DataError(f"{path} may not be read; check its permissions")
