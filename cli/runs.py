"""``gprel runs``: what earlier runs left behind."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from gprel.errors import ConfigError

from .console import print_data, print_note, print_table, rich_table

if TYPE_CHECKING:
    from gprel.runs.record import RunRecord

runs = typer.Typer(
    no_args_is_help=True,
    help="Runs: list them, show one, tell in what they differ.",
    epilog="Every command explains itself: gprel runs list --help.",
)

Column = Literal[
    "name", "corpus", "head", "encoder", "seed", "status", "epoch", "rule", "entity", "triple", "seconds", "commit"
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")]


@runs.command("list")
def list_runs(
    folders: Annotated[
        list[Path] | None, typer.Argument(help="Folders below which runs are looked for.", show_default="runs")
    ] = None,
    sort: Annotated[
        Column, typer.Option(help="Column to sort by: entity and triple F1 from the best one, others from the least.")
    ] = "name",
    rule: Annotated[
        Literal["strict", "boundaries", "exact", "partial"] | None,
        typer.Option(help="Matching rule of the dev F1.", show_default="the one that selects the best epoch"),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List runs with their settings, their state and their dev F1."""
    from gprel.runs.find import find_runs
    from gprel.runs.tables import list_table, row, sort_rows

    found = find_runs(folders or [Path("runs")])
    rows = sort_rows([row(run, rule) for run in found.runs], sort)
    if as_json:
        scores = {str(run.path): run.scores() for run in found.runs}
        _print_json([one | {"dev": scores[one["name"]]} for one in rows])
    else:
        print_table(rich_table(list_table(rows)))
    for reason in found.broken.values():
        print_note(f"cannot be read: {reason}")
    if found.broken:
        print_note(f"{len(found.broken):,} run folders cannot be read")
    if found.foreign:
        names = ", ".join(map(str, found.foreign))
        print_note(f"{len(found.foreign):,} folders hold no run: {names}")


@runs.command()
def show(
    run: Annotated[Path, typer.Argument(help="Run folder.")],
    curve: Annotated[bool, typer.Option("--curve", help="Draw RUN/curve.png anew.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show a run: settings that are no defaults, dev scores, what it noted, its epochs."""
    from gprel.runs.record import CURVE, read_run

    record = read_run(run)
    if curve:
        from gprel.runs.curve import draw_curve

        draw_curve(run, record.figure)
    picture = run / CURVE if (run / CURVE).is_file() else None
    if as_json:
        _print_json(_as_json(record) | {"curve": str(picture) if picture else None})
        return
    from gprel.runs.tables import epochs_table, results_table, settings_table

    facts = record.facts
    seconds = "-" if record.seconds is None else f"{record.seconds:,.0f} s"
    print_data(
        f"{run}: {record.corpus}, {record.head}, {record.encoder}, seed {record.seed}: {record.status}, {seconds}"
    )
    print_data(f"commit {record.commit or '-'}; selected on {facts.get('selected_on', '-')}")
    for table in (settings_table(record), results_table(record), epochs_table(record)):
        if table.rows:
            print_table(rich_table(table))
    for note in (*facts.get("notes", ()), *_lost(facts.get("lost_train"))):
        print_data(f"note: {note}")
    if record.metrics.n_bad:
        print_note(f"{record.metrics.n_bad:,} lines of {run / 'metrics.jsonl'} cannot be read")
    print_data(f"curve: {picture or 'none (gprel runs show --curve draws it)'}")


@runs.command()
def diff(
    folders: Annotated[list[Path], typer.Argument(metavar="RUN RUN...", help="Two or more run folders.")],
    as_json: AsJson = False,
) -> None:
    """Tell in which settings runs differ, and show their results side by side."""
    from gprel.runs.record import read_run
    from gprel.runs.tables import differences, side_by_side

    if len(set(folders)) != len(folders) or len(folders) < 2:
        raise ConfigError(f"got {', '.join(map(str, folders))}; expected two or more different run folders")
    records = {str(folder): read_run(folder) for folder in folders}
    settings, results = differences(records)
    if as_json:
        _print_json({"settings": settings, "results": results})
        return
    if settings:
        print_table(rich_table(side_by_side("settings that differ", "setting", settings, list(records))))
    else:
        print_data("all settings are the same")
    print_table(rich_table(side_by_side("results", "", results, list(records))))


def _as_json(record: "RunRecord") -> dict[str, object]:
    from gprel.runs.tables import row

    epochs = [
        {"epoch": one.number, "steps": one.step, "loss": one.loss, "seconds": one.seconds, "dev": one.dev}
        for one in record.metrics.epochs
    ]
    changed = {name: {"value": value, "default": default} for name, (value, default) in record.changed().items()}
    return row(record) | {
        "dev": record.scores(),
        "changed": changed,
        "settings": dict(record.settings),
        "facts": dict(record.facts),
        "epochs": epochs,
    }


def _lost(lost: object) -> list[str]:
    """Gold that training could not reach, in words."""
    if not isinstance(lost, dict):
        return []
    lines = []
    for kind, found in lost.items():
        for reason, count in (found.get("lost") or {}).items() if isinstance(found, dict) else ():
            lines.append(f"train: {count:,} of {found.get('gold', 0):,} {kind} cannot be reached: {reason}")
    return lines


def _print_json(values: object) -> None:
    print_data(json.dumps(values, indent=2, ensure_ascii=False, default=str))
