"""Where entities begin and end: at blanks, inside words, inside characters."""

import unicodedata
from bisect import bisect_right
from collections.abc import Sequence

from gprel.doctor.findings import Notebook, Place
from gprel.document import Document, Entity, Span
from gprel.features.words import words_of

_INVISIBLE = "\u200b\u2060\ufeff"  # signs without width that str.isspace does not count as blanks
_JOINER = "\u200d"
_AROUND = 20  # characters shown on both sides


def check_edges(document: Document, place: Place, notebook: Notebook, *, use_words: bool = True) -> None:
    """Note entities with blanks at their edges, cut words and cut characters.

    Args:
        document: The document.
        place: Where it stands.
        notebook: Takes the cases.
        use_words: Look at words; not in text that is written without blanks, where characters are the units.
    """
    if not document.entities:
        return
    words = words_of(document.text)
    for entity in document.entities:
        span = trimmed(document.text, entity.span)
        if span is None:
            notebook.add("blank_entity", place, describe(document, entity))
        elif span != entity.span:
            notebook.add("blank_edge", place, describe(document, entity))
        elif whole_characters(document.text, span) != span:
            notebook.add("cut_character", place, describe(document, entity))
        elif use_words and whole_words(words, span) != span:
            notebook.add("cut_word", place, describe(document, entity))


def trimmed(text: str, span: Span) -> Span | None:
    """The span without blanks at its edges; ``None`` if nothing is left."""
    start, end = span.start, span.end
    while start < end and _is_blank(text[start]):
        start += 1
    while start < end and _is_blank(text[end - 1]):
        end -= 1
    return Span(start, end) if start < end else None


def whole_words(words: Sequence[Span], span: Span) -> Span:
    """The span, extended to the edges of the words it begins and ends in.

    Args:
        words: Words of the text (see :func:`gprel.features.words.words_of`).
        span: The span.
    """
    starts = [word.start for word in words]
    start, end = span.start, span.end
    first = bisect_right(starts, start) - 1
    if first >= 0 and start < words[first].end:
        start = words[first].start
    last = bisect_right(starts, end - 1) - 1
    if last >= 0 and end < words[last].end:
        end = words[last].end
    return Span(start, end)


def whole_characters(text: str, span: Span) -> Span:
    """The span, extended so that no mark is parted from its letter and no emoji sequence is torn."""
    start, end = span.start, span.end
    while _is_inside(text, start):
        start -= 1
    while _is_inside(text, end):
        end += 1
    return Span(start, end)


def describe(document: Document, entity: Entity) -> str:
    """An entity with its surroundings, for messages."""
    before = document.text[max(0, entity.start - _AROUND) : entity.start]
    behind = document.text[entity.end : entity.end + _AROUND]
    inside = f"{before}[{document.surface(entity)}]{behind}"
    return f"{entity.type} at {entity.start}..{entity.end}: {inside!r}"


def _is_blank(character: str) -> bool:
    return character.isspace() or character in _INVISIBLE


def _is_inside(text: str, position: int) -> bool:
    """Whether a character that readers see as one spans this position (a simple form of Unicode's UAX #29)."""
    if not 0 < position < len(text):
        return False
    left, right = text[position - 1], text[position]
    if _continues(right):
        return not _is_blank(left)
    if left == _JOINER:
        return ord(right) > 0x2000  # a sign; letters stay letters beside a joiner
    if _is_flag_letter(left) and _is_flag_letter(right):  # a flag is a pair of them
        n_before = 0
        while position - 1 - n_before >= 0 and _is_flag_letter(text[position - 1 - n_before]):
            n_before += 1
        return n_before % 2 == 1
    return False


def _continues(character: str) -> bool:
    """Whether it belongs to the character before it: a mark, a joiner, a skin tone, a tag of a flag."""
    if character == _JOINER or unicodedata.category(character).startswith("M"):
        return True
    return 0x1F3FB <= ord(character) <= 0x1F3FF or 0xE0020 <= ord(character) <= 0xE007F


def _is_flag_letter(character: str) -> bool:
    return 0x1F1E6 <= ord(character) <= 0x1F1FF
