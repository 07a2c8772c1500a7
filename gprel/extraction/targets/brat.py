"""brat standoff: a folder with a text and its annotation for each document."""

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from gprel.document import Document
from gprel.errors import DataError
from gprel.extraction.targets.new_file import new_path
from gprel.extraction.targets.target import Record
from gprel.formats import brat, jsonl

_HELD = frozenset(
    ("id", "text", "entities", "relations", "words", "unplaced", "arguments_only")
)  # or counted by the writer


def write(records: Iterable[Record], out: Path) -> Counter[str]:
    """Write a folder; see :func:`gprel.formats.brat.write_file` and :class:`gprel.extraction.targets.target.Write`.

    Raises:
        DataError: If a record is no document, or the folder cannot be written or is not empty.
    """
    omitted: Counter[str] = Counter()
    with new_path(out) as part:
        omitted += brat.write_file(_documents(records, omitted), part)
    return omitted


def _documents(records: Iterable[Record], omitted: Counter[str]) -> Iterator[Document]:
    for number, record in enumerate(records, start=1):
        omitted.update({"other fields": len(record.keys() - _HELD)})
        try:
            yield jsonl.from_record(dict(record))
        except DataError as error:
            raise DataError(f"record {number} is no document ({error}); do not leave these fields out") from None
