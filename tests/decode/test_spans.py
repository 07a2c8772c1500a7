"""Spans and the cap against plain loops over dense grids."""

from unittest import mock

import torch
from hypothesis import given
from hypothesis import strategies as st

from gprel.decode import find_spans, spans
from gprel.decode.best import keep_best
from gprel.nn.grid import Grid
from gprel.nn.mask import CellMask

# Few values, so that scores tie and stand exactly on a threshold.
VALUES = [-2.0, -1.0, 0.0, 1.0, 2.0, 3.5]


def grid_of(scores):
    """A standard grid whose dense scores are the given ones: query = one-hot position, key = transposed scores."""
    n_batch, n_labels, seq, _ = scores.shape
    return Grid(torch.eye(seq).expand(n_batch, n_labels, seq, seq), scores.mT, None, None)


def efficient_grid_of(query, key, row, column):
    """An efficient grid and its dense scores, by the definition."""
    scores = torch.einsum("big,bjg->bij", query, key)[:, None] + row[..., :, None] + column[..., None, :]
    return Grid(query[:, None], key[:, None], row, column), scores


def tensors(*shape, values):
    """Drawn from a seed, which is many times faster than drawing every number."""
    choices = torch.tensor(values)
    return st.integers(0, 100_000).map(
        lambda seed: choices[torch.randint(len(values), shape, generator=torch.Generator().manual_seed(seed))]
    )


def capped(items, n_examples, most):
    """Items are (example, score, ...) in order of preference among equals: plain sort, then cut."""
    kept, n_dropped = [], []
    for example in range(n_examples):
        own = sorted((item for item in items if item[0] == example), key=lambda item: -item[1])
        kept += own[:most]
        n_dropped.append(max(0, len(own) - most))
    return kept, n_dropped


@given(
    data=st.data(),
    n_batch=st.integers(1, 3),
    n_labels=st.integers(1, 3),
    seq=st.integers(1, 4),
    most=st.integers(0, 6),
    chunk=st.sampled_from([1, 20, 1 << 22]),
    is_efficient=st.booleans(),
)
def test_find_spans_equals_loops(data, n_batch, n_labels, seq, most, chunk, is_efficient):
    if is_efficient:
        vectors = tensors(2, n_batch, seq, 2, values=[-1.0, 0.0, 1.0])
        shares = tensors(2, n_batch, n_labels, seq, values=VALUES)
        grid, scores = efficient_grid_of(*data.draw(vectors), *data.draw(shares))
    else:
        scores = data.draw(tensors(n_batch, n_labels, seq, seq, values=VALUES))
        grid = grid_of(scores)
    starts, ends = (data.draw(tensors(n_batch, seq, values=[False, True])) for _ in range(2))
    thresholds = data.draw(tensors(n_labels, values=VALUES))
    use_triangle = data.draw(st.booleans())
    with mock.patch.object(spans, "CHUNK_CELLS", chunk):
        found, n_dropped = find_spans(grid, CellMask(starts, ends, use_triangle), thresholds, most)
    expected = [
        (b, scores[b, label, i, j].item(), label, i, j)
        for b in range(n_batch)
        for label in range(n_labels)
        for i in range(seq)
        for j in range(seq)
        if starts[b, i] and ends[b, j] and (i <= j or not use_triangle) and scores[b, label, i, j] > thresholds[label]
    ]
    kept, dropped = capped(expected, n_batch, most)
    columns = found.batch, found.scores, found.label, found.first, found.last
    assert list(zip(*(column.tolist() for column in columns), strict=True)) == kept
    assert n_dropped.tolist() == dropped


def test_efficient_grids_are_chunked_alike():
    generator = torch.Generator().manual_seed(0)
    query, key = (torch.randn(2, 1, 6, 3, generator=generator) for _ in range(2))
    row, column = (torch.randn(2, 5, 6, generator=generator) for _ in range(2))
    grid, everywhere = Grid(query, key, row, column), torch.ones(2, 6, dtype=torch.bool)
    whole, n_dropped = find_spans(grid, CellMask(everywhere, everywhere, True), torch.zeros(5), 10)
    with mock.patch.object(spans, "CHUNK_CELLS", 1):
        chunked, n_chunked = find_spans(grid, CellMask(everywhere, everywhere, True), torch.zeros(5), 10)
    assert torch.equal(n_dropped, n_chunked)
    assert (n_dropped > 0).all()
    assert all(torch.equal(a, b) for a, b in zip(whole[:-1], chunked[:-1], strict=True))
    torch.testing.assert_close(whole.scores, chunked.scores)


def test_nothing_above_the_threshold():
    everywhere = torch.ones(2, 3, dtype=torch.bool)
    found, n_dropped = find_spans(
        grid_of(torch.zeros(2, 4, 3, 3)), CellMask(everywhere, everywhere, True), torch.zeros(4), 5
    )
    assert len(found.batch) == 0
    assert n_dropped.tolist() == [0, 0]


@given(
    items=st.lists(st.tuples(st.integers(0, 2), st.sampled_from(VALUES)), max_size=12),
    n_more=st.integers(0, 2),
    most=st.integers(0, 5),
)
def test_keep_best_equals_loops(items, n_more, most):
    """Also where some examples have no item."""
    batch = torch.tensor([b for b, _ in items], dtype=torch.long)
    scores = torch.tensor([s for _, s in items])
    kept, n_dropped = keep_best(batch, scores, 3 + n_more, most)
    expected, dropped = capped([(b, s, index) for index, (b, s) in enumerate(items)], 3 + n_more, most)
    assert kept.tolist() == [index for _, _, index in expected]
    assert n_dropped.tolist() == dropped
