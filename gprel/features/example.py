"""One window of one document, ready for batching."""

from functools import lru_cache
from typing import NamedTuple

from gprel.tokens import TokenGold


class Example(NamedTuple):
    """A window of a document in tokens; all lists have one item per token, special tokens included.

    Attributes:
        document: Index of the document in the list it came from.
        input_ids: Token ids.
        offsets: Characters (start, end) each token stands for; (0, 0) for special tokens.
        starts: Whether an entity may begin at the token.
        ends: Whether an entity may end at the token.
        shapes: How the token is written: 0 plain, 1 capitalized, 2 all capitals, 3 with a digit.
        gold: Gold that lies wholly inside the window.
    """

    document: int
    input_ids: list[int]
    offsets: list[tuple[int, int]]
    starts: list[bool]
    ends: list[bool]
    shapes: list[int]
    gold: TokenGold


N_SHAPES = 4


@lru_cache(1 << 16)  # a text repeats its words
def shape_of(surface: str) -> int:
    """How a piece of text is written: 0 plain, 1 capitalized, 2 all capitals (two letters or more), 3 with a digit."""
    if any(character.isdigit() for character in surface):
        return 3
    if not surface[:1].isupper():
        return 0
    return 2 if len(surface) > 1 and surface.isupper() else 1
