"""The report as one self-contained HTML page: no script, nothing to load, every text escaped."""

from collections.abc import Iterator
from html import escape

from gprel.doctor.findings import Finding
from gprel.doctor.report import PlainTable, Report

_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; max-width: 75rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; margin: .5rem 0; display: block; overflow-x: auto; }
th, td { border-bottom: 1px solid #8885; padding: .2rem .7rem; text-align: right; }
th:first-child, td:first-child { text-align: left; }
code { overflow-wrap: anywhere; }
details { border-left: .35rem solid #888; margin: .6rem 0; padding: .1rem .8rem; }
details.error { border-color: #c22; } details.warning { border-color: #d90; }
summary { cursor: pointer; }
"""


def to_html(report: Report) -> str:
    """The whole page; every finding opens to its places."""
    title = f"Data report: {escape(report.title)}"
    body = "\n".join(_body(report))
    return (
        f'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>{title}</title>\n'
        f"<style>{_STYLE}</style>\n</head>\n<body>\n<h1>{title}</h1>\n{body}\n</body>\n</html>\n"
    )


def _body(report: Report) -> Iterator[str]:
    yield f"<p><strong>{escape(report.verdict())}</strong></p>"
    yield from (f"<p>{escape(note)}</p>" for note in report.notes)
    if report.findings:
        yield "<h2>findings</h2>"
    yield from map(_finding, report.findings)
    yield from map(_table, report.tables())


def _finding(finding: Finding) -> str:
    rows = "\n".join(
        f"<li>{escape(str(case.place))}: <code>{escape(case.example)}</code></li>" for case in finding.cases
    )
    n_more = finding.count - len(finding.cases)
    more = f"\n<li>and {n_more:,} more</li>" if n_more else ""
    summary = f"<strong>{finding.severity}</strong> {escape(finding.message)}: {finding.count:,}."
    to_do = f"<em>To do: {escape(finding.advice)}.</em>"
    return (
        f'<details class="{finding.severity}">\n<summary>{summary} {to_do}</summary>\n'
        f"<ul>\n{rows}{more}\n</ul>\n</details>"
    )


def _table(table: PlainTable) -> str:
    head = "".join(f"<th>{escape(column)}</th>" for column in table.columns)
    rows = "\n".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in table.rows)
    notes = "\n".join(f"<p>{escape(note)}</p>" for note in table.notes)
    return f"<h2>{escape(table.title)}</h2>\n<table>\n<tr>{head}</tr>\n{rows}\n</table>\n{notes}"
