"""A report as one self-contained HTML page: no script, nothing to load, every text escaped."""

from collections.abc import Iterator, Mapping, Sequence

from gprel.html import Html, element, page, table
from gprel.plain_table import PlainTable

_STYLE = """
td { white-space: nowrap; } td:last-child { white-space: normal; }
svg { max-width: 100%; height: auto; }
"""


def to_html(title: str, lead: str, parts: Sequence[tuple[str, Sequence[PlainTable]]], plots: Mapping[str, str]) -> str:
    """The whole page.

    Args:
        title: Heading.
        lead: First paragraph.
        parts: Headings, each with its tables.
        plots: SVG elements by the title of the table they belong to.
    """
    return page(title, _STYLE, element("p", lead), *_body(parts, plots))


def _body(parts: Sequence[tuple[str, Sequence[PlainTable]]], plots: Mapping[str, str]) -> Iterator[Html]:
    for heading, tables in parts:
        yield element("h2", heading)
        for each in tables:
            yield element("h3", each.title)
            yield table(each.columns, each.rows)
            yield Html(plots.get(each.title, ""))
            yield from (element("p", note) for note in each.notes)
