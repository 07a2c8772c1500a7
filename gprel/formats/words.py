"""Documents counted in words, for formats that know words and no characters.

Such formats hold a text as a list of words; whoever reads it joins them by one blank, so that the blanks of the
original text are lost wherever they are not exactly that.
"""

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

from gprel.document import Document, Entity, Relation, Span
from gprel.errors import DataError
from gprel.formats.check import as_list, as_string

IDEOGRAPHS = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
"""Scripts without blanks between words, as the inside of a regular expression's class."""
_N_CODES = 0x20000  # code points that may be combining marks; beyond them there are only variation selectors


@dataclass(frozen=True, slots=True)
class InWords:
    """A document as such a format writes it.

    Attributes:
        words: Surfaces of the words.
        entities: Entities with at least one word, or ``None`` where they are not annotated.
        ranges: For each of ``entities`` its first word and the one behind its last word.
        relations: Relations over ``entities``, or ``None`` where they are not annotated.
    """

    words: tuple[str, ...]
    entities: tuple[Entity, ...] | None
    ranges: tuple[tuple[int, int], ...]
    relations: tuple[Relation, ...] | None


def parse_words(values: object, what: str) -> list[str]:
    """Words from a list of strings.

    Raises:
        DataError: If the value is anything else, or a word is empty.
    """
    words = [as_string(word, "a token") for word in as_list(values, what)]
    for index, word in enumerate(words):
        if not word:
            raise DataError(f"token {index} is empty; remove it and move the offsets behind it")
    return words


def join_words(words: Iterable[str]) -> tuple[str, tuple[Span, ...]]:
    """The text of words joined by one blank, and where they stand in it."""
    spans: list[Span] = []
    start = 0
    joined = []
    for word in words:
        joined.append(word)
        spans.append(Span(start, start + len(word)))
        start += len(word) + 1
    return " ".join(joined), tuple(spans)


def words_in(start: int, end: int, words: Sequence[Span], what: str) -> Span:
    """The characters of a half-open range of words.

    Raises:
        DataError: If there are no such words.
    """
    if not 0 <= start < end <= len(words):
        raise DataError(
            f"{what} has token positions {start}..{end} but there are {len(words)} tokens; "
            "positions are half-open with 0 <= start < end <= tokens"
        )
    return Span(words[start].start, words[end - 1].end)


def split_words(text: str) -> list[Span]:
    """Words of a plain text: runs of letters and digits, single ideographs, single other signs; blanks are none.

    Combining marks (accents written apart, vowel signs of Indic scripts) belong to what they follow.
    """
    return [Span(*bounds) for bounds in word_bounds(text)]


def word_bounds(text: str) -> list[tuple[int, int]]:
    """The same as plain pairs: what takes longest about words is to make spans of them."""
    pattern = _ASCII_WORD if text.isascii() else _word_pattern()  # the same words, in a third of the time
    return [match.span() for match in pattern.finditer(text)]


_ASCII_WORD = re.compile(r"\w+|\S")


@cache
def _word_pattern() -> re.Pattern[str]:
    """One word."""
    letters, marks = rf"[^\W{IDEOGRAPHS}]", combining_marks()
    return re.compile(rf"{letters}+(?:[{marks}]+{letters}*)*|\S[{marks}]*")


@cache
def combining_marks() -> str:
    """All combining marks, for which ``re`` has no class; found at the first call."""
    return "".join(c for c in map(chr, range(_N_CODES)) if unicodedata.category(c).startswith("M"))


def in_words(document: Document, lost: Counter[str], *, fits: Callable[[str], bool] = lambda word: True) -> InWords:
    """Count a document in words: its own where it has some, else those of :func:`split_words`.

    Text outside its own words is split, too, and words are cut where entities begin and end, so that nothing but
    blanks is left out.

    Args:
        document: The document.
        lost: Takes what reading cannot restore: "texts" (blanks are not as they were), "words" (there were none, or
            other ones), "entities" (those with blanks at an edge lose them, those that are nothing else are left out)
            and "relations" (of entities that are left out).
        fits: Whether the format can write a word; the document's own words that do not fit are split.
    """
    spans = _spans(document, fits)
    words = tuple(document.text[span.start : span.end] for span in spans)
    text, joined = join_words(words)
    is_same = text == document.text
    if not is_same:
        lost["texts"] += 1
    if document.words is None or document.words != spans or (is_same and joined != spans):
        lost["words"] += 1
    starts, ends = [span.start for span in spans], [span.end for span in spans]
    kept: dict[int, tuple[int, int]] = {}
    for index, entity in enumerate(document.entities or ()):
        first, stop = bisect_left(starts, entity.start), bisect_right(ends, entity.end)
        if first < stop:
            kept[index] = (first, stop)
        if first >= stop or (starts[first], ends[stop - 1]) != (entity.start, entity.end):
            lost["entities"] += 1
    return InWords(
        words,
        None if document.entities is None else tuple(document.entities[index] for index in kept),
        tuple(kept.values()),
        _relations(document, list(kept), lost),
    )


def _relations(document: Document, kept: list[int], lost: Counter[str]) -> tuple[Relation, ...] | None:
    """The relations of the entities that are kept."""
    if document.relations is None:
        return None
    position = {index: i for i, index in enumerate(kept)}
    relations = tuple(
        Relation(relation.type, position[relation.subject], position[relation.object], relation.score)
        for relation in document.relations
        if relation.subject in position and relation.object in position
    )
    if len(relations) < len(document.relations):
        lost["relations"] += len(document.relations) - len(relations)
    return relations


def _spans(document: Document, fits: Callable[[str], bool]) -> tuple[Span, ...]:
    text = document.text
    own = [word for word in document.words or () if fits(document.surface(word))]
    spans: list[Span] = []
    for before, word in pairwise([Span(0, 0), *own, Span(len(text), len(text))]):
        gap = text[before.end : word.start]
        spans += (Span(before.end + span.start, before.end + span.end) for span in split_words(gap))
        spans.append(word)
    edges = sorted({edge for entity in document.entities or () for edge in (entity.start, entity.end)})
    return tuple(piece for span in spans[:-1] for piece in _cut(text, span, edges))


def _cut(text: str, span: Span, edges: list[int]) -> list[Span]:
    """The parts of a word between those edges that are inside it, without the blanks that some words hold."""
    inside = edges[bisect_right(edges, span.start) : bisect_left(edges, span.end)]
    if not inside:
        return [span]
    pieces = []
    for start, end in pairwise([span.start, *inside, span.end]):
        piece = text[start:end]
        left, length = len(piece) - len(piece.lstrip()), len(piece.strip())
        if length:
            pieces.append(Span(start + left, start + left + length))
    return pieces
