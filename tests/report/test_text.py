import re
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gprel.report.text import MAX_LANES, Mark, marked_text


def plain(html):
    """What a reader, or a search, sees of the letters."""
    return unescape(re.sub(r"<[^>]*>", "", html))


@pytest.mark.parametrize(
    "text", ["Ann saw Oslo", "张伟住在上海。", "يعمل أحمد في New York", "😀 𝒜da 👩‍👩‍👧 e\u0301", "a\n\tb"]
)
def test_the_text_is_whole_in_every_script(text):
    marks = [Mark(0, 2, "A", "missed"), Mark(1, len(text), "B", "correct")]
    html = marked_text(text, marks, marks)
    assert plain(html) == text
    assert 'dir="auto"' in html


@given(st.text(max_size=20), st.lists(st.tuples(st.integers(0, 19), st.integers(1, 20)), max_size=12))
def test_the_text_is_whole_under_any_spans(text, spans):
    marks = [Mark(a, a + b, "L", "missed") for a, b in spans if a + b <= len(text)]
    shown = plain(marked_text(text, marks, marks[::2])).split(" more spans lie")[0]
    pictures = str.maketrans({chr(c): chr(0x2400 + c) for c in range(32) if chr(c) not in "\t\n"} | {"\x7f": "␡"})
    assert shown.startswith(text.translate(pictures))


def test_nested_and_crossing_spans_have_their_own_bars():
    html = marked_text(
        "abcdef", [Mark(0, 4, "Long", "correct"), Mark(1, 2, "In", "missed"), Mark(3, 6, "X", "missed")], []
    )
    pieces = re.findall(r'<span style="([^"]*)">([^<]*)</span>', html)
    assert [(letters, style.count("linear-gradient")) for style, letters in pieces] == [
        ("a", 1),
        ("b", 2),
        ("c", 1),
        ("d", 2),
        ("ef", 1),
    ]
    inner = pieces[1][0]
    assert "var(--correct)) left top 0px" in inner  # the outer span is further from the letters
    assert "var(--missed)) left top 5px" in inner
    assert re.findall('data-label="([^"]*)"', html) == ["In", "Long", "X"]


def test_gold_is_above_and_the_prediction_below():
    html = marked_text("ab", [Mark(0, 1, "G", "wrong type")], [Mark(0, 1, "P", "wrong type")])
    assert "left top 0px" in html
    assert "left bottom 0px" in html
    assert '<i class="gold wrong-type" data-label="G" title="gold: G (wrong type)"></i>' in html
    assert '<i class="found wrong-type" data-label="P" title="predicted: P (wrong type)"></i>' in html


def test_what_agrees_is_labeled_once():
    mark = Mark(0, 1, "G", "correct")
    assert marked_text("ab", [mark], [mark]).count("data-label") == 1


def test_labels_are_inert():
    html = marked_text("<b>", [Mark(0, 3, '"><script>', "missed")], [])
    assert "<script" not in html
    assert "&lt;b&gt;" in html


def test_too_many_spans_at_one_place():
    html = marked_text("a" * 50, [Mark(0, n, "L", "spurious") for n in range(1, 51)], [])
    assert f"{50 - MAX_LANES} more spans lie over each other here" in html
    assert html.count("data-label") == MAX_LANES
