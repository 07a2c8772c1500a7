"""New files that appear when they are whole, packed if their name says so."""

import gzip
import io
import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, cast

from gprel.errors import DataError
from gprel.extraction.sources.packed import zstd_module


@contextmanager
def new_bytes(out: Path) -> Iterator[IO[bytes]]:
    """Open a file for writing; it replaces what is at its path once it is whole, and is gone if anything goes wrong.

    A name that ends with ``.gz`` or ``.zst`` is packed, the same input always to the same bytes.

    Raises:
        DataError: If it cannot be written, for example because the folder is missing or the disk is full.
        DependencyError: If the name ends with ``.zst`` and ``zstandard`` is not installed.
    """
    with _aside(out) as part, ExitStack() as stack:
        raw = stack.enter_context(part.open("wb"))
        file: IO[bytes] = raw
        if out.suffix == ".gz":
            file = cast(IO[bytes], stack.enter_context(gzip.GzipFile("", "wb", 6, raw, mtime=0)))
        elif out.suffix == ".zst":
            file = stack.enter_context(zstd_module().ZstdCompressor().stream_writer(raw, closefd=False))
        yield file


@contextmanager
def new_text(out: Path) -> Iterator[IO[str]]:
    r"""The same as :func:`new_bytes` for UTF-8 text with ``\n`` line ends.

    Raises:
        DataError: As there.
        DependencyError: As there.
    """
    with new_bytes(out) as file:
        text = io.TextIOWrapper(file, encoding="utf-8", newline="\n")
        yield text
        text.flush()
        text.detach()


@contextmanager
def new_path(out: Path) -> Iterator[Path]:
    """A path beside the wanted one, where a file or folder is to be made, which then takes its place.

    Raises:
        DataError: If that is not possible.
    """
    with _aside(out) as part:
        yield part


@contextmanager
def _aside(out: Path) -> Iterator[Path]:
    part = out.with_name(f".{out.name}.part")
    try:
        _remove(part)
        yield part
        if part.is_dir() and out.is_dir():
            out.rmdir()  # an empty folder may be replaced, a full one is an error
        elif part.is_file():
            with part.open("rb+") as file:
                os.fsync(file.fileno())  # a name must not get ahead of its content
        os.replace(part, out)
    except OSError as error:
        _remove(part)
        raise DataError(f"{out} cannot be written ({error.strerror or error}); mend that and write it anew") from error
    except BaseException:
        _remove(part)
        raise


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
