"""Where windows are cut, without a tokenizer: a token is a character that is not a blank."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gprel.features.windows import cut_windows, sentence_starts


def tokens(text: str) -> tuple[list[tuple[int, int]], list[bool]]:
    """Every character that is no blank as a token, and whether a word begins there."""
    offsets = [(i, i + 1) for i, character in enumerate(text) if not character.isspace()]
    return offsets, [start == 0 or text[start - 1].isspace() for start, _ in offsets]


def cut(text: str, room: int, stride: int) -> list[tuple[int, int]]:
    offsets, starts = tokens(text)
    return cut_windows(text, offsets, starts, room=room, stride=stride)


@st.composite
def sizes(draw: st.DrawFn) -> tuple[int, int]:
    room = draw(st.integers(1, 40))
    return room, draw(st.integers(0, room - 1))


@given(text=st.text("ab. !?。\n\"'", max_size=300), size=sizes())
def test_windows_cover_every_token_and_hold_every_run_of_the_stride(text: str, size: tuple[int, int]) -> None:
    room, stride = size
    n_tokens = len(tokens(text)[0])
    windows = cut(text, room, stride)
    assert {i for first, last in windows for i in range(first, last)} == set(range(n_tokens))
    assert all(0 < last - first <= room for first, last in windows)
    for i in range(n_tokens - stride + 1):
        assert any(first <= i and i + stride <= last for first, last in windows) or n_tokens == 0
    for (first, last), (following, end) in itertools.pairwise(windows):
        assert first < following <= last - stride
        assert last < end or end == n_tokens


@given(text=st.text("ab. 。\n", min_size=1, max_size=400), size=sizes())
def test_the_number_of_windows_is_linear(text: str, size: tuple[int, int]) -> None:
    room, stride = size
    n_tokens, step = len(tokens(text)[0]), room - stride
    # Whatever the text, two windows move on by a step less what borders are moved for a sentence on both sides.
    assert len(cut(text, room, stride)) <= 2 + 2 * n_tokens / (step - 2 * (step // 4))


def test_windows_begin_and_end_at_sentences() -> None:
    text = "aaa bbb. ccc ddd. eee fff. ggg hhh. iii jjj."  # seven tokens a sentence
    sentences = {0, 7, 14, 21, 28, 35}
    assert cut(text, 23, 7) == [(0, 21), (14, 35)]
    assert {place for window in cut(text, 23, 7) for place in window} <= sentences


def test_without_sentences_in_reach_words_are_the_borders() -> None:
    text = "aaa bbb ccc ddd eee fff ggg hhh"
    windows = cut(text, 10, 1)
    assert windows[:2] == [(0, 9), (6, 15)]
    assert {place % 3 for window in windows for place in window} == {0}


def test_without_words_in_reach_tokens_are_cut() -> None:
    assert cut("a" * 25, 10, 4) == [(0, 10), (6, 16), (12, 22), (18, 25)]


@pytest.mark.parametrize("text", ["", "   ", "\n\n"])
def test_a_text_without_tokens_has_no_window(text: str) -> None:
    assert cut(text, 5, 1) == []


def test_a_text_that_fits_is_one_window() -> None:
    assert cut("a. b. c.", 6, 2) == [(0, 6)]


@pytest.mark.parametrize(
    ("text", "firsts"),
    [
        ("One. Two! Three? Four… Five", ["Two", "Three", "Four", "Five"]),
        ('He said "no." Then (he left.) Gone', ["Then", "Gone"]),
        ("line one\nline two\r\n\nline three", ["line two", "line three"]),
        ("他来了。她走了！真的？“是。”好", ["她走了", "真的", "“是", "好"]),
        ("یہ ہے۔ وہ ہے؟ ہاں", ["وہ", "ہاں"]),
        ("यह है। वह है॥ हाँ", ["वह", "हाँ"]),
        ("J. R. R. Tolkien wrote. So did U.S. authors", ["So"]),
        ("Version 2.13 of a.b.c costs 3.50 today", []),
        ("No end at all", []),
        ("...", []),
    ],
)
def test_sentences_of_many_scripts(text: str, firsts: list[str]) -> None:
    offsets, _ = tokens(text)
    found = [text[offsets[token][0] :] for token in sentence_starts(text, offsets)]
    assert len(found) == len(firsts)
    assert all(rest.startswith(first) for rest, first in zip(found, firsts, strict=True))


@pytest.mark.parametrize("text", ["." * 200_000, '."' * 100_000, "a. " * 100_000, "a" * 300_000, "\n." * 100_000])
def test_odd_texts_are_cut_as_quickly_as_others(text: str) -> None:
    """A search that was not linear would take minutes here."""
    windows = cut(text, 510, 128)
    assert len(windows) <= 2 + 2 * len(text) / 190
