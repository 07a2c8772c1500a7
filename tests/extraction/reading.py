"""Files for tests of sources, and what is read from them."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from gprel.extraction.item import Item
from gprel.extraction.sources import read_items
from gprel.formats import BadLine


def read(*sources: Path | str, **options: Any) -> list[Item | BadLine]:
    """All items of some sources."""
    return list(read_items([str(source) for source in sources], **options))


def shown(found: Sequence[Item | BadLine]) -> list[str]:
    """Texts, and the line and the reason of what is bad."""
    return [f"{x.line}: {x.reason}" if isinstance(x, BadLine) else x.document.text for x in found]


def file_of(folder: Path, name: str, content: str | bytes) -> Path:
    """A file with this content."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path
