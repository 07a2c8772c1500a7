"""Pairs and triples against plain loops over dense grids."""

from unittest import mock

import torch
from hypothesis import given
from hypothesis import strategies as st

from gprel.decode import Spans, at_candidates, link, pair_up, triples
from gprel.nn.grid import Grid

VALUES = [-2.0, -1.0, 0.0, 1.0, 2.0, 3.5]
SEQ, N_TYPES = 4, 2


def grid_of(scores):
    """A standard grid whose dense scores are the given ones: query = one-hot position, key = transposed scores."""
    n_batch, n_labels, seq, _ = scores.shape
    return Grid(torch.eye(seq).expand(n_batch, n_labels, seq, seq), scores.mT, None, None)


def tensors(*shape, values):
    """Drawn from a seed, which is many times faster than drawing every number."""
    choices = torch.tensor(values)
    return st.integers(0, 100_000).map(
        lambda seed: choices[torch.randint(len(values), shape, generator=torch.Generator().manual_seed(seed))]
    )


def spans_of(rows):
    """(example, label, first, last, score) to the tensors of a batch."""
    columns = [list(column) for column in zip(*rows, strict=True)] or [[]] * 5
    return Spans(*(torch.tensor(c, dtype=torch.long) for c in columns[:4]), torch.tensor(columns[4], dtype=torch.float))


def candidates(n_batch):
    token = st.integers(0, SEQ - 1)
    row = st.tuples(st.integers(0, n_batch - 1), st.integers(0, N_TYPES - 1), token, token, st.sampled_from(VALUES))
    return st.lists(row, max_size=6).map(lambda rows: sorted(rows, key=lambda r: (r[0], -r[4])))


@given(data=st.data(), batch=st.lists(st.integers(0, 3), max_size=8).map(sorted))
def test_pair_up_equals_loops(data, batch):
    """Some examples have no subject, no object or nothing at all."""
    role = st.lists(st.booleans(), min_size=len(batch), max_size=len(batch))
    subjects, objects = ([c for c, chosen in enumerate(data.draw(role)) if chosen] for _ in range(2))
    index = [torch.tensor(values, dtype=torch.long) for values in (subjects, objects, batch)]
    expected = [[s, o] for s in subjects for o in objects if batch[s] == batch[o]]
    pairs = pair_up(*index, 5)
    assert pairs.shape == (len(expected), 2)
    assert pairs.tolist() == expected


def links_by_loops(rows, pairs, firsts, lasts, thresholds, allowed):
    for s, o in pairs:
        b, s_type, s_first, s_last, s_score = rows[s]
        _, o_type, o_first, o_last, o_score = rows[o]
        for r in range(len(thresholds)):
            links = [firsts[b, r, s_first, o_first].item()]
            if lasts is not None:
                links.append(lasts[b, r, s_last, o_last].item())
            weakest = min(s_score, o_score, *links)
            if weakest > thresholds[r] and (allowed is None or allowed[r, s_type, o_type]):
                yield b, weakest, s, r, o


@given(
    data=st.data(),
    n_batch=st.integers(1, 3),
    n_relations=st.integers(1, 3),
    most=st.integers(0, 6),
    use_lasts=st.booleans(),
    use_allowed=st.booleans(),
    chunk=st.sampled_from([1, 2 * 3 * SEQ, 1 << 22]),
)
def test_link_equals_loops(data, n_batch, n_relations, most, use_lasts, use_allowed, chunk):
    rows = data.draw(candidates(n_batch))
    everyone = torch.arange(len(rows))
    pairs = pair_up(everyone, everyone, spans_of(rows).batch, n_batch)
    firsts, lasts = (data.draw(tensors(n_batch, n_relations, SEQ, SEQ, values=VALUES)) for _ in range(2))
    thresholds = data.draw(tensors(n_relations, values=VALUES))
    allowed = data.draw(tensors(n_relations, N_TYPES, N_TYPES, values=[False, True])) if use_allowed else None
    with mock.patch.object(triples, "CHUNK_NUMBERS", chunk):
        found, n_dropped = link(
            spans_of(rows), pairs, grid_of(firsts), grid_of(lasts) if use_lasts else None, thresholds, most, allowed
        )
    every = list(links_by_loops(rows, pairs.tolist(), firsts, lasts if use_lasts else None, thresholds, allowed))
    expected, dropped = [], []
    for b in range(n_batch):
        own = sorted((triple for triple in every if triple[0] == b), key=lambda triple: -triple[1])
        expected += own[:most]
        dropped.append(max(0, len(own) - most))
    columns = found.batch, found.scores, found.subject, found.relation, found.object
    assert list(zip(*(column.tolist() for column in columns), strict=True)) == expected
    assert n_dropped.tolist() == dropped


def test_no_candidates_give_no_triples():
    nobody = torch.zeros(0, dtype=torch.long)
    pairs = pair_up(nobody, nobody, nobody, 2)
    assert pairs.shape == (0, 2)
    grid = grid_of(torch.ones(2, 3, SEQ, SEQ))
    for allowed in (None, torch.ones(3, N_TYPES, N_TYPES, dtype=torch.bool)):
        found, n_dropped = link(spans_of([]), pairs, grid, grid, torch.zeros(3), 5, allowed)
        assert [len(column) for column in found] == [0] * 5
        assert n_dropped.tolist() == [0, 0]


def test_a_chunk_is_sized_by_the_vectors_it_gathers():
    """A standard grid reads a vector per relation and pair: far more numbers than the scores alone."""
    rows = [(0, 0, first, first, 1.0) for first in range(SEQ)]
    everyone = torch.arange(SEQ)
    pairs = pair_up(everyone, everyone, spans_of(rows).batch, 1)
    sizes = []

    def record(candidates, chunk, *arguments):
        sizes.append(len(chunk))
        return link_chunk(candidates, chunk, *arguments)

    link_chunk = triples._link_chunk
    grid = grid_of(torch.ones(1, 3, SEQ, SEQ))
    with mock.patch.object(triples, "CHUNK_NUMBERS", 5 * 3 * SEQ), mock.patch.object(triples, "_link_chunk", record):
        found, _ = link(spans_of(rows), pairs, grid, None, torch.zeros(3), 100)
    assert sizes == [5, 5, 5, 1]
    assert len(found.batch) == 3 * SEQ * SEQ


@given(sizes=st.lists(st.integers(0, 3), min_size=1, max_size=4), data=st.data())
def test_states_of_candidates(sizes, data):
    """Every candidate finds the state of its token at its place; examples without candidates are there, too."""
    states = torch.randn(len(sizes), 5, 2)
    batch = torch.tensor([b for b, n in enumerate(sizes) for _ in range(n)], dtype=torch.long)
    positions = torch.tensor([data.draw(st.integers(0, 4)) for _ in batch], dtype=torch.long)
    nothing = torch.zeros(len(batch))
    chosen, places = at_candidates(states, Spans(batch, batch, positions, positions, nothing), positions)
    assert chosen.shape == (len(sizes), max(sizes), 2)
    for b, position, place in zip(batch, positions, places, strict=True):
        assert torch.equal(chosen[b, place], states[b, position])
    assert [int(p) for p in places] == [i for n in sizes for i in range(n)]
