"""Which files a user means: by name, all of a folder, or by a pattern."""

import glob
import os
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from gprel.errors import ConfigError, DataError
from gprel.extraction.remote import find_urls, is_url
from gprel.extraction.sources.packed import zstd_module
from gprel.formats import BadLine
from gprel.formats.source import check_file

PACKED = (".gz", ".zst")
SUFFIXES = (
    *(".jsonl", ".ndjson", ".json", ".txt", ".csv", ".tsv", ".parquet", ".arrow", ".feather", ".ipc"),
    *(".conll", ".bio", ".iob", ".spacy"),
)
"""What files end with that are read in folders, where nobody named them; a ``.gz`` or ``.zst`` may follow."""
OWN = (".errors.jsonl", ".spool.jsonl", ".progress.json", ".progress.json.new")
"""What files end with that an extraction writes beside its output."""
_BRAT = (".ann", ".a1", ".a2", ".conf")
_SAVED = ("dataset_dict.json", "state.json")


@dataclass(frozen=True, slots=True)
class Found:
    """A file, or a folder that is one data set.

    Attributes:
        path: Where it is.
        source: Its name for messages, printable.
        id: The part of the path that tells it from others of the same folder.
        is_page: It is one text, because it lies where brat's annotation does.
        is_saved: It is a folder that ``save_to_disk`` wrote.
    """

    path: Path
    source: str
    id: Path
    is_page: bool = False
    is_saved: bool = False


def check_sources(sources: Sequence[str]) -> None:
    """Check that there is something to read under every name.

    Raises:
        ConfigError: If nothing is named, or standard input twice.
        DataError: If a file or folder is missing or may not be read, or a pattern or URL matches nothing.
        DependencyError: If a named file or URL needs a package that is not installed.
    """
    if not sources:
        raise ConfigError("no source is given; name a file, a folder, a pattern, or - for standard input")
    if list(sources).count("-") > 1:
        raise ConfigError("standard input (-) is given twice, but can be read only once; name it once")
    for source in sources:
        if is_url(source):
            find_urls(source)
            continue
        path = Path(source)
        if source == "-" or path.is_dir():
            continue
        if not path.exists() and glob.has_magic(source):
            if next(glob.iglob(source, recursive=True), None) is None:
                raise DataError(f"no file matches {source!r} (it is taken from {Path.cwd()}); check the pattern")
            continue
        check_file(path)
        if path.suffix == ".zst":
            zstd_module()


def find(source: str, exclude: Collection[Path] = ()) -> Iterator[Found | BadLine]:
    """The files of a source in their order, which is that of their names.

    In folders, hidden files, what an extraction writes beside its output, and brat's annotation of texts are passed
    over; a file of a kind that is not known is named.

    Args:
        source: A file, a folder or a pattern.
        exclude: Files and folders that are not read unless they are named themselves.
    """
    path = Path(source)
    away = frozenset(os.path.realpath(one) for one in exclude)
    if path.is_dir():
        yield from _walk(path, Path(), away, (os.path.realpath(path),))
    elif path.exists() or not glob.has_magic(source):
        yield _file(path, Path(path.name))
    else:
        for match in map(Path, sorted(glob.iglob(source, recursive=True))):
            if match.name.endswith(OWN) or os.path.realpath(match) in away:
                continue
            if not match.is_dir():
                yield _file(match, match)
            elif "**" not in source:  # which matches the files of this folder, too
                yield from _walk(match, Path(), away, (os.path.realpath(match),))


def _file(path: Path, id_: Path) -> Found:
    """A file that was named: brat's, if there is annotation beside it."""
    if path.suffix == ".ann":
        path, id_ = path.with_suffix(".txt"), id_.with_suffix(".txt")
    is_page = path.suffix == ".txt" and path.with_suffix(".ann").is_file()
    return Found(path, printable_path(path), id_, is_page)


def _walk(root: Path, below: Path, away: frozenset[str], above: tuple[str, ...]) -> Iterator[Found | BadLine]:
    folder = root / below
    try:
        names = sorted(entry for entry in os.listdir(folder) if not entry.startswith("."))
    except OSError as error:
        yield BadLine(printable_path(folder), 1, f"cannot be read ({error.strerror}); check its permissions", "")
        return
    if any(name in names for name in _SAVED):
        yield Found(folder, printable_path(folder), below, is_saved=True)
        return
    is_brat = any(name.endswith(_BRAT[:3]) for name in names)
    for name in names:
        path = folder / name
        real = os.path.realpath(path)
        if name.endswith(OWN) or real in away or (is_brat and name.endswith(_BRAT)):
            continue
        if path.is_dir():
            if real not in above:  # a link to a folder around it would have no end
                yield from _walk(root, below / name, away, (*above, real))
        elif is_known(name):
            yield Found(path, printable_path(path), below / name, is_page=is_brat and path.suffix == ".txt")
        else:
            yield BadLine(
                printable_path(path),
                1,
                f"files of this kind are not read in a folder (known: {', '.join(SUFFIXES)}, also with .gz or .zst); "
                "name the file itself, or name the others by a pattern",
                "",
            )


def is_known(name: str) -> bool:
    """Whether a file in a folder is read, by what its name ends with."""
    return unpacked_suffix(Path(name)) in SUFFIXES


def unpacked_suffix(path: Path) -> str:
    """What a file's name ends with, in lower case, without ``.gz`` and ``.zst``."""
    suffixes = [suffix.lower() for suffix in path.suffixes[-2:]]
    if suffixes and suffixes[-1] in PACKED:
        suffixes.pop()
    return suffixes[-1] if suffixes else ""


def printable_path(path: Path) -> str:
    """A path as text that can be written anywhere."""
    return str(path).encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def size_of(path: Path) -> int:
    """The size of a file in bytes; 0 if it is not to be had, of which reading it will say why."""
    try:
        return path.stat().st_size
    except OSError:
        return 0
