from dataclasses import replace
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gprel.document import Document, Entity, Relation, UnplacedTriple
from gprel.errors import DataError
from gprel.evaluation import RULES, Counts, Tally, count, rule_named

TEXT = "Ann Lee met Bob Lee and Ann Lee left Bonn"
ANN, ANN_AGAIN, BOB, BONN = (0, 7), (24, 31), (12, 19), (37, 41)
ALL_RULES = pytest.mark.parametrize("rule", RULES)


def document(*triples, entities=(), unplaced=()):
    """A document over TEXT; a triple is (subject span, subject type, relation, object span, object type)."""
    found = [Entity(*span, label) for span, label in entities]
    relations = []
    for subject, subject_type, relation, object_, object_type in triples:
        relations.append(Relation(relation, len(found), len(found) + 1))
        found += [Entity(*subject, subject_type), Entity(*object_, object_type)]
    return Document(TEXT, tuple(found), tuple(relations), unplaced=unplaced)


def triples_of(gold, predicted, rule):
    return count([gold], [predicted], RULES[rule]).triples


def entities_of(gold, predicted, rule):
    return count([gold], [predicted], RULES[rule]).entities


def test_counts_add_and_give_percentages():
    total = Counts(1, 2, 3) + Counts(2, 2, 5)
    assert total == Counts(3, 4, 8)
    assert (total.precision, total.recall, total.f1) == (75.0, 37.5, 50.0)


def test_undefined_figures_are_zero():
    for counts in (Counts(), Counts(0, 3, 0), Counts(0, 0, 3)):
        assert (counts.precision, counts.recall, counts.f1) == (0.0, 0.0, 0.0)


@pytest.mark.parametrize(
    ("rule", "correct", "n_gold"), [("strict", 1, 2), ("boundaries", 1, 2), ("exact", 1, 1), ("partial", 1, 1)]
)
def test_a_repeated_mention_is_one_string_but_two_places(rule, correct, n_gold):
    gold = document((ANN, "P", "Left", BONN, "L"), (ANN_AGAIN, "P", "Left", BONN, "L"))
    predicted = document((ANN_AGAIN, "P", "Left", BONN, "L"))
    assert triples_of(gold, predicted, rule).micro == Counts(correct, 1, n_gold)


@ALL_RULES
def test_duplicates_count_once(rule):
    gold = document((ANN, "P", "Left", BONN, "L"))
    predicted = document((ANN, "P", "Left", BONN, "L"), (ANN, "P", "Left", BONN, "L"))
    assert triples_of(gold, predicted, rule).micro == Counts(1, 1, 1)
    assert entities_of(gold, predicted, rule).micro == Counts(2, 2, 2)


@pytest.mark.parametrize(("rule", "expected"), [("strict", 1), ("boundaries", 1), ("exact", 1), ("partial", 2)])
def test_nested_entities(rule, expected):
    gold = document(entities=[(ANN, "P"), ((0, 3), "F")])  # "Ann Lee" and "Ann"
    predicted = document(entities=[((4, 7), "P"), ((0, 3), "F")])  # "Lee" and "Ann"
    assert entities_of(gold, predicted, rule).micro == Counts(expected, 2, 2)


@pytest.mark.parametrize(("rule", "expected"), [("strict", 0), ("boundaries", 0), ("exact", 0), ("partial", 1)])
def test_last_words_that_agree_match_under_partial_only(rule, expected):
    gold = document((ANN, "P", "Left", BONN, "L"))
    predicted = document((BOB, "P", "Left", BONN, "L"))  # another Lee
    assert triples_of(gold, predicted, rule).micro == Counts(expected, 1, 1)


@ALL_RULES
def test_one_pair_with_two_relations(rule):
    gold = document((ANN, "P", "Left", BONN, "L"), (ANN, "P", "Live_In", BONN, "L"))
    predicted = document((ANN, "P", "Left", BONN, "L"), (ANN, "P", "Born_In", BONN, "L"))
    tally = triples_of(gold, predicted, rule)
    assert tally.micro == Counts(1, 2, 2)
    assert tally.per_type == {"Born_In": Counts(0, 1, 0), "Left": Counts(1, 1, 1), "Live_In": Counts(0, 0, 1)}


@pytest.mark.parametrize(("rule", "expected"), [("strict", 0), ("boundaries", 1), ("exact", 1), ("partial", 1)])
def test_a_wrong_type_is_wrong_under_strict_only(rule, expected):
    gold = document((ANN, "P", "Left", BONN, "L"))
    predicted = document((ANN, "Org", "Left", BONN, "L"))
    assert triples_of(gold, predicted, rule).micro == Counts(expected, 1, 1)
    entities = entities_of(gold, predicted, rule)
    assert entities.micro == Counts(1 + expected, 2, 2)
    # Per type a wrong type is wrong under every rule.
    assert entities.per_type == {"L": Counts(1, 1, 1), "Org": Counts(0, 1, 0), "P": Counts(0, 0, 1)}


@ALL_RULES
def test_a_reversed_triple_is_wrong(rule):
    gold = document((ANN, "P", "Left", BONN, "L"))
    predicted = document((BONN, "L", "Left", ANN, "P"))
    assert triples_of(gold, predicted, rule).micro == Counts(0, 1, 1)


@pytest.mark.parametrize(("rule", "expected"), [("strict", 0), ("boundaries", 0), ("exact", 0), ("partial", 1)])
def test_unplaced_gold_counts_as_gold(rule, expected):
    unplaced = (UnplacedTriple("Anna Lee", "Left", "Bonn"), UnplacedTriple("Anna Lee", "Left", "Bonn"))
    gold = document((BOB, "P", "Met", ANN, "P"), unplaced=unplaced)
    predicted = document((BOB, "P", "Met", ANN, "P"), (ANN, "P", "Left", BONN, "L"))
    tally = triples_of(gold, predicted, rule)
    assert tally.micro == Counts(1 + expected, 2, 2)
    assert tally.per_type["Left"] == Counts(expected, 1, 1)
    assert entities_of(gold, predicted, rule).micro.n_gold == entities_of(document(), gold, rule).micro.n_predicted


@pytest.mark.parametrize(("rule", "expected"), [("strict", 0), ("boundaries", 0), ("exact", 1), ("partial", 1)])
def test_an_unplaced_prediction_is_predicted_and_has_no_offsets(rule, expected):
    both = document(unplaced=(UnplacedTriple("Anna Lee", "Left", "Bonn"),))
    assert triples_of(both, both, rule).micro == Counts(expected, 1, 1)


def test_unplaced_gold_alone_is_annotation():
    gold = Document(TEXT, unplaced=(UnplacedTriple("Anna", "Left", "Bonn"),))
    counts = count([gold], [document()], RULES["exact"])
    assert counts.entities is None
    assert counts.triples == Tally(Counts(0, 0, 1), {"Left": Counts(0, 0, 1)})


@ALL_RULES
def test_none_is_unknown_and_empty_is_zero(rule):
    known = document((ANN, "P", "Left", BONN, "L"))
    nothing_found = count([known], [document()], RULES[rule])
    assert nothing_found.entities.micro == Counts(0, 0, 2)
    assert nothing_found.triples.micro == Counts(0, 0, 1)
    for gold, predicted in ((known, Document(TEXT)), (Document(TEXT), known)):
        unknown = count([gold], [predicted], RULES[rule])
        assert unknown.entities is None
        assert unknown.triples is None
    ner_only = count([known], [Document(TEXT, entities=known.entities)], RULES[rule])
    assert ner_only.entities.micro == Counts(2, 2, 2)
    assert ner_only.triples is None


def test_no_documents_give_no_counts():
    counts = count([], [], RULES["strict"])
    assert counts.entities is None
    assert counts.triples is None


def test_half_annotated_sides_are_refused():
    full = document((ANN, "P", "Left", BONN, "L"))
    bare = Document(TEXT, id="d7")
    ner_only = Document(TEXT, entities=(), id="d8")
    rule = RULES["strict"]
    with pytest.raises(DataError, match=r"gold document 1 \(id 'd7'\) has entities=None \(unknown\) but 2 of 3 gold"):
        count([full, bare, full], [full] * 3, rule)
    with pytest.raises(DataError, match=r"predicted document 0 \(id 'd7'\) has entities=None \(unknown\) but 1 of 2"):
        count([full, full], [bare, full], rule)
    with pytest.raises(DataError, match=r"gold document 1 \(id 'd8'\) has relations=None"):
        count([full, ner_only], [bare, bare], rule)
    with pytest.raises(DataError, match=r"predicted document 1 \(id 'd8'\) has relations=None"):
        count([full, full], [full, ner_only], rule)


def test_macro_is_the_unweighted_mean_over_the_types_seen():
    tally = Tally(
        Counts(9, 12, 13),
        {"often": Counts(8, 10, 10), "rare": Counts(1, 1, 2), "invented": Counts(0, 1, 0), "missed": Counts(0, 0, 1)},
    )
    assert tally.macro_precision == pytest.approx((80 + 100 + 0 + 0) / 4)
    assert tally.macro_recall == pytest.approx((80 + 50 + 0 + 0) / 4)
    assert tally.macro_f1 == pytest.approx((80 + 200 / 3 + 0 + 0) / 4)
    assert tally.micro.f1 == pytest.approx(72.0)
    assert Tally().macro_f1 == 0.0


def test_types_accumulate_over_documents_and_a_key_of_one_document_never_matches_another():
    first = document((ANN, "P", "Left", BONN, "L"))
    second = document((BOB, "P", "Left", BONN, "L"))
    counts = count([first, second], [first, first], RULES["strict"])
    assert counts.triples == Tally(Counts(1, 2, 2), {"Left": Counts(1, 2, 2)})
    assert counts.entities == Tally(Counts(3, 4, 4), {"L": Counts(2, 2, 2), "P": Counts(1, 2, 2)})


# An independent scorer: pairs of items are compared one by one in plain loops; no keys, no sets.


@st.composite
def documents(draw, text):
    spans = [(i, j) for i in range(len(text)) for j in range(i + 1, len(text) + 1)]
    entity = st.builds(lambda span, label: Entity(*span, label), st.sampled_from(spans), st.sampled_from("XY"))
    entities = draw(st.lists(entity, min_size=1, max_size=6))
    index = st.integers(0, len(entities) - 1)
    relations = draw(st.lists(st.builds(Relation, st.sampled_from("rs"), index, index), max_size=6))
    string = st.sampled_from(["a", "b", "a b", "b  a", " b", "c"])
    unplaced = draw(st.lists(st.builds(UnplacedTriple, string, st.sampled_from("rs"), string), max_size=3))
    return Document(text, tuple(entities), tuple(relations), unplaced=tuple(unplaced))


pairs = st.text("ab \n", min_size=1, max_size=7).flatmap(lambda text: st.tuples(documents(text), documents(text)))


def words(string):
    return string.replace("\n", " ").strip(" ").split()


def same_mention(text, rule, one, other):
    placed = [mention for mention in (one, other) if isinstance(mention, Entity)]
    if rule in ("strict", "boundaries"):
        if len(placed) < 2 or one.start != other.start or one.end != other.end:
            return False
        return rule == "boundaries" or one.type == other.type
    one, other = (words(text[m.start : m.end]) if isinstance(m, Entity) else words(m) for m in (one, other))
    return one == other if rule == "exact" else one[-1:] == other[-1:]


def same_triple(text, rule, one, other):
    same = [same_mention(text, rule, one[role], other[role]) for role in (0, 2)]
    return one[1] == other[1] and all(same)


def oracle(gold, predicted, same):
    """Counts by comparing pairs: an item equal to an earlier one of its side is skipped."""

    def distinct(items):
        kept = []
        for item in items:
            for earlier in kept:
                if same(item, earlier) or item == earlier:
                    break
            else:
                kept.append(item)
        return kept

    gold, predicted = distinct(gold), distinct(predicted)
    n_correct = 0
    for item in gold:
        for candidate in predicted:
            if same(item, candidate):
                n_correct += 1
                break
    return Counts(n_correct, len(predicted), len(gold))


def all_triples(document):
    unplaced = [(triple.subject, triple.relation, triple.object) for triple in document.unplaced]
    return [*document.triples(), *unplaced]


@ALL_RULES
@settings(max_examples=150, deadline=None)
@given(batch=st.lists(pairs, min_size=1, max_size=3))
def test_agrees_with_an_independent_scorer(rule, batch):
    counts = count([gold for gold, _ in batch], [predicted for _, predicted in batch], RULES[rule])
    for tally, items_of, same, type_of in (
        (counts.entities, lambda d: list(d.entities), same_mention, lambda entity: entity.type),
        (counts.triples, all_triples, same_triple, lambda triple: triple[1]),
    ):
        types = set()
        for label in (None, *tally.per_type):
            expected = Counts()
            for gold, predicted in batch:
                sides = []
                for side in (gold, predicted):
                    types.update(type_of(item) for item in items_of(side))
                    sides.append([item for item in items_of(side) if label in (None, type_of(item))])
                expected += oracle(*sides, partial(same, gold.text, rule))
            assert (tally.micro if label is None else tally.per_type[label]) == expected
        assert list(tally.per_type) == sorted(types)
    assert sum(counts.triples.per_type.values(), Counts()) == counts.triples.micro


def test_arguments_alone_are_no_entities() -> None:
    gold = [Document("a b", (Entity(0, 1, "X"), Entity(2, 3, "X")), (Relation("r", 0, 1),)), Document("c", (), ())]
    predicted = [replace(gold[0], arguments_only=True), gold[1]]
    counts = count(gold, predicted, rule_named("strict"))
    assert counts.entities is None
    assert counts.triples is not None
    assert counts.triples.micro == Counts(1, 1, 1)
