"""Whether lines of a file hold words or characters."""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Literal, TypeVar

from gprel.formats.words import IDEOGRAPHS

TextUnit = Literal["word", "character"]
_N_CHARACTERS = 2000  # how many are looked at, beside the rest of the last sentence
_MIN_EAST_ASIAN = 0.3  # Chinese text has digits, signs and Latin names, too
_MIN_ALONE = 0.9  # all of them where lines hold characters; about 0.4 where they hold Chinese words
_EAST_ASIAN = re.compile(f"[{IDEOGRAPHS}\uac00-\ud7a3]")  # Korean, too, is annotated by syllable

T = TypeVar("T")


def look_ahead(sentences: Iterator[T], words_of: Callable[[T], Iterable[str]]) -> tuple[list[T], TextUnit]:
    """Take sentences until there is enough to tell what their words are.

    They are characters if 30 % of the text is Chinese, Japanese or Korean and 90 % of that stands in words of one
    character, however long the other words are. Both shares are of characters, not of words, and blanks do not count:
    so the answer stays the same when a text that was found to be written in characters is cut into characters.

    Args:
        sentences: The sentences; those looked at are gone from it.
        words_of: The words of a sentence.

    Returns:
        The sentences looked at, and the unit.
    """
    taken: list[T] = []
    n = n_east_asian = n_alone = 0
    for sentence in sentences:
        taken.append(sentence)
        for word in words_of(sentence):
            n_here = len(_EAST_ASIAN.findall(word))
            n += sum(not character.isspace() for character in word)
            n_east_asian += n_here
            n_alone += n_here == len(word) == 1
        if n >= _N_CHARACTERS:
            break
    is_character = n_east_asian >= _MIN_EAST_ASIAN * n and n_alone >= _MIN_ALONE * n_east_asian
    return taken, "character" if is_character else "word"
