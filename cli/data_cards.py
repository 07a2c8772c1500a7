"""``gprel data list`` and ``gprel data show``: what the corpus cards say, and which files are here."""

import json
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any

from rich.console import Group
from rich.padding import Padding
from rich.table import Table
from rich.text import Text
from typer import Argument

from gprel.corpora import CORPORA, SPLITS, Card, read_card
from gprel.corpora.card import FileCard
from gprel.corpora.request import data_folder, find_file
from gprel.errors import ConfigError

from .console import print_data, print_note, print_table
from .data_options import DataDir, UseJson

_SECTIONS = ("about", "source", "license", "citation")


def list_corpora(data_dir: DataDir = None, use_json: UseJson = False) -> None:
    """List the corpora that have a name, their sizes, and which are here."""
    cards = [read_card(name) for name in CORPORA]
    if use_json:
        print_data(json.dumps([_to_dict(card, data_dir) for card in cards], ensure_ascii=False, indent=2))
        return
    sizes = Table("name", "language", "edition", title="corpora, in documents", title_justify="left")
    for split in SPLITS:
        sizes.add_column(split, justify="right")
    sizes.add_column("here?")
    about = Table("name", "what")
    for card in cards:
        about.add_row(card.name, Text(_first_sentence(card)))
        for variant, edition in card.variants.items():
            cells = [_size(edition.files.get(split)) for split in SPLITS]
            named = variant if len(card.variants) > 1 else ""
            sizes.add_row(card.name, card.language, named, *cells, _here(card, variant, data_dir))
    print_table(sizes)
    print_table(about)
    print_note("fetch: gprel data fetch NAME downloads it; show: gprel data show NAME says how to get it")


def show(
    name: Annotated[str, Argument(help="Corpus name (gprel data list).")],
    data_dir: DataDir = None,
    use_json: UseJson = False,
) -> None:
    """Show the card of a corpus: source, license, citation, files and counts, quirks, published scores."""
    card = card_of(name)
    if use_json:
        print_data(json.dumps(_to_dict(card, data_dir) | {"card": card.facts}, ensure_ascii=False, indent=2))
        return
    parts: list[Any] = [Text(f"{card.title} ({card.name}), {card.language}", style="bold")]
    for section in _SECTIONS:
        if card.facts.get(section):
            parts += [Text(section, style="bold"), _indented(str(card.facts[section]))]
    if card.how_to_get:
        parts += [Text("how to get it", style="bold"), _indented(card.how_to_get)]
    for section, lines in (("notes", card.notes), ("quirks", card.facts.get("quirks", ()))):
        if lines:
            parts += [Text(section, style="bold"), *(_indented(f"- {line}") for line in lines)]
    parts.append(_files_table(card, data_dir))
    if card.facts.get("published"):
        parts.append(_scores_table(card))
    print_table(Group(*parts))


def card_of(name: str) -> Card:
    """The card of a corpus that a user names.

    Raises:
        ConfigError: If there is no such corpus.
    """
    if name not in CORPORA:
        near = get_close_matches(name, CORPORA, n=1)
        meant = f"; did you mean {near[0]!r}?" if near else "; gprel data list says more"
        raise ConfigError(f"there is no corpus {name!r} (known: {', '.join(CORPORA)}){meant}")
    return read_card(name)


def _indented(text: str) -> Padding:
    return Padding(Text(" ".join(text.split())), (0, 0, 0, 2))


def _first_sentence(card: Card) -> str:
    return " ".join(card.facts["about"].split()).split(". ")[0].rstrip(".")


def _size(file: FileCard | None) -> str:
    if file is None:
        return "-"
    n = file.counts.get("sentences", file.counts.get("documents"))
    return "?" if n is None else f"{n:,}"


def _folds(card: Card) -> list[Card]:
    return [read_card(card.name, fold) for fold in range(card.n_folds)] or [card]


def _missing(card: Card, variant: str, data_dir: Path | None) -> list[str]:
    """The files of an edition, all folds of it, that are not here."""
    root = data_folder(card, data_dir)
    files = [file for fold in _folds(card) for file in fold.variants[variant].files.values()]
    return list(dict.fromkeys(file.path for file in files if find_file(root, file) is None and not file.is_optional))


def _here(card: Card, variant: str, data_dir: Path | None) -> str:
    missing = _missing(card, variant, data_dir)
    if not missing:
        return "yes"
    files = {file.path: file for fold in _folds(card) for file in fold.variants[variant].files.values()}
    n_here = len(files) - len(missing)
    part = f"{n_here} of {len(files)}" if n_here else "no"
    return f"{part}: {'fetch' if any(files[path].url for path in missing) else 'show'}"


def _to_dict(card: Card, data_dir: Path | None) -> dict[str, Any]:
    root = data_folder(card, data_dir)
    return {
        "name": card.name,
        "title": card.title,
        "language": card.language,
        "about": " ".join(card.facts["about"].split()),
        "folder": str(root),
        "folds": card.n_folds,
        "variants": {
            variant: {
                "rule": edition.rule,
                "format": edition.format,
                "files": {
                    key: {
                        "path": file.path,
                        "url": file.url,
                        "sha256": file.sha256,
                        "counts": dict(file.counts),
                        "optional": file.is_optional,
                        "here": find_file(root, file) is not None,
                    }
                    for key, file in edition.files.items()
                },
                "missing": _missing(card, variant, data_dir),
            }
            for variant, edition in card.variants.items()
        },
    }


def _files_table(card: Card, data_dir: Path | None) -> Table:
    root = data_folder(card, data_dir)
    title = f"files below {root}" + (f", fold 0 of {card.n_folds}" if card.n_folds else "")
    table = Table("edition", "split", "file", "counts", "sha256", "here?", title=title, title_justify="left")
    for variant, edition in card.variants.items():
        for key, file in edition.files.items():
            counts = ", ".join(f"{n:,} {what.replace('_', ' ')}" for what, n in file.counts.items())
            here = "yes" if find_file(root, file) else "no (optional)" if file.is_optional else "no"
            table.add_row(variant, key, Text(file.path), counts or "?", (file.sha256 or "?")[:12], here)
    return table


def _scores_table(card: Card) -> Table:
    scores = [{str(key): str(value) for key, value in row.items()} for row in card.facts["published"]]
    columns = list(dict.fromkeys(key for row in scores for key in row))
    table = Table(*(column.replace("_", " ") for column in columns), title="published scores", title_justify="left")
    for row in scores:
        table.add_row(*(Text(row.get(column, "")) for column in columns))
    return table
