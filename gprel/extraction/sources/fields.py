"""From the fields of a record to an item: which of them are the text and the id, and which travel along."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from gprel.document import Document
from gprel.errors import DataError
from gprel.extraction.item import Item
from gprel.extraction.sources.json_ready import json_ready
from gprel.formats import BadLine, jsonl
from gprel.formats.check import as_id, as_string

Unit = Literal["line", "record"]

ANNOTATION = ("entities", "relations", "unplaced", "arguments_only")
"""Fields of gprel's own format that say what was found or marked: dropped, because the output has its own."""
_N_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Names:
    """Which fields of a record are what.

    Attributes:
        text: The text.
        id: The id; ``None`` for ``"id"`` where there is such a field.
    """

    text: str = "text"
    id: str | None = None

    @property
    def known(self) -> frozenset[str]:
        """All fields that do not travel along."""
        return frozenset((self.text, self.id or "id", "words", *ANNOTATION))


@dataclass(frozen=True, slots=True)
class Place:
    """Where records come from.

    Attributes:
        source: Name of the source for messages.
        unit: What its records are counted in.
    """

    source: str
    unit: Unit

    def bad(self, number: int, reason: str, content: str = "") -> BadLine:
        """A piece of it that cannot be read; the reason and content are made printable."""
        reason, content = (part.encode("utf-8", "backslashreplace").decode() for part in (reason, content))
        return BadLine(self.source, number, reason, content, self.unit)


def to_item(values: object, place: Place, number: int, names: Names, raw: Callable[[], str]) -> Item | BadLine:
    """The item of a record, or what is wrong with it.

    Args:
        values: A parsed record.
        place: Where it comes from.
        number: Its number there.
        names: Which fields are what.
        raw: Gives the record as it stands, should it be needed.
    """
    try:
        if not isinstance(values, dict):
            raise DataError(f"expected a JSON object with the field {json.dumps(names.text)}, got {kind_of(values)}")
        known = names.known
        extra = {str(name): value for name, value in values.items() if name not in known}
        return Item(place.source, number, place.unit, _document(values, names), json_ready(extra))
    except DataError as error:
        return place.bad(number, str(error), raw())


def _document(values: Mapping[str, object], names: Names) -> Document:
    if names.text not in values:
        fields = ", ".join(json.dumps(name) for name in list(values)[:_N_SHOWN]) or "none"
        more = f" and {len(values) - _N_SHOWN} more" if len(values) > _N_SHOWN else ""
        raise DataError(f"there is no field {json.dumps(names.text)} with the text (fields: {fields}{more}); name it")
    text = values[names.text]
    if not isinstance(text, str):
        raise DataError(f"the field {json.dumps(names.text)} is {kind_of(text)}, expected text")
    id_field = names.id or "id"
    record = {"text": as_string(text, json.dumps(names.text)), "words": values.get("words")}
    return jsonl.from_record({**record, "id": _id(values.get(id_field), json.dumps(id_field))})


def _id(value: object, what: str) -> str | None:
    """An id; a column of numbers with a gap in it comes as fractions, and other kinds by the rule of all values."""
    if isinstance(value, float):
        value = int(value) if value.is_integer() else json_ready(value)
    if isinstance(value, str | int | float | bool | list | dict) or value is None:
        return as_id(value, what)
    return as_id(json_ready(value), what)


def kind_of(value: object) -> str:
    """What a value is, in words, with the value where it is short."""
    if value is None:
        return "null"
    kind = {bool: "a truth value", int: "a number", float: "a number", str: "text", list: "a list", dict: "an object"}
    shown = ascii(value)[:40] if isinstance(value, bool | int | float | str) and abs(_size(value)) < 10**15 else ""
    return kind.get(type(value), type(value).__name__) + (f" ({shown})" if shown else "")


def _size(value: bool | float | str) -> float:
    return 0 if isinstance(value, str) else value
