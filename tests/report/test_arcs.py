import re
from itertools import combinations, pairwise

from hypothesis import given
from hypothesis import strategies as st

from gprel.document import Span
from gprel.report.arcs import MAX_ARCS, Arc, drawing, is_rtl, layout, width

TEXT = "Ann and Bob and Cara met Dan in Oslo"
SPANS = [Span(0, 3), Span(8, 11), Span(16, 20), Span(25, 28), Span(32, 36), Span(0, 11)]
ARCS = st.lists(
    st.builds(
        Arc,
        st.sampled_from(SPANS),
        st.sampled_from(SPANS),
        st.sampled_from(["In", "Organization_based_in"]),
        st.sampled_from(["correct", "missed"]),
        st.booleans(),
    ),
    max_size=15,
)


def reach(placed):
    middle, half = (placed.x1 + placed.x2) / 2, width(placed.arc.label) / 2
    return min(placed.x1, placed.x2, middle - half), max(placed.x1, placed.x2, middle + half)


@given(ARCS)
def test_nothing_lies_over_anything_else(arcs):
    plan = layout(TEXT, arcs)
    boxes = sorted(plan.boxes.values())
    assert all(one[0] + one[1] < other[0] for one, other in pairwise(boxes))
    for one, other in combinations(plan.arcs, 2):
        if (one.arc.is_gold, one.lane) == (other.arc.is_gold, other.lane):
            assert reach(one)[1] <= reach(other)[0] or reach(other)[1] <= reach(one)[0]


@given(ARCS)
def test_each_end_is_at_its_argument_and_has_its_own_place(arcs):
    plan = layout(TEXT, arcs)
    assert sorted(map(repr, (placed.arc for placed in plan.arcs))) == sorted(map(repr, arcs))
    ends = []
    for placed in plan.arcs:
        for span, x in ((placed.arc.subject, placed.x1), (placed.arc.object, placed.x2)):
            left, wide = plan.boxes[span]
            assert left < x < left + wide
            ends.append((placed.arc.is_gold, x))
    assert len(set(ends)) == len(ends)


def test_parallel_arcs_nest():
    arcs = [Arc(SPANS[0], SPANS[1], label, "correct", True) for label in "ab"]
    outer, inner = layout(TEXT, arcs).arcs
    assert outer.x1 < inner.x1 < inner.x2 < outer.x2
    assert outer.lane > inner.lane


def test_arguments_stand_as_they_are_read():
    def order(text, spans):
        boxes = layout(text, [Arc(*spans, "r", "correct", True)]).boxes
        return sorted(boxes, key=lambda span: boxes[span])

    assert order("ab cd", [Span(3, 5), Span(0, 2)]) == [Span(0, 2), Span(3, 5)]
    assert order("أب جد", [Span(3, 5), Span(0, 2)]) == [Span(3, 5), Span(0, 2)]


def test_directions():
    assert not is_rtl("12 a א")
    assert is_rtl("12 א a")
    assert is_rtl("(أ)")
    assert not is_rtl("123")


def test_wide_characters_are_wide():
    assert width("上海") > width("ab")
    assert width("e\u0301") == width("e")


def test_the_drawing():
    arcs = [Arc(SPANS[0], SPANS[1], "<r>", "wrong relation", True), Arc(SPANS[1], SPANS[1], "s", "spurious", False)]
    svg = drawing(TEXT, arcs)
    assert "<title>gold: Ann → &lt;r&gt; → Bob (wrong relation)</title>" in svg
    assert "<title>predicted: Bob → s → Bob (spurious)</title>" in svg
    assert '<g class="wrong-relation">' in svg
    assert "nan" not in svg
    assert drawing(TEXT, []) == ""


def test_long_arguments_are_cut_and_blank_ones_seen():
    text = "x" * 100 + " " + "y"
    svg = drawing(text, [Arc(Span(0, 100), Span(100, 101), "r", "correct", True)])
    assert f">{'x' * 23}…</text>" in svg
    assert ">␣</text>" in svg


def test_what_is_too_much_keeps_the_errors():
    arcs = [Arc(SPANS[0], SPANS[1], f"r{n}", "correct", True) for n in range(MAX_ARCS)]
    svg = drawing(TEXT, [*arcs, Arc(SPANS[0], SPANS[1], "bad", "missed", True)])
    assert len(re.findall("<g ", svg)) == MAX_ARCS
    assert "bad" in svg
    assert "1 more triples are only in the list." in svg
