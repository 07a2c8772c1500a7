"""One stream of texts from whatever a user names."""

import sys
from collections.abc import Callable, Collection, Iterator, Sequence
from itertools import chain
from pathlib import Path

from gprel.errors import DataError, DependencyError
from gprel.extraction.item import Item
from gprel.extraction.remote import facts_of, fetched, find_urls, is_url
from gprel.extraction.sources.annotated import reason_of
from gprel.extraction.sources.fields import Names, Place
from gprel.extraction.sources.file import Reader
from gprel.extraction.sources.find import Found, check_sources, find, size_of
from gprel.formats import BadLine


def read_items(
    sources: Sequence[str],
    *,
    text_field: str = "text",
    id_field: str | None = None,
    exclude: Collection[Path] = (),
    on_bytes: Callable[[int], None] | None = None,
) -> Iterator[Item | BadLine]:
    """Read texts from files, folders, patterns and standard input, in their order, as one stream in constant memory.

    Read are JSON lines, one JSON list, plain text with one text a line, CSV and TSV, all of them also packed by gzip or
    Zstandard; Parquet, Arrow and Feather, data sets saved by Hugging Face ``datasets``; and every format in
    ``gprel.formats.FORMATS``, without its annotation. What a file holds is told from its content. A piece that cannot
    be read comes as a bad line in its place, and the stream goes on.

    Args:
        sources: Files, folders (all files in them that are known by their ending), patterns, URLs that fsspec knows
            (fetched one after the other), or ``"-"`` for standard input with JSON lines or texts.
        text_field: Field or column that holds the text.
        id_field: Field or column that holds the id; ``None`` for ``"id"`` where there is one.
        exclude: Files and folders that are passed over in folders and patterns, for example the output.
        on_bytes: Takes how many bytes of the input were read since the last call, as they lie on the disk; over all,
            about as many as :func:`input_bytes` says.

    Raises:
        ConfigError: At once, if no source is named, or standard input twice.
        DataError: At once, if a source is missing.
        DependencyError: At once, if a file that ends with ``.zst`` is named and ``zstandard`` is not installed.
    """
    check_sources(sources)
    reader = Reader(Names(text_field, id_field), on_bytes or (lambda _: None))
    return chain.from_iterable(_read(source, reader, exclude) for source in sources)


def _read(source: str, reader: Reader, exclude: Collection[Path]) -> Iterator[Item | BadLine]:
    if source == "-":
        yield from reader.standard_input(sys.stdin.buffer)
        return
    if is_url(source):
        for url in find_urls(source):
            yield from _read_url(url, reader)
        return
    for found in find(source, exclude):
        if isinstance(found, BadLine):
            yield found
        else:
            yield from reader.found(found)


def _read_url(url: str, reader: Reader) -> Iterator[Item | BadLine]:
    try:
        with fetched(url) as copy:
            yield from reader.found(Found(copy, url, Path(copy.name)))
    except (DataError, DependencyError) as error:  # of fetching it; readers hand bad lines over
        yield Place(url, "line").bad(1, reason_of(error, url))


def input_bytes(sources: Sequence[str], *, exclude: Collection[Path] = ()) -> int | None:
    """How many bytes there are to be read, packed as they lie on the disk; ``None`` if that cannot be known.

    Args:
        sources: As for :func:`read_items`.
        exclude: As for :func:`read_items`.
    """
    if "-" in sources:
        return None
    urls = [url for source in sources if is_url(source) for url in find_urls(source)]
    n_bytes = sum(facts_of(url)[0] for url in urls)
    for found in chain.from_iterable(find(source, exclude) for source in sources if not is_url(source)):
        if isinstance(found, Found):
            paths = [*found.path.rglob("*.arrow")] if found.is_saved else [found.path]
            n_bytes += sum(map(size_of, paths))
    return n_bytes
