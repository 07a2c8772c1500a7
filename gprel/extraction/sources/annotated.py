"""Files in an annotation format: the texts are kept, what was marked in them is dropped."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

from gprel.errors import DataError, DependencyError
from gprel.extraction.item import Item
from gprel.extraction.sources.fields import Names, Place, to_item
from gprel.formats import FORMATS, BadLine
from gprel.formats.json_list import list_items


def read_json_list(path: Path, source: str, names: Names) -> Iterator[Item | BadLine]:
    """Records of a file that is one JSON list, in memory that grows with the longest of them alone."""
    place = Place(source, "record")
    number = 0
    try:
        for number, item in enumerate(list_items(path), start=1):
            if item.problem is not None:
                yield place.bad(number, item.problem, item.raw)
            else:
                yield to_item(item.value, place, number, names, partial(str, item.raw))
    except DataError as error:
        yield place.bad(number + 1, reason_of(error, path))
    except OSError as error:
        yield place.bad(number + 1, f"cannot be read on ({error.strerror or error})")


def read_annotated(path: Path, source: str, format_name: str) -> Iterator[Item | BadLine]:
    """Texts of a file or folder in a format of ``FORMATS``; ids are those that its reader gives."""
    place = Place(source, "record")
    pending: list[BadLine] = []
    number = 0
    try:
        for number, document in enumerate(FORMATS[format_name].read(path, on_error=pending.append), start=1):
            yield from (_renamed(bad, path, source) for bad in pending)
            pending.clear()
            yield Item(source, number, "record", document.without_annotation())
    except (DataError, DependencyError) as error:
        pending.append(place.bad(number + 1, reason_of(error, path)))
    except OSError as error:
        pending.append(place.bad(number + 1, f"cannot be read on ({error.strerror or error})"))
    yield from (_renamed(bad, path, source) for bad in pending)


def _renamed(bad: BadLine, path: Path, source: str) -> BadLine:
    """With the name of the source for its path, which may be a copy of it."""
    prefix = str(path)
    return replace(bad, source=source + bad.source[len(prefix) :]) if bad.source.startswith(prefix) else bad


def reason_of(error: Exception, path: Path | str) -> str:
    """A message without the path it opens with, which the bad line says itself."""
    return str(error).removeprefix(str(path)).lstrip(": ")
