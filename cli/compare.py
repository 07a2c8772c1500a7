"""``gprel compare``."""

import datetime
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gprel.errors import ConfigError

from .console import print_data, print_note, print_table, rich_table
from .corpus import resolve_corpus
from .errors_file import EXIT_SOME_BAD
from .recipes import find_recipe

if TYPE_CHECKING:
    from gprel.comparison.cells import Cell


def compare(
    matrix: Annotated[str, typer.Argument(help="A comparison by name (table2, baselines, demo, ...) or a YAML file.")],
    out: Annotated[Path, typer.Option(help="Folder for the runs and the report; what is finished there is reused.")],
    only: Annotated[
        list[str] | None,
        typer.Option(
            metavar="METHOD/CORPUS", help="Run only these cells; * stands for anything. Repeatable.", show_default="all"
        ),
    ] = None,
    seeds: Annotated[
        str | None, typer.Option(help="Seeds with commas between them.", show_default="the comparison's")
    ] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="SECTION.KEY=VALUE",
            help="Any setting, for every run, e.g. encoder.name=PATH. Repeatable.",
        ),
    ] = None,
    data_dir: Annotated[Path | None, typer.Option(envvar="GPREL_DATA", help="Folder that holds the corpora.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="List the runs and what is done, and stop.")] = False,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Run anew what is finished with other settings; measure speed anew.")
    ] = False,
) -> None:
    """Compare methods on corpora: train, score and report, with everything but the method kept equal.

    Run it again after an interruption: finished runs are reused. A run that fails is reported and the others go on;
    then the exit code is 3.
    """
    if out.is_file():
        raise ConfigError(f"--out {out} is a file, expected a folder")
    from gprel.comparison.cells import cells_of, check_unchanged, select
    from gprel.comparison.matrix import load_matrix
    from gprel.comparison.published import published_scores

    plan = load_matrix(
        find_matrix(matrix),
        find_recipe,
        settings=settings or (),
        seeds=None if seeds is None else _seeds(seeds),
        data_dir=None if data_dir is None else str(data_dir),
    )
    published_scores(plan)  # a wrong name is told before hours of training, not after
    cells = select(cells_of(plan, out), only or ())
    if dry_run:
        _list(cells)
        return
    if not overwrite:
        check_unchanged(cells)
    to_run = [cell for cell in cells if cell.state() != "done"]
    print_note(f"{plan.title}: {len(cells):,} runs, of which {len(cells) - len(to_run):,} are finished")
    from transformers.utils import logging  # slow imports wait until the matrix is known to be good

    from gprel.comparison.compare import compare as score
    from gprel.comparison.compare import run_cells
    from gprel.comparison.report import write_report
    from gprel.comparison.run import CorpusShelf
    from gprel.comparison.tables import score_tables
    from gprel.memory import keep_freed_memory

    from .progress import ProgressReporter

    keep_freed_memory()
    logging.disable_progress_bar()
    shelf = CorpusShelf(resolve_corpus)
    failures = run_cells(to_run, shelf, ProgressReporter, print_note)
    result = score(plan, out, shelf, failures, print_note, use_kept=not overwrite)
    out.mkdir(parents=True, exist_ok=True)
    paths = write_report(result, out, datetime.date.today())
    for table in score_tables(result):
        print_table(rich_table(table))
    print_note(f"the report is in {', '.join(map(str, paths))}")
    if result.failures:
        for failure in result.failures:
            print_note(f"failed: {failure.name}: {failure.error}")
        raise typer.Exit(EXIT_SOME_BAD)


def find_matrix(wanted: str) -> Path:
    """The file of a comparison.

    Args:
        wanted: Its name, or a YAML file.

    Raises:
        ConfigError: If there is none.
    """
    folder = Path(str(files("gprel.configs"))) / "compare"
    path = Path(wanted) if wanted.endswith((".yaml", ".yml")) else folder / f"{wanted}.yaml"
    if not path.is_file():
        known = ", ".join(sorted(p.stem for p in folder.glob("*.yaml")))
        raise ConfigError(f"there is no comparison {wanted!r}; name a YAML file, or one of: {known}")
    return path


def _seeds(text: str) -> list[int]:
    try:
        return [int(part) for part in text.split(",")]
    except ValueError:
        raise ConfigError(f"--seeds is {text!r}, expected whole numbers with commas, e.g. 42,43,44") from None


def _list(cells: "list[Cell]") -> None:
    """One line per run: its name and whether it is done, apart from what a run with other settings differs in."""
    n_done = 0
    for cell in cells:
        state = cell.state()
        n_done += state == "done"
        print_data(f"{cell.name}: {state}" + (f" ({', '.join(cell.changes())})" if state == "changed" else ""))
    print_note(f"{n_done:,} of {len(cells):,} runs are finished")
