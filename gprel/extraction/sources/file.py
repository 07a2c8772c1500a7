"""One file, or a folder that is one data set: what it holds decides which reader takes it."""

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from gprel.errors import DataError, DependencyError
from gprel.extraction.item import Item
from gprel.extraction.sources.annotated import read_annotated, read_json_list, reason_of
from gprel.extraction.sources.columnar import (
    ARROW_FILE,
    ARROW_STREAM,
    PARQUET,
    columns_of,
    read_arrow,
    read_parquet,
    saved_files,
)
from gprel.extraction.sources.fields import Names, Place
from gprel.extraction.sources.find import Found, printable_path, size_of, unpacked_suffix
from gprel.extraction.sources.lines import cut_off, read_json_lines, read_page, read_text
from gprel.extraction.sources.packed import GZIP, HEAD_BYTES, ZSTANDARD, CountedFile, CutError, chunks, lines
from gprel.extraction.sources.recognize import Kind, kind_of_file, kind_of_head
from gprel.extraction.sources.table import read_table
from gprel.formats import BadLine

_BINARY = (PARQUET, ARROW_FILE, ARROW_STREAM)
_LINES = ("text", "json lines", "table")
_Items = Iterator[Item | BadLine]


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads files one after another.

    Attributes:
        names: Which fields are what.
        on_bytes: Takes how many bytes were read.
    """

    names: Names
    on_bytes: Callable[[int], None]

    def standard_input(self, file: IO[bytes]) -> _Items:
        """The items of a stream that has no name."""
        return self._stream(chunks(CountedFile(file, self.on_bytes)), "standard input", Path())

    def found(self, found: Found) -> _Items:
        """The items of a file or saved data set."""
        if found.is_saved:
            yield from self._saved(found)
        elif found.is_page:
            yield from read_page(found.path, found.source, found.id)
            self.on_bytes(size_of(found.path))
        else:
            yield from self._file(found.path, found.source)

    def _file(self, path: Path, source: str) -> _Items:
        place = Place(source, "line")
        try:
            with path.open("rb") as file:
                head = file.read(8)
                file.seek(0)
                counted = CountedFile(file, self.on_bytes)
                if head.startswith((GZIP, ZSTANDARD)):
                    yield from self._stream(chunks(counted), source, path)
                else:
                    kind = kind_of_file(path, head, self.names)
                    yield from self._of_kind(kind, counted, path, source)
        except OSError as error:
            yield place.bad(1, f"cannot be read ({error.strerror or error}); check its permissions")
        except (DataError, DependencyError) as error:  # of telling what it is; readers hand bad lines over
            yield place.bad(1, reason_of(error, path))

    def _of_kind(self, kind: Kind, file: CountedFile, path: Path, source: str) -> _Items:
        """The items of a file that is not packed."""
        if kind in _LINES:
            yield from self._lines(kind, chunks(file), source)
        elif kind == "parquet":
            yield from read_parquet(file, source, self.names)
        elif kind == "arrow":
            yield from read_arrow(file, source, self.names)
        else:
            of_list = kind == "json list"
            yield from read_json_list(path, source, self.names) if of_list else read_annotated(path, source, kind)
            self.on_bytes(size_of(path))

    def _lines(self, kind: Kind, stream: Iterator[bytes], source: str) -> _Items:
        if kind == "json lines":
            return read_json_lines(lines(stream), source, self.names)
        return read_text(lines(stream), source) if kind == "text" else read_table(lines(stream), source, self.names)

    def _stream(self, stream: Iterator[bytes], source: str, path: Path) -> _Items:
        """The items of standard input (an empty path) or of a packed file."""
        opening = _Opening(stream)
        is_file = path.name != ""
        if opening.head.startswith((GZIP, ZSTANDARD)):
            yield Place(source, "line").bad(1, "it is packed twice; unpack it once")
            return
        if not is_file and opening.head.startswith(_BINARY):
            yield Place(source, "line").bad(1, "it holds Parquet or Arrow, which is not read as a stream; name a file")
            return
        kind = kind_of_head(opening.head, unpacked_suffix(path), self.names, is_file=is_file)
        if kind is None:
            yield from self._unpacked(opening.again(), source, path)
        else:
            yield from self._lines(kind, opening.again(), source)

    def _unpacked(self, stream: Iterator[bytes], source: str, path: Path) -> _Items:
        """The items of a packed file whose reader needs a file: it is unpacked aside."""
        cut: CutError | None = None
        number = 1
        with tempfile.TemporaryDirectory() as folder:
            copy = Path(folder) / f"unpacked{unpacked_suffix(path)}"
            with copy.open("wb") as file:
                try:
                    for chunk in stream:
                        file.write(chunk)
                except CutError as error:
                    cut = error
            for item in Reader(self.names, lambda _: None)._file(copy, source):
                number = (item.line if isinstance(item, BadLine) else item.number) + 1
                yield item
        if cut is not None:
            yield cut_off(cut, Place(source, "record"), number)

    def _saved(self, found: Found) -> _Items:
        """The rows of a saved data set; one without a column of the text has words, as for annotation."""
        try:
            files = saved_files(found.path)
            has_text = not files or self.names.text in columns_of(files[0])
        except DataError as error:
            yield Place(found.source, "record").bad(1, reason_of(error, found.path))
            return
        if not has_text and self.names == Names():
            yield from read_annotated(found.path, found.source, "datasets")
            return
        for path in files:
            yield from self._file(path, printable_path(path))


class _Opening:
    """The beginning of a stream, which can be put back.

    Args:
        stream: The stream.

    Attributes:
        head: Its first bytes.
    """

    def __init__(self, stream: Iterator[bytes]) -> None:
        self._stream = stream
        self._cut: CutError | None = None
        parts: list[bytes] = []
        try:
            while sum(map(len, parts)) < HEAD_BYTES and (part := next(stream, None)) is not None:
                parts.append(part)
        except CutError as error:
            self._cut = error
        self.head = b"".join(parts)

    def again(self) -> Iterator[bytes]:
        """The whole stream."""
        yield self.head
        if self._cut is not None:
            raise self._cut
        yield from self._stream
