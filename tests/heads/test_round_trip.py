"""Perfect scores, made from the targets of gold, decode to the gold."""

import random

import pytest
import torch
from hypothesis import assume, example, given
from hypothesis import strategies as st

from gprel.heads import GlobalPointer, GPLinker, Thresholds
from gprel.nn.mask import TokenMask
from gprel.tokens import TokenEntity, TokenGold, TokenSpan, TokenTriple

from .fixed import SEQ, positions, set_scores

N_TYPES, N_RELATIONS = 3, 3


def perfect_scores(head, golds):
    """5 where a target is, -5 elsewhere."""
    n_labels = {"entities": 2 if getattr(head, "use_roles", False) else N_TYPES}
    scores = {}
    for row, gold in enumerate(golds):
        for name, cells in head.targets(gold, SEQ, random.Random(0)).items():
            shape = len(golds), n_labels.get(name, N_RELATIONS), SEQ, SEQ
            grid = scores.setdefault(name, torch.full(shape, -5.0))
            grid[row, cells[:, 0], cells[:, 1], cells[:, 2]] = 5.0
    return scores


def extract(head, n_examples, entity_threshold=0.0):
    everywhere = torch.ones(n_examples, SEQ, dtype=torch.bool)
    thresholds = Thresholds(torch.full((N_TYPES,), entity_threshold), torch.zeros(N_RELATIONS))
    return head.extract(positions(n_examples), TokenMask(everywhere, everywhere, everywhere), thresholds)


def decoded(head, golds):
    set_scores(head, perfect_scores(head, golds))
    return extract(head, len(golds))


def linker(**options):
    return GPLinker(4, n_types=N_TYPES, n_relations=N_RELATIONS, size=2, **options)


def read(found):
    """Entities, and triples with their arguments in place of positions; sorted, each as often as it is there."""
    entities = [(e.span, e.type_id) for e in found.entities]
    triples = [(entities[t.subject], t.relation_id, entities[t.object]) for t in found.triples or ()]
    return sorted(entities), sorted(triples)


def read_by_loops(gold, *, use_lasts, use_roles, allowed):
    """What the definition of GPLinker reads off gold's cells: every pair of arguments whose links are all there."""
    entities, triples = read(gold)
    firsts = {(s.first, r, o.first) for (s, _), r, (o, _) in triples}
    lasts = {(s.last, r, o.last) for (s, _), r, (o, _) in triples}
    subjects = {s for s, _, _ in triples} if use_roles else set(entities)
    objects = {o for _, _, o in triples} if use_roles else set(entities)
    links = [
        (s, r, o)
        for s in subjects
        for o in objects
        for r in range(N_RELATIONS)
        if (s[0].first, r, o[0].first) in firsts
        and (not use_lasts or (s[0].last, r, o[0].last) in lasts)
        and (allowed is None or [r, s[1], o[1]] in allowed)
    ]
    return (sorted(subjects | objects) if use_roles else entities), sorted(links)


# --- gold


def gold_of(entities, triples=()):
    return TokenGold(
        tuple(TokenEntity(TokenSpan(first, last), label) for first, last, label in entities),
        tuple(TokenTriple(*triple) for triple in triples),
    )


@st.composite
def golds(draw, *, use_roles=False, is_typed_twice=False):
    """Any spans: nested, overlapping, one token wide, with the same first or last token; any triples over them."""
    token = st.integers(0, SEQ - 1)
    span = st.tuples(token, token).map(lambda pair: (min(pair), max(pair)))
    entity = st.tuples(span, st.just(0) if use_roles else st.integers(0, N_TYPES - 1))
    entities = draw(st.lists(entity, max_size=5, unique_by=None if is_typed_twice else lambda e: e[0]))
    entities = list(dict.fromkeys(entities))
    triples = set()
    if entities:
        position = st.integers(0, len(entities) - 1)
        triples = draw(st.sets(st.tuples(position, st.integers(0, N_RELATIONS - 1), position), max_size=4))
    if use_roles:  # there every entity is an argument
        used = sorted({i for s, _, o in triples for i in (s, o)})
        triples = {(used.index(s), r, used.index(o)) for s, r, o in triples}
        entities = [entities[i] for i in used]
    return gold_of([(*span, label) for span, label in entities], sorted(triples))


SHAPES = {
    "empty": gold_of([]),
    "entities only": gold_of([(0, 1, 0), (3, 3, 1)]),
    "one token": gold_of([(2, 2, 0), (4, 4, 1)], [(0, 0, 1)]),
    "nested": gold_of([(0, 4, 0), (1, 2, 1), (2, 2, 2)], [(0, 0, 1), (1, 1, 2)]),
    "overlapping": gold_of([(0, 2, 0), (1, 4, 1)], [(0, 2, 1), (1, 1, 0)]),
    "shared first token": gold_of([(1, 1, 0), (1, 3, 1), (5, 5, 0)], [(0, 0, 2), (2, 1, 1)]),
    "shared last token": gold_of([(1, 3, 0), (3, 3, 1), (5, 5, 0)], [(0, 0, 2), (2, 1, 1)]),
    "subject is object": gold_of([(0, 2, 0), (4, 4, 0)], [(0, 1, 0)]),
    "nested argument of its own": gold_of([(0, 3, 0), (0, 0, 0)], [(0, 1, 1), (1, 1, 1)]),
    "two relations of a pair (EPO)": gold_of([(0, 1, 0), (3, 4, 1)], [(0, 0, 1), (0, 2, 1)]),
    "both directions": gold_of([(0, 1, 0), (3, 4, 1)], [(0, 0, 1), (1, 0, 0)]),
    "one subject, many objects (SEO)": gold_of([(0, 1, 0), (3, 3, 1), (4, 5, 1)], [(0, 0, 1), (0, 0, 2)]),
}
OPTIONS = {
    "types": {},
    "types, firsts only": {"use_lasts": False},
    "allowed types": {"allowed": True},
    "allowed types, firsts only": {"allowed": True, "use_lasts": False},
    "roles": {"use_roles": True},
    "roles, firsts only": {"use_roles": True, "use_lasts": False},
}


def with_own_types(options, gold):
    """``allowed`` as a schema collected from this gold would have it."""
    if "allowed" not in options:
        return options
    _, triples = read(gold)
    return options | {"allowed": [[r, s_type, o_type] for (_, s_type), r, (_, o_type) in triples]}


@pytest.mark.parametrize("shape", SHAPES)
def test_shapes_of_gold_come_back(shape):
    gold = SHAPES[shape]
    assert read(decoded(linker(), [gold])[0]) == read(gold)
    if gold.triples:
        arguments = {i for t in gold.triples for i in (t.subject, t.object)}
        untyped = gold_of([(*e.span, 0) for e in gold.entities], gold.triples)
        extraction = decoded(linker(use_roles=True), [untyped])[0]
        assert read(extraction)[1] == read(untyped)[1]
        assert read(extraction)[0] == sorted((untyped.entities[i].span, 0) for i in arguments)
    found = decoded(GlobalPointer(4, n_types=N_TYPES, size=2), [gold])[0]
    assert read(found)[0] == read(gold)[0]
    assert found.triples is None


@pytest.mark.parametrize("options", OPTIONS)
@given(data=st.data())
def test_gplinker_returns_gold(options, data):
    """Exactly, wherever its cells determine it; else exactly what the definition reads off them, gold included."""
    settings = OPTIONS[options]
    gold = data.draw(golds(use_roles="use_roles" in settings))
    settings = {"use_lasts": True, "use_roles": False, "allowed": None} | with_own_types(settings, gold)
    expected = read_by_loops(gold, **settings)
    found = decoded(linker(**settings), [gold])[0]
    assert read(found) == expected
    assert found.n_dropped == 0
    assert expected[0] == read(gold)[0]
    assert set(expected[1]) >= set(read(gold)[1])
    firsts = [e.span.first for e in gold.entities]
    if not settings["use_lasts"] and len(set(firsts)) == len(firsts):
        assert expected == read(gold)


@given(gold=golds())
@example(gold=SHAPES["nested"])
def test_gplinker_returns_exactly_gold(gold):
    """The same without the cases that the cells leave open: links put together from two triples of one relation."""
    assume(read_by_loops(gold, use_lasts=True, use_roles=False, allowed=None) == read(gold))
    assert read(decoded(linker(), [gold])[0]) == read(gold)


@given(batch=st.lists(golds(is_typed_twice=True), min_size=1, max_size=3))
def test_global_pointer_returns_exactly_gold(batch):
    """A span may have several types at once; batches keep their examples apart."""
    for found, gold in zip(decoded(GlobalPointer(4, n_types=N_TYPES, size=2), batch), batch, strict=True):
        assert read(found) == (read(gold)[0], [])
        assert found.triples is None
        assert found.n_dropped == 0


@pytest.mark.parametrize("use_roles", [False, True], ids=["types", "roles"])
@given(data=st.data())
def test_examples_of_a_batch_stay_apart(use_roles, data):
    batch = data.draw(st.lists(golds(use_roles=use_roles), min_size=2, max_size=3))
    head = linker(use_roles=use_roles)
    alone = [decoded(head, [gold])[0] for gold in batch]
    assert decoded(head, batch) == alone


# --- targets


def test_targets_of_both_label_sets():
    gold = gold_of([(0, 1, 2), (3, 3, 1), (4, 5, 0)], [(0, 2, 1), (0, 0, 1), (0, 2, 1)])
    targets = linker().targets(gold, SEQ, random.Random(0))
    assert {name: cells.tolist() for name, cells in targets.items()} == {
        "entities": [[0, 4, 5], [1, 3, 3], [2, 0, 1]],
        "firsts": [[0, 0, 3], [2, 0, 3]],  # the repeated triple is one cell
        "lasts": [[0, 1, 3], [2, 1, 3]],
    }
    roles = linker(use_roles=True).targets(gold, SEQ, random.Random(0))
    assert roles["entities"].tolist() == [[0, 0, 1], [1, 3, 3]]  # an entity without a triple has no role
    pointer = GlobalPointer(4, n_types=N_TYPES).targets(gold, SEQ, random.Random(0))
    assert list(pointer) == ["entities"]
    assert pointer["entities"].tolist() == targets["entities"].tolist()


def test_targets_of_nothing_keep_their_columns():
    for name, cells in linker().targets(gold_of([]), SEQ, random.Random(0)).items():
        assert cells.shape == (0, 3), name


# --- scores, order and caps


def random_scores(seed, use_roles=False, n_examples=2):
    generator = torch.Generator().manual_seed(seed)
    shapes = {"entities": 2 if use_roles else N_TYPES, "firsts": N_RELATIONS, "lasts": N_RELATIONS}
    return {name: torch.randn(n_examples, n, SEQ, SEQ, generator=generator) for name, n in shapes.items()}


@given(seed=st.integers(0, 10_000), use_lasts=st.booleans(), use_roles=st.booleans())
def test_a_triple_scores_as_its_weakest_part(seed, use_lasts, use_roles):
    scores = random_scores(seed, use_roles)
    head = linker(use_lasts=use_lasts, use_roles=use_roles)
    set_scores(head, scores)
    for row, found in enumerate(extract(head, 2, entity_threshold=0.5)):
        assert [e.score for e in found.entities] == sorted((e.score for e in found.entities), reverse=True)
        assert [t.score for t in found.triples] == sorted((t.score for t in found.triples), reverse=True)
        for e in found.entities:
            labels = [0, 1] if use_roles else [e.type_id]  # in the role mode the better of its roles
            assert e.score == pytest.approx(scores["entities"][row, labels, e.span.first, e.span.last].max().item())
        for t in found.triples:
            subject, object_ = (found.entities[i] for i in (t.subject, t.object))
            parts = [scores["firsts"][row, t.relation_id, subject.span.first, object_.span.first]]
            if use_lasts:
                parts.append(scores["lasts"][row, t.relation_id, subject.span.last, object_.span.last])
            for role, argument in enumerate((subject, object_)):
                label = role if use_roles else argument.type_id
                parts.append(scores["entities"][row, label, argument.span.first, argument.span.last])
            assert t.score == pytest.approx(min(parts).item())
            assert t.score > 0


@pytest.mark.parametrize("use_roles", [False, True], ids=["types", "roles"])
def test_caps_keep_the_best_and_count_the_rest(use_roles):
    scores = random_scores(0, use_roles)
    whole, capped = (
        linker(use_roles=use_roles, max_candidates=most, max_triples=most_triples)
        for most, most_triples in ((1000, 10_000), (1000, 4))
    )
    for head in (whole, capped):
        set_scores(head, scores)
    for everything, some in zip(extract(whole, 2), extract(capped, 2), strict=True):
        assert everything.n_dropped == 0
        assert some.triples == everything.triples[:4]
        assert some.n_dropped == len(everything.triples) - 4
    few = linker(use_roles=use_roles, max_candidates=5, max_triples=10_000)
    set_scores(few, scores)
    pointer_grid = scores["entities"]
    for row, found in enumerate(extract(few, 2)):
        passing = int((pointer_grid[row].triu() > 0).sum())
        assert found.n_dropped == passing - 5
        assert len(found.entities) <= 5
        if not use_roles:
            best = torch.sort(pointer_grid[row].triu().flatten(), descending=True).values[:5]
            assert [e.score for e in found.entities] == pytest.approx(best.tolist())


def test_the_cap_of_entities_alone():
    head = GlobalPointer(4, n_types=N_TYPES, size=2, max_candidates=7)
    scores = random_scores(1)
    set_scores(head, scores)
    for row, found in enumerate(extract(head, 2)):
        assert len(found.entities) == 7
        assert found.n_dropped == int((scores["entities"][row].triu() > 0).sum()) - 7
        assert found.triples is None
