"""CasRel against its formulas in plain loops, and as a whole model."""

import random

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gprel.document import Document, Entity, Relation
from gprel.encoders import tiny_config, tiny_tokenizer
from gprel.features.batch import Collator
from gprel.heads import Thresholds
from gprel.model import Extractor, ExtractorConfig
from gprel.schema import Schema
from gprel.tokens import TokenSpan

from .casrel_helpers import HIDDEN, N_RELATIONS, SEQ, THRESHOLDS, build, everywhere, gold_of, random_states, read

# --- targets


def test_targets_hold_all_subjects_and_one_with_its_objects():
    gold = gold_of([(0, 1), (3, 3), (4, 5), (2, 2)], [(0, 2, 1), (0, 0, 2), (2, 1, 0), (0, 2, 1)])
    objects = {(0, 1): [[0, 4, 5], [2, 3, 3]], (4, 5): [[1, 0, 1]]}
    generator = random.Random(0)
    chosen = set()
    for _ in range(20):
        targets = build().targets(gold, SEQ, generator)
        assert targets["subjects"].tolist() == [[0, 1], [4, 5]]
        [subject] = targets["chosen"].tolist()
        assert targets["objects"].tolist() == objects[tuple(subject)]
        chosen.add(tuple(subject))
    assert chosen == set(objects)


def test_targets_of_nothing_keep_their_columns():
    targets = build().targets(gold_of([(0, 1)], []), SEQ, random.Random(0))
    assert {name: tuple(cells.shape) for name, cells in targets.items()} == {
        "subjects": (0, 2),
        "chosen": (0, 2),
        "objects": (0, 3),
    }


# --- the formulas


def object_logits(head, states, subject):
    """Eq. 5 and 6 before the sigmoid: first and last under every relation, for every token."""
    first, last = subject
    if head.use_edges:
        mean = (states[first] + states[min(last + 1, len(states) - 1)]) / 2
    else:
        mean = states[first : last + 1].mean(0)
    return head.objects(states + mean).reshape(len(states), 2, N_RELATIONS)


def cross_entropy(scores, gold):
    return torch.nn.functional.binary_cross_entropy(scores.sigmoid(), gold, reduction="none")


def loss_by_loops(head, states, mask, golds, chosen):
    totals = {"subjects": 0.0, "objects": 0.0}
    for row, gold in enumerate(golds):
        spans = [entity.span for entity in gold.entities]
        for side, edges in enumerate((mask.starts[row], mask.ends[row])):
            scores = head.subjects(states[row])[:, side]
            tags = torch.zeros_like(scores)
            tags[[spans[t.subject][side] for t in gold.triples]] = 1
            totals["subjects"] += cross_entropy(scores, tags)[edges].mean() / len(golds)
            if chosen[row] is None:
                continue
            for relation in range(N_RELATIONS):
                scores = object_logits(head, states[row], chosen[row])[:, side, relation]
                tags = torch.zeros_like(scores)
                for t in gold.triples:
                    if spans[t.subject] == chosen[row] and t.relation_id == relation:
                        tags[spans[t.object][side]] = 1
                totals["objects"] += cross_entropy(scores, tags)[edges].mean() / len(golds)
    return totals


def collate(head, golds, seed=0):
    generator = random.Random(seed)
    parts = {}
    for row, gold in enumerate(golds):
        for name, cells in head.targets(gold, SEQ, generator).items():
            parts.setdefault(name, []).append(torch.cat([torch.full((len(cells), 1), row), cells], 1))
    return {name: torch.cat(cells) for name, cells in parts.items()}


@pytest.mark.parametrize("subject_vector", ["mean", "edges"])
@pytest.mark.parametrize("seed", range(4))
def test_the_loss_is_the_definition(seed, subject_vector):
    head = build(subject_vector=subject_vector).double()
    states = random_states(3, SEQ, HIDDEN).double()
    mask = everywhere(3)
    for flags in mask[1:]:
        flags[0, 2] = flags[2, 4:] = False
    golds = [
        gold_of([(0, 1), (3, 4), (5, 5)], [(0, 0, 1), (0, 0, 2), (2, 1, 0)]),
        gold_of([(0, 1)], []),
        gold_of([(0, 2), (3, 3)], [(0, 2, 1), (1, 2, 0), (1, 1, 0)]),
    ]
    targets = collate(head, golds, seed)
    chosen = [None] * 3
    for row, first, last in targets["chosen"].tolist():
        chosen[row] = (first, last)
    loss = head.loss(states, mask, targets)
    expected = loss_by_loops(head, states, mask, golds, chosen)
    assert {name: part.item() for name, part in loss.parts.items()} == pytest.approx(
        {name: part.item() for name, part in expected.items()}
    )


def test_a_batch_without_triples_trains_subjects_alone():
    head = build()
    golds = [gold_of([(0, 1)], []), gold_of([], [])]
    loss = head.loss(random_states(2, SEQ, HIDDEN), everywhere(2), collate(head, golds))
    assert loss.parts["objects"] == 0
    loss.total.backward()
    assert not head.objects.weight.grad.any()
    assert head.subjects.weight.grad.any()


def test_the_loss_is_float32_under_autocast():
    head = build()
    golds = [gold_of([(0, 1), (3, 4)], [(0, 0, 1)])]
    with torch.autocast("cpu", dtype=torch.bfloat16):
        total = head.loss(random_states(1, SEQ, HIDDEN), everywhere(1), collate(head, golds)).total
    assert total.dtype == torch.float32


def extract_by_loops(head, states, limits, max_width):
    scores = head.subjects(states)

    def spans_of(firsts, lasts, limit):
        for i in range(SEQ):
            last = next((j for j in range(i, SEQ) if lasts[j] > limit), None)
            if firsts[i] > limit and last is not None and (max_width is None or last - i < max_width):
                yield TokenSpan(i, last), min(firsts[i].item(), lasts[last].item())

    found = {}
    for subject, subject_score in spans_of(scores[:, 0], scores[:, 1], 0):
        logits = object_logits(head, states, subject)
        for relation, limit in enumerate(limits):
            for span, score in spans_of(logits[:, 0, relation], logits[:, 1, relation], limit):
                found[subject, relation, span] = min(score, subject_score)
    return found


@pytest.mark.parametrize("subject_vector", ["mean", "edges"])
@settings(max_examples=40)
@given(seed=st.integers(0, 1000), max_width=st.sampled_from([None, 2]), limit=st.sampled_from([0.0, 0.3, -0.3]))
def test_extraction_is_the_definition(subject_vector, seed, max_width, limit):
    head = build(seed, subject_vector=subject_vector, max_width=max_width).eval()
    states = random_states(2, SEQ, HIDDEN, seed=seed)
    thresholds = Thresholds(torch.zeros(1), torch.tensor([limit, 0.0, -limit]))
    for row, found in enumerate(head.extract(states, everywhere(2), thresholds)):
        found_by_loops = extract_by_loops(head, states[row], thresholds.relations.tolist(), max_width)
        expected = {key: s for key, s in found_by_loops.items() if s > thresholds.relations[key[1]]}  # subjects, too
        assert read(found) == sorted(expected)
        best = {}
        for t in found.triples:
            subject, object_ = (found.entities[i] for i in (t.subject, t.object))
            assert t.score == pytest.approx(expected[subject.span, t.relation_id, object_.span], abs=1e-5)
            for argument in (subject, object_):
                best[argument.span] = max(t.score, best.get(argument.span, t.score))
        assert {e.span: e.score for e in found.entities} == best
        assert [t.score for t in found.triples] == sorted((t.score for t in found.triples), reverse=True)


def test_relations_give_arguments_their_types():
    """A span that is an argument of relations with different types is an entity of each."""
    head = build(n_types=3, argument_types=[[1, 2], [2, 1], [0, 0]])
    states = random_states(4, SEQ, HIDDEN)
    plain = build().extract(states, everywhere(4), THRESHOLDS)
    typed = head.extract(states, everywhere(4), THRESHOLDS)
    assert any(len({e.span for e in found.entities}) < len(found.entities) for found in typed)
    for found, other in zip(typed, plain, strict=True):
        assert read(found) == read(other)
        assert {e.type_id for e in other.entities} <= {0}
        assert len({e[:2] for e in found.entities}) == len(found.entities)
        for t in found.triples:
            types = [found.entities[t.subject].type_id, found.entities[t.object].type_id]
            assert types == [[1, 2], [2, 1], [0, 0]][t.relation_id]


# --- the whole model


def test_two_documents_are_learned_by_heart():
    documents = [
        Document(
            "Anna Berg lives in Rome.",
            (Entity(0, 9, "Peop"), Entity(19, 23, "Loc")),
            (Relation("Live_In", 0, 1), Relation("Knows", 0, 0)),
        ),
        Document(
            "Bo met Anna Berg of New Rome and Eva Holm.",
            (Entity(0, 2, "Peop"), Entity(7, 16, "Peop"), Entity(20, 28, "Loc"), Entity(33, 41, "Peop")),
            (Relation("Knows", 0, 3), Relation("Live_In", 1, 2)),
        ),
    ]
    torch.manual_seed(0)
    schema, tokenizer = Schema.from_documents(documents), tiny_tokenizer([d.text for d in documents])
    types, relations = list(schema.entity_types), list(schema.relation_types)
    pairs = {"Live_In": ("Peop", "Loc"), "Knows": ("Peop", "Peop")}
    model = Extractor(
        ExtractorConfig(
            encoder=tiny_config(tokenizer).to_dict(),
            head_name="casrel",
            head_options={
                "n_types": 2,
                "n_relations": 2,
                "argument_types": [[types.index(type_) for type_ in pairs[relation]] for relation in relations],
            },
            labels=schema.to_dict(),
            features={"max_tokens": 64, "stride": 16},
        )
    )
    model.tokenizer, model.precision = tokenizer, "no"
    examples = model.featurizer().examples(documents)
    collate = Collator(tokenizer.pad_token_id, model.head.targets)
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    model.eval()
    for epoch in range(200):
        collate.epoch = epoch  # other subjects are drawn
        optimizer.zero_grad()
        model(collate(examples)).total.backward()
        optimizer.step()
    for found, gold in zip(model.extract([d.text for d in documents]), documents, strict=True):
        assert found.arguments_only
        assert {(e.start, e.end, e.type) for e in found.entities} == {(e.start, e.end, e.type) for e in gold.entities}
        triples = [
            {(r.type, d.entities[r.subject].start, d.entities[r.object].start) for r in d.relations}
            for d in (found, gold)
        ]
        assert triples[0] == triples[1]
