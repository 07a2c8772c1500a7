"""Triples as arcs between their arguments in text order: gold above, prediction below."""

import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from gprel.document import Span
from gprel.html import Html, element, slug
from gprel.report.lanes import lanes

MAX_ARCS = 60  # more in one drawing cannot be read; the list beside it has all

_WIDE, _NARROW = 13.5, 7.2  # pixels of a character in the style's 13 px
_LETTERS = 24  # of an argument
_GAP = 28.0  # pixels between arguments
_END = 10.0  # pixels between the ends of two arcs
_ROW = 26.0  # pixels, height of an argument
_STEP = 20.0  # pixels from one arc to the next above it


@dataclass(frozen=True, slots=True)
class Arc:
    """A triple to be drawn.

    Attributes:
        subject: Where the arc starts.
        object: Where it ends, with an arrowhead.
        label: Relation.
        outcome: What became of it, for its color.
        is_gold: Whether it goes above.
    """

    subject: Span
    object: Span
    label: str
    outcome: str
    is_gold: bool


@dataclass(frozen=True, slots=True)
class PlacedArc:
    """An arc in pixels.

    Attributes:
        arc: The triple.
        x1: Where it leaves the subject.
        x2: Where it reaches the object.
        lane: How far from the arguments it runs, counted from 0.
    """

    arc: Arc
    x1: float
    x2: float
    lane: int


@dataclass(frozen=True, slots=True)
class Layout:
    """Where everything is.

    Attributes:
        boxes: Left edge and width of each argument, in pixels.
        arcs: The arcs; those of one side and lane do not meet, and neither do their labels.
    """

    boxes: dict[Span, tuple[float, float]]
    arcs: tuple[PlacedArc, ...]


def is_rtl(text: str) -> bool:
    """Whether a text runs from right to left: its first strong character does."""
    kinds = (unicodedata.bidirectional(character) for character in text)
    return next((kind for kind in kinds if kind in ("L", "R", "AL")), "L") != "L"


def width(text: str) -> float:
    """About how many pixels a text takes: nobody can measure it before a browser does."""
    return sum(
        _WIDE if unicodedata.east_asian_width(character) in "WF" else _NARROW
        for character in text
        if not unicodedata.combining(character)
    )


def layout(text: str, arcs: Sequence[Arc]) -> Layout:
    """Place arguments in the order in which they are read, and arcs so that no two of them lie over each other."""
    spans = sorted({span for arc in arcs for span in (arc.subject, arc.object)}, key=lambda s: (s.start, s.end))
    if is_rtl(text):
        spans.reverse()
    n_ends = Counter((span, arc.is_gold) for arc in arcs for span in (arc.subject, arc.object))
    boxes: dict[Span, tuple[float, float]] = {}
    x = 0.0
    for span in spans:
        room = _END * (1 + max(n_ends[span, True], n_ends[span, False]))
        boxes[span] = (x, max(width(_shown(text, span)) + 16, room))
        x += boxes[span][1] + _GAP
    placed: list[PlacedArc] = []
    for is_gold in (True, False):
        placed += _place([arc for arc in arcs if arc.is_gold is is_gold], boxes)
    return Layout(boxes, tuple(placed))


def _place(arcs: Sequence[Arc], boxes: dict[Span, tuple[float, float]]) -> list[PlacedArc]:
    # To the right?, how far (negated), then the arc (parallel ones nest as well), and which end of it.
    ends: dict[Span, list[tuple[bool, float, int, int]]] = {}
    centers = {span: left + wide / 2 for span, (left, wide) in boxes.items()}
    for number, arc in enumerate(arcs):
        for which, (own, other) in enumerate(((arc.subject, arc.object), (arc.object, arc.subject))):
            is_right = centers[other] >= centers[own]
            order = number if is_right else -number
            ends.setdefault(own, []).append((is_right, -centers[other], order, which))
    xs: dict[tuple[int, int], float] = {}
    for span, found in ends.items():
        left, wide = boxes[span]
        for position, (_, _, order, which) in enumerate(sorted(found), start=1):
            xs[abs(order), which] = left + wide * position / (len(found) + 1)
    reaches = []
    for number, arc in enumerate(arcs):
        x1, x2 = sorted((xs[number, 0], xs[number, 1]))
        half = max((x2 - x1) / 2, width(arc.label) / 2 + 4)
        reaches.append(((x1 + x2) / 2 - half, (x1 + x2) / 2 + half))
    return [
        PlacedArc(arc, xs[number, 0], xs[number, 1], lane)
        for (number, arc), lane in zip(enumerate(arcs), lanes(reaches), strict=True)
    ]


def drawing(text: str, arcs: Sequence[Arc]) -> Html:
    """The arcs as inline SVG, errors first where there are more than ``MAX_ARCS``; nothing if there are none."""
    if not arcs:
        return Html("")
    chosen = sorted(arcs, key=lambda arc: arc.outcome == "correct")[:MAX_ARCS]
    plan = layout(text, chosen)
    above = _STEP * (1 + max((p.lane + 1 for p in plan.arcs if p.arc.is_gold), default=0))
    below = _STEP * (1 + max((p.lane + 1 for p in plan.arcs if not p.arc.is_gold), default=0))
    left, right = _extent(plan)
    height = above + _ROW + below
    boxes = [_box(_shown(text, span), x, above, wide) for span, (x, wide) in plan.boxes.items()]
    lines = [_arc(placed, text, above) for placed in plan.arcs]
    svg = element(
        "svg",
        *boxes,
        *lines,
        viewBox=f"{left:.0f} 0 {right - left:.0f} {height:.0f}",
        width=right - left,
        height=height,
        role="img",
        aria_label=f"{len(chosen)} triples as arcs: gold above, predicted below",
    )
    figure = element("div", svg, class_="wide", tabindex="0")
    n_left = len(arcs) - len(chosen)
    return Html(figure + element("p", f"{n_left:,} more triples are only in the list.")) if n_left else figure


def _extent(plan: Layout) -> tuple[float, float]:
    """Leftmost and rightmost pixel, labels included."""
    halves = [((p.x1 + p.x2) / 2, width(p.arc.label) / 2 + 4) for p in plan.arcs]
    rights: Iterable[float] = (x + wide for x, wide in plan.boxes.values())
    return min(0.0, *(x - half for x, half in halves)) - 2, max(*rights, *(x + half for x, half in halves)) + 2


def _shown(text: str, span: Span) -> str:
    surface = " ".join(text[span.start : span.end].split()) or "␣"
    return surface if len(surface) <= _LETTERS else surface[: _LETTERS - 1] + "…"


def _box(surface: str, x: float, y: float, wide: float) -> Html:
    rectangle = element("rect", x=x, y=y, width=wide, height=_ROW, rx=5)
    return Html(rectangle + element("text", surface, x=x + wide / 2, y=y + _ROW * 0.68, class_="argument"))


def _arc(placed: PlacedArc, text: str, above: float) -> Html:
    arc = placed.arc
    sign, base = (-1, above) if arc.is_gold else (1, above + _ROW)
    y = base + sign * _STEP * (placed.lane + 1)
    bend = min(6.0, abs(placed.x2 - placed.x1) / 2)
    toward = 1 if placed.x2 > placed.x1 else -1
    line = (
        f"M{placed.x1:.1f} {base:.1f}V{y - sign * bend:.1f}Q{placed.x1:.1f} {y:.1f} {placed.x1 + toward * bend:.1f} "
        f"{y:.1f}H{placed.x2 - toward * bend:.1f}Q{placed.x2:.1f} {y:.1f} {placed.x2:.1f} {y - sign * bend:.1f}"
        f"V{base + sign * 4:.1f}"
    )
    tip = f"M{placed.x2:.1f} {base:.1f}l-4 {sign * 7}h8z"
    middle, wide = (placed.x1 + placed.x2) / 2, width(arc.label) + 4
    side = "gold" if arc.is_gold else "predicted"
    hint = f"{side}: {_shown(text, arc.subject)} → {arc.label} → {_shown(text, arc.object)} ({arc.outcome})"
    return element(
        "g",
        element("title", hint),
        element("path", d=line),
        element("path", d=tip, class_="tip"),
        element("rect", x=middle - wide / 2, y=y - 7, width=wide, height=14.0, class_="behind"),
        element("text", arc.label, x=middle, y=y + 4),
        class_=slug(arc.outcome),
    )
