"""CSV and TSV: a header, then a record a row, quoted as RFC 4180 says, so that a field may go over several lines."""

import csv
from collections import deque
from collections.abc import Iterator

from gprel.errors import DataError
from gprel.extraction.item import Item
from gprel.extraction.sources.fields import Names, Place, to_item
from gprel.extraction.sources.lines import EMPTY, UTF16, cut_off
from gprel.extraction.sources.packed import CutError
from gprel.formats import BadLine

MAX_FIELD = 1 << 26
"""The longest field in characters; also how far a quote that is never closed can reach."""
DELIMITERS = ",\t;|"


def read_table(lines: Iterator[bytes], source: str, names: Names) -> Iterator[Item | BadLine]:
    """Rows; those without any field filled are passed over, and an empty field is no id.

    A row with a quote that goes wrong costs its first line, and reading goes on with the next one: a single stray quote
    must not swallow the rest. In a file of one column, where lines cannot be told from rows, it costs the whole row.
    """
    return _Table(lines, Place(source, "line"), names).items()


class _Table:
    """A table that is being read.

    Args:
        lines: Its lines.
        place: Where they come from.
        names: Which columns are what.
    """

    def __init__(self, lines: Iterator[bytes], place: Place, names: Names) -> None:
        self._ahead: deque[bytes] = deque()  # lines that were taken by a row that went wrong
        self._coming = lines
        self._taken: list[bytes] = []  # lines of this row
        self._n_lines = 0
        self._cut: CutError | None = None
        self._place = place
        self._names = names

    def items(self) -> Iterator[Item | BadLine]:
        """What the table holds."""
        try:
            header = self._header()
            delimiter, columns = split_header(header, self._names)
        except DataError as error:
            yield self._place.bad(max(1, self._n_lines), str(error), self._raw())
            return
        if self._cut is None:
            yield from self._rows(delimiter, columns)
        if self._cut is not None:
            yield cut_off(self._cut, self._place, self._n_lines + 1)

    def _rows(self, delimiter: str, columns: list[str]) -> Iterator[Item | BadLine]:
        while True:
            self._taken.clear()
            number = self._n_lines + 1
            try:
                cells = next(self._reader(delimiter))
                b"".join(self._taken).decode("utf-8")
            except StopIteration:
                return
            except csv.Error as error:
                if len(columns) > 1:
                    self._put_back()
                reason = f"the row cannot be read ({error}); quote fields that hold quotes, delimiters or line ends"
            except UnicodeDecodeError as error:
                byte = b"".join(self._taken)[error.start]
                reason = f"byte 0x{byte:02x} is not UTF-8; save the file as UTF-8"
            else:
                if not any(cell.strip() for cell in cells):
                    continue
                if len(cells) == len(columns):
                    yield self._item(number, dict(zip(columns, cells, strict=True)))
                    continue
                reason = f"the row has {len(cells)} fields, expected {len(columns)} as in the header"
            yield self._place.bad(number, reason, self._raw())

    def _item(self, number: int, values: dict[str, str]) -> Item | BadLine:
        id_field = self._names.id or "id"
        if not values.get(id_field):
            values.pop(id_field, None)
        return to_item(values, self._place, number, self._names, self._raw)

    def _reader(self, delimiter: str) -> Iterator[list[str]]:
        """One for each row: a reader that met an error remembers half a row."""
        csv.field_size_limit(MAX_FIELD)  # the default of 131,072 characters is less than a long document
        return csv.reader(map(_text, self._next_lines()), delimiter=delimiter, strict=True)

    def _next_lines(self) -> Iterator[bytes]:
        while True:
            if self._ahead:
                line = self._ahead.popleft()
            else:
                try:
                    line = next(self._coming)
                except StopIteration:
                    return
                except CutError as error:
                    self._cut = error
                    return
            self._taken.append(line)
            self._n_lines += 1
            yield line

    def _put_back(self) -> None:
        """Give all lines of this row back but the first."""
        self._ahead.extendleft(reversed(self._taken[1:]))
        self._n_lines -= len(self._taken) - 1
        del self._taken[1:]

    def _raw(self) -> str:
        return b"".join(self._taken).decode("utf-8", "backslashreplace").rstrip("\r\n")

    def _header(self) -> str:
        """The first line that is not blank.

        Raises:
            DataError: If there is none, or it is not UTF-8.
        """
        for line in self._next_lines():
            if self._n_lines == 1 and line.startswith((b"\xff\xfe", b"\xfe\xff")):
                raise DataError(UTF16)
            if line.strip():
                try:
                    return line.decode("utf-8").removeprefix("\ufeff" if self._n_lines == 1 else "").rstrip("\r\n")
                except UnicodeDecodeError as error:
                    raise DataError(f"byte 0x{line[error.start]:02x} is not UTF-8; save the file as UTF-8") from None
            self._taken.clear()
        raise DataError(EMPTY if self._cut is None else str(self._cut))


def _text(line: bytes) -> str:
    return line.decode("utf-8", "replace")


def split_header(header: str, names: Names) -> tuple[str, list[str]]:
    """The delimiter and the columns: the delimiter is the one with which the header has the column of the text.

    Raises:
        DataError: If there is none, or a column is there twice; the message has the reason alone.
    """
    csv.field_size_limit(MAX_FIELD)
    by_delimiter: dict[str, list[str]] = {}
    for delimiter in DELIMITERS:
        try:
            cells = next(csv.reader([header], delimiter=delimiter, strict=True))
        except (csv.Error, StopIteration):
            continue
        columns = by_delimiter[delimiter] = _columns([cell.strip() for cell in cells], names)
        if names.text in columns:
            twice = [name for name in columns if columns.count(name) > 1]
            if twice:
                raise DataError(f"the header has the column {twice[0]!r} twice; rename one of them")
            return delimiter, columns
    shown = ", ".join(map(repr, max(by_delimiter.values(), key=len, default=[])[:20])) or repr(header[:200])
    raise DataError(
        f"the header has no column {names.text!r} with the text (columns: {shown}); name it, or add a header"
    )


def _columns(cells: list[str], names: Names) -> list[str]:
    """The names of columns; those of text and id may differ in case where no column has them exactly."""
    wanted = [name for name in (names.text, names.id or "id") if name not in cells]
    by_case = {name.lower(): name for name in wanted}
    return [by_case.get(cell.lower(), cell) for cell in cells]
