"""Scores by part: sizes, counts, intervals, and that nothing is lost or counted twice."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gprel.document import Document, Entity, Relation, UnplacedTriple
from gprel.errors import ConfigError, DataError
from gprel.evaluation import BREAKDOWNS, RULES, Counts, count
from gprel.evaluation.breakdown import breakdown, with_items
from gprel.evaluation.parts import ByItem
from gprel.evaluation.significance import bootstrap_interval, document_counts

TEXT = "Ann Lee left Bonn for Rome"
ANN, LEE, BONN, ROME = Entity(0, 7, "P"), Entity(4, 7, "P"), Entity(13, 17, "L"), Entity(22, 26, "L")
BOTH = Document(TEXT, (ANN, BONN, ROME), (Relation("Left", 0, 1), Relation("For", 0, 2)))
ONE = Document(TEXT, (ANN, BONN), (Relation("Left", 0, 1),))
NONE = Document(TEXT, (), ())


def sizes(parts):
    return {part.name: (part.n_documents, part.counts) for part in parts}


def test_documents_are_counted_by_part():
    gold, predicted = [BOTH, ONE, NONE, BOTH], [ONE, ONE, ONE, BOTH]
    parts = breakdown(gold, predicted, "n_triples")
    assert sizes(parts) == {"0": (1, Counts(0, 1, 0)), "1": (1, Counts(1, 1, 1)), "2": (2, Counts(3, 3, 4))}
    assert [part.name for part in parts] == ["0", "1", "2"]  # in order, and nothing that no document is in
    assert parts[2].document_counts.tolist() == [[1, 1, 2], [0, 0, 0], [0, 0, 0], [2, 2, 2]]
    overlap = sizes(breakdown(gold, predicted, "overlap"))
    assert overlap == {
        "no triple": (1, Counts(0, 1, 0)),
        "Normal": (1, Counts(1, 1, 1)),
        "SEO": (2, Counts(3, 3, 4)),
    }


def test_a_document_may_be_in_several_parts():
    gold = Document(TEXT, (ANN, BONN, ROME), (Relation("Left", 0, 1), Relation("For", 0, 1), Relation("For", 0, 2)))
    parts = breakdown([gold], [NONE], "overlap")
    assert sizes(parts) == {"SEO": (1, Counts(0, 0, 3)), "EPO": (1, Counts(0, 0, 3))}


def test_items_are_counted_by_part():
    gold = [Document(TEXT, (ANN, BONN), ()), Document(TEXT, (BONN,), ()), NONE]
    predicted = [Document(TEXT, (LEE, BONN), ()), Document(TEXT, (ROME,), ()), NONE]
    assert sizes(breakdown(gold, predicted, "entity_length", kind="entities")) == {
        "L1: 1 word": (2, Counts(1, 3, 2)),
        "L2: 2 to 3 words": (1, Counts(0, 0, 1)),
    }
    assert sizes(breakdown(gold, predicted, "relation", kind="entities")) == {
        "L": (2, Counts(1, 2, 2)),
        "P": (1, Counts(0, 1, 1)),
    }
    seen = breakdown(gold, predicted, "seen", kind="entities", train=[Document("Bonn", (Entity(0, 4, "L"),))])
    assert sizes(seen) == {"entity seen": (2, Counts(1, 1, 2)), "entity not seen": (2, Counts(0, 2, 1))}


def test_a_correct_prediction_is_in_the_part_of_its_gold_item():
    gold, predicted = [Document(TEXT, (ANN,), ())], [Document(TEXT, (LEE,), ())]
    parts = sizes(breakdown(gold, predicted, "entity_length", "partial", "entities"))
    assert parts == {"L2: 2 to 3 words": (1, Counts(1, 1, 1))}  # "Lee" has one word, and is right
    wrong_type = [Document(TEXT, (Entity(0, 7, "Org"), ROME), ())]
    parts = sizes(breakdown(gold, wrong_type, "relation", "boundaries", "entities"))
    assert parts == {"L": (1, Counts(0, 1, 0)), "P": (1, Counts(1, 1, 1))}


def test_unplaced_triples_have_a_part_and_match_under_string_rules_alone():
    gold = [Document(TEXT, (ANN,), (), unplaced=(UnplacedTriple("Lee", "Left", "Bonn"),))]
    predicted = [Document(TEXT, (LEE, BONN), (Relation("Left", 0, 1),))]
    assert sizes(breakdown(gold, predicted, "relation", "exact")) == {"Left": (1, Counts(1, 1, 1))}
    assert sizes(breakdown(gold, predicted, "relation", "strict")) == {"Left": (1, Counts(0, 1, 1))}
    assert sizes(breakdown(gold, gold, "relation", "strict")) == {"Left": (1, Counts(0, 1, 1))}


@st.composite
def documents(draw):
    entity = st.sampled_from([ANN, LEE, BONN, ROME, Entity(0, 7, "Org"), Entity(13, 26, "L")])
    entities = draw(st.lists(entity, max_size=4))
    index = st.integers(0, len(entities) - 1)
    relation = st.builds(Relation, st.sampled_from(["Left", "For"]), index, index)
    relations = draw(st.lists(relation, max_size=4)) if entities else []
    string = st.sampled_from(["Ann Lee", "Lee", "Bonn", "Oslo"])
    unplaced = draw(st.lists(st.builds(UnplacedTriple, string, st.just("Left"), string), max_size=1))
    return Document(TEXT, tuple(entities), tuple(relations), unplaced=tuple(unplaced))


@settings(max_examples=40)
@given(batch=st.lists(st.tuples(documents(), documents()), min_size=1, max_size=4), train=documents())
def test_parts_add_up_to_the_whole(batch, train):
    gold, predicted = [one for one, _ in batch], [other for _, other in batch]
    for by, each in BREAKDOWNS.items():
        is_by_item = isinstance(each.make(gold, [train]), ByItem)
        for kind in each.kinds:
            for rule in RULES:
                parts = breakdown(gold, predicted, by, rule, kind, train=[train])
                total = sum((part.document_counts for part in parts), np.zeros((len(gold), 3), dtype=np.int64))
                whole = document_counts(gold, predicted, rule, kind)
                if by == "overlap":  # a document may be in several parts, and is in one at least
                    assert (total >= whole).all()
                else:
                    assert (total == whole).all()
                    n_documents = sum(part.n_documents for part in parts)
                    assert n_documents >= len(with_items(whole)) if is_by_item else n_documents == len(gold)


@settings(max_examples=40)
@given(batch=st.lists(st.tuples(documents(), documents()), min_size=1, max_size=4))
def test_relations_are_those_of_the_tally(batch):
    gold, predicted = [one for one, _ in batch], [other for _, other in batch]
    for rule in RULES:
        expected = count(gold, predicted, RULES[rule]).triples.per_type
        assert {part.name: part.counts for part in breakdown(gold, predicted, "relation", rule)} == expected
    expected = count(gold, predicted, RULES["strict"]).entities.per_type
    assert {part.name: part.counts for part in breakdown(gold, predicted, "relation", kind="entities")} == expected


def test_the_interval_is_over_documents_with_items():
    gold, predicted = [BOTH, ONE, *[NONE] * 30, BOTH], [ONE, ONE, *[NONE] * 30, BOTH]
    parts = {part.name: part for part in breakdown(gold, predicted, "n_triples")}
    assert parts["2"].interval == bootstrap_interval(np.array([[1, 1, 2], [2, 2, 2]]))
    assert parts["1"].interval == (100.0, 100.0)
    assert parts["0"].interval == (0.0, 0.0)
    assert with_items(np.array([[0, 0, 0], [0, 1, 0], [0, 0, 2]])).tolist() == [[0, 1, 0], [0, 0, 2]]


def test_json_values_name_their_rule():
    part = breakdown([BOTH, BOTH], [ONE, BOTH], "n_triples")[0]
    low, high = part.interval
    assert part.to_dict("strict") == {
        "rule": "strict",
        "averaging": "micro",
        "precision": 100.0,
        "recall": 75.0,
        "f1": 85.71,
        "f1_interval": [round(low, 2), round(high, 2)],
        "n_documents": 2,
        "n_gold": 4,
        "n_predicted": 3,
        "n_correct": 3,
    }


def test_what_is_refused():
    with pytest.raises(ConfigError, match="breakdown 'length' does not exist; choose one of: overlap, n_triples"):
        breakdown([BOTH], [BOTH], "length")
    with pytest.raises(ConfigError, match="kind 'relations' does not exist"):
        breakdown([BOTH], [BOTH], "overlap", kind="relations")
    with pytest.raises(ConfigError, match="matching rule 'fuzzy' does not exist"):
        breakdown([BOTH], [BOTH], "overlap", "fuzzy")
    with pytest.raises(ConfigError, match="breakdown 'overlap' does not fit entities; it is for triples"):
        breakdown([BOTH], [BOTH], "overlap", kind="entities")
    with pytest.raises(
        ConfigError, match="'seen' compares with the training documents, and there are none; pass train"
    ):
        breakdown([BOTH], [BOTH], "seen")
    with pytest.raises(
        ConfigError, match="triples cannot be counted: in the 1 documents the prediction has no triples"
    ):
        breakdown([BOTH], [Document(TEXT, (ANN,))], "overlap")
    with pytest.raises(DataError, match="got 2 gold documents but 1 predictions"):
        breakdown([BOTH, ONE], [BOTH], "overlap")
