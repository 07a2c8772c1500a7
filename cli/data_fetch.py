"""``gprel data fetch``."""

from typing import Annotated

import typer
from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from gprel.corpora.request import data_folder
from gprel.errors import ConfigError

from .console import print_data, print_note, stderr
from .data_cards import card_of
from .data_options import DataDir


def fetch(
    name: Annotated[str, typer.Argument(help="Corpus name (gprel data list).")],
    variant: Annotated[
        str | None, typer.Option(help="Edition of a corpus that has several.", show_default="all")
    ] = None,
    fold: Annotated[int | None, typer.Option(help="Fold of a corpus that comes in folds.", show_default="all")] = None,
    data_dir: DataDir = None,
) -> None:
    """Download the files of a corpus, or say how to get those that may not be downloaded.

    What is here already is kept, a download that was cut goes on where it stopped, and every file is checked against
    the checksum on its card. Prints the path of each file.
    """
    card = card_of(name)
    if variant is not None and variant not in card.variants:
        raise ConfigError(f"variant is {variant!r}, but {name} has: {', '.join(card.variants)}")
    if fold is not None and not 0 <= fold < card.n_folds:
        folds = f"0 to {card.n_folds - 1}" if card.n_folds else "no folds"
        raise ConfigError(f"fold is {fold}, but {name} has {folds}")
    from gprel.corpora.fetch import fetch as download  # needs the network modules, which no other command does

    folder = data_folder(card, data_dir)
    bars: dict[str, TaskID] = {}
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=stderr) as progress:

        def show(path: str, done: int, total: int | None) -> None:
            if path not in bars:
                bars[path] = progress.add_task(path, total=total)
            progress.update(bars[path], completed=done, total=total)

        files = download(name, folder, variant=variant, fold=fold, on_progress=show)
    for file in files:
        print_data(str(file))
    kept = len(files) - len(bars)
    print_note(f"{name}: {len(bars)} files downloaded, {kept} were here, in {folder}")
