"""Records of which a part cannot be held: that part is reported as a bad record is, and the document is kept."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from gprel.document import Document
from gprel.formats.source import OnError, Record, json_records, reject


def read_partly(
    path: Path,
    make: Callable[[object], tuple[Document, Sequence[str]]],
    on_error: OnError | None,
    on_dropped: OnError | None = None,
) -> Iterator[Document]:
    """The same as :func:`~gprel.formats.source.read_records`, but a document may come with what was left out of it.

    Args:
        path: The file.
        make: Builds the document and says what it had to leave out; raises :class:`DataError` with the reason alone.
        on_error: Takes the bad records.
        on_dropped: Takes the records of which a part was left out; without it ``on_error`` does.

    Raises:
        DataError: As ``read_records``; with file, record and reason, at what was left out if nobody takes it.
    """
    return _documents(json_records(path, on_error), make, on_error, on_dropped or on_error)


def _documents(
    records: Iterable[Record],
    make: Callable[[object], tuple[Document, Sequence[str]]],
    on_error: OnError | None,
    on_dropped: OnError | None,
) -> Iterator[Document]:
    for record in records:
        made = record.made(make, on_error)
        if made is None:
            continue
        document, left_out = made
        if left_out:
            reject(record.bad("; ".join(left_out)), on_dropped)
        yield record.named(document)
