"""A report as one self-contained HTML page: no script, nothing to load, every text escaped."""

from collections.abc import Iterator, Mapping, Sequence
from html import escape

from gprel.comparison.tables import PlainTable

_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; max-width: 80rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; margin: .5rem 0; display: block; overflow-x: auto; }
th, td { border-bottom: 1px solid #8885; padding: .2rem .7rem; text-align: right; white-space: nowrap; }
th:first-child, td:first-child { text-align: left; }
td:last-child { white-space: normal; }
p { max-width: 60rem; }
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
    body = "\n".join(_body(parts, plots))
    return (
        f'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>{escape(title)}</title>\n'
        f"<style>{_STYLE}</style>\n</head>\n<body>\n<h1>{escape(title)}</h1>\n<p>{escape(lead)}</p>\n{body}\n"
        "</body>\n</html>\n"
    )


def _body(parts: Sequence[tuple[str, Sequence[PlainTable]]], plots: Mapping[str, str]) -> Iterator[str]:
    for heading, tables in parts:
        yield f"<h2>{escape(heading)}</h2>"
        for table in tables:
            yield _table(table, plots.get(table.title, ""))


def _table(table: PlainTable, plot: str) -> str:
    head = "".join(f"<th>{escape(column)}</th>" for column in table.columns)
    rows = "\n".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in table.rows)
    notes = "\n".join(f"<p>{escape(note)}</p>" for note in table.notes)
    return f"<h3>{escape(table.title)}</h3>\n<table>\n<tr>{head}</tr>\n{rows}\n</table>\n{plot}\n{notes}"
