"""Values of any source as JSON holds them.

The rule: text, whole numbers, ``true``, ``false`` and null stay as they are, and so do numbers that are finite. NaN and
infinity become null. Dates, times and time stamps become ISO 8601 text, durations seconds, decimals text with all their
digits, bytes base64 text, and maps lists of ``[key, value]``, as Arrow gives them. Anything else becomes text.
"""

import base64
import math
from collections.abc import Mapping
from datetime import date, time, timedelta
from typing import Any

from gprel.errors import DataError

MAX_DEPTH = 64
"""How many lists and objects may be inside one another; what is deeper could not be written again."""


def json_ready(value: object, depth: int = 0) -> Any:  # noqa: ANN401  # JSON values have no narrower type
    """A value as JSON can hold it; see the rule above.

    Args:
        value: The value.
        depth: How many lists and objects it is inside of.

    Raises:
        DataError: If it is nested deeper than ``MAX_DEPTH`` or has text that no UTF-8 file can hold; the message has
            the reason alone.
    """
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if depth >= MAX_DEPTH:
        raise DataError(f"the record is nested deeper than {MAX_DEPTH} levels; expected an object of plain values")
    if isinstance(value, Mapping):
        return {_text(str(key)): json_ready(item, depth + 1) for key, item in value.items()}
    # A unit of time with nanoseconds is a tuple, too, but says more as text.
    if isinstance(value, list) or type(value) is tuple:
        return [json_ready(item, depth + 1) for item in value]
    return _other(value)


def _other(value: object) -> str | float | None:
    if isinstance(value, date | time):
        return value.isoformat() if str(value) != "NaT" else None
    if isinstance(value, timedelta):
        return json_ready(value.total_seconds())  # type: ignore[no-any-return]  # a float or null
    if isinstance(value, bytes | bytearray | memoryview):
        return base64.b64encode(value).decode("ascii")
    return _text(str(value))


def _text(value: str) -> str:
    if not value.isascii():
        try:
            value.encode("utf-8")
        except UnicodeEncodeError as error:
            raise DataError(
                f"a field has the lone surrogate \\u{ord(value[error.start]):04x}; it is half of a character that was "
                "cut in two: write the whole pair or remove it"
            ) from None
    return value
