"""Files of lines: texts, JSON objects; and a file that is one text."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from gprel.document import Document
from gprel.errors import DataError
from gprel.extraction.item import Item
from gprel.extraction.sources.fields import Names, Place, to_item
from gprel.extraction.sources.packed import MAX_LINE_BYTES, CutError, chunks
from gprel.formats import BadLine
from gprel.formats.file_names import id_of
from gprel.formats.json_list import not_utf8, parse_json, printable

_MARK = b"\xef\xbb\xbf"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_N_SHOWN = 10_000  # bytes of what cannot be read on
EMPTY = "the source is empty; expected at least one line that is not blank"
UTF16 = "the source is UTF-16 by its first two bytes; save it as UTF-8"


def read_text(lines: Iterator[bytes], source: str) -> Iterator[Item | BadLine]:
    """Texts, one a line, each with its line number as id; blank lines are passed over."""
    for number, line in decoded(lines, Place(source, "line")):
        yield line if isinstance(line, BadLine) else Item(source, number, "line", Document(line, id=str(number)))


def read_json_lines(lines: Iterator[bytes], source: str, names: Names) -> Iterator[Item | BadLine]:
    """JSON objects, one a line; blank lines are passed over."""
    place = Place(source, "line")
    for number, line in decoded(lines, place):
        if isinstance(line, BadLine):
            yield line
            continue
        try:
            value = parse_json(line)
        except DataError as error:
            yield place.bad(number, str(error), line)
        else:
            yield to_item(value, place, number, names, partial(str, line))


def decoded(lines: Iterator[bytes], place: Place) -> Iterator[tuple[int, str | BadLine]]:
    """Numbers and lines that are not blank, without line ends and byte order mark, or what is wrong with them.

    Nothing but blank lines is wrong, too.
    """
    is_empty = True
    number = 0
    try:
        for number, raw in enumerate(lines, start=1):
            if number == 1:
                if raw.startswith(_UTF16):
                    yield 1, place.bad(1, UTF16, raw[:_N_SHOWN].decode("utf-8", "backslashreplace"))
                    return
                raw = raw.removeprefix(_MARK)
            line = raw.decode("utf-8", "surrogateescape").rstrip("\r\n")
            if line and not line.isspace():
                is_empty = False
                reason = not_utf8(line)
                yield number, line if reason is None else place.bad(number, reason, printable(line))
    except CutError as error:
        yield number + 1, cut_off(error, place, number + 1)
        return
    if is_empty:
        yield 1, place.bad(1, EMPTY)


def cut_off(error: CutError, place: Place, number: int) -> BadLine:
    """What is left where a stream ends before its time; a long rest is shown in part."""
    rest = error.rest[:_N_SHOWN].decode("utf-8", "backslashreplace")
    more = len(error.rest) - _N_SHOWN
    return place.bad(number, str(error), rest + (f"... ({more:,} more bytes)" if more > 0 else ""))


def read_page(path: Path, source: str, id_: Path) -> Iterator[Item | BadLine]:
    """A text that is a whole file, as brat has them; its id is a path without suffix."""
    place = Place(source, "line")
    parts: list[bytes] = []
    n_bytes = 0
    try:
        with path.open("rb") as file:
            for part in chunks(file):
                parts.append(part)
                n_bytes += len(part)
                if n_bytes > MAX_LINE_BYTES:
                    raise CutError(f"the text is longer than {MAX_LINE_BYTES:,} bytes; divide it")
        text = b"".join(parts).decode("utf-8")
    except CutError as error:
        yield cut_off(CutError(str(error), b"".join(parts)), place, 1)
    except OSError as error:
        yield place.bad(1, f"cannot be read ({error.strerror or error}); check its permissions")
    except UnicodeDecodeError as error:
        data = b"".join(parts)
        reason = f"byte 0x{data[error.start]:02x} is not UTF-8, so the text is left out; save the file as UTF-8"
        yield place.bad(data.count(b"\n", 0, error.start) + 1, reason, data.decode("utf-8", "backslashreplace"))
    else:
        yield Item(source, 1, "record", Document(text, id=id_of(id_.with_suffix(""))))
