"""Records of which a part cannot be held: that part is reported as a bad record is, and the document is kept."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from gprel.document import Document
from gprel.errors import DataError
from gprel.formats.source import BadLine, OnError, read_records, reject


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
    dropped: list[Document] = []  # the document of the record that is being reported
    kept: deque[Document] = deque()

    def make_whole(record: object) -> Document:
        document, left_out = make(record)
        if left_out:
            dropped.append(document)
            raise DataError("; ".join(left_out))
        return document

    def take(bad: BadLine) -> None:
        if not dropped:
            reject(bad, on_error)
            return
        document = dropped.pop()
        reject(bad, on_dropped or on_error)
        has_position = document.id is None and bad.unit == "record"
        kept.append(replace(document, id=str(bad.line)) if has_position else document)

    def in_order() -> Iterator[Document]:
        for document in documents:
            while kept:
                yield kept.popleft()
            yield document
        yield from kept

    documents = read_records(path, make_whole, take)
    return in_order()
