"""Many short trainings inside a wall-clock limit: variants x corpora x seeds, scored on dev.

    python benchmarks/sweep.py --recipe conll04 --grid training.encoder_lr=2e-4,3e-4 --seeds 42,43
    python benchmarks/sweep.py my_sweep.yaml --limit-minutes 25 --jobs 2 --data-dir DIR

The file is one as for ``gprel compare``: its methods are the variants. With --grid they are all combinations of values.
Run it again to go on: what is finished is reused, what was stopped goes on from its checkpoint. A finished run is known
by its settings alone, and every figure carries the commit it was measured with: a sweep that goes on over days of
work would otherwise begin anew with every change of a document, and a note tells where commits differ. --overwrite runs
anew what has other settings.

A run is not started where the time its like took on this machine does not fit into what is left; what still runs at the
limit is told to save a checkpoint. Writes ``benchmarks/results/sweep-NAME.json`` and ``.md``. Dev alone is scored;
--test scores the epoch that dev selected on the test split as well, for the record: nothing is selected by it.
"""

import argparse
import itertools
import re
import signal
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import yaml
from sweep_cell import needs_test, run_in_this_process
from sweep_jobs import Jobs, Limit
from sweep_results import write_results

from gprel import GprelError
from gprel.cli.recipes import find_recipe
from gprel.comparison.cells import Cell, cells_of, check_unchanged
from gprel.comparison.matrix import Matrix, load_matrix
from gprel.errors import ConfigError

RESULTS = Path(__file__).parent / "results"


def main() -> None:
    """Run the sweep, or, in a process of its own, one run of it."""
    began = time.monotonic()
    arguments = parse(sys.argv[1:])
    try:
        sys.exit(sweep(arguments, began))
    except GprelError as error:
        sys.exit(f"error: {error}")


def parse(words: Sequence[str]) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add(
        "matrix",
        nargs="?",
        type=Path,
        help="YAML file with methods, corpora and seeds (instead of --recipe and --grid)",
    )
    add("--recipe", action="append", default=[], help="recipe by name or YAML file; repeatable")
    add(
        "--grid", action="append", default=[], metavar="SECTION.KEY=A,B", help="values to try; repeatable: all with all"
    )
    add("--set", action="append", default=[], metavar="SECTION.KEY=VALUE", help="a setting of every run; repeatable")
    add("--seeds", help="seeds with commas (default: the file's, or 42)")
    add("--name", help="name of the results (default: the file's, or the recipes')")
    add("--out", type=Path, help="folder of the runs (default: runs/sweep-NAME)")
    add("--results", type=Path, default=RESULTS, help="folder of the results (default: benchmarks/results)")
    add("--data-dir", help="folder of the corpora (default: $GPREL_DATA)")
    add("--limit-minutes", type=float, default=float("inf"), help="wall-clock limit (default: none)")
    add("--jobs", type=int, default=1, help="runs side by side, which share the processor's cores (default: 1)")
    add("--over-limit", action="store_true", help="start what does not fit, too: it is stopped and goes on next time")
    add("--test", action="store_true", help="score the test split as well")
    add("--overwrite", action="store_true", help="run anew what has other settings or is not finished")
    add("--dry-run", action="store_true", help="list the runs and what is done, and stop")
    add("--cell", help=argparse.SUPPRESS)
    return parser.parse_args(words)


def sweep(arguments: argparse.Namespace, began: float) -> int:
    """Run what is missing and write the results.

    Args:
        arguments: The command line.
        began: When the limit began to run, by the monotonic clock.

    Returns:
        0, or 3 if a run failed.

    Raises:
        ConfigError: If the command line or a setting is wrong, or finished runs have other settings.
    """
    if arguments.jobs < 1 or not arguments.limit_minutes > 0:
        raise ConfigError(
            f"--jobs is {arguments.jobs} and --limit-minutes {arguments.limit_minutes}, expected at least 1 and more "
            "than 0"
        )
    name = arguments.name or name_of(arguments)
    out = arguments.out or Path("runs") / f"sweep-{name}"
    full = plan(arguments, out, name)
    has_test = {entry.name for entry in full.corpora if entry.split == "test"}
    matrix = on_dev(full)
    cells = cells_of(matrix, out)
    if arguments.cell:
        (cell,) = [cell for cell in cells if cell.name == arguments.cell]
        use_test = arguments.test and cell.corpus.name in has_test
        return run_in_this_process(cell, use_test=use_test, use_overwrite=arguments.overwrite)
    tested = {cell.name for cell in cells if arguments.test and cell.corpus.name in has_test}
    if not arguments.dry_run and not arguments.overwrite:
        check_unchanged(cells)
    to_run = [cell for cell in cells if cell.state() != "done" or (cell.name in tested and needs_test(cell))]
    note(f"{matrix.title}: {len(cells):,} runs, of which {len(cells) - len(to_run):,} are finished")
    if arguments.dry_run:
        for cell in cells:
            print(f"{cell.name}: {cell.state()}")
        return 0
    limit = Limit.minutes(arguments.limit_minutes, began, use_over=arguments.over_limit)
    jobs = Jobs(arguments.jobs, limit, out / "logs", note)
    return _run(jobs, replace(matrix, name=name), cells, to_run, arguments.results)


def _run(jobs: Jobs, matrix: Matrix, cells: Sequence[Cell], to_run: Sequence[Cell], results: Path) -> int:
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl-C: the runs are told to save
    command = "python benchmarks/sweep.py " + " ".join(sys.argv[1:])
    path = results / f"sweep-{matrix.name}.json"

    def write() -> None:
        write_results(path, matrix, cells, jobs.failures, command)

    jobs.run(to_run, cells, lambda cell: [sys.executable, __file__, *sys.argv[1:], "--cell", cell.name], write)
    write()
    print(path.with_suffix(".md").read_text(encoding="utf-8"), end="")
    note(f"{path}, {path.with_suffix('.md')}")
    return 3 if jobs.failures else 0


def plan(arguments: argparse.Namespace, out: Path, name: str) -> Matrix:
    """The sweep as a matrix of ``gprel compare``, whose methods are the variants.

    Raises:
        ConfigError: If the command line or the file is wrong.
    """
    if (arguments.matrix is None) == (not arguments.recipe):
        raise ConfigError("name either a YAML file or recipes (--recipe), and not both")
    if arguments.matrix is not None and arguments.grid:
        raise ConfigError("--grid goes with --recipe; in a YAML file write the variants as methods")
    path = arguments.matrix
    if path is None:
        path = out / f"{name}.yaml"
        out.mkdir(parents=True, exist_ok=True)
        path.write_text(as_yaml(arguments.recipe, arguments.grid, name), encoding="utf-8")
    seeds = None if arguments.seeds is None else whole_numbers(arguments.seeds)
    return load_matrix(path, find_recipe, settings=arguments.set, seeds=seeds, data_dir=arguments.data_dir)


def on_dev(matrix: Matrix) -> Matrix:
    """The same with dev as the split that is scored, whatever the corpora's cards say."""
    return replace(matrix, corpora=tuple(replace(entry, split="dev") for entry in matrix.corpora))


def as_yaml(recipes: Sequence[str], grid: Sequence[str], name: str) -> str:
    """A matrix file for recipes and a grid of settings.

    Raises:
        ConfigError: If the grid has another form.
    """
    axes = []
    for axis in grid:
        key, separator, values = axis.partition("=")
        if not separator or not values:
            raise ConfigError(f"--grid is {axis!r}, expected SECTION.KEY=A,B, e.g. training.encoder_lr=2e-4,3e-4")
        axes.append([f"{key}={value}" for value in values.split(",")])
    methods = {variant_name(chosen): {"set": list(chosen)} for chosen in itertools.product(*axes)}
    corpora = {Path(recipe).stem: {"recipe": recipe} for recipe in recipes}
    if len(corpora) < len(recipes):
        raise ConfigError(f"--recipe has a name twice in {', '.join(recipes)}; name each recipe once")
    matrix = {"title": f"Sweep {name}", "methods": methods, "corpora": corpora}
    return yaml.safe_dump(matrix, sort_keys=False, allow_unicode=True)


def variant_name(settings: Sequence[str]) -> str:
    """A name for folders and tables: ``encoder_lr-3e-4+fgm-1``; ``recipe`` for the recipe as it is."""
    short = "+".join(
        setting.rpartition(".")[2] if "." in setting.partition("=")[0] else setting for setting in settings
    )
    return re.sub(r"[^\w.+-]", "-", short) or "recipe"


def name_of(arguments: argparse.Namespace) -> str:
    """The name of a sweep that was given none."""
    return arguments.matrix.stem if arguments.matrix else "+".join(Path(recipe).stem for recipe in arguments.recipe)


def whole_numbers(text: str) -> list[int]:
    """Numbers with commas between them.

    Raises:
        ConfigError: If something else is there.
    """
    try:
        return [int(part) for part in text.split(",")]
    except ValueError:
        raise ConfigError(f"--seeds is {text!r}, expected whole numbers with commas, e.g. 42,43,44") from None


def note(text: str) -> None:
    """A line about the sweep, on standard error."""
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
