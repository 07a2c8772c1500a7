"""Put intervals that overlap side by side."""

from bisect import bisect_left, insort
from collections.abc import Sequence


def lanes(intervals: Sequence[tuple[float, float]], most: int | None = None) -> list[int]:
    """The lane of each interval, counted from 0: intervals of one lane do not overlap.

    The shortest come first, so what lies inside another interval is in a lower lane than it.

    Args:
        intervals: Start and end of each; what ends where another starts does not overlap it.
        most: Number of lanes; what fits into none of them gets this number.
    """
    taken: list[list[tuple[float, float]]] = []
    result = [0] * len(intervals)
    for index in sorted(range(len(intervals)), key=lambda i: (intervals[i][1] - intervals[i][0], intervals[i])):
        start, end = intervals[index]
        lane = next((n for n, others in enumerate(taken) if _is_free(others, start, end)), len(taken))
        result[index] = lane
        if lane == most:
            continue
        if lane == len(taken):
            taken.append([])
        insort(taken[lane], (start, end))
    return result


def _is_free(others: Sequence[tuple[float, float]], start: float, end: float) -> bool:
    at = bisect_left(others, (start, end))
    return (at == 0 or others[at - 1][1] <= start) and (at == len(others) or others[at][0] >= end)
