"""The two consoles of the command line: results on standard output, everything else on standard error."""

from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

stdout = Console()
stderr = Console(stderr=True)

_WIDE = 200  # columns, for output that no terminal shows


def print_data(text: str) -> None:
    """Print a line of results as it is: no markup, no colors, no wrapping, so that it can be piped."""
    stdout.out(text, highlight=False)


def print_table(table: Table | Group) -> None:
    """Print a table of results, or a page with tables; in a file or a pipe nothing of it is cut off."""
    console = stdout if stdout.is_terminal else Console(width=_WIDE)
    console.print(table)


def print_note(text: str) -> None:
    """Print a line about the run on standard error, where it never mixes with results."""
    stderr.print(Text(text, style="dim"), soft_wrap=True)


def print_error(text: str) -> None:
    """Print what went wrong as one red line on standard error; brackets in the text are no markup."""
    stderr.print(Text(f"error: {text}", style="red"), soft_wrap=True)
