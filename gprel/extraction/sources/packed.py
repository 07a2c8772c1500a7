"""Bytes of a file, unpacked where it is gzip or Zstandard, and cut into lines of bounded length."""

import gzip
import io
import zlib
from collections.abc import Callable, Iterator
from typing import IO, Any

from gprel.errors import DataError, DependencyError

GZIP = b"\x1f\x8b"
ZSTANDARD = b"\x28\xb5\x2f\xfd"
HEAD_BYTES = 1 << 16
"""How much of a file is looked at to tell what it is."""
MAX_LINE_BYTES = 1 << 28
"""The longest line, and the longest text that is a whole file: 256 MiB. Memory could not hold any length."""
_CHUNK = 1 << 18
_PACKED_CHUNK = 1 << 13  # Zstandard can pack a thousand times and more, and gives all of it at once


class CutError(DataError):
    """The stream ends before its time, or cannot be unpacked from here on; the message has the reason alone.

    Attributes:
        rest: What was read of the line that is not complete.
    """

    def __init__(self, reason: str, rest: bytes = b"") -> None:
        super().__init__(reason)
        self.rest = rest


class CountedFile(io.RawIOBase):
    """An open file that tells how much of it is read.

    Args:
        file: The file.
        on_bytes: Takes the number of bytes of every read.
    """

    def __init__(self, file: IO[bytes], on_bytes: Callable[[int], None]) -> None:
        self._file = file
        self._on_bytes = on_bytes

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """As the file."""
        return self._file.seekable()

    def seek(self, offset: int, whence: int = 0) -> int:
        """As the file."""
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        """As the file."""
        return self._file.tell()

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401  # anything with a buffer
        """As the file."""
        data = self._file.read(len(buffer))
        buffer[: len(data)] = data
        self._on_bytes(len(data))
        return len(data)


def chunks(file: IO[bytes] | CountedFile) -> Iterator[bytes]:
    """The bytes of an open file, piece by piece, unpacked if it begins like gzip or Zstandard, whatever its name.

    Raises:
        CutError: If the file cannot be read or unpacked to its end; everything before that was delivered.
        DependencyError: If it is Zstandard and ``zstandard`` is not installed.
    """
    try:
        head = file.read(4) or b""
        while 0 < len(head) < 4 and (more := file.read(4 - len(head))):  # of a pipe
            head += more
        if head.startswith(GZIP):
            yield from _gunzip(_Rejoined(head, file))
        elif head == ZSTANDARD:
            yield from _unzstd(_Rejoined(head, file))
        else:
            yield head
            while chunk := file.read(_CHUNK):
                yield chunk
    except OSError as error:
        raise CutError(f"cannot be read on ({error.strerror or error})") from None


def lines(stream: Iterator[bytes]) -> Iterator[bytes]:
    r"""Lines with their ends, which are ``\n`` alone; the last one may have none.

    Raises:
        CutError: As :func:`chunks`, or if a line is longer than ``MAX_LINE_BYTES``.
    """
    parts: list[bytes] = []
    n_bytes = 0
    try:
        for chunk in stream:
            *whole, rest = chunk.split(b"\n")
            for line in whole:
                yield b"".join((*parts, line, b"\n"))
                parts.clear()
                n_bytes = 0
            if rest:
                parts.append(rest)
                n_bytes += len(rest)
            if n_bytes > MAX_LINE_BYTES:
                raise CutError(f"the line is longer than {MAX_LINE_BYTES:,} bytes; nothing from here on is read")
    except CutError as error:
        raise CutError(str(error), b"".join(parts)) from None
    if parts:
        yield b"".join(parts)


def _gunzip(file: "_Rejoined") -> Iterator[bytes]:
    unpacked = gzip.GzipFile(fileobj=io.BufferedReader(file))
    try:
        while chunk := unpacked.read1(_CHUNK):
            yield chunk
    except EOFError:
        raise CutError("the gzip file is cut off here; nothing from here on can be read") from None
    except (gzip.BadGzipFile, zlib.error) as error:
        raise CutError(f"the gzip file is damaged here ({error}); nothing from here on can be read") from None


def _unzstd(file: "_Rejoined") -> Iterator[bytes]:
    unpacker: Any = zstd_module().ZstdDecompressor()
    frame = unpacker.decompressobj()
    has_begun = False
    try:
        while chunk := file.read(_PACKED_CHUNK):
            while chunk:
                has_begun = True
                yield frame.decompress(chunk)
                chunk = b""
                if frame.eof:
                    chunk, frame, has_begun = frame.unused_data, unpacker.decompressobj(), False
    except zstd_module().ZstdError as error:
        raise CutError(f"the Zstandard file is damaged here ({error}); nothing from here on can be read") from None
    if has_begun:
        raise CutError("the Zstandard file is cut off here; nothing from here on can be read")


def zstd_module() -> Any:  # noqa: ANN401  # a module
    """The ``zstandard`` package.

    Raises:
        DependencyError: If it is not installed.
    """
    try:
        import zstandard
    except ImportError:
        raise DependencyError("Zstandard needs a package that is missing: pip install gprel[zstd]") from None
    return zstandard


class _Rejoined(io.RawIOBase):
    """A stream whose first bytes were taken off to look at them."""

    def __init__(self, head: bytes, file: IO[bytes] | CountedFile) -> None:
        self._head = head
        self._file = file

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401  # anything with a buffer
        data = self._head or self._file.read(len(buffer)) or b""
        taken = min(len(data), len(buffer))
        buffer[:taken], self._head = data[:taken], data[taken:]
        return taken
