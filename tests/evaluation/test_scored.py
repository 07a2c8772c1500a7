import pytest

from gprel.document import Document, Entity, Relation, UnplacedTriple
from gprel.errors import DataError
from gprel.evaluation import RULES, Counts, count
from gprel.evaluation.scored import ScoredItem, gold_counts, scored_items

TEXT = "Ann saw Ann in Bonn"
GOLD = Document(
    TEXT,
    (Entity(0, 3, "P"), Entity(8, 11, "P"), Entity(15, 19, "L")),
    (Relation("In", 0, 2), Relation("In", 1, 2)),
    unplaced=(UnplacedTriple("Ann", "Born", "Köln"),),
)
FOUND = Document(
    TEXT,
    (Entity(0, 3, "P", 2.0), Entity(8, 11, "L", 1.0), Entity(15, 19, "L", 3.0)),
    (Relation("In", 0, 2, 0.5), Relation("In", 1, 2, 1.5), Relation("Born", 0, 2, -1.0)),
)


def test_items_are_judged_with_their_label():
    assert scored_items([GOLD], [FOUND], RULES["strict"], "entities") == [
        ScoredItem("P", 2.0, True),
        ScoredItem("L", 1.0, False),
        ScoredItem("L", 3.0, True),
    ]
    assert scored_items([GOLD], [FOUND], RULES["boundaries"], "entities")[1] == ScoredItem("L", 1.0, False)


def test_equal_keys_are_one_item_with_the_best_score():
    assert scored_items([GOLD], [FOUND], RULES["exact"], "triples") == [
        ScoredItem("In", 1.5, True),
        ScoredItem("Born", -1.0, False),
    ]
    assert gold_counts([GOLD], RULES["exact"], "triples") == {"In": 1, "Born": 1}
    assert gold_counts([GOLD, GOLD], RULES["strict"], "triples") == {"In": 4, "Born": 2}


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("kind", ["entities", "triples"])
def test_they_add_up_to_the_counts_per_type(rule, kind):
    items = scored_items([GOLD], [FOUND], RULES[rule], kind)
    n_gold = gold_counts([GOLD], RULES[rule], kind)
    tally = getattr(count([GOLD], [FOUND], RULES[rule]), kind)
    for label, counts in tally.per_type.items():
        own = [item for item in items if item.label == label]
        assert counts == Counts(sum(item.is_correct for item in own), len(own), n_gold[label])


def test_an_unplaced_triple_never_matches_under_an_offset_rule():
    found = Document(TEXT, (), (), unplaced=GOLD.unplaced)
    with pytest.raises(DataError, match=r"document 0 \(id None\) has triples without a score \('Born'\)"):
        scored_items([GOLD], [found], RULES["strict"], "triples")


def test_scores_are_needed():
    with pytest.raises(DataError, match=r"predicted document 0 \(id None\) has entities without a score \('P'\)"):
        scored_items([GOLD], [GOLD], RULES["strict"], "entities")
