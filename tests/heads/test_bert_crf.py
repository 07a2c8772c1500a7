"""BERT-CRF against enumeration of all flat sets of entities between word edges."""

import itertools
import random

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gprel.document import Document, Entity
from gprel.encoders import tiny_config, tiny_tokenizer
from gprel.features.batch import Collator
from gprel.heads import BertCRF, Thresholds
from gprel.model import Extractor, ExtractorConfig
from gprel.nn.crf import best_path
from gprel.nn.mask import TokenMask
from gprel.schema import Schema
from gprel.tokens import TokenEntity, TokenGold, TokenSpan

HIDDEN, N_TYPES = 8, 2
THRESHOLDS = Thresholds(torch.zeros(N_TYPES), torch.zeros(0))


def build(seed=0, **options):
    torch.manual_seed(seed)
    return BertCRF(HIDDEN, **({"n_types": N_TYPES, "dropout": 0.0} | options))


def random_batch(seed, lengths):
    """States and word edges; padding holds states that would score if anyone looked."""
    generator = torch.Generator().manual_seed(seed)
    valid = torch.arange(max(lengths)) < torch.tensor(lengths)[:, None]
    starts, ends = (torch.rand(valid.shape, generator=generator) < 0.7 for _ in range(2))
    states = 2 * torch.randn(*valid.shape, HIDDEN, generator=generator)
    return states.where(valid[:, :, None], 9.0), TokenMask(valid, starts & valid, ends & valid)


def flat_sets(starts, ends):
    """Every set of entities (type, first, last) that do not overlap, as lists of tags."""

    def go(t):
        if t == len(starts):
            yield ()
            return
        for rest in go(t + 1):
            yield (0, *rest)
        for last in range(t, len(starts)):
            if starts[t] and ends[last]:
                for k in range(N_TYPES):
                    for rest in go(last + 1):
                        yield (1 + 2 * k, *[2 + 2 * k] * (last - t), *rest)

    return list(go(0))


def scores_of(head, states, paths):
    """Lample et al. 2016, Eq. 1, with scores for the first and the last tag."""
    emissions = head.emissions(states)
    totals = []
    for tags in paths:
        total = head.start[tags[0]] + head.end[tags[-1]] + sum(emissions[t, tag] for t, tag in enumerate(tags))
        totals.append(total + sum(head.transitions[step] for step in itertools.pairwise(tags)))
    return torch.stack(totals)


def spans_of(tags):
    spans = []
    for t, tag in enumerate(tags):
        if tag % 2 == 1:
            spans.append(((tag - 1) // 2, t, t))
        elif tag > 0:
            spans[-1] = (*spans[-1][:2], t)
    return spans


def gold_of(spans):
    return TokenGold(tuple(TokenEntity(TokenSpan(first, last), label) for label, first, last in spans))


def collate(head, golds, length):
    rows = [head.targets(gold, length, random.Random(0))["entities"] for gold in golds]
    return {"entities": torch.cat([torch.cat([torch.full((len(c), 1), i), c], 1) for i, c in enumerate(rows)])}


LENGTHS = st.lists(st.integers(1, 4), min_size=1, max_size=2)


@settings(max_examples=40)
@given(seed=st.integers(0, 10_000), lengths=LENGTHS)
def test_the_loss_is_the_definition(seed, lengths):
    head = build(seed)
    states, mask = random_batch(seed, lengths)
    generator = random.Random(seed)
    expected, golds = [], []
    for row, length in enumerate(lengths):
        paths = flat_sets(mask.starts[row, :length], mask.ends[row, :length])
        scores = scores_of(head, states[row], paths)
        chosen = generator.randrange(len(paths))
        golds.append(gold_of(spans_of(paths[chosen])))
        expected.append(scores.logsumexp(0) - scores[chosen])
    loss = head.loss(states, mask, collate(head, golds, max(lengths)))
    torch.testing.assert_close(loss.total, torch.stack(expected).mean(), atol=1e-4, rtol=1e-4)
    loss.total.backward()
    assert all(parameter.grad.isfinite().all() for parameter in head.parameters())


@settings(max_examples=40)
@given(seed=st.integers(0, 10_000), lengths=LENGTHS)
def test_extraction_is_the_definition(seed, lengths):
    head = build(seed).eval()
    states, mask = random_batch(seed, lengths)
    for row, (found, length) in enumerate(zip(head.extract(states, mask, THRESHOLDS), lengths, strict=True)):
        paths = flat_sets(mask.starts[row, :length], mask.ends[row, :length])
        scores = scores_of(head.double(), states[row].double(), paths)
        head.float()
        best = spans_of(paths[scores.argmax()])
        assert sorted((e.type_id, *e.span) for e in found.entities) == sorted(best)
        probs = scores.softmax(0)
        for e in found.entities:
            p = sum(prob for prob, tags in zip(probs, paths, strict=True) if (e.type_id, *e.span) in spans_of(tags))
            assert e.score == pytest.approx(p.clamp(max=1 - 1e-15).logit().item(), abs=1e-3)
        assert [e.score for e in found.entities] == sorted((e.score for e in found.entities), reverse=True)
        assert found.triples is None


class Fixed(torch.nn.Module):
    def __init__(self, scores):
        super().__init__()
        self.scores = scores

    def forward(self, states):
        return self.scores


def test_perfect_scores_decode_to_flat_gold():
    golds = [[(0, 0, 1), (1, 2, 2), (1, 3, 5)], [], [(1, 0, 5)]]
    head = build()
    everywhere = torch.ones(3, 6, dtype=torch.bool)
    emissions = torch.full((3, 6, 1 + 2 * N_TYPES), -5.0)
    emissions[:, :, 0] = 0
    for row, spans in enumerate(golds):
        for label, first, last in head.targets(gold_of(spans), 6, random.Random(0))["entities"].tolist():
            emissions[row, first : last + 1, 2 + 2 * label] = 5.0
            emissions[row, first, 1 + 2 * label] = 9.0
    head.emissions = Fixed(emissions)
    mask = TokenMask(everywhere, everywhere, everywhere)
    found = head.extract(torch.zeros(3, 6, HIDDEN), mask, THRESHOLDS)
    assert [sorted((e.type_id, *e.span) for e in each.entities) for each in found] == [sorted(spans) for spans in golds]
    assert all(e.score > 0 for each in found for e in each.entities)


def test_of_overlapping_gold_the_widest_is_learned():
    gold = gold_of([(0, 0, 1), (1, 1, 4), (0, 4, 6), (1, 6, 6), (0, 1, 4), (0, 8, 8)])
    targets = build().targets(gold, 9, random.Random(0))
    assert targets["entities"].tolist() == [[0, 1, 4], [0, 8, 8], [1, 6, 6]]
    assert build().targets(gold_of([]), 9, random.Random(0))["entities"].shape == (0, 3)


def test_gold_off_word_edges_is_learned_as_none():
    head = build()
    states, _ = random_batch(0, (5,))
    valid = torch.ones(1, 5, dtype=torch.bool)
    mask = TokenMask(valid, valid, torch.tensor([[True, True, False, True, True]]))
    reachable = collate(head, [gold_of([(0, 0, 1)])], 5)
    both = collate(head, [gold_of([(0, 0, 1), (1, 2, 2)])], 5)
    assert head.loss(states, mask, both).total == head.loss(states, mask, reachable).total
    assert head.loss(states, mask, both).total < 100


def test_thresholds_and_widths_filter_the_best_path():
    head = build().eval()
    states, mask = random_batch(3, (12, 12, 12, 12))
    every = [e for found in head.extract(states, mask, THRESHOLDS) for e in found.entities]
    assert min(e.score for e in every) < 0 < max(e.score for e in every)  # the best path may hold unlikely entities
    for limit in (-0.2, 0.2):
        thresholds = Thresholds(torch.tensor([limit, 0.0]), torch.zeros(0))
        some = [e for found in head.extract(states, mask, thresholds) for e in found.entities]
        assert some == [e for e in every if e.type_id == 1 or e.score > limit]
    assert any(e.span.last > e.span.first for e in every)
    head.max_width = 1
    narrow = [e for found in head.extract(states, mask, THRESHOLDS) for e in found.entities]
    assert narrow == [e for e in every if e.span.last == e.span.first]


def test_the_cap_keeps_the_best_and_counts_the_rest():
    head = build().eval()
    states, mask = random_batch(3, (12, 12))
    every = head.extract(states, mask, THRESHOLDS)
    head.max_candidates = 2
    for found, whole in zip(head.extract(states, mask, THRESHOLDS), every, strict=True):
        assert found.entities == whole.entities[:2]
        assert found.n_dropped == len(whole.entities) - 2 > 0
        assert whole.n_dropped == 0


def test_the_loss_is_float32_under_autocast():
    head = build()
    states, mask = random_batch(0, (5, 3))
    targets = collate(head, [gold_of([]), gold_of([])], 5)
    expected = head.loss(states, mask, targets).total
    with torch.autocast("cpu", dtype=torch.bfloat16):
        total = head.loss(states.bfloat16().float(), mask, targets).total
    assert total.dtype == torch.float32
    torch.testing.assert_close(total, expected, rtol=0.05, atol=0.05)


def test_scores_that_push_against_what_is_forbidden_do_not_break_it():
    """However much the emissions ask for I- without B-, or for an entity that ends inside a word."""
    head = build()
    valid = torch.ones(1, 4, dtype=torch.bool)
    mask = TokenMask(valid, valid, torch.zeros_like(valid))
    emissions = torch.zeros(1, 4, 1 + 2 * N_TYPES)
    emissions[:, :, 2] = 1e6
    assert best_path(head._chain(emissions, mask)).tolist() == [[0, 0, 0, 0]]


def test_two_documents_are_learned_by_heart():
    documents = [
        Document("Anna Berg lives in Rome.", (Entity(0, 9, "Peop"), Entity(19, 23, "Loc"))),
        Document("Bo met Anna Berg of Rome.", (Entity(0, 2, "Peop"), Entity(7, 16, "Peop"), Entity(20, 24, "Loc"))),
    ]
    torch.manual_seed(0)
    schema, tokenizer = Schema.from_documents(documents), tiny_tokenizer([d.text for d in documents])
    model = Extractor(
        ExtractorConfig(
            encoder=tiny_config(tokenizer).to_dict(),
            head_name="bert_crf",
            head_options={"n_types": 2},
            labels=schema.to_dict(),
            features={"max_tokens": 64, "stride": 16},
        )
    )
    model.tokenizer, model.precision = tokenizer, "no"
    batch = Collator(tokenizer.pad_token_id, model.head.targets)(model.featurizer().examples(documents))
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    model.eval()
    for _ in range(60):
        optimizer.zero_grad()
        model(batch).total.backward()
        optimizer.step()
    for found, gold in zip(model.extract([d.text for d in documents]), documents, strict=True):
        assert [(e.start, e.end, e.type) for e in found.entities] == [(e.start, e.end, e.type) for e in gold.entities]
        assert all(e.score > 0 for e in found.entities)
        assert found.relations is None
