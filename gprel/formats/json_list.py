"""JSON: one value, and a file that is one list of records, which is read record by record."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, NamedTuple

from gprel.errors import DataError

_CHUNK = 1 << 20  # characters that are read ahead
_BLANKS = re.compile(r"[ \t\r\n]*")


class Item(NamedTuple):
    r"""A record of a list, or what stands where it should.

    Attributes:
        value: The parsed value; ``None`` where there is a problem.
        raw: Its characters in the file; bytes that are not UTF-8 appear as ``\xff``.
        problem: Why there is no value; the last item of a list that cannot be read on has one, and the whole rest of
            the file as ``raw``.
    """

    value: object
    raw: str
    problem: str | None = None


def parse_json(text: str) -> object:
    """Parse one JSON value.

    Raises:
        DataError: If the JSON is malformed, or an object has a field twice; the message has no file and line, the
            caller knows them.
    """
    try:
        return _STRICT.decode(text)
    except json.JSONDecodeError as error:
        raise DataError(f"malformed JSON ({error.msg} at column {error.colno}); expected one complete object") from None
    except (RecursionError, ValueError) as error:
        raise DataError(f"JSON that cannot be read ({error}); expected one object of plain values") from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) < len(pairs):  # json would keep the last one and say nothing
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise DataError(f"an object has the field {json.dumps(twice)} twice; keep one of them")
    return fields


_STRICT = json.JSONDecoder(object_pairs_hook=_object)
_LENIENT = json.JSONDecoder(parse_int=len)  # only where values end: objects as they are, numbers of any length


def not_utf8(text: str) -> str | None:
    """Why a text decoded with ``surrogateescape`` was no UTF-8; ``None`` if it was."""
    if text.isascii():
        return None
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        byte = f"0x{ord(text[error.start]) & 0xFF:02x}"
        return f"byte {byte} after {error.start} characters is not UTF-8; save the file as UTF-8"
    return None


def printable(text: str) -> str:
    r"""A text decoded with ``surrogateescape`` with ``\xff`` for bytes that are not UTF-8."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def list_items(path: Path) -> Iterator[Item]:
    """The records of a file that is one JSON list, in memory that grows with the longest of them only.

    Raises:
        DataError: If the file is empty, holds an empty list, or something else than a list.
    """
    with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
        ahead = _Ahead(file)
        opening = ahead.sign()
        if opening == "":
            raise DataError(f"{path} is empty; expected a JSON list of records")
        if opening != "[":
            raise DataError(f"{path} begins with {opening!r}, expected a JSON list of records")
        ahead.at += 1
        if ahead.sign() == "]":
            raise DataError(f"{path} is empty; expected a JSON list of records, got []")
        try:
            yield from _items(ahead)
        except json.JSONDecodeError as error:
            yield ahead.rest(error.msg, error.pos)
        except RecursionError as error:
            yield ahead.rest(str(error), ahead.at)


def _items(ahead: "_Ahead") -> Iterator[Item]:
    """The records behind the opening bracket.

    Raises:
        json.JSONDecodeError: Where the list cannot be read on.
    """
    separator = ","
    while separator == ",":
        yield ahead.value()
        separator = ahead.sign()
        if separator not in (",", "]"):
            raise json.JSONDecodeError("a comma or the end of the list is missing", ahead.text, ahead.at)
        ahead.at += 1
    if ahead.sign():
        raise json.JSONDecodeError("there is something behind the end of the list", ahead.text, ahead.at)


class _Ahead:
    """A part of a file and a place in it.

    Attributes:
        text: The part.
        at: The place.
    """

    def __init__(self, file: IO[str]) -> None:
        self.text = ""
        self.at = 0
        self._file = file
        self._line = 1  # of the first character of the part
        self._is_last = False

    def sign(self) -> str:
        """Go to the next character that is no blank; ``""`` at the end of the file."""
        while True:
            match = _BLANKS.match(self.text, self.at)
            assert match is not None  # it matches no characters, too
            self.at = match.end()
            if self.at < len(self.text) or self._is_last:
                return self.text[self.at : self.at + 1]
            self._read_on()

    def value(self) -> Item:
        """Go behind the value that begins here or after blanks.

        Raises:
            json.JSONDecodeError: If there is none.
        """
        self.sign()
        while True:
            try:
                value, end, problem = _decode(self.text, self.at)
            except json.JSONDecodeError:
                if self._is_last:
                    raise
            else:
                if end < len(self.text) or self._is_last:  # else a number could go on
                    raw, self.at = self.text[self.at : end], end
                    return Item(value, printable(raw), not_utf8(raw) or problem)
            self._read_on()

    def rest(self, what: str, at: int) -> Item:
        """Everything that is left of the file, and what is wrong at a place in it."""
        line = self._line + self.text.count("\n", 0, at)
        sign = self.text[at : at + 1]
        if "\udc80" <= sign <= "\udcff":
            what = f"byte 0x{ord(sign) & 0xFF:02x} is not UTF-8"
        problem = f"malformed JSON ({what} in line {line}); nothing from here on can be read, so mend the file"
        return Item(None, printable(self.text[self.at :] + self._file.read()), problem)

    def _read_on(self) -> None:
        self._line += self.text.count("\n", 0, self.at)
        left = self.text[self.at :]
        more = self._file.read(max(_CHUNK, len(left)))  # twice as much each time, for a record of any length
        self.text, self.at, self._is_last = left + more, 0, not more


def _decode(text: str, at: int) -> tuple[object, int, str | None]:
    """The value that begins at a place, its end, and what is wrong with it alone."""
    try:
        return *_STRICT.raw_decode(text, at), None
    except json.JSONDecodeError:
        raise
    except DataError as error:
        problem = str(error)
    except ValueError as error:
        problem = f"JSON that cannot be read ({error}); expected an object of plain values"
    return None, _LENIENT.raw_decode(text, at)[1], problem
