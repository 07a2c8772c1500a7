from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gprel.document import Document, Entity, Relation, UnplacedTriple
from gprel.evaluation import RULES, Counts, count
from gprel.evaluation.outcomes import ENTITY_OUTCOMES, TRIPLE_OUTCOMES, entity_outcomes, triple_outcomes

TEXT = "Ann Lee met Bob Lee and Ann Lee left Bonn"
ANN, ANN_AGAIN, BOB, BONN = (0, 7), (24, 31), (12, 19), (37, 41)
LEE = (4, 7)


def entities(*found):
    return Document(TEXT, tuple(Entity(*span, label, *score) for span, label, *score in found), ())


def triples(*found, unplaced=()):
    """Triples of (subject span, subject type, relation, object span, object type)."""
    mentions, relations = [], []
    for subject, subject_type, relation, object_, object_type in found:
        relations.append(Relation(relation, len(mentions), len(mentions) + 1))
        mentions += [Entity(*subject, subject_type), Entity(*object_, object_type)]
    return Document(TEXT, tuple(mentions), tuple(relations), unplaced=unplaced)


def names(outcomes):
    return [outcome.name for outcome in outcomes]


def both(outcome):
    return outcome.gold is not None and outcome.predicted is not None


@pytest.mark.parametrize(
    ("rule", "predicted", "expected"),
    [
        ("strict", (ANN, "P"), ["correct"]),
        ("strict", (ANN, "Q"), ["wrong type"]),
        ("strict", (LEE, "P"), ["wrong boundary"]),
        ("strict", (LEE, "Q"), ["missed", "spurious"]),  # two repairs
        ("strict", (BOB, "P"), ["missed", "spurious"]),
        ("boundaries", (ANN, "Q"), ["correct"]),
        ("boundaries", (LEE, "Q"), ["wrong boundary"]),
        ("exact", (ANN_AGAIN, "Q"), ["correct"]),
        ("exact", (LEE, "P"), ["wrong boundary"]),
        ("exact", (BOB, "P"), ["missed", "spurious"]),
        ("partial", (LEE, "P"), ["correct"]),
    ],
)
def test_an_entity(rule, predicted, expected):
    outcomes = entity_outcomes(entities((ANN, "P")), entities(predicted), RULES[rule])
    assert names(outcomes) == expected
    assert both(outcomes[0]) == (expected[0] != "missed")


@pytest.mark.parametrize(
    ("predicted", "expected"),
    [
        ((ANN, "P", "Left", BONN, "L"), ["correct"]),
        ((ANN, "P", "Left", BONN, "Q"), ["wrong type"]),
        ((ANN, "Q", "Left", BONN, "Q"), ["wrong type"]),
        ((BONN, "L", "Left", ANN, "P"), ["reversed arguments"]),
        ((ANN, "P", "Met", BONN, "L"), ["wrong relation"]),
        ((LEE, "P", "Left", BONN, "L"), ["wrong boundary"]),
        ((LEE, "Q", "Left", BONN, "L"), ["missed", "spurious"]),
        ((BONN, "L", "Met", ANN, "P"), ["missed", "spurious"]),
        ((LEE, "P", "Met", BONN, "L"), ["missed", "spurious"]),
        ((BOB, "P", "Left", BONN, "L"), ["missed", "spurious"]),
    ],
)
def test_a_triple(predicted, expected):
    outcomes = triple_outcomes(triples((ANN, "P", "Left", BONN, "L")), triples(predicted), RULES["strict"])
    assert names(outcomes) == expected


def test_under_a_rule_without_types():
    gold, rule = triples((ANN, "P", "Left", BONN, "L")), RULES["boundaries"]
    assert names(triple_outcomes(gold, triples((ANN, "Q", "Left", BONN, "Q")), rule)) == ["correct"]
    assert names(triple_outcomes(gold, triples((LEE, "Q", "Left", BONN, "Q")), rule)) == ["wrong boundary"]
    assert names(triple_outcomes(gold, triples((BONN, "Q", "Left", ANN, "Q")), rule)) == ["reversed arguments"]


def test_what_is_right_explains_nothing_else():
    """A symmetric relation found in one direction: the other one is missed, not reversed."""
    gold = triples((ANN, "P", "Met", BOB, "P"), (BOB, "P", "Met", ANN, "P"))
    predicted = triples((ANN, "P", "Met", BOB, "P"), (ANN, "P", "Saw", BOB, "P"))
    assert names(triple_outcomes(gold, predicted, RULES["strict"])) == ["correct", "missed", "spurious"]


def test_each_item_is_paired_once_and_the_closest_first():
    gold = entities(((0, 7), "P"))
    predicted = entities(((4, 7), "P"), ((0, 6), "P"))
    outcomes = entity_outcomes(gold, predicted, RULES["strict"])
    assert names(outcomes) == ["wrong boundary", "spurious"]
    assert outcomes[0].predicted.texts == ("Ann Le",)


def test_what_is_in_the_items():
    gold = triples((ANN, "P", "Left", BONN, "L"), (ANN_AGAIN, "P", "Left", BONN, "L"))
    (outcome,) = triple_outcomes(gold, gold, RULES["exact"])
    assert outcome.gold.label == "Left"
    assert outcome.gold.texts == ("Ann Lee", "Bonn")
    assert outcome.gold.mentions == ((Entity(*ANN, "P"), Entity(*ANN_AGAIN, "P")), (Entity(*BONN, "L"),))
    assert outcome.gold.score is None
    predicted = entities((ANN, "P", 0.5), (ANN_AGAIN, "P", 2.0))
    assert entity_outcomes(predicted, predicted, RULES["exact"])[0].predicted.score == 2.0


def test_triples_without_a_place():
    gold = triples(unplaced=(UnplacedTriple("Ann Lee", "Left", "Köln"),))
    assert names(triple_outcomes(gold, gold, RULES["strict"])) == ["missed", "spurious"]
    (outcome,) = triple_outcomes(gold, gold, RULES["exact"])
    assert (outcome.name, outcome.gold.texts, outcome.gold.mentions) == ("correct", ("Ann Lee", "Köln"), ())
    turned = triples(unplaced=(UnplacedTriple("Köln", "Left", "Ann Lee"),))
    assert names(triple_outcomes(gold, turned, RULES["exact"])) == ["reversed arguments"]
    assert names(triple_outcomes(gold, turned, RULES["boundaries"])) == ["missed", "spurious"]


def test_unknown_is_none():
    bare = Document(TEXT)
    assert entity_outcomes(bare, bare, RULES["strict"]) == triple_outcomes(bare, bare, RULES["strict"]) == []


SPANS = st.sampled_from([ANN, ANN_AGAIN, BOB, BONN, LEE, (0, 3), (12, 15), (16, 19), (0, 19)])
TYPES = st.sampled_from(["P", "L"])


@st.composite
def documents(draw):
    mentions = [Entity(*span, label) for span, label in draw(st.lists(st.tuples(SPANS, TYPES), max_size=7))]
    positions = st.integers(0, max(0, len(mentions) - 1))
    link = st.builds(Relation, st.sampled_from(["Left", "Met"]), positions, positions)
    relations = draw(st.lists(link, max_size=6)) if mentions else []
    strings = st.sampled_from(["Ann Lee", "Bonn", "Köln"])
    unplaced = draw(st.lists(st.builds(UnplacedTriple, strings, st.sampled_from(["Left", "Met"]), strings), max_size=2))
    return Document(TEXT, tuple(mentions), tuple(relations), unplaced=tuple(unplaced))


@settings(max_examples=150)
@given(documents(), documents(), st.sampled_from(sorted(RULES)))
def test_outcomes_are_exhaustive_and_agree_with_the_counts(gold, predicted, name):
    rule = RULES[name]
    counts = count([gold], [predicted], rule)
    for outcomes, tally, known in (
        (entity_outcomes(gold, predicted, rule), counts.entities, ENTITY_OUTCOMES),
        (triple_outcomes(gold, predicted, rule), counts.triples, TRIPLE_OUTCOMES),
    ):
        n_gold = sum(outcome.gold is not None for outcome in outcomes)
        n_predicted = sum(outcome.predicted is not None for outcome in outcomes)
        assert Counts(names(outcomes).count("correct"), n_predicted, n_gold) == tally.micro
        for outcome in outcomes:
            assert outcome.name in known
            assert (outcome.gold is None) == (outcome.name == "spurious")
            assert (outcome.predicted is None) == (outcome.name == "missed")
        for side in ("gold", "predicted"):  # no item is in two outcomes
            items = [item for outcome in outcomes if (item := getattr(outcome, side))]
            places = Counter((item.label, item.texts, item.mentions) for item in items)
            assert not places or max(places.values()) == 1


@given(documents(), st.sampled_from(sorted(RULES)))
def test_gold_explains_itself(gold, name):
    outcomes = entity_outcomes(gold, gold, RULES[name]) + triple_outcomes(gold, gold, RULES[name])
    wrong = [outcome for outcome in outcomes if outcome.name != "correct"]
    assert all(item.mentions == () for o in wrong if (item := o.gold or o.predicted))
