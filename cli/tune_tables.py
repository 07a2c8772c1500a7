"""What ``gprel tune`` shows: scores at threshold 0 and tuned, the thresholds, and how reliable probabilities are."""

from collections.abc import Iterator, Mapping
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from gprel.evaluation import Calibration, Counts, Fit, calibration_error
from gprel.training.tune import Tuning


def calibration_of(rule: str, fits: Mapping[str, Fit]) -> Calibration | None:
    """The calibration to save; ``None`` if nothing could be fitted."""
    groups = {kind: fit.platt for kind, fit in fits.items() if fit.platt is not None}
    return Calibration(rule, groups) if groups else None


def tables(tuning: Tuning, fits: Mapping[str, Fit], title: str) -> Iterator[Table]:
    """The tables, from the most to the least important.

    Args:
        tuning: Thresholds and scores.
        fits: The calibration by kind; empty without one.
        title: Heading: corpus, split and rule.
    """
    yield _scores(tuning, title)
    yield _thresholds(tuning)
    if fits:
        yield _errors(fits)
        yield _bins(fits)


def to_dict(tuning: Tuning, fits: Mapping[str, Fit]) -> dict[str, Any]:
    """The same as JSON-ready values."""
    return {
        "rule": tuning.rule,
        "threshold_0": tuning.zero.to_dict(),
        "tuned": tuning.tuned.to_dict(),
        "thresholds": {kind: dict(of) for kind, of in tuning.thresholds.items()},
        "sharing_a_threshold": {kind: list(choice.rare) for kind, choice in tuning.choices.items()},
        "calibration": {kind: _fit_to_dict(fit) for kind, fit in fits.items()},
        "notes": list(tuning.notes),
    }


def _scores(tuning: Tuning, title: str) -> Table:
    table = _table(f"{title}, micro", ("items", "thresholds"), ("P", "R", "F1", "gold", "found", "correct"))
    for kind in tuning.scored_kinds:
        for name, evaluation in (("0", tuning.zero), ("tuned", tuning.tuned)):
            tally = evaluation.tally(kind, tuning.rule)
            assert tally is not None  # this kind was scored
            counts = tally.micro
            numbers = (counts.n_gold, counts.n_predicted, counts.n_correct)
            table.add_row(kind, name, *_percentages(counts), *map(str, numbers))
    return table


def _thresholds(tuning: Tuning) -> Table:
    table = _table("thresholds", ("items", "label"), ("threshold", "gold", "F1 at 0", "F1 tuned"))
    for kind, choice in tuning.choices.items():
        zero, tuned = (evaluation.tally(kind, tuning.rule) for evaluation in (tuning.zero, tuning.tuned))
        assert zero is not None  # this kind was scored
        assert tuned is not None
        groups = {label: (label,) for label in zero.per_type.keys() | choice.thresholds.keys()}
        own = sorted(label for label in groups if label not in choice.rare)
        shared = [(f"{len(choice.rare):,} rare labels, together", choice.rare)] if choice.rare else []
        for name, labels in [(label, groups[label]) for label in own] + shared:
            at_zero, at_tuned = (
                sum((tally.per_type.get(label, Counts()) for label in labels), Counts()) for tally in (zero, tuned)
            )
            threshold = choice.thresholds.get(labels[0], 0.0)
            figures = (f"{threshold:.2f}", str(at_zero.n_gold), f"{at_zero.f1:.2f}", f"{at_tuned.f1:.2f}")
            table.add_row(kind, Text(name), *figures)
    return table


def _errors(fits: Mapping[str, Fit]) -> Table:
    figures = ("predictions", "right", "temperature", "bias", "error before", "error after")
    table = _table("calibration: sigmoid(score / temperature + bias), fitted and measured on dev", ("items",), figures)
    for kind, fit in fits.items():
        numbers = (str(fit.n), str(fit.n_correct))
        before = f"{calibration_error(fit.before):.2f}"
        if fit.platt is None:
            table.add_row(kind, *numbers, "-", "-", before, "-")
        else:
            values = (f"{fit.platt.temperature:.3f}", f"{fit.platt.bias:.3f}")
            table.add_row(kind, *numbers, *values, before, f"{calibration_error(fit.after):.2f}")
    return table


def _bins(fits: Mapping[str, Fit]) -> Table:
    table = _table("reliability (in percent)", ("items", "probability"), ("n", "mean", "right"))
    for kind, fit in fits.items():
        for part in fit.after:
            edges = f"{100 * part.low:.0f} to {100 * part.high:.0f}"
            table.add_row(
                kind, edges, str(part.n), f"{100 * part.mean_probability:.1f}", f"{100 * part.share_correct:.1f}"
            )
    return table


def _fit_to_dict(fit: Fit) -> dict[str, Any]:
    platt = fit.platt
    return {
        "n": fit.n,
        "n_correct": fit.n_correct,
        "temperature": None if platt is None else platt.temperature,
        "bias": None if platt is None else platt.bias,
        "error_before": round(calibration_error(fit.before), 2),
        "error_after": None if platt is None else round(calibration_error(fit.after), 2),
        "reliability": [
            {
                "low": part.low,
                "high": part.high,
                "n": part.n,
                "mean_probability": round(part.mean_probability, 4),
                "share_correct": round(part.share_correct, 4),
            }
            for part in fit.after
        ],
    }


def _percentages(counts: Counts) -> tuple[str, str, str]:
    return f"{counts.precision:.2f}", f"{counts.recall:.2f}", f"{counts.f1:.2f}"


def _table(title: str, names: tuple[str, ...], figures: tuple[str, ...]) -> Table:
    table = Table(title=Text(title), box=SIMPLE_HEAD, show_edge=False, padding=(0, 1, 0, 0))
    for name in names:
        table.add_column(name)
    for figure in figures:
        table.add_column(figure, justify="right")
    return table
