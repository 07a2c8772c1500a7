"""``gprel data``: everything that is done with data before training."""

import typer

from .data_cards import list_corpora, show
from .data_convert import convert_file, export
from .data_fetch import fetch
from .data_split import sample, split
from .data_stats import stats
from .doctor import doctor

data = typer.Typer(
    no_args_is_help=True,
    help="Corpora by name, annotation formats, and what is in your data.",
    epilog="Every command explains itself: gprel data convert --help.",
)
data.command("list")(list_corpora)
data.command()(show)
data.command()(fetch)
data.command()(stats)
data.command("convert")(convert_file)
data.command()(export)
data.command()(split)
data.command()(sample)
data.command()(doctor)
