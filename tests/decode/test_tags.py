"""Tags to spans and back, and scores of spans against enumeration of all sequences of tags."""

import itertools

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from gprel.decode.tags import span_scores, spans_of, tags_of
from gprel.nn.crf import Chain, path_score

SEQ, N_TYPES = 6, 2
N_TAGS = 1 + 2 * N_TYPES


def spans_by_loops(tags):
    """(type, first, last) of legal tags, read from left to right."""
    spans = []
    for t, tag in enumerate(tags):
        if tag % 2 == 1:
            spans.append([(tag - 1) // 2, t, t])
        elif tag > 0:
            spans[-1][2] = t
    return [tuple(span) for span in spans]


def is_legal(tags):
    return all(
        tag % 2 == 1 or tag == 0 or (before > 0 and (before + 1) // 2 == tag // 2) for before, tag in steps(tags)
    )


def steps(tags):
    return itertools.pairwise((0, *tags))


@st.composite
def flat_spans(draw):
    """Spans that do not overlap; they may touch."""
    spans, t = [], 0
    while t < SEQ:
        width = draw(st.integers(0, SEQ - t))
        if width == 0:
            t += 1
            continue
        spans.append((draw(st.integers(0, N_TYPES - 1)), t, t + width - 1))
        t += width
    return spans


@given(batch=st.lists(flat_spans(), min_size=1, max_size=3))
def test_spans_come_back_from_their_tags(batch):
    rows = [(row, *span) for row, spans in enumerate(batch) for span in spans]
    tags = tags_of(torch.tensor(rows, dtype=torch.long).reshape(-1, 4), len(batch), SEQ)
    assert all(is_legal(sentence.tolist()) for sentence in tags)
    assert [spans_by_loops(sentence.tolist()) for sentence in tags] == batch
    assert [tuple(span) for span in spans_of(tags).tolist()] == rows


def test_the_tags_of_two_touching_spans():
    tags = tags_of(torch.tensor([[0, 1, 1, 3], [0, 1, 4, 4], [1, 0, 5, 5]]), 2, SEQ)
    assert tags.tolist() == [[0, 3, 4, 4, 3, 0], [0, 0, 0, 0, 0, 1]]


@pytest.mark.parametrize("length", [1, 2, 5])
def test_a_score_is_the_log_odds_over_all_sequences(length):
    generator = torch.Generator().manual_seed(length)
    valid = torch.arange(5)[None] < torch.tensor([[length], [5]])
    chain = Chain(
        torch.randn(2, 5, N_TAGS, generator=generator, dtype=torch.float64),
        torch.randn(2, N_TAGS, N_TAGS, generator=generator, dtype=torch.float64),
        torch.randint(2, (2, 5), generator=generator),
        valid,
    )
    spans = [(0, k, i, j) for k in range(N_TYPES) for i in range(length) for j in range(i, length)]
    odds = dict.fromkeys(spans, 0.0)
    every = torch.tensor(list(itertools.product(range(N_TAGS), repeat=length)))
    padded = torch.zeros(len(every), 5, dtype=torch.long)
    padded[:, :length] = every
    alike = Chain(*(part[:1].expand(len(every), *part.shape[1:]) for part in chain))._replace(transitions=chain[1])
    scores = path_score(alike, padded)
    total = scores.logsumexp(0)
    for tags, prob in zip(every.tolist(), (scores - total).exp().tolist(), strict=True):
        for k, i, j in runs(tags):
            odds[0, k, i, j] += prob
    expected = torch.tensor(list(odds.values()), dtype=torch.float64).logit()
    torch.testing.assert_close(span_scores(chain, torch.tensor(spans)), expected)


def runs(tags):
    """(type, first, last) of every B- with the run of its own I- behind it, also in illegal tags."""
    for i, tag in enumerate(tags):
        if tag % 2 == 1:
            last = i
            while last + 1 < len(tags) and tags[last + 1] == tag + 1:
                last += 1
            yield (tag - 1) // 2, i, last


def test_a_certain_span_has_a_finite_score():
    emissions = torch.zeros(1, 3, N_TAGS)
    emissions[0, 0, 1] = emissions[0, 1:, 0] = 1e4
    chain = Chain(
        emissions, torch.zeros(1, N_TAGS, N_TAGS), torch.zeros(1, 3, dtype=torch.long), torch.ones(1, 3).bool()
    )
    assert 10 < span_scores(chain, torch.tensor([[0, 0, 0, 0]])).item() < 50
    assert span_scores(chain, torch.zeros(0, 4, dtype=torch.long)).shape == (0,)
