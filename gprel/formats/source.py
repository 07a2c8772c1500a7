"""Where annotation comes from: files as lines or as one JSON list, and what happens to the parts that are wrong."""

import json
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from gprel.document import Document
from gprel.errors import DataError


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
        DataError: If no line holds anything, or a line is not UTF-8 and ``on_error`` is ``None``.
    """
    is_empty = True
    for number, line in enumerate(lines, start=1):
        line = line.rstrip("\r\n")
        if number == 1:
            line = line.removeprefix("\ufeff")
        is_empty = is_empty and not line.strip()
        reason = _not_utf8(line)
        if reason:
            shown = line.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
            reject(BadLine(source, number, reason, shown), on_error)
        else:
            yield number, line
    if is_empty:
        raise DataError(f"{source} is empty; expected at least one line that is not blank")


def _not_utf8(line: str) -> str | None:
    if line.isascii():
        return None
    try:
        line.encode("utf-8")
    except UnicodeEncodeError as error:
        byte = f"0x{ord(line[error.start]) & 0xFF:02x}"
        return f"byte {byte} after {error.start} characters is not UTF-8; save the file as UTF-8"
    return None


def parse_json(text: str) -> object:
    """Parse one JSON value.

    Raises:
        DataError: If the JSON is malformed; the message has no file and line, the caller knows them.
    """
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise DataError(f"malformed JSON ({error.msg} at column {error.colno}); expected one complete object") from None
    except (RecursionError, ValueError) as error:
        raise DataError(f"JSON that cannot be read ({error}); expected one object of plain values") from None


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
    for number, line in numbered(lines, source, on_error):
        if not line.strip():
            continue
        try:
            document = make(parse_json(line))
        except DataError as error:
            reject(BadLine(source, number, str(error), line), on_error)
        else:
            yield document


def parse_records(
    records: Iterable[object], source: str, make: Callable[[object], Document], on_error: OnError | None = None
) -> Iterator[Document]:
    """The same as :func:`parse_json_lines` for the records of one JSON list; one without id gets its position.

    Raises:
        DataError: With source and position, at the first bad record if ``on_error`` is ``None``.
    """
    for number, record in enumerate(records, start=1):
        try:
            document = make(record)
        except DataError as error:
            content = json.dumps(record)  # ASCII: the record may hold what cannot be written as UTF-8
            reject(BadLine(source, number, str(error), content, unit="record"), on_error)
        else:
            yield document if document.id is not None else replace(document, id=str(number))


def read_records(path: Path, make: Callable[[object], Document], on_error: OnError | None = None) -> Iterator[Document]:
    """Read a file that is one JSON list of records, or one record a line, whichever it turns out to be.

    A list is held in memory, lines are a stream.

    Args:
        path: The file.
        make: As for :func:`parse_json_lines`.
        on_error: Takes the bad records or lines.

    Raises:
        DataError: As :func:`parse_records` or :func:`parse_json_lines`.
    """
    check_file(path)
    with path.open("rb") as file:
        opening = file.read(4096).removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    if opening == b"[":
        return parse_records(read_json_list(path), str(path), make, on_error)
    return parse_json_lines(read_lines(path), str(path), make, on_error)


def read_json_list(path: Path) -> list[Any]:
    """The records of a file that is one JSON list.

    Raises:
        DataError: If the file is missing, empty, not UTF-8, malformed, or not a list.
    """
    check_file(path)
    data = path.read_bytes()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise DataError(f"{path}:{line}: byte 0x{data[error.start]:02x} is not UTF-8; save the file as UTF-8") from None
    if not text.strip():
        raise DataError(f"{path} is empty; expected a JSON list of records")
    try:
        records = json.loads(text)
    except json.JSONDecodeError as error:
        raise DataError(f"{path}:{error.lineno}: malformed JSON ({error.msg}); expected one JSON list") from None
    except (RecursionError, ValueError) as error:
        raise DataError(f"{path}: JSON that cannot be read ({error}); expected a list of plain records") from None
    if not isinstance(records, list):
        raise DataError(f"{path}: expected a JSON list of records, got one value of type {type(records).__name__}")
    if not records:
        raise DataError(f"{path} is empty; expected a JSON list of records, got []")
    return records


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
