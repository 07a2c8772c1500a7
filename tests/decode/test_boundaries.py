"""Nearest last tokens, subjects and objects against plain loops."""

from unittest import mock

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from gprel.decode import boundaries
from gprel.decode.boundaries import find_objects, find_subjects, nearest_ends

SEQ = 6


def nearest_by_loops(starts, ends, max_width):
    for i in range(SEQ):
        last = next((j for j in range(i, SEQ) if ends[j]), None)
        if starts[i] and last is not None and (max_width is None or last - i < max_width):
            yield i, last


def draw_flags(*shape, seed):
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed)) > 0.5


@given(seed=st.integers(0, 10_000), n=st.integers(1, 4), max_width=st.sampled_from([None, 1, 2, 4]))
def test_every_first_token_meets_the_nearest_last_one(seed, n, max_width):
    starts, ends = draw_flags(2, n, SEQ, seed=seed)
    found = list(zip(*(column.tolist() for column in nearest_ends(starts, ends, max_width)), strict=True))
    assert found == [(g, *span) for g in range(n) for span in nearest_by_loops(starts[g], ends[g], max_width)]


def test_no_last_token_at_all():
    starts = torch.ones(2, SEQ, dtype=torch.bool)
    assert [column.tolist() for column in nearest_ends(starts, ~starts)] == [[], [], []]


def scores_of(*shape, seed):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


@given(seed=st.integers(0, 10_000), max_width=st.sampled_from([None, 2]), chunk=st.sampled_from([1, 1 << 22]))
def test_objects_of_subjects_by_loops(seed, max_width, chunk):
    n_examples, n_relations = 2, 3
    edges = draw_flags(n_examples, 2, SEQ, seed=seed) | draw_flags(n_examples, 2, SEQ, seed=seed + 1)
    subject_scores = scores_of(n_examples, 2, SEQ, seed=seed)
    subjects, _ = find_subjects(subject_scores, edges, max_width, 100)
    expected = []
    for b, (scores, allowed) in enumerate(zip(subject_scores, edges, strict=True)):
        passes = (scores > 0) & allowed
        expected += [
            (b, 0, i, j, min(scores[0, i], scores[1, j]).item()) for i, j in nearest_by_loops(*passes, max_width)
        ]
    assert rows_of(subjects) == sorted(expected)
    order = [(b, -s) for b, s in zip(subjects.batch.tolist(), subjects.scores.tolist(), strict=True)]
    assert order == sorted(order)

    tokens, shifts = (
        scores_of(n_examples, 2, n_relations, SEQ, seed=seed + 2),
        scores_of(100, 2, n_relations, seed=seed),
    )
    shifts, thresholds = shifts[: len(subjects.batch)], torch.tensor([0.0, 0.5, -0.5])
    with mock.patch.object(boundaries, "CHUNK_NUMBERS", chunk):
        objects, n_dropped = find_objects(subjects, tokens, shifts, edges, thresholds, max_width, 1000)
    expected = []
    for k, b in enumerate(subjects.batch.tolist()):
        for r in range(n_relations):
            scores = tokens[b, :, r] + shifts[k, :, r, None]
            passes = (scores > thresholds[r]) & edges[b]
            for i, j in nearest_by_loops(*passes, max_width):
                weakest = min(scores[0, i], scores[1, j], subjects.scores[k])
                if weakest > thresholds[r]:
                    expected.append((b, k, r, i, j, weakest.item()))
    assert rows_of(objects) == sorted(expected)
    assert n_dropped.tolist() == [0, 0]


def rows_of(columns):
    return sorted(zip(*(column.tolist() for column in columns), strict=True))


@pytest.mark.parametrize("chunk", [1, 1 << 22])
def test_caps_keep_the_best_and_count_the_rest(chunk):
    edges = torch.ones(2, 2, SEQ, dtype=torch.bool)
    scores = scores_of(2, 2, SEQ, seed=0)
    every, none = find_subjects(scores, edges, None, 100)
    best, dropped = find_subjects(scores, edges, None, 1)
    sizes = torch.bincount(every.batch)
    assert none.tolist() == [0, 0]
    assert dropped.tolist() == (sizes - 1).tolist()
    assert best.scores.tolist() == [every.scores[every.batch == b].max().item() for b in range(2)]
    tokens, shifts = scores_of(2, 2, 3, SEQ, seed=1), scores_of(len(every.batch), 2, 3, seed=2)
    with mock.patch.object(boundaries, "CHUNK_NUMBERS", chunk):
        arguments = every, tokens, shifts, edges, torch.zeros(3), None
        whole, none = find_objects(*arguments, 100)
        capped, dropped = find_objects(*arguments, 2)
    assert none.tolist() == [0, 0]
    assert dropped.tolist() == (torch.bincount(whole.batch) - 2).tolist()
    for b in range(2):
        assert capped.scores[capped.batch == b].tolist() == whole.scores[whole.batch == b][:2].tolist()
