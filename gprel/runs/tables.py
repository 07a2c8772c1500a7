"""Runs as tables."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from gprel.config.differences import differing_values
from gprel.evaluation import KINDS
from gprel.plain_table import PlainTable
from gprel.runs.record import RunRecord

DASH = "-"

COLUMNS = (
    "name",
    "corpus",
    "head",
    "encoder",
    "seed",
    "status",
    "epoch",
    "rule",
    "entity",
    "triple",
    "seconds",
    "commit",
)
"""Columns of the list, which are also what it can be sorted by."""

_HIGH_FIRST = ("entity", "triple")


def row(run: RunRecord, rule: str | None = None) -> dict[str, Any]:
    """A run in a line.

    Args:
        run: The run.
        rule: Matching rule of its F1; without one, that which selects its best epoch.
    """
    chosen = rule or (run.figure[1] if run.figure else None)
    entity, triple = (run.f1(kind, chosen) if chosen else None for kind in KINDS)
    values = (
        *(str(run.path), run.corpus, run.head, run.encoder, run.seed, run.status, run.best_epoch),
        *(chosen, entity, triple, run.seconds, run.commit),
    )
    return dict(zip(COLUMNS, values, strict=True))


def sort_rows(rows: Sequence[dict[str, Any]], column: str) -> list[dict[str, Any]]:
    """Rows by a column: scores from the best one, everything else from the least; what is unknown comes last."""
    known = [row for row in rows if row[column] is not None]
    unknown = [row for row in rows if row[column] is None]
    return sorted(known, key=lambda row: _key(row[column]), reverse=column in _HIGH_FIRST) + unknown


def _key(value: object) -> tuple[bool, float, str]:
    is_number = isinstance(value, int | float)
    return (not is_number, float(value) if isinstance(value, int | float) else 0.0, str(value))


def list_table(rows: Sequence[Mapping[str, Any]]) -> PlainTable:
    """One line per run."""
    heads = {"entity": "entity F1", "triple": "triple F1", "epoch": "best epoch"}
    lines = tuple(tuple(_shown(row[column], column) for column in COLUMNS) for row in rows)
    return PlainTable(f"{len(rows):,} runs, dev", tuple(heads.get(column, column) for column in COLUMNS), lines)


def settings_table(run: RunRecord) -> PlainTable:
    """The settings that are not the defaults."""
    rows = tuple((name, str(value), str(default)) for name, (value, default) in run.changed().items())
    return PlainTable("settings that are not the defaults", ("setting", "value", "default"), rows)


def results_table(run: RunRecord) -> PlainTable:
    """Dev F1 of the best epoch: a line for each kind and rule."""
    rows = tuple((kind, rule, f"{f1:.2f}") for kind, rules in run.scores().items() for rule, f1 in rules.items())
    return PlainTable(f"dev, epoch {run.best_epoch or DASH}, micro", ("items", "rule", "F1"), rows)


def epochs_table(run: RunRecord) -> PlainTable:
    """Loss, dev F1 and time of every epoch."""
    kind_of = {"entities": "entity F1", "triples": "triple F1"}
    rule = run.figure[1] if run.figure else "strict"
    kinds = [kind for kind in KINDS if any(kind in epoch.dev for epoch in run.metrics.epochs)]
    rows = tuple(
        (
            *(str(epoch.number), f"{epoch.loss:.4f}"),
            *(_shown(epoch.dev.get(kind, {}).get(rule), "triple") for kind in kinds),
            *(f"{epoch.seconds:,.0f}", "best so far" if epoch.is_best else ""),
        )
        for epoch in run.metrics.epochs
    )
    columns = ("epoch", "loss", *(f"dev {kind_of[kind]}" for kind in kinds), "seconds", "")
    return PlainTable(f"epochs, {rule}, micro", columns, rows)


def differences(runs: Mapping[str, RunRecord]) -> tuple[dict[str, dict[str, object]], dict[str, dict[str, object]]]:
    """Settings that are not the same for all runs, and the results of all, each by name and then by run."""
    settings = differing_values({name: run.settings for name, run in runs.items()})
    scores = {name: run.scores() for name, run in runs.items()}
    figures = dict.fromkeys((kind, rule) for found in scores.values() for kind in found for rule in found[kind])
    facts: dict[str, Callable[[RunRecord], object]] = {
        "status": lambda run: run.status,
        "best epoch": lambda run: run.best_epoch,
        "selected on": lambda run: run.facts.get("selected_on"),
        "seconds": lambda run: run.seconds,
        "parameters": lambda run: run.facts.get("n_parameters"),
        "training documents": lambda run: run.facts.get("n_train"),
        "precision": lambda run: run.facts.get("precision"),
        "commit": lambda run: run.commit,
    }
    results: dict[str, dict[str, object]] = {
        f"dev {kind}/{rule} F1": {name: scores[name].get(kind, {}).get(rule) for name in runs} for kind, rule in figures
    }
    results |= {fact: {name: tell(run) for name, run in runs.items()} for fact, tell in facts.items()}
    return settings, results


def side_by_side(title: str, first: str, rows: Mapping[str, Mapping[str, object]], names: Sequence[str]) -> PlainTable:
    """A line for each value and a column for each run."""
    lines = tuple((what, *(_shown(values[name], what) for name in names)) for what, values in rows.items())
    return PlainTable(title, (first, *names), lines)


def _shown(value: object, what: str) -> str:
    if value is None:
        return DASH
    if what in _HIGH_FIRST or what.endswith(" F1"):
        return f"{value:.2f}"
    if what in ("seconds", "parameters", "training documents") and isinstance(value, int | float):
        return f"{value:,.0f}"
    return str(value)
