"""``gprel data stats``."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from gprel.config import DataConfig
from gprel.corpora import CORPORA, SPLITS, Split
from gprel.data import Histogram, Stats
from gprel.errors import DataError
from gprel.formats import read_any

from .console import print_data, print_note, print_table
from .corpus import load_data
from .data_options import DataDir, Fold, FromFormat, LowResource, Occurrences, UseJson, Variant, counting
from .errors_file import ErrorsFile


def stats(
    source: Annotated[
        str,
        typer.Argument(
            metavar="NAME|PATH",
            help="Corpus name (gprel data list), a file or folder in any format, a folder with train/dev/test.jsonl, "
            "or - for standard input.",
        ),
    ],
    from_: FromFormat = None,
    variant: Variant = None,
    fold: Fold = None,
    low_resource: LowResource = False,
    occurrences: Occurrences = "every",
    data_dir: DataDir = None,
    use_json: UseJson = False,
) -> None:
    """Count documents, lengths, entities, relations, nesting and repeats.

    Files are read as streams, in memory that does not grow with their size. A record that cannot be read is named and
    left out; then the exit code is 3.
    """
    errors = ErrorsFile(None)
    if source in CORPORA:
        folder = None if data_dir is None else str(data_dir)
        config = DataConfig(source, folder, variant, fold, low_resource, occurrences)
        title, counted = _of_corpus(config)
    else:
        path = Path(source)
        title, counted = path.resolve().name if source != "-" else "standard input", {}
        for name, file in _files(source).items():
            counted[name] = Stats()
            with counting(f"reading {file}") as count:
                for document in count(read_any(file, on_error=errors, format=from_)):
                    counted[name].add(document)
    if use_json:
        values = {"data": title, "unreadable": errors.n_bad, "splits": {k: v.to_dict() for k, v in counted.items()}}
        print_data(json.dumps(values, ensure_ascii=False, indent=2))
    else:
        _print(title, counted)
    errors.finish()


def _of_corpus(config: DataConfig) -> tuple[str, dict[str, Stats]]:
    """Count the splits that are here.

    Raises:
        DataError: If none is.
    """
    counted: dict[str, Stats] = {}
    title = config.name
    missing: dict[Split, DataError] = {}
    for split in SPLITS:
        try:
            corpus = load_data(config, (split,))
            documents = corpus.split(split)
        except DataError as error:
            missing[split] = error
            continue
        title = corpus.title
        for note in corpus.notes:
            print_note(note)
        counted[split] = Stats()
        for document in documents:
            counted[split].add(document)
    if not counted:
        raise missing["train"]
    for split, reason in missing.items():
        print_note(f"{split} is left out: {reason}")
    return title, counted


def _files(source: str) -> dict[str, str]:
    """What to read, by the name of its column."""
    folder = Path(source)
    splits: Sequence[Split] = [split for split in SPLITS if (folder / f"{split}.jsonl").is_file()]
    if splits:
        return {split: str(folder / f"{split}.jsonl") for split in splits}
    return {"all": source}


def _rows(stats: Stats) -> Iterator[tuple[str, str]]:
    """The rows of a column; an empty name begins a section."""
    yield "documents", f"{stats.n_documents:,}"
    yield "  no entity annotation", f"{stats.unknown_entities:,}"
    yield "  no relation annotation", f"{stats.unknown_relations:,}"
    yield "  scored (predictions)", f"{stats.scored:,}"
    yield from _sizes("characters per text", stats.characters)
    yield from _sizes("words per text", stats.words)
    yield "", ""
    yield "entities", f"{stats.entities.total():,}"
    yield "  inside another one", f"{stats.nested:,}"
    yield "  crossing another one", f"{stats.overlapping:,}"
    yield "  same surface and type again", f"{stats.repeated_mentions:,}"
    yield "", ""
    yield "relations", f"{stats.relations.total():,}"
    yield "  same arguments again", f"{stats.repeated_relations:,}"
    yield "triples (distinct by surface)", f"{stats.triples.total:,}"
    yield "  argument not in the text", f"{stats.unplaced.total():,}"
    yield from _sizes("triples per document", stats.triples)
    yield "", ""
    for n, n_documents in stats.by_triples().items():
        yield f"documents with {n} triples", f"{n_documents:,}"


def _sizes(what: str, histogram: Histogram) -> Iterator[tuple[str, str]]:
    yield "", ""
    for name, value in histogram.to_dict().items():
        text = "-" if value is None else f"{value:,.1f}" if isinstance(value, float) else f"{value:,}"
        yield f"{what}: {name}", text


def _print(title: str, counted: Mapping[str, Stats]) -> None:
    table = Table("", *counted, title=title, title_justify="left")
    for column in table.columns[1:]:
        column.justify = "right"
    for cells in zip(*map(_rows, counted.values()), strict=True):
        name = cells[0][0]
        if name:
            table.add_row(name, *(value for _, value in cells))
        else:
            table.add_section()
    print_table(table)
    _print_labels("entity type", {name: stats.entities for name, stats in counted.items()})
    _print_labels("relation", {name: stats.relations + stats.unplaced for name, stats in counted.items()})


def _print_labels(kind: str, counts: Mapping[str, Counter[str]]) -> None:
    """A row per label, the most frequent first, with its share of the column."""
    total: Counter[str] = Counter()
    for column in counts.values():
        total.update(column)
    if not total:
        return
    table = Table(kind, *counts)
    table.columns[0].overflow = "fold"
    for heading in table.columns[1:]:
        heading.justify = "right"
    for label, _ in total.most_common():
        cells = (f"{n[label]:,} ({100 * n[label] / max(n.total(), 1):.1f} %)" for n in counts.values())
        table.add_row(Text(label), *cells)
    print_table(table)
