"""One text on its way through extraction, with the place it came from and the fields that travel with it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from gprel.document import Document


@dataclass(frozen=True, slots=True)
class Item:
    """A text of a source that can be read.

    Attributes:
        source: File as the user named it (in a folder or glob: the folder and the path below it), or
            ``"standard input"``.
        number: Line or row of the source, counted from 1; with the source it names the item for good.
        unit: What ``number`` counts: ``"line"`` in files of lines, ``"record"`` elsewhere.
        document: The text with its own id, or ``None`` as id where the source has none; no annotation.
        extra: Input fields that gprel does not know, JSON-ready, passed through unchanged to the output record.
    """

    source: str
    number: int
    unit: Literal["line", "record"]
    document: Document
    extra: Mapping[str, Any] = field(default_factory=dict)
