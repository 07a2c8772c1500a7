"""Checks of parsed JSON values: each returns the value with its type, or says what it should have been."""

import json
import math
from typing import Any

from gprel.errors import DataError


def as_object(value: object, what: str) -> dict[str, Any]:
    """A JSON object.

    Raises:
        DataError: If it is anything else.
    """
    if not isinstance(value, dict):
        raise DataError(f"{what} is {_show(value)}, expected a JSON object {{...}}")
    return value


def as_list(value: object, what: str, length: int | None = None) -> list[Any]:
    """A JSON list, of a given length where one is given.

    Raises:
        DataError: If it is anything else.
    """
    if not isinstance(value, list) or length not in (None, len(value)):
        expected = "a list" if length is None else f"a list of {length} values"
        raise DataError(f"{what} is {_show(value)}, expected {expected}")
    return value


def as_string(value: object, what: str) -> str:
    """A string that can be written as UTF-8.

    Raises:
        DataError: If it is not a string or holds a lone surrogate.
    """
    if not isinstance(value, str):
        raise DataError(f"{what} is {_show(value)}, expected a string")
    try:
        value.encode("utf-8")
    except UnicodeEncodeError as error:
        code = ord(value[error.start])
        raise DataError(
            f"{what} has the lone surrogate \\u{code:04x} at character {error.start}; "
            "it is half of a character that was cut in two: write the whole pair or remove it"
        ) from None
    return value


def as_int(value: object, what: str) -> int:
    """A whole number; ``true`` and ``1.0`` are none.

    Raises:
        DataError: If it is anything else.
    """
    if not isinstance(value, int) or isinstance(value, bool):
        raise DataError(f"{what} is {_show(value)}, expected a whole number")
    return value


def as_bool(value: object, what: str) -> bool:
    """``true`` or ``false``.

    Raises:
        DataError: If it is anything else.
    """
    if not isinstance(value, bool):
        raise DataError(f"{what} is {_show(value)}, expected true or false")
    return value


def as_score(value: object, what: str) -> float | None:
    """A finite number, or ``None`` where there is no score.

    Raises:
        DataError: If it is anything else.
    """
    if value is None:
        return None
    if isinstance(value, int | float) and not isinstance(value, bool):
        try:
            number = float(value)
        except OverflowError:  # a whole number of hundreds of digits
            number = math.inf
        if math.isfinite(number):
            return number
    raise DataError(f"{what} is {_show(value)}, expected a finite number")


def as_id(value: object, what: str = '"id"') -> str | None:
    """An identifier: a string, a whole number, or nothing.

    Raises:
        DataError: If it is anything else.
    """
    if value is None:
        return None
    return str(as_int(value, what)) if isinstance(value, int) else as_string(value, what)


def required(record: dict[str, Any], key: str, what: str) -> object:
    """The value of a field that must be there.

    Raises:
        DataError: If it is not; the message lists the fields that are.
    """
    if key not in record:
        fields = ", ".join(map(repr, list(record)[:10])) or "none"
        raise DataError(f'{what} has no field "{key}" (fields: {fields}); add it')
    return record[key]


def _show(value: object) -> str:
    text = json.dumps(value, default=repr)  # ASCII, so that a message can always be printed
    return text if len(text) <= 60 else text[:57] + "..."
