"""The scores as pictures: SVG written by hand, with every text escaped."""

import statistics
from collections.abc import Iterator
from html import escape

from gprel.comparison.compare import Comparison
from gprel.comparison.summary import CorpusSummary
from gprel.comparison.tables import main_title

_WIDTH, _LEFT, _RIGHT, _ROW, _TOP, _AXIS = 800, 280, 40, 26, 10, 44
_N_TICKS = 5


def plots(comparison: Comparison) -> dict[str, str]:
    """One plot for every main table, by the title of the table."""
    return {
        main_title(summary, kind): plot
        for summary in comparison.summaries.values()
        for kind in summary.entry.figures
        if (plot := _plot(comparison, summary, kind))
    }


def _plot(comparison: Comparison, summary: CorpusSummary, kind: str) -> str:
    """F1 by method: the mean, its interval, a dot for every seed; published scores hollow and in gray."""
    entry = summary.entry
    ours = [score for m in comparison.matrix.methods if (score := summary.score(m.name, kind, entry.rule, "micro"))]
    papers = [
        (f"{score.model}, published", score.f1[kind])
        for score in comparison.published.get(entry.name, ())
        if kind in score.f1 and not score.caveats
    ]
    if not ours:
        return ""
    values = [f1 for _, f1 in papers] + [value for s in ours for value in (*s.f1, *(s.interval or ()))]
    axis = _Axis(min(values), max(values))
    rows = [
        f'<g fill="#36c" stroke="#36c">{"".join(_mark(axis, row, s.f1, s.interval))}</g>{_label(row, s.method)}'
        for row, s in enumerate(ours)
    ]
    rows += [
        f'<circle cx="{axis.x(f1):.1f}" cy="{_y(row)}" r="4" fill="none" stroke="#888"/>{_label(row, name)}'
        for row, (name, f1) in enumerate(papers, start=len(ours))
    ]
    height = _TOP + len(rows) * _ROW + _AXIS
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}" role="img" '
        f'font-family="sans-serif" font-size="13"><title>{escape(main_title(summary, kind))}</title>\n'
        + "\n".join([*axis.lines(_TOP + len(rows) * _ROW), *rows])
        + "\n</svg>"
    )


class _Axis:
    """Percent to pixels, with some room on both sides."""

    def __init__(self, least: float, most: float) -> None:
        room = max(0.5, 0.05 * (most - least))
        self.low, self.high = max(0.0, least - room), min(100.0, most + room)

    def x(self, value: float) -> float:
        return _LEFT + (value - self.low) / (self.high - self.low) * (_WIDTH - _LEFT - _RIGHT)

    def lines(self, bottom: int) -> Iterator[str]:
        for i in range(_N_TICKS):
            value = self.low + i * (self.high - self.low) / (_N_TICKS - 1)
            x = f"{self.x(value):.1f}"
            yield f'<line x1="{x}" y1="{_TOP}" x2="{x}" y2="{bottom}" stroke="#ccc"/>'
            yield f'<text x="{x}" y="{bottom + 16}" text-anchor="middle" fill="#555">{value:.1f}</text>'
        yield (
            f'<text x="{_LEFT}" y="{bottom + 32}" fill="#555">micro F1; bar: 95 % interval over documents; '
            "small dots: seeds</text>"
        )


def _y(row: int) -> int:
    return _TOP + row * _ROW + _ROW // 2


def _label(row: int, text: str) -> str:
    return f'<text x="{_LEFT - 12}" y="{_y(row) + 4}" text-anchor="end" fill="currentColor">{escape(text)}</text>'


def _mark(axis: _Axis, row: int, f1: tuple[float, ...], interval: tuple[float, float] | None) -> Iterator[str]:
    y = _y(row)
    if interval is not None:
        low, high = (f"{axis.x(value):.1f}" for value in interval)
        yield f'<line x1="{low}" y1="{y}" x2="{high}" y2="{y}" stroke-width="3" stroke-opacity="0.4"/>'
    yield f'<circle cx="{axis.x(statistics.fmean(f1)):.1f}" cy="{y}" r="5"/>'
    for value in f1:
        yield f'<circle cx="{axis.x(value):.1f}" cy="{y}" r="2" fill="#fff" stroke-width="1"/>'
