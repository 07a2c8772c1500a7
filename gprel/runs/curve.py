"""The learning curve of a run as a picture; needs the extra ``plots``."""

from pathlib import Path

from gprel.errors import DataError
from gprel.evaluation.reliability_plot import check_can_plot
from gprel.runs.metrics import Metrics, read_metrics
from gprel.runs.record import CURVE, LOG


def draw_curve(folder: Path, figure: tuple[str, str] | None = None) -> Path:
    """Draw loss and dev F1 of a run from its log.

    Args:
        folder: The run folder; the picture is written into it.
        figure: Kind and rule of the F1 that is drawn; without one, every kind under its first rule.

    Returns:
        The picture.

    Raises:
        DataError: If the log is missing or holds no epoch and no step, or the picture cannot be written.
        DependencyError: If matplotlib is not installed.
    """
    check_can_plot()
    metrics = read_metrics(folder / LOG)
    if not metrics.steps and not metrics.epochs:
        raise DataError(f"{folder / LOG} holds no step and no epoch yet: there is no curve to draw")
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    picture = Figure(figsize=(7, 4.2), layout="constrained")
    FigureCanvasAgg(picture)
    axes = picture.subplots()
    axes.set(xlabel="step", ylabel="loss")
    if metrics.steps:
        axes.plot(*zip(*metrics.steps, strict=True), color="0.75", linewidth=1, label="loss, moving average")
    ends = [(epoch.step, epoch.loss) for epoch in metrics.epochs]
    if ends:
        axes.plot(*zip(*ends, strict=True), color="0.35", marker=".", label="loss, mean of the epoch")
    axes.set_ylim(bottom=0)
    scores = axes.twinx()
    scores.set(ylabel="dev F1, micro", ylim=(0, 100))
    for (kind, rule), line in _lines(metrics, figure).items():
        scores.plot(*zip(*line, strict=True), marker="o", markersize=4, label=f"{kind}, {rule}")
    if metrics.best and metrics.best.dev:
        scores.axvline(metrics.best.step, color="0.6", linestyle=":", linewidth=1, label=f"epoch {metrics.best.number}")
    picture.legend(loc="outside lower center", ncols=3, fontsize=8)
    axes.set_title(folder.resolve().name, parse_math=False)
    path = folder / CURVE
    try:
        picture.savefig(path, dpi=110)
    except OSError as error:
        raise DataError(f"{path} cannot be written: {error.strerror or error}") from error
    return path


def _lines(metrics: Metrics, figure: tuple[str, str] | None) -> dict[tuple[str, str], list[tuple[int, float]]]:
    """Points of the F1 of every kind, under one rule."""
    lines: dict[tuple[str, str], list[tuple[int, float]]] = {}
    for epoch in metrics.epochs:
        for kind, scores in epoch.dev.items():
            rule = figure[1] if figure and figure[1] in scores else next(iter(scores))
            lines.setdefault((kind, rule), []).append((epoch.step, scores[rule]))
    return lines
