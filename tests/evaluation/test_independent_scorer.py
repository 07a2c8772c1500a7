"""A second scorer, written from the definitions of the rules alone: sets of tuples, one set per document."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gprel.document import Document, Entity, Relation, UnplacedTriple
from gprel.evaluation import RULES, evaluate


def mention(document, entity, rule):
    """What makes two mentions the same."""
    text = document.text[entity.start : entity.end]
    if rule == "strict":
        return entity.start, entity.end, entity.type
    if rule == "boundaries":
        return entity.start, entity.end
    return string(text, rule)


def string(text, rule):
    words = text.split()
    return tuple(words) if rule == "exact" else tuple(words[-1:])


def items(document, kind, rule):
    """(type, identity) of everything in a document."""
    if kind == "entities":
        return {(entity.type, mention(document, entity, rule)) for entity in document.entities}
    found = set()
    for relation in document.relations:
        subject, object_ = document.entities[relation.subject], document.entities[relation.object]
        found.add((relation.type, (mention(document, subject, rule), mention(document, object_, rule))))
    for triple in document.unplaced:
        if rule in ("exact", "partial"):
            found.add((triple.relation, (string(triple.subject, rule), string(triple.object, rule))))
        else:
            found.add((triple.relation, triple))
    return found


def identities(document, kind, rule):
    """What micro figures count: the relation belongs to a triple, the type to an entity only where the rule says so."""
    if kind == "entities":
        return {identity for _, identity in items(document, kind, rule)}
    return items(document, kind, rule)


def without_places(pairs):
    return {pair for pair in pairs if not isinstance(pair[1], UnplacedTriple)}


def figures(correct, predicted, gold):
    precision = correct / predicted if predicted else 0.0
    recall = correct / gold if gold else 0.0
    f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
    return 100 * precision, 100 * recall, 100 * f1


def micro(gold, predicted, kind, rule):
    correct = n_predicted = n_gold = 0
    for one, other in zip(gold, predicted, strict=True):
        a, b = identities(one, kind, rule), identities(other, kind, rule)
        both = a & b if kind == "entities" else without_places(a) & without_places(b)
        correct, n_predicted, n_gold = correct + len(both), n_predicted + len(b), n_gold + len(a)
    return (correct, n_predicted, n_gold), figures(correct, n_predicted, n_gold)


def macro(gold, predicted, kind, rule):
    sides = [[items(document, kind, rule) for document in side] for side in (gold, predicted)]
    types = {label for side in sides for found in side for label, _ in found}
    per_type = []
    for label in types:
        correct = n_predicted = n_gold = 0
        for one, other in zip(*sides, strict=True):
            a = {pair for pair in one if pair[0] == label}
            b = {pair for pair in other if pair[0] == label}
            correct += len(without_places(a) & without_places(b))
            n_predicted, n_gold = n_predicted + len(b), n_gold + len(a)
        per_type.append(figures(correct, n_predicted, n_gold))
    return [sum(column) / len(types) for column in zip(*per_type, strict=True)] if types else [0.0, 0.0, 0.0]


@st.composite
def documents(draw, text):
    places = [(i, j) for i in range(len(text)) for j in range(i + 1, len(text) + 1)]
    entities = draw(
        st.lists(
            st.tuples(st.sampled_from(places), st.sampled_from("XY")).map(lambda e: Entity(*e[0], e[1])), max_size=6
        )
    )
    relations = []
    if entities:
        index = st.integers(0, len(entities) - 1)
        relations = draw(st.lists(st.builds(Relation, st.sampled_from("rs"), index, index), max_size=6))
    strings = st.sampled_from(["a", "b", "a b", " a\nb", "b b a", "c"])
    unplaced = draw(st.lists(st.builds(UnplacedTriple, strings, st.sampled_from("rs"), strings), max_size=2))
    return Document(text, tuple(entities), tuple(relations), unplaced=tuple(unplaced))


pairs = st.text("ab \n", min_size=1, max_size=8).flatmap(lambda text: st.tuples(documents(text), documents(text)))


@settings(max_examples=80)
@given(batch=st.lists(pairs, min_size=1, max_size=4))
def test_both_scorers_agree(batch):
    gold, predicted = [one for one, _ in batch], [other for _, other in batch]
    evaluation = evaluate(gold, predicted)
    for kind in ("entities", "triples"):
        for rule in RULES:
            tally = evaluation.tally(kind, rule)
            counts, (precision, recall, f1) = micro(gold, predicted, kind, rule)
            assert (tally.micro.n_correct, tally.micro.n_predicted, tally.micro.n_gold) == counts
            found = (tally.micro.precision, tally.micro.recall, tally.micro.f1)
            assert found == pytest.approx((precision, recall, f1))
            found = (tally.macro_precision, tally.macro_recall, tally.macro_f1)
            assert found == pytest.approx(tuple(macro(gold, predicted, kind, rule)))
            assert evaluation.f1(kind, rule, "macro") == pytest.approx(found[2])


# Counted by hand. "Kim Roe" stands twice in the first text, the second has a wrong type and a wrong end, the third a
# gold triple whose subject is not in the text.

FIRST = "Kim Roe founded Acme ; Kim Roe left"
SECOND = "Lena Ek was born in New Ulm"
THIRD = "Acme bought Blue Fox"


def counted_gold():
    kim, acme, again = Entity(0, 7, "Per"), Entity(16, 20, "Org"), Entity(23, 30, "Per")
    lena, ulm = Entity(0, 7, "Per"), Entity(20, 27, "Loc")
    buyer, bought = Entity(0, 4, "Org"), Entity(12, 20, "Org")
    return [
        Document(FIRST, (kim, acme, again), (Relation("Founded", 0, 1), Relation("Founded", 2, 1))),
        Document(SECOND, (lena, ulm), (Relation("Born_In", 0, 1),)),
        Document(
            THIRD, (buyer, bought), (Relation("Bought", 0, 1),), unplaced=(UnplacedTriple("Zed", "Bought", "Acme"),)
        ),
    ]


def counted_predictions():
    kim, acme = Entity(0, 7, "Per"), Entity(16, 20, "Org")
    lena, ulm, city = Entity(0, 7, "Org"), Entity(20, 27, "Loc"), Entity(24, 27, "Loc")  # wrong type; "Ulm" alone
    buyer, fox = Entity(0, 4, "Org"), Entity(17, 20, "Org")  # "Fox" alone
    return [
        Document(FIRST, (kim, acme), (Relation("Founded", 0, 1),)),
        Document(SECOND, (lena, ulm, city), (Relation("Born_In", 0, 1), Relation("Born_In", 0, 2))),
        Document(THIRD, (buyer, fox), (Relation("Bought", 0, 1), Relation("Bought", 1, 0))),
    ]


@pytest.mark.parametrize(
    ("rule", "entities", "triples"),
    [
        # (correct, predicted, gold)
        # strict: of 7 gold entities Kim Roe (once), Acme, New Ulm, Acme; of 5 gold triples the first alone.
        ("strict", (4, 7, 7), (1, 5, 5)),
        # boundaries: and Lena Ek, and so her birth.
        ("boundaries", (5, 7, 7), (2, 5, 5)),
        # exact: both mentions of Kim Roe are one string, so 6 gold entities and 4 gold triples.
        ("exact", (5, 7, 6), (2, 5, 4)),
        # partial: and Fox; Ulm and New Ulm are one prediction; Zed is nowhere.
        ("partial", (6, 6, 6), (3, 4, 4)),
    ],
)
def test_three_documents_counted_by_hand(rule, entities, triples):
    evaluation = evaluate(counted_gold(), counted_predictions())
    for kind, expected in (("entities", entities), ("triples", triples)):
        counts = evaluation.tally(kind, rule).micro
        assert (counts.n_correct, counts.n_predicted, counts.n_gold) == expected


def test_figures_worked_out_by_hand():
    evaluation = evaluate(counted_gold(), counted_predictions())
    strict = evaluation.tally("triples", "strict")
    assert (strict.micro.precision, strict.micro.recall, strict.micro.f1) == pytest.approx((20.0, 20.0, 20.0))
    # Founded 1 of 1 and 1 of 2: F1 2/3. Born_In 0 of 2 and 0 of 1. Bought 0 of 2 and 0 of 2.
    assert strict.macro_f1 == pytest.approx(200 / 9)
    exact = evaluation.tally("triples", "exact")
    assert (exact.micro.precision, exact.micro.recall, exact.micro.f1) == pytest.approx((40.0, 50.0, 400 / 9))
    # Founded 1/1 and 1/1: 1. Born_In 1/2 and 1/1: 2/3. Bought 0.
    assert exact.macro_f1 == pytest.approx(500 / 9)
    names = evaluation.tally("entities", "strict")
    # Per 1/1 and 1/3: 1/2. Loc 1/2 and 1/1: 2/3. Org 2/4 and 2/3: 4/7.
    assert names.macro_f1 == pytest.approx(100 * (1 / 2 + 2 / 3 + 4 / 7) / 3)
