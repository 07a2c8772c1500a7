"""Where documents go: new files of JSON, written record by record, and what a format leaves behind."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from gprel.document import Document
from gprel.errors import DataError
from gprel.formats.omitted import count_omitted


@contextmanager
def create(path: Path) -> Iterator[IO[str]]:
    r"""Open a new file for writing as UTF-8 with ``\n`` line ends on every system.

    Raises:
        DataError: If there is something at this path already, or its folder is missing or closed to us.
    """
    try:
        file = path.open("x", encoding="utf-8", newline="\n")
    except FileExistsError:
        raise DataError(f"{path} exists already; name a new file, or remove this one first") from None
    except OSError as error:
        raise DataError(f"{path} cannot be written ({error.strerror}); check its folder") from None
    with file:
        yield file


def write_json_list(records: Iterable[object], path: Path) -> None:
    """Write one JSON list, a record a line.

    Raises:
        DataError: As :func:`create`.
    """
    with create(path) as file:
        separator = "[\n"
        for record in records:
            file.write(separator + to_json(record))
            separator = ",\n"
        file.write("[]\n" if separator == "[\n" else "\n]\n")


def write_json_lines(records: Iterable[object], path: Path) -> None:
    """Write a record a line.

    Raises:
        DataError: As :func:`create`.
    """
    with create(path) as file:
        for record in records:
            file.write(to_json(record) + "\n")


def to_json(record: object) -> str:
    """One line of JSON that keeps every script as it is.

    Raises:
        ValueError: If a number is not finite.
    """
    return json.dumps(record, ensure_ascii=False, allow_nan=False)


def unheld(document: Document, *, scores: bool = False, relations: bool = False) -> Counter[str]:
    """Count what hardly any format but gprel's own can hold.

    Args:
        document: The document to be written.
        scores: Whether the format holds scores.
        relations: Whether the format holds relations.

    Returns:
        Numbers above 0 of "scores", "relations" and "unplaced triples", and 1 for "arguments-only marks" and for
        "unknown annotation" where "no relations" comes back as "nobody looked for any".
    """
    counts = count_omitted(document)
    for name in ("words", "unknown annotation", *(["scores"] if scores else [])):
        del counts[name]
    if not relations:
        counts += Counter({"relations": len(document.relations or ())})
        counts += Counter({"unknown annotation": int(document.relations == ())})
    return counts
