"""``gprel``: the commands, the global options and what happens to errors."""

from typing import Annotated

import typer
from typer.core import TyperGroup

from gprel import GprelError, __version__

from .compare import compare
from .console import print_data, print_error
from .data import data
from .evaluate import evaluate
from .export import export
from .extract import extract
from .report import report
from .runs import runs
from .train import train
from .tune import tune

# Dependencies that gprel extract can do without: someone may have installed gprel without them.
_LEFT_OUT = ("accelerate", "datasets", "huggingface_hub", "jaxtyping", "safetensors", "torch", "transformers")


class _Commands(TyperGroup):
    """The group of all commands: an expected error is one line, not a traceback."""

    def invoke(self, ctx: typer.Context) -> object:  # type: ignore[override]  # typer's own context, under its public name
        try:
            return super().invoke(ctx)
        except GprelError as error:
            if ctx.params["debug"]:
                raise
            print_error(str(error))
            raise typer.Exit(1) from error
        except ModuleNotFoundError as error:
            if ctx.params["debug"] or error.name not in _LEFT_OUT:
                raise
            print_error(f"this command needs {error.name}, which is not installed; run: pip install gprel")
            raise typer.Exit(1) from error
        except KeyboardInterrupt as error:
            print_error("stopped by the keyboard")
            raise typer.Exit(130) from error


app = typer.Typer(
    cls=_Commands,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Entities and relation triples from text.",
    epilog="Every command explains itself: gprel train --help.",
)
app.command()(train)
app.command()(evaluate)
app.command()(extract)
app.command()(export)
app.command()(tune)
app.command()(report)
app.command()(compare)
app.add_typer(data, name="data")
app.add_typer(runs, name="runs")


def _print_version(value: bool) -> None:
    if value:
        print_data(f"gprel {__version__}")
        raise typer.Exit


@app.callback()
def options(
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Options that stand before the command."""


def main() -> None:
    """Run the command line; exits 0, 1 (an error), 2 (wrong usage) or 130 (stopped by the keyboard)."""
    app()
