"""Where a long text is cut into windows: at the ends of sentences where there are any, else between words.

With ``room`` tokens a window and ``stride`` tokens shared, a window ``[first, last)`` is followed by one that begins at
``last - stride`` or before. So any ``stride`` tokens in a row lie in one window, and two tokens less than ``stride``
apart share one. Borders move by at most a quarter of a step to meet a sentence, so that the number of windows, and
with it the time, stays linear in the length of the text.
"""

import re
from bisect import bisect_right
from collections.abc import Sequence

# Signs that end a sentence: before a blank, after which quotes and brackets may close; East Asian ones anywhere. A
# full stop behind a single letter is that of an initial. Everything is bounded, so the search is linear.
_END = re.compile(r"(?:[!?…؟۔।॥]|(?<!\b\w)\.)[\"'”’»)\]]{0,3}(?=\s|$)|[。！？｡][」』”’）]{0,3}|\n")
_MOST_MOVED = 4  # a border moves by a step divided by this to meet a sentence


def cut_windows(
    text: str, offsets: Sequence[tuple[int, int]], starts: Sequence[bool], *, room: int, stride: int
) -> list[tuple[int, int]]:
    """Cut the tokens of a text into overlapping windows.

    Args:
        text: The text.
        offsets: Characters (start, end) of every token.
        starts: Whether a word begins at the token.
        room: Most tokens of a window; more than ``stride``.
        stride: Tokens that neighboring windows share at least.

    Returns:
        Windows as (first token, behind the last), in order; none for a text without tokens.
    """
    n_tokens = len(offsets)
    if n_tokens <= room:
        return [(0, n_tokens)] if n_tokens else []
    cutter = _Cutter(sentence_starts(text, offsets), [i for i, is_start in enumerate(starts) if is_start], room, stride)
    windows = []
    first = 0
    while n_tokens - first > room:
        last, following = cutter.cut(first)
        windows.append((first, last))
        first = following
    return [*windows, (first, n_tokens)]


def sentence_starts(text: str, offsets: Sequence[tuple[int, int]]) -> list[int]:
    """The tokens that begin a sentence or a line, without the first one of the text.

    Args:
        text: The text.
        offsets: Characters (start, end) of every token, in order.
    """
    ends = [match.end() for match in _END.finditer(text)]
    found = []
    at = 0
    for token, (start, _) in enumerate(offsets):
        before = at
        while at < len(ends) and ends[at] <= start:
            at += 1
        if at > before and token:
            found.append(token)
    return found


class _Cutter:
    """Finds the end of a window and the beginning of the next one.

    Args:
        sentences: Tokens that begin a sentence, sorted.
        words: Tokens that begin a word, sorted.
        room: Most tokens of a window.
        stride: Tokens that neighboring windows share at least.
    """

    def __init__(self, sentences: list[int], words: list[int], room: int, stride: int) -> None:
        self.sentences = sentences
        self.words = words
        self.room = room
        self.stride = stride
        self.slack = (room - stride) // _MOST_MOVED

    def cut(self, first: int) -> tuple[int, int]:
        """Where the window that begins at ``first`` ends, and where the next one begins."""
        limit = first + self.room
        for borders in (self.sentences, self.words):
            last = _latest(borders, limit - self.slack, limit)
            following = None if last is None else self._begin(first, last - self.stride)
            if last is not None and following is not None:
                return last, following
        target = limit - self.stride
        following = self._begin(first, target)
        return limit, target if following is None else following

    def _begin(self, first: int, target: int) -> int | None:
        """The latest good place for the next window, behind ``first`` and not behind ``target``."""
        place = _latest(self.sentences, max(first, target - self.slack), target)
        return _latest(self.words, first, target) if place is None else place


def _latest(borders: list[int], above: int, most: int) -> int | None:
    """The largest border in ``above < border <= most``; ``None`` if there is none."""
    at = bisect_right(borders, most) - 1
    return borders[at] if at >= 0 and borders[at] > above else None
