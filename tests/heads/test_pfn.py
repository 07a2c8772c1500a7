"""PFN's decoding: what its tables determine comes back; what they leave open comes back whole."""

import random
from typing import NamedTuple

import pytest
import torch
from hypothesis import example, given
from hypothesis import strategies as st
from torch import Tensor, nn

from gprel.heads import PFN, Thresholds
from gprel.nn.mask import TokenMask
from gprel.tokens import TokenEntity, TokenGold, TokenSpan, TokenTriple

SEQ, N_TYPES, N_RELATIONS = 6, 2, 3


class Scores(NamedTuple):
    """In place of a table: scores that are all written out."""

    dense: Tensor  # batch label row column
    n_examples: int
    pair_numbers: int = 1

    def at_pairs(self, batch, i, j):
        return self.dense[batch, :, i, j]


class Fixed(nn.Module):
    def __init__(self, dense):
        super().__init__()
        self.table = Scores(dense, len(dense))

    def forward(self, own, shared, valid):
        return self.table


def gold_of(entities, triples=()):
    return TokenGold(
        tuple(TokenEntity(TokenSpan(first, last), label) for first, last, label in entities),
        tuple(TokenTriple(*triple) for triple in triples),
    )


@st.composite
def golds(draw):
    """Nested, overlapping, one-token and twice-typed spans; any triples over them."""
    token = st.integers(0, SEQ - 1)
    span = st.tuples(token, token).map(sorted)
    entities = draw(st.lists(st.tuples(span, st.integers(0, N_TYPES - 1)).map(lambda e: (*e[0], e[1])), max_size=4))
    entities = list(dict.fromkeys(entities))
    position = st.integers(0, max(0, len(entities) - 1))
    triple = st.tuples(position, st.integers(0, N_RELATIONS - 1), position)
    return gold_of(entities, sorted(draw(st.sets(triple, max_size=4))) if entities else ())


def decoded(golds, thresholds=0.0, **options):
    """Tables that score 5 where a target is and -5 elsewhere, decoded."""
    head = PFN(4, **({"n_types": N_TYPES, "n_relations": N_RELATIONS, "size": 2} | options))
    for name, n_labels in (("entities", N_TYPES), ("firsts", N_RELATIONS), ("lasts", N_RELATIONS)):
        dense = torch.full((len(golds), n_labels, SEQ, SEQ), -5.0)
        for row, gold in enumerate(golds):
            label, i, j = head.targets(gold, SEQ, random.Random(0))[name].unbind(1)
            dense[row, label, i, j] = 5.0
        if getattr(head, name) is not None:
            setattr(head, name, Fixed(dense))
    everywhere = torch.ones(len(golds), SEQ, dtype=torch.bool)
    limits = Thresholds(torch.full((N_TYPES,), thresholds), torch.zeros(N_RELATIONS))
    return head.extract(torch.zeros(len(golds), SEQ, 4), TokenMask(everywhere, everywhere, everywhere), limits)


def read(found):
    """Entities, and triples with their arguments in place of positions; sorted, each as often as it is there."""
    entities = [(e.span, e.type_id) for e in found.entities]
    return sorted(entities), sorted((entities[t.subject], t.relation_id, entities[t.object]) for t in found.triples)


def read_by_loops(gold, *, use_nested, allowed=None):
    """Every pair of entities whose first tokens are linked, and whose last tokens are, where those are linked."""
    entities, triples = read(gold)
    firsts = {(s.first, r, o.first) for (s, _), r, (o, _) in triples}
    lasts = {(s.last, r, o.last) for (s, _), r, (o, _) in triples}
    return entities, sorted(
        (s, r, o)
        for s in entities
        for o in entities
        for r in range(N_RELATIONS)
        if (s[0].first, r, o[0].first) in firsts
        and (not use_nested or (s[0].last, r, o[0].last) in lasts)
        and (allowed is None or [r, s[1], o[1]] in allowed)
    )


NESTED = gold_of([(0, 0, 0), (0, 3, 1), (5, 5, 0)], [(0, 1, 2), (2, 0, 1), (1, 2, 1)])


@pytest.mark.parametrize("use_nested", [False, True], ids=["flat", "nested"])
@given(batch=st.lists(golds(), min_size=1, max_size=3))
@example(batch=[NESTED, gold_of([])])
def test_decoding_reads_what_the_tables_say(use_nested, batch):
    for found, gold in zip(decoded(batch, use_nested=use_nested), batch, strict=True):
        entities, triples = read_by_loops(gold, use_nested=use_nested)
        assert read(found) == (entities, triples)
        assert set(triples) >= set(read(gold)[1])
        assert found.n_dropped == 0
        firsts = [e.span.first for e in gold.entities]
        if len(set(firsts)) == len(firsts):  # one entity per first token: what the flat variant can express
            assert read(found) == read(gold)


def test_nested_entities_need_the_third_table():
    assert read(decoded([NESTED], use_nested=True)[0]) == read(NESTED)
    assert len(read(decoded([NESTED])[0])[1]) == 8  # 2 + 2 + 2 x 2: each entity that begins at token 0


@given(gold=golds())
def test_only_allowed_types_are_linked(gold):
    allowed = [[0, 0, 1], [1, 1, 1]]
    expected = read_by_loops(gold, use_nested=False, allowed=allowed)
    assert read(decoded([gold], allowed=allowed)[0]) == expected


def test_without_relations_there_are_no_triples():
    found = decoded([NESTED], n_relations=0)[0]
    assert found.triples is None
    assert sorted((e.span, e.type_id) for e in found.entities) == read(NESTED)[0]
    head = PFN(4, n_types=1, n_relations=0, use_nested=True, size=2)
    assert head.firsts is None
    assert head.lasts is None


def test_entities_no_wider_than_the_limit():
    assert [e.span for e in decoded([NESTED], max_width=3)[0].entities] == [TokenSpan(0, 0), TokenSpan(5, 5)]


def test_targets():
    targets = PFN(4, n_types=2, n_relations=3, size=2).targets(NESTED, SEQ, random.Random(0))
    assert {name: cells.tolist() for name, cells in targets.items()} == {
        "entities": [[0, 0, 0], [0, 5, 5], [1, 0, 3]],
        "firsts": [[0, 5, 0], [1, 0, 5], [2, 0, 0]],
        "lasts": [[0, 5, 3], [1, 0, 5], [2, 3, 3]],
    }


@pytest.mark.parametrize("is_training", [False, True])
def test_extraction_leaves_the_mode_as_it_was(is_training):
    head = PFN(4, n_types=1, n_relations=1, size=2, dropout=0.5, drop_connect=0.5).train(is_training)
    states, everywhere = torch.randn(1, SEQ, 4), torch.ones(1, SEQ, dtype=torch.bool)
    mask, limits = TokenMask(everywhere, everywhere, everywhere), Thresholds(torch.zeros(1), torch.zeros(1))
    assert head.extract(states, mask, limits) == head.extract(states, mask, limits)
    assert all(module.training == is_training for module in head.modules())
