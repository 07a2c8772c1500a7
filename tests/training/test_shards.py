import pytest
from hypothesis import given
from hypothesis import strategies as st

from gprel.features.buckets import LengthBuckets
from gprel.training.shards import Shard, Shards

Lengths = st.lists(st.integers(1, 60), min_size=1, max_size=60)


@given(Lengths, st.sampled_from([0, 90]), st.integers(1, 3), st.integers(1, 5))
def test_processes_share_the_batches_of_one(lengths: list[int], n_tokens: int, accumulation: int, n: int) -> None:
    sampler = LengthBuckets(lengths, 7, 0, n_tokens)
    sampler.epoch = 2
    everyones = [Shards(sampler, accumulation, rank, n).shards() for rank in range(n)]
    batches = list(sampler)
    assert {len(shards) for shards in everyones} == {len(batches)}  # nobody waits for anybody
    for batch, parts in zip(batches, zip(*everyones, strict=True), strict=True):
        counted = [window for part in parts if part.batch_share for window in part.windows]
        assert sorted(counted) == sorted(batch)
        assert sum(part.batch_share for part in parts) == pytest.approx(1)
        assert all(part.windows for part in parts)
        assert len({part.is_update for part in parts}) == 1
    n_windows = 0.0
    for parts in zip(*everyones, strict=True):  # shares of an update add up to 1 as well
        n_windows += sum(part.update_share for part in parts)
        if parts[0].is_update:
            assert n_windows == pytest.approx(1)
            n_windows = 0.0
    assert n_windows == 0  # the last batch ends an update, however few there are


def test_weights_of_one_process() -> None:
    shards = Shards(LengthBuckets([5] * 5, 2, 0), 2, 0, 1).shards()
    assert sorted((len(s.windows), s.batch_share, s.update_share) for s in shards[:2]) in (
        [(2, 1, 0.5), (2, 1, 0.5)],
        [(1, 1, 1 / 3), (2, 1, 2 / 3)],
    )
    assert [s.is_update for s in shards] == [False, True, True]


def test_a_window_that_counts_for_nothing() -> None:
    assert Shards(LengthBuckets([5], 2, 0), 1, 1, 2).shards() == [Shard([0], 0.0, 0.0, True)]


def test_an_epoch_that_goes_on_keeps_its_updates() -> None:
    sampler = LengthBuckets([5] * 20, 2, 0)
    shards = Shards(sampler, 3, 0, 2)
    whole = shards.shards()
    sampler.n_done = 6
    assert shards.shards() == whole[6:]


def test_batches_and_updates_of_a_run() -> None:
    shards = Shards(LengthBuckets([5] * 20, 2, 0), 3, 0, 2)
    assert (shards.n_batches(2), shards.n_updates(2)) == (20, 8)
