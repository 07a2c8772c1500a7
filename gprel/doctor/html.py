"""The report as one self-contained HTML page: no script, nothing to load, every text escaped."""

from collections.abc import Iterator

from gprel.doctor.findings import Finding
from gprel.doctor.report import Report
from gprel.html import Html, element, page, table

_STYLE = """
code { overflow-wrap: anywhere; }
details { border-left: .35rem solid #888; margin: .6rem 0; padding: .1rem .8rem; }
details.error { border-color: #c22; } details.warning { border-color: #d90; }
summary { cursor: pointer; }
"""


def to_html(report: Report) -> str:
    """The whole page; every finding opens to its places."""
    return page(f"Data report: {report.title}", _STYLE, *_body(report))


def _body(report: Report) -> Iterator[Html]:
    yield element("p", element("strong", report.verdict()))
    yield from (element("p", note) for note in report.notes)
    if report.findings:
        yield element("h2", "findings")
    yield from map(_finding, report.findings)
    for each in report.tables():
        yield element("h2", each.title)
        yield table(each.columns, each.rows)
        yield from (element("p", note) for note in each.notes)


def _finding(finding: Finding) -> Html:
    rows = [element("li", f"{case.place}: ", element("code", case.example)) for case in finding.cases]
    n_more = finding.count - len(finding.cases)
    more = [element("li", f"and {n_more:,} more")] if n_more else []
    summary = element(
        "summary",
        element("strong", finding.severity),
        f" {finding.message}: {finding.count:,}. ",
        element("em", f"To do: {finding.advice}."),
    )
    return element("details", summary, element("ul", *rows, *more), class_=finding.severity)
