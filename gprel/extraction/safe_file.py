"""A file that grows at its end alone and can be cut back to a length that is known to be good."""

import io
import os
from pathlib import Path

from gprel.errors import DataError


class SafeFile:
    """A file opened at a given length.

    Args:
        path: The file; it is made if it is not there and ``length`` is 0.
        length: Bytes of it that are kept; what lies behind is cut off.

    Raises:
        DataError: If the file is shorter.
        OSError: If it cannot be opened.

    Attributes:
        length: Its length in bytes.
    """

    def __init__(self, path: Path, length: int) -> None:
        has = path.stat().st_size if path.exists() else 0
        if has < length:
            raise DataError(
                f"{path} has {has:,} bytes, but {length:,} were written to it: it was changed since; start anew with "
                "--overwrite"
            )
        self.path = path
        self._file = open_raw(path, "r+" if path.exists() else "x+")
        self._file.truncate(length)
        self._file.seek(length)
        self.length = length

    def append(self, data: bytes) -> None:
        """Write at the end.

        Raises:
            OSError: If that is not possible; a part of the data may have been written.
        """
        rest = memoryview(data)
        while rest:
            rest = rest[self._file.write(rest) :]
        self.length += len(data)

    def sync(self) -> None:
        """Wait until everything is on the disk."""
        os.fsync(self._file.fileno())

    def close(self) -> None:
        """Close the file; removes nothing."""
        self._file.close()


def open_raw(path: Path, mode: str) -> io.FileIO:
    """Open a file without a buffer: what was written is with the system, where a killed process leaves it."""
    return io.FileIO(path, mode)
