"""Sizes counted in constant memory: exact where they are small, within a known error where they are not."""

from math import ceil

from hypothesis import given
from hypothesis import strategies as st

from gprel.data import Histogram


def filled(values: list[int]) -> Histogram:
    histogram = Histogram()
    for value in values:
        histogram.add(value)
    return histogram


@given(st.lists(st.integers(0, 4095), min_size=1), st.sampled_from([0.01, 0.5, 0.95, 1.0]))
def test_small_sizes_are_exact(values: list[int], share: float) -> None:
    histogram = filled(values)
    assert histogram.quantile(share) == sorted(values)[ceil(share * len(values)) - 1]
    assert (histogram.smallest, histogram.largest) == (min(values), max(values))
    assert histogram.mean == sum(values) / len(values)


@given(st.lists(st.integers(0, 1 << 40), min_size=1), st.sampled_from([0.5, 0.95]))
def test_large_sizes_are_at_most_one_in_2048_too_low(values: list[int], share: float) -> None:
    exact = sorted(values)[ceil(share * len(values)) - 1]
    found = filled(values).quantile(share)
    assert found is not None
    assert exact * (1 - 1 / 2048) <= found <= exact


def test_memory_does_not_grow_with_the_values() -> None:
    assert len(filled(list(range(0, 1 << 22, 7))).buckets) <= 4096 + 10 * 2048


def test_no_values() -> None:
    assert Histogram().to_dict() == {"min": None, "mean": None, "median": None, "p95": None, "max": None}
