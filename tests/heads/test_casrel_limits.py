"""What CasRel's tags can hold, and what its sums can learn."""

import random

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from .casrel_helpers import HIDDEN, N_RELATIONS, SEQ, THRESHOLDS, build, everywhere, gold_of, random_states, read

# --- round trip


class Fixed(torch.nn.Module):
    def __init__(self, scores):
        super().__init__()
        self.scores = scores

    def forward(self, states):
        return self.scores


def with_perfect_scores(head, golds):
    """5 where a target is, -5 elsewhere; the taggers of objects know the one subject of each gold."""
    subjects = torch.full((len(golds), 2, SEQ), -5.0)
    objects = torch.full((len(golds), 2, N_RELATIONS, SEQ), -5.0)
    for row, gold in enumerate(golds):
        targets = head.targets(gold, SEQ, random.Random(0))
        for first, last in targets["subjects"].tolist():
            subjects[row, 0, first] = subjects[row, 1, last] = 5.0
        for relation, first, last in targets["objects"].tolist():
            objects[row, 0, relation, first] = objects[row, 1, relation, last] = 5.0
    head.subjects = Fixed(subjects.mT)
    head._tokens = lambda states: objects
    head._shifts = lambda states, valid, batch, first, last: torch.zeros(len(batch), 2, N_RELATIONS)
    return head


def nearest(spans):
    """What the tags of spans are read as: every first token with the nearest last one."""
    return sorted({(i, min(last for _, last in spans if last >= i)) for i, _ in spans})


def expected_of(gold):
    """What the definition reads off the tags of a gold with one subject."""
    spans = [entity.span for entity in gold.entities]
    [subject] = {spans[t.subject] for t in gold.triples}
    of_relation = {
        t.relation_id: [spans[u.object] for u in gold.triples if u.relation_id == t.relation_id] for t in gold.triples
    }
    return sorted((subject, relation, span) for relation, objects in of_relation.items() for span in nearest(objects))


@st.composite
def golds(draw):
    """Any spans, and any triples over them."""
    token = st.integers(0, SEQ - 1)
    span = st.tuples(token, token).map(lambda pair: (min(pair), max(pair)))
    spans = draw(st.lists(span, min_size=1, max_size=4, unique=True))
    position = st.integers(0, len(spans) - 1)
    triples = draw(st.sets(st.tuples(position, st.integers(0, N_RELATIONS - 1), position), min_size=1, max_size=5))
    return gold_of(spans, sorted(triples))


@given(gold=golds())
def test_perfect_scores_decode_to_gold(gold):
    """All subjects in turn. Exactly gold, unless objects of one relation cross or nest: then what the tags say."""
    subjects = sorted({t.subject for t in gold.triples})
    each = [gold._replace(triples=tuple(t for t in gold.triples if t.subject == subject)) for subject in subjects]
    found = with_perfect_scores(build(), each).extract(
        random_states(len(each), SEQ, HIDDEN), everywhere(len(each)), THRESHOLDS
    )
    for extraction, own in zip(found, each, strict=True):
        assert read(extraction) == expected_of(own)
        assert extraction.arguments_only
        spans = [e.span for e in own.entities]
        wanted = [(spans[t.subject], t.relation_id, spans[t.object]) for t in own.triples]
        if all(a == b or a.last < b.first or b.last < a.first for a in spans for b in spans):
            assert read(extraction) == sorted(wanted)


def test_nested_subjects_are_read_as_the_nearest_end():
    """Tags cannot tell (0, 3) and (1, 1) from (0, 1) and (1, 1)."""
    assert nearest([(0, 3), (1, 1)]) == [(0, 1), (1, 1)]
    gold = gold_of([(0, 3), (1, 1), (5, 5)], [(0, 0, 2), (1, 0, 2)])
    head = with_perfect_scores(build(), [gold])
    [found] = head.extract(random_states(1, SEQ, HIDDEN), everywhere(1), THRESHOLDS)
    assert {subject for subject, _, _ in read(found)} == {(0, 1), (1, 1)}


# --- what it cannot learn


def object_scores(head, states, first, last):
    """Scores (first or last, relation, token) of all tokens as objects of one subject."""
    subject = (torch.tensor([number]) for number in (0, first, last))
    shift = head._shifts(states[None], torch.ones(1, SEQ, dtype=torch.bool), *subject)
    return (head._tokens(states[None]) + shift[..., None])[0]


def test_one_token_subjects_score_their_objects_symmetrically():
    """j as an object of i has the scores of i as an object of j: no chain A, B, C without (B, r, A)."""
    head = build()
    [states] = random_states(1, SEQ, HIDDEN)
    for i in range(SEQ):
        for j in range(SEQ):
            forth, back = object_scores(head, states, i, i)[..., j], object_scores(head, states, j, j)[..., i]
            torch.testing.assert_close(forth, back)


CHAINS = {
    "chain": ([(0, 0, 1), (1, 0, 2)], "mean", False),
    "chain of two relations": ([(0, 0, 1), (1, 1, 2)], "mean", False),
    "chain of two relations, with edges": ([(0, 0, 1), (1, 1, 2)], "edges", True),
    "no chain": ([(0, 0, 1), (0, 0, 2)], "mean", True),
}


@pytest.mark.parametrize("case", CHAINS)
def test_a_chain_of_one_token_subjects_is_not_learned(case):
    """Even by heart: as soon as B is a subject, (A, r, B) brings (B, r, A)."""
    triples, subject_vector, is_learned = CHAINS[case]
    head = build(subject_vector=subject_vector)
    gold = gold_of([(0, 0), (2, 2), (4, 4)], triples)
    states, generator = random_states(1, SEQ, HIDDEN), random.Random(0)
    optimizer = torch.optim.Adam(head.parameters(), lr=3e-2)
    for _ in range(300):
        targets = {
            name: torch.cat([torch.zeros(len(cells), 1, dtype=torch.long), cells], 1)
            for name, cells in head.targets(gold, SEQ, generator).items()
        }
        optimizer.zero_grad()
        head.loss(states, everywhere(1), targets).total.backward()
        optimizer.step()
    [found] = head.eval().extract(states, everywhere(1), THRESHOLDS)
    spans = [e.span for e in gold.entities]
    wanted = sorted((spans[t.subject], t.relation_id, spans[t.object]) for t in gold.triples)
    assert (read(found) == wanted) is is_learned


def test_objects_of_two_subjects_are_nested():
    """Scores are a token's share and a subject's share, so of two subjects one gets every tag that the other gets."""
    head = build()
    [states] = random_states(1, SEQ, HIDDEN)
    one, other = object_scores(head, states, 0, 1), object_scores(head, states, 3, 3)
    difference = one - other
    torch.testing.assert_close(difference, difference[..., :1].expand_as(difference))
