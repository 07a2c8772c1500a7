"""``gprel data convert`` and ``gprel data export``."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from gprel.config import DataConfig
from gprel.data import Conversion, convert
from gprel.errors import ConfigError
from gprel.formats import FORMATS, read_any
from gprel.formats.hf_datasets import FIELDS, read_dataset

from .console import print_note
from .corpus import load_data
from .data_options import (
    DataDir,
    Fold,
    FromFormat,
    LowResource,
    Occurrences,
    Overwrite,
    ToFormat,
    Variant,
    counting,
    is_folder,
)
from .errors_file import ErrorsFile
from .output import check_not_input, check_output, check_output_folder


def convert_file(
    source: Annotated[str, typer.Argument(metavar="IN", help="File or folder to read; - for standard input.")],
    out: Annotated[Path, typer.Argument(metavar="OUT", help="File, or folder for a format of several files.")],
    to: ToFormat,
    from_: FromFormat = None,
    columns: Annotated[
        str | None,
        typer.Option(
            metavar="FIELD=COLUMN,...",
            help=f"Columns of a Hugging Face data set for {', '.join(FIELDS)}; e.g. tokens=words,tags=ner_tags.",
            show_default="found by their usual names",
        ),
    ] = None,
    split: Annotated[
        str | None, typer.Option(help="Split of a Hugging Face data set.", show_default="the only one")
    ] = None,
    subset: Annotated[
        str | None, typer.Option(help="Subset of a Hugging Face data set on the hub.", show_default="the only one")
    ] = None,
    overwrite: Overwrite = False,
) -> None:
    """Convert annotation from one format to another.

    A record that cannot be read is reported, set aside in OUT.errors.jsonl, and the rest goes on; then the exit code
    is 3. What the target format cannot hold is counted and said. OUT appears once it is complete.
    """
    check_target(out, to, use_overwrite=overwrite)
    check_not_input(out, source, name="OUT")
    errors = ErrorsFile(out)
    if from_ == "datasets":
        documents = read_dataset(source, split=split, subset=subset, columns=_columns(columns), on_error=errors)
    elif (columns, split, subset) != (None, None, None):
        raise ConfigError("--columns, --split and --subset are for --from datasets; leave them out or add it")
    else:
        documents = read_any(source, on_error=errors, format=from_)
    write = FORMATS[to].write
    assert write is not None  # checked by the option
    with counting("converting") as count:
        done = convert(count(documents), write, out)
    report(done, to)
    errors.finish()


def _columns(text: str | None) -> dict[str, str] | None:
    """Read ``tokens=words,tags=ner_tags``."""
    if text is None:
        return None
    pairs = [part.partition("=") for part in text.split(",")]
    if not all(field and column for field, _, column in pairs):
        raise ConfigError(f"--columns is {text!r}, expected FIELD=COLUMN,..., for example tokens=words,tags=ner_tags")
    return {field.strip(): column.strip() for field, _, column in pairs}


def export(
    name: Annotated[str, typer.Argument(help="Corpus name (gprel data list), or a .jsonl file or folder.")],
    out: Annotated[Path, typer.Argument(metavar="OUT", help="File, or folder for a format of several files.")],
    to: ToFormat,
    split: Annotated[Literal["train", "dev", "test"], typer.Option(help="Split to export.")],
    variant: Variant = None,
    fold: Fold = None,
    low_resource: LowResource = False,
    occurrences: Occurrences = "every",
    data_dir: DataDir = None,
    overwrite: Overwrite = False,
) -> None:
    """Write one split of a corpus in another format."""
    check_target(out, to, use_overwrite=overwrite)
    folder = None if data_dir is None else str(data_dir)
    corpus = load_data(DataConfig(name, folder, variant, fold, low_resource, occurrences), (split,))
    documents = corpus.split(split)
    for note in corpus.notes:
        print_note(note)
    write = FORMATS[to].write
    assert write is not None  # checked by the option
    with counting("exporting") as count:
        done = convert(count(documents), write, out)
    report(done, to)


def check_target(out: Path, to: str, *, use_overwrite: bool) -> None:
    """Check that the output of a format can be made.

    Raises:
        ConfigError: If it cannot.
    """
    if is_folder(FORMATS[to]):
        check_output_folder(out, name="OUT")
    else:
        check_output(out, use_overwrite=use_overwrite, name="OUT")


def report(done: Conversion, to: str) -> None:
    """Say what was written and what the format could not hold."""
    print_note(f"{done.n_documents:,} documents, {done.n_entities:,} entities, {done.n_triples:,} triples")
    for what, n in done.lost.most_common():
        print_note(f"{to} cannot hold {n:,} {what} as they were: left out or changed")
