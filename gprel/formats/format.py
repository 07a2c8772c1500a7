"""What all formats have in common: a reader, mostly a writer, and what to call them."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from gprel.document import Document
from gprel.formats.source import OnError


class Reader(Protocol):
    """From a file to documents, as a stream wherever the format allows one."""

    def __call__(self, path: Path, /, *, on_error: OnError | None = None) -> Iterator[Document]:
        """Read the documents of one file or folder.

        Bad input goes to ``on_error`` and reading goes on; without it reading stops with a ``DataError``. A missing or
        unreadable path raises at once, not at the first document.
        """
        ...


class Writer(Protocol):
    """From documents to a file, as a stream."""

    def __call__(self, documents: Iterable[Document], path: Path, /) -> Counter[str]:
        """Write documents to one file or folder, which must not exist yet.

        Returns:
            What the format cannot hold, as the number of things left out or changed by their names, for example
            ``{"scores": 12, "nested entities": 3}``; empty if reading the file gives equal documents.
        """
        ...


@dataclass(frozen=True, slots=True)
class Format:
    """An annotation format.

    Attributes:
        about: One sentence for help and tables.
        read: Its reader.
        write: Its writer, or ``None`` where nobody needs to write it.
        suffix: What its files end with; ``""`` for folders.
    """

    about: str
    read: Reader
    write: Writer | None = None
    suffix: str = ".json"
