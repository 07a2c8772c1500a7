"""Bars as inline SVG."""

from collections.abc import Sequence
from dataclasses import dataclass

from gprel.html import Html, element, slug
from gprel.report.arcs import width

_NAME, _BAR, _NUMBER, _ROW = 200.0, 220.0, 120.0, 22.0  # pixels
_LETTERS = 30  # of a name


@dataclass(frozen=True, slots=True)
class Bar:
    """One row of a plot.

    Attributes:
        name: What it is of.
        value: 0 to 100.
        interval: Lower and upper end, 0 to 100; ``None`` where there is none.
        note: Shown behind it.
    """

    name: str
    value: float
    interval: tuple[float, float] | None
    note: str


def bars(title: str, rows: Sequence[Bar], *, hint: str = "") -> Html:
    """One bar per row with its interval; the axis goes from 0 to 100.

    Args:
        title: Heading.
        rows: From top to bottom.
        hint: Shown under the heading.
    """
    height = _ROW * len(rows) + 18
    bottom = _ROW * len(rows)
    ticks = []
    for percent in (0, 50, 100):
        x = _x(percent)
        ticks.append(element("line", x1=x, x2=x, y1=0, y2=bottom, class_="axis"))
        ticks.append(element("text", str(percent), x=x + 9, y=bottom + 14, class_="number"))
    lines = [part for number, row in enumerate(rows) for part in _row(row, _ROW * number)]
    total = _NAME + _BAR + _NUMBER
    svg = element(
        "svg",
        *ticks,
        *lines,
        viewBox=f"0 0 {total:.0f} {height:.0f}",
        width=total,
        height=height,
        role="img",
        aria_label=title,
    )
    caption = element("figcaption", title, element("small", hint))
    return element("figure", caption, element("div", svg, class_="wide", tabindex="0"))


def _x(percent: float) -> float:
    return _NAME + _BAR * percent / 100


def _row(row: Bar, top: float) -> list[Html]:
    name = row.name if len(row.name) <= _LETTERS else row.name[: _LETTERS - 1] + "…"
    middle = top + _ROW / 2
    parts = [
        element("text", name, element("title", row.name), x=_NAME - 8, y=middle + 4, class_="name"),
        element("rect", x=_NAME, y=top + 4, width=_x(row.value) - _NAME, height=_ROW - 8, class_="bar"),
        element("text", row.note, x=_x(100) + 8, y=middle + 4),
    ]
    if row.interval is not None:
        low, high = map(_x, row.interval)
        d = f"M{low:.1f} {middle - 4:.1f}v8M{low:.1f} {middle:.1f}H{high:.1f}M{high:.1f} {middle - 4:.1f}v8"
        parts.append(element("path", d=d, class_="interval"))
    return parts


def stack(title: str, parts: Sequence[tuple[str, int]]) -> Html:
    """One bar cut into shares, colored by outcome.

    Args:
        title: What the whole is.
        parts: Name of an outcome and number of its items.
    """
    total = sum(n for _, n in parts)
    x, long = 0.0, _NAME + _BAR + _NUMBER
    shapes = []
    for name, n in parts:
        if not n:
            continue
        wide = long * n / total
        hint = element("title", f"{name}: {n:,} of {total:,}")
        shape = element("rect", hint, x=x, y=2, width=max(wide - 1, 0.5), height=18, class_=f"part {slug(name)}")
        number = f"{n:,}"
        label = element("text", number, x=x + 5, y=15, class_="inside") if width(number) + 10 < wide else Html("")
        shapes.append(Html(shape + label))
        x += wide
    svg = element("svg", *shapes, viewBox=f"0 0 {long:.0f} 22", width=long, height=22, role="img", aria_label=title)
    return element("figure", element("figcaption", title), element("div", svg, class_="wide", tabindex="0"))
