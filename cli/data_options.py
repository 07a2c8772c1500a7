"""What the commands of ``gprel data`` have in common: options, and reading with a count on the terminal."""

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Literal

import typer

from gprel.document import Document
from gprel.formats import FORMATS, Format

from .console import stderr

_UPDATE_EVERY = 0.2  # seconds


def _known(name: str | None) -> str | None:
    if name is not None and name not in FORMATS:
        raise typer.BadParameter(f"{name!r} is not a format; the formats are {', '.join(FORMATS)}")
    return name


def _writable(name: str) -> str:
    _known(name)
    if FORMATS[name].write is None:
        raise typer.BadParameter(f"{name!r} can only be read; the formats to write are {', '.join(WRITABLE)}")
    return name


WRITABLE = [name for name, format_ in FORMATS.items() if format_.write is not None]

ToFormat = Annotated[
    str, typer.Option("--to", metavar="FORMAT", callback=_writable, help=f"Format to write: {', '.join(WRITABLE)}.")
]
FromFormat = Annotated[
    str | None,
    typer.Option(
        "--from",
        metavar="FORMAT",
        callback=_known,
        help=f"Format of the input: {', '.join(FORMATS)}.",
        show_default="recognized from the content",
    ),
]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace an existing output file.")]
Seed = Annotated[int, typer.Option(help="Seed; equal seeds draw equal documents.")]
UseJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")]
DataDir = Annotated[Path | None, typer.Option(envvar="GPREL_DATA", help="Folder that holds the corpora.")]
Variant = Annotated[
    str | None, typer.Option(help="Edition of a corpus that has several.", show_default="the first on its card")
]
Fold = Annotated[int | None, typer.Option(help="Fold of a corpus that comes in folds.", show_default="0")]
LowResource = Annotated[bool, typer.Option("--low-resource", help="Low-resource splits of NYT or Re-DocRED.")]
Occurrences = Annotated[
    Literal["every", "first"],
    typer.Option(help="Which occurrences of an argument are labeled where a corpus gives no offsets."),
]


@contextmanager
def counting(doing: str) -> Iterator[Callable[[Iterable[Document]], Iterator[Document]]]:
    """Show on the terminal how many documents have passed; gives what to lead the documents through.

    Args:
        doing: What the command does, for example ``"converting"``.
    """
    with stderr.status(doing) as status:

        def count(documents: Iterable[Document]) -> Iterator[Document]:
            shown = time.monotonic()
            for number, document in enumerate(documents, start=1):
                if time.monotonic() - shown > _UPDATE_EVERY:
                    status.update(f"{doing}: {number:,} documents")
                    shown = time.monotonic()
                yield document

        yield count


def is_folder(format_: Format) -> bool:
    """Whether a format writes a folder rather than one file."""
    return not format_.suffix
