"""Where words begin and end in plain text, and what kind of text it is."""

import re
from collections.abc import Iterable
from functools import cache

from gprel.document import Span
from gprel.formats.words import IDEOGRAPHS, combining_marks, split_words, word_bounds

_IDEOGRAPH = re.compile(f"[{IDEOGRAPHS}]")

words_of = split_words
"""Words of a plain text: the ones that formats without characters are written in."""


def word_edges(text: str) -> tuple[list[int], list[int]]:
    """Where the words of a plain text begin, and where they end."""
    bounds = word_bounds(text)
    return [start for start, _ in bounds], [end for _, end in bounds]


def characters_of(text: str) -> list[Span]:
    """Every character that is not a blank, as a word of its own, together with the combining marks behind it."""
    return [Span(*match.span()) for match in _character().finditer(text)]


@cache
def _character() -> re.Pattern[str]:
    return re.compile(rf"\S[{combining_marks()}]*")


def written_in_characters(texts: Iterable[str]) -> bool:
    """Whether more than a third of the letters are ideographs, so that characters are the natural unit."""
    n_ideographs = n_letters = 0
    for text in texts:
        n_ideographs += len(_IDEOGRAPH.findall(text))
        n_letters += sum(character.isalnum() for character in text)
    return n_ideographs * 3 > n_letters
