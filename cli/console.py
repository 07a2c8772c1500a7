"""The two consoles of the command line: results on standard output, everything else on standard error."""

from rich.box import SIMPLE_HEAD
from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

from gprel.plain_table import PlainTable

stdout = Console()
stderr = Console(stderr=True)

_WIDE = 200  # columns, for output that no terminal shows


def print_data(text: str) -> None:
    """Print a line of results as it is: no markup, no colors, no wrapping, so that it can be piped."""
    stdout.out(text, highlight=False)


def print_table(table: Table | Group) -> None:
    """Print a table of results, or a page with tables; in a file or a pipe nothing of it is cut off."""
    _console().print(table)


def table_text(table: Table | Group) -> str:
    """What :func:`print_table` would print, colors included."""
    console = _console()
    with console.capture() as capture:
        console.print(table)
    return capture.get()


def _console() -> Console:
    return stdout if stdout.is_terminal else Console(width=_WIDE)


def rich_table(table: PlainTable) -> Table:
    """A table of results for the terminal; nothing in it is taken for markup."""
    result = Table(title=Text(table.title), title_justify="left", box=SIMPLE_HEAD, show_edge=False)
    for number, column in enumerate(table.columns):
        result.add_column(Text(column), justify="right" if number else "left")
    for row in table.rows:
        result.add_row(*map(Text, row))
    if table.notes:
        result.caption, result.caption_justify = Text("\n".join(table.notes), style="dim"), "left"
    return result


def print_note(text: str) -> None:
    """Print a line about the run on standard error, where it never mixes with results."""
    stderr.print(Text(text, style="dim"), soft_wrap=True)


def print_error(text: str) -> None:
    """Print what went wrong as one red line on standard error; brackets in the text are no markup."""
    stderr.print(Text(f"error: {text}", style="red"), soft_wrap=True)
