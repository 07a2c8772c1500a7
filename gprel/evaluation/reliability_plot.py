"""Reliability diagrams as a picture; needs the extra ``plots``."""

from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path

from gprel.errors import DependencyError
from gprel.evaluation.calibration import Bin, calibration_error


def can_plot() -> bool:
    """Whether matplotlib is installed."""
    return find_spec("matplotlib") is not None


def check_can_plot() -> None:
    """Check that a picture can be drawn, before the work that it shows.

    Raises:
        DependencyError: If matplotlib is not installed.
    """
    if not can_plot():
        raise DependencyError("a plot needs matplotlib, which is not installed: pip install gprel[plots]")


def plot_reliability(panels: Mapping[str, Mapping[str, Sequence[Bin]]], path: Path, title: str) -> None:
    """Draw how often predictions of about the same probability are right; the diagonal is perfect.

    Args:
        panels: One panel per kind, with its lines by their names.
        path: The picture to write, for example a ``.png``.
        title: What stands above.

    Raises:
        DependencyError: If matplotlib is not installed.
    """
    check_can_plot()
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5 * len(panels), 4.6), layout="constrained")
    FigureCanvasAgg(figure)
    figure.suptitle(title, parse_math=False)
    for axes, (kind, lines) in zip(figure.subplots(1, len(panels), squeeze=False)[0], panels.items(), strict=True):
        axes.plot([0, 1], [0, 1], color="0.7", linestyle="--", linewidth=1)
        for name, bins in lines.items():
            label = f"{name}: {calibration_error(bins):.1f} % off"
            x, y = [part.mean_probability for part in bins], [part.share_correct for part in bins]
            (line,) = axes.plot(x, y, marker="o", label=label)
            for part in bins:
                place = (part.mean_probability, part.share_correct)
                axes.annotate(
                    f"{part.n:,}", place, (4, -9), textcoords="offset points", fontsize=7, color=line.get_color()
                )
        axes.set(xlim=(0, 1), ylim=(0, 1), title=kind, xlabel="mean probability", ylabel="share that is right")
        axes.legend(loc="lower right", fontsize=8)
    figure.savefig(path, dpi=120)
