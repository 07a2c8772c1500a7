"""``gprel data doctor``."""

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from gprel.doctor import Finding, Report, examine, fix, read_data, to_html

from .console import print_data, print_note, print_table, rich_table
from .data_options import DataDir, Fold, FromFormat, UseJson, Variant
from .output import check_output, check_output_folder

SERIOUS = 3  # exit code

_N_CASES = 3  # shown for a finding
_WIDTH = 160  # characters of an example
_COLORS = {"error": "red", "warning": "yellow", "note": "cyan"}


def doctor(
    source: Annotated[str, typer.Argument(metavar="PATH|NAME", help="A file, a folder of splits, or a corpus name.")],
    from_: FromFormat = None,
    variant: Variant = None,
    fold: Fold = None,
    data_dir: DataDir = None,
    encoder: Annotated[
        str, typer.Option(help="Encoder whose tokens and limits count; 'none' leaves that part out.")
    ] = "minilm",
    max_tokens: Annotated[int, typer.Option(min=8, help="Longest window in tokens.")] = 512,
    html: Annotated[Path | None, typer.Option(help="Also write the report here, as one HTML page.")] = None,
    use_json: UseJson = False,
    fix_to: Annotated[
        Path | None,
        typer.Option("--fix", metavar="OUT", help="Write a repaired copy and a log of every change to this folder."),
    ] = None,
    fix_words: Annotated[
        bool, typer.Option("--fix-words", help="With --fix: extend entities that cut a word to its edges.")
    ] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an existing HTML page.")] = False,
) -> None:
    """Say what is wrong with annotated data, where, and what to do; exits 3 if anything is surely wrong."""
    if fix_words and fix_to is None:
        raise typer.BadParameter("--fix-words needs --fix OUT")
    if html is not None:
        check_output(html, use_overwrite=overwrite, name="--html")
    if fix_to is not None:
        check_output_folder(fix_to, name="--fix")
    data = read_data(source, format_name=from_, variant=variant, fold=fold, data_dir=data_dir)
    report = examine(data, encoder=None if encoder == "none" else encoder, max_tokens=max_tokens)
    if html is not None:
        html.write_text(to_html(report), encoding="utf-8")
    if use_json:
        print_data(json.dumps(report.to_dict(), ensure_ascii=False, indent=2))
    else:
        _print(report)
    if fix_to is not None:
        changes = fix(data, fix_to, use_words=fix_words)
        for what, n in changes.most_common():
            print_note(f"{n:,} x {what}")
        print_note(f"{changes.total():,} changes; the copy and fix-log.jsonl are in {fix_to}")
    if report.is_serious:
        raise typer.Exit(SERIOUS)


def _print(report: Report) -> None:
    for note in report.notes:
        print_note(note)
    for table in report.tables():
        print_table(rich_table(table))
    for finding in report.findings:
        _print_finding(finding)
    print_data(f"{report.title}: {report.verdict()}")


def _print_finding(finding: Finding) -> None:
    from .console import stdout

    head = Text.assemble(
        (finding.severity, f"bold {_COLORS[finding.severity]}"), f"  {finding.message}: {finding.count:,}"
    )
    stdout.print(head, soft_wrap=True)
    print_data(f"  to do: {finding.advice}")
    for case in finding.cases[:_N_CASES]:
        example = case.example if len(case.example) <= _WIDTH else case.example[: _WIDTH - 3] + "..."
        print_data(f"  {case.place}: {example}")
    if finding.count > _N_CASES:
        print_data(f"  and {finding.count - _N_CASES:,} more (--html or --json shows them)")
