"""What all forms of output have in common."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

Record = Mapping[str, Any]
"""A document as JSON-ready values: gprel's own format, ``prob`` beside ``score``, and the fields that travel along."""


class Write(Protocol):
    """From records to a file or folder, as a stream."""

    def __call__(self, records: Iterable[Record], out: Path, /) -> Counter[str]:
        """Write records in their order to a new file or folder, which appears when it is whole.

        Returns:
            What the form cannot hold, as the number of things left out or changed by their names; empty if it holds
            everything.

        Raises:
            DataError: If a record is none, or the output cannot be written.
            DependencyError: If a package is missing.
        """
        ...


@dataclass(frozen=True, slots=True)
class Target:
    """A form of output.

    Attributes:
        about: One sentence for help and tables.
        write: Its writer.
        suffixes: What its files end with; none for a folder.
        is_packable: A further ``.gz`` or ``.zst`` packs the file.
        is_folder: It is a folder of files.
        with_base: Makes the writer with another beginning of IRIs, where the form has any.
    """

    about: str
    write: Write
    suffixes: tuple[str, ...]
    is_packable: bool = True
    is_folder: bool = False
    with_base: Callable[[str], Write] | None = None
