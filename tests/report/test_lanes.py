from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from gprel.report.lanes import lanes

INTERVALS = st.lists(st.tuples(st.integers(0, 30), st.integers(1, 10)).map(lambda pair: (pair[0], sum(pair))))


def overlap(one, other):
    return one[0] < other[1] and other[0] < one[1]


@given(INTERVALS)
def test_intervals_of_one_lane_do_not_overlap(intervals):
    found = lanes(intervals)
    for (one, lane), (other, other_lane) in combinations(zip(intervals, found, strict=True), 2):
        assert lane != other_lane or not overlap(one, other)


@given(INTERVALS)
def test_what_is_inside_is_lower(intervals):
    found = lanes(intervals)
    for (one, lane), (other, other_lane) in combinations(zip(intervals, found, strict=True), 2):
        if other[0] <= one[0] and one[1] <= other[1] and one != other:
            assert lane < other_lane


def test_neighbors_share_a_lane():
    assert lanes([(0, 2), (2, 4), (0, 4)]) == [0, 0, 1]


@given(INTERVALS)
def test_no_more_lanes_than_wanted(intervals):
    free, few = lanes(intervals), lanes(intervals, 2)
    assert [lane for lane in few if lane < 2] == [lane for lane in free if lane < 2]
    assert all((a >= 2) == (b == 2) for a, b in zip(free, few, strict=True))
