"""The report of a comparison: its sections, and its files."""

import datetime
from pathlib import Path

from gprel.comparison.compare import Comparison
from gprel.comparison.cost_tables import cost_tables, runs_table, settings_tables
from gprel.comparison.plots import plots
from gprel.comparison.render_csv import to_csv
from gprel.comparison.render_html import to_html
from gprel.comparison.render_json import to_json
from gprel.comparison.render_markdown import to_markdown
from gprel.comparison.tables import detail_tables, score_tables
from gprel.plain_table import PlainTable

SUFFIXES = (".md", ".json", ".csv", ".html")


def sections(comparison: Comparison) -> list[tuple[str, tuple[PlainTable, ...]]]:
    """The tables of the report under their headings, from the most important ones on."""
    failures = comparison.failures
    parts = [
        ("Scores", tuple(score_tables(comparison))),
        ("Rules, tests and breakdowns", tuple(detail_tables(comparison))),
        ("Cost", tuple(cost_tables(comparison))),
        ("Settings", tuple(settings_tables(comparison))),
        ("Runs", (runs_table(comparison),)),
    ]
    if failures:
        rows = tuple((failure.name, failure.error) for failure in failures)
        table = PlainTable(
            "What did not work",
            ("what", "error"),
            rows,
            ("The traceback is in error.txt of the run's folder, or in error-CORPUS.txt beside this report.",),
        )
        parts.insert(0, ("Failures", (table,)))
    return [(title, tables) for title, tables in parts if tables]


def lead(comparison: Comparison) -> str:
    """One sentence that says what the report is of."""
    matrix = comparison.matrix
    parts = (
        f"methods {', '.join(method.name for method in matrix.methods)}",
        f"corpora {', '.join(corpus.name for corpus in matrix.corpora)}",
        f"seeds {', '.join(map(str, matrix.seeds))}",
    )
    return (
        f"{len(comparison.facts):,} of {len(comparison.cells):,} runs are finished ({'; '.join(parts)}). Every figure "
        "is in percent; ± is the standard deviation over seeds; methods without an output have a dash."
    )


def write_report(comparison: Comparison, folder: Path, date: datetime.date) -> list[Path]:
    """Write the report as Markdown, JSON, CSV and HTML, called like the matrix.

    Args:
        comparison: What to report.
        folder: Where to write.
        date: The day that the report names.

    Returns:
        The files.
    """
    title, parts = comparison.matrix.title, sections(comparison)
    first = f"{lead(comparison)} {date.isoformat()}."
    texts = (
        to_markdown(title, first, parts),
        to_json(comparison, date),
        to_csv(comparison),
        to_html(title, first, parts, plots(comparison)),
    )
    paths = [folder / f"{comparison.matrix.name}{suffix}" for suffix in SUFFIXES]
    for path, text in zip(paths, texts, strict=True):
        _replace(path, text)
    return paths


def _replace(path: Path, text: str) -> None:
    new = path.with_name(path.name + ".new")
    new.write_text(text, encoding="utf-8", newline="\n")
    new.replace(path)
