"""JSON lines: gprel's own format, which holds everything."""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from gprel.extraction.record import json_lines
from gprel.extraction.targets.new_file import new_text
from gprel.extraction.targets.target import Record


def write(records: Iterable[Record], out: Path) -> Counter[str]:
    """Write a record a line; see :class:`gprel.extraction.targets.target.Write`.

    Raises:
        DataError: If the output cannot be written.
        DependencyError: If a package is missing.
    """
    with new_text(out) as file:
        for record in records:
            file.writelines(line.decode() for line in json_lines(record))
    return Counter()
