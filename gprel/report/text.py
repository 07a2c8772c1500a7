"""A text with its spans: bars of gold above the letters, of the prediction below, nested ones further out."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from gprel.html import Html, element, slug
from gprel.report.lanes import lanes

BAR = 5  # pixels from one bar to the next, of which 3 are bar
MAX_LANES = 8  # an undertrained model may predict hundreds of spans at one place


@dataclass(frozen=True, slots=True)
class Mark:
    """A span to be shown.

    Attributes:
        start: Offset of the first character.
        end: Offset behind the last character.
        label: Entity type.
        outcome: What became of it, for its color; ``"argument"`` where entities are not scored.
    """

    start: int
    end: int
    label: str
    outcome: str


@dataclass(frozen=True, slots=True)
class _Bar:
    mark: Mark
    is_gold: bool
    lane: int
    has_label: bool


def marked_text(text: str, gold: Sequence[Mark], predicted: Sequence[Mark]) -> Html:
    """A paragraph; labels are no part of its text, so it can be searched and copied as it is.

    Nothing but backgrounds is added to the letters: joined scripts and mixed directions come out as in plain text.

    Args:
        text: The text.
        gold: Spans shown above the letters.
        predicted: Spans shown below; what is in gold too, place and label, is labeled once.
    """
    known = {(mark.start, mark.end, mark.label) for mark in gold}
    bars = [
        _Bar(mark, is_gold, lane, is_gold or (mark.start, mark.end, mark.label) not in known)
        for is_gold, marks in ((True, gold), (False, predicted))
        for mark, lane in zip(marks, lanes([(mark.start, mark.end) for mark in marks], MAX_LANES), strict=True)
    ]
    shown = [bar for bar in bars if bar.lane < MAX_LANES]
    n_lanes = {side: max((bar.lane + 1 for bar in shown if bar.is_gold is side), default=1) for side in (True, False)}
    style = f"--above:{BAR * n_lanes[True]}px;--below:{BAR * n_lanes[False]}px"
    paragraph = element("p", *_pieces(text, shown, n_lanes), class_="text", dir="auto", style=style)
    if len(shown) == len(bars):
        return paragraph
    n_left = len(bars) - len(shown)
    return Html(paragraph + element("p", f"{n_left:,} more spans lie over each other here and have no bar."))


def _pieces(text: str, bars: Sequence[_Bar], n_lanes: dict[bool, int]) -> list[str]:
    """The text, cut where spans start and end."""
    starting: dict[int, list[_Bar]] = {}
    ending: dict[int, list[_Bar]] = {}
    for bar in bars:
        starting.setdefault(bar.mark.start, []).append(bar)
        ending.setdefault(bar.mark.end, []).append(bar)
    cuts = sorted({0, len(text), *starting, *ending})
    pieces: list[str] = []
    active: list[_Bar] = []
    for start, end in pairwise(cuts):
        active += starting.get(start, ())
        piece = text[start:end]
        pieces.append(element("span", piece, style=_style(active, end, n_lanes)) if active else piece)
        active = [bar for bar in active if bar.mark.end != end]
        pieces += [_label(bar) for bar in sorted(ending.get(end, ()), key=lambda bar: bar.lane) if bar.has_label]
    return pieces


def _style(bars: Sequence[_Bar], end: int, n_lanes: dict[bool, int]) -> str:
    layers = []
    for bar in bars:
        side = "top" if bar.is_gold else "bottom"
        distance = BAR * (n_lanes[bar.is_gold] - 1 - bar.lane)  # from the outer edge: lane 0 is next to the letters
        width = "calc(100% - 2px)" if bar.mark.end == end else "100%"  # a gap between neighbors
        color = f"var(--{slug(bar.mark.outcome)})"
        layers.append(f"linear-gradient({color},{color}) left {side} {distance}px/{width} 3px no-repeat")
    return "background:" + ",".join(layers)


def _label(bar: _Bar) -> Html:
    side = "gold" if bar.is_gold else "found"
    hint = f"{'gold' if bar.is_gold else 'predicted'}: {bar.mark.label} ({bar.mark.outcome})"
    return element("i", class_=f"{side} {slug(bar.mark.outcome)}", data_label=bar.mark.label, title=hint)
