"""A report as Markdown."""

import re
from collections.abc import Iterator, Sequence

from gprel.plain_table import PlainTable

_SPECIAL = re.compile(r"([\\`*_\[\]<>|~])")


def to_markdown(title: str, lead: str, parts: Sequence[tuple[str, Sequence[PlainTable]]]) -> str:
    """The whole page.

    Args:
        title: Heading.
        lead: First paragraph.
        parts: Headings, each with its tables.
    """
    return "\n".join(_lines(title, lead, parts))


def _lines(title: str, lead: str, parts: Sequence[tuple[str, Sequence[PlainTable]]]) -> Iterator[str]:
    yield f"# {escaped(title)}\n\n{escaped(lead)}\n"
    for heading, tables in parts:
        yield f"## {escaped(heading)}\n"
        for table in tables:
            yield from _table(table)


def _table(table: PlainTable) -> Iterator[str]:
    yield f"### {escaped(table.title)}\n"
    yield _row(table.columns)
    yield _row(["---", *["---:"] * (len(table.columns) - 1)], use_escapes=False)
    yield from map(_row, table.rows)
    yield ""
    for note in table.notes:
        yield f"{escaped(note)}\n"


def _row(cells: Sequence[str], *, use_escapes: bool = True) -> str:
    return f"| {' | '.join(escaped(cell) if use_escapes else cell for cell in cells)} |"


def escaped(text: str) -> str:
    """Text that shows as it is: no markup, no second line, no cell that ends early."""
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))
