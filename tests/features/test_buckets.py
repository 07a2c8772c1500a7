import itertools
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gprel.features.buckets import LengthBuckets


def drawn(n: int, longest: int = 200) -> list[int]:
    generator = random.Random(0)
    return [generator.randint(1, longest) for _ in range(n)]


@given(st.lists(st.integers(1, 512), max_size=300), st.integers(1, 40), st.integers(0, 3), st.integers(0, 3))
def test_every_window_comes_once_per_epoch(lengths: list[int], size: int, seed: int, epoch: int) -> None:
    buckets = LengthBuckets(lengths, size, seed)
    buckets.epoch = epoch
    batches = list(buckets)
    assert sorted(i for batch in batches for i in batch) == list(range(len(lengths)))
    assert len(batches) == len(buckets)
    assert all(0 < len(batch) <= size for batch in batches)
    assert sum(len(batch) < size for batch in batches) <= 1


@given(st.lists(st.integers(1, 512), max_size=300), st.integers(1, 1000), st.integers(0, 3), st.integers(0, 3))
def test_batches_filled_by_tokens(lengths: list[int], n_tokens: int, seed: int, epoch: int) -> None:
    buckets = LengthBuckets(lengths, 16, seed, n_tokens)
    buckets.epoch = epoch
    batches = list(buckets)
    assert sorted(i for batch in batches for i in batch) == list(range(len(lengths)))
    assert len(batches) == len(buckets) == buckets.n_batches(epoch)
    for batch in batches:
        padded = len(batch) * max(lengths[i] for i in batch)
        assert padded <= n_tokens or len(batch) == 1  # what is longer by itself is alone


@pytest.mark.parametrize("n_tokens", [0, 100])
def test_the_order_follows_seed_and_epoch(n_tokens: int) -> None:
    def order(seed: int, epoch: int) -> list[list[int]]:
        buckets = LengthBuckets([5] * 64, 4, seed, n_tokens)
        buckets.epoch = epoch
        return list(buckets)

    assert order(1, 1) == order(1, 1)
    assert order(1, 1) != order(1, 2)
    assert order(1, 1) != order(2, 1)
    buckets = LengthBuckets([5] * 64, 4, 1, n_tokens)
    assert list(buckets) == list(buckets)  # what is iterated twice is the same epoch


@pytest.mark.parametrize("n_tokens", [0, 500])
def test_an_epoch_can_begin_in_its_middle(n_tokens: int) -> None:
    buckets = LengthBuckets(drawn(100), 4, 1, n_tokens)
    buckets.epoch = 3
    whole = list(buckets)
    buckets.n_done = 7
    assert list(buckets) == whole[7:]
    assert len(buckets) == len(whole)


def test_windows_of_similar_length_in_random_order() -> None:
    lengths = drawn(1600)
    batches = [[lengths[i] for i in batch] for batch in LengthBuckets(lengths, 16, 0)]
    assert len(batches) == 100
    padded, real = sum(max(batch) * 16 for batch in batches), sum(lengths)
    assert padded < 1.05 * real  # in random order nearly half of it would be padding
    means = [sum(batch) / 16 for batch in batches]
    assert sum(a < b for a, b in itertools.pairwise(means)) == pytest.approx(50, abs=20)  # not sorted


def test_batches_filled_by_tokens_are_about_equally_large() -> None:
    lengths = drawn(2000)
    sizes = [len(batch) * max(lengths[i] for i in batch) for batch in LengthBuckets(lengths, 16, 0, 2000)]
    assert sum(sizes) / len(sizes) > 1800
    assert max(sizes) <= 2000


@pytest.mark.parametrize(("n_tokens", "padded"), [(0, 2 * 2 + 2 * 12), (12, 3 * 3 + 12)])
def test_padding(n_tokens: int, padded: int) -> None:
    """Two windows per batch: (1, 2), (3, 12); by tokens: (1, 2, 3), and 12 alone."""
    assert LengthBuckets([12, 1, 3, 2], 2, 0, n_tokens).padding(1) == pytest.approx(1 - 18 / padded)


def test_no_windows() -> None:
    assert [list(LengthBuckets([], 4, 0, n)) for n in (0, 9)] == [[], []]
    assert LengthBuckets([], 4, 0).padding(1) == 0
