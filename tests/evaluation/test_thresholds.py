import random
from itertools import product

import pytest

from gprel.document import Document, Entity
from gprel.evaluation import RULES, Counts, choose_thresholds, evaluate
from gprel.evaluation.scored import ScoredItem
from gprel.evaluation.thresholds import FLOOR, curve, maximize_f1, reach_precision

TEXT = "x" * 40


def sample(seed, n_documents=6, labels="ABC", n_spans=8):
    """Gold, and predictions of which the right ones tend to score higher; scores repeat."""
    generator = random.Random(seed)
    gold, predicted = [], []
    for _ in range(n_documents):
        spans = [(i, i + 1, generator.choice(labels)) for i in range(generator.randrange(n_spans))]
        spans += [(30 + i, 31 + i, label) for i, label in enumerate(labels) if not gold]  # none goes without
        others = [(i, i + 2, generator.choice(labels)) for i in range(generator.randrange(n_spans))]
        found = [(span, 1.0) for span in spans if generator.random() < 0.8] + [(span, -1.0) for span in others]
        gold.append(Document(TEXT, tuple(Entity(*span) for span in spans)))
        scored = (Entity(*span, score=round(generator.gauss(mean, 2), 1)) for span, mean in found)
        predicted.append(Document(TEXT, tuple(entity for entity in scored if entity.score > FLOOR)))
    return gold, predicted


def above(predicted, thresholds):
    return [Document(d.text, tuple(e for e in d.entities if e.score > thresholds.get(e.type, 0.0))) for d in predicted]


def counts_at(gold, predicted, thresholds):
    return evaluate(gold, above(predicted, thresholds), ("strict",)).tally("entities", "strict").micro


def choose(gold, predicted, **options):
    return choose_thresholds(gold, {FLOOR: predicted}, RULES["strict"], "entities", **{"min_count": 1} | options)


@pytest.mark.parametrize("seed", range(25))
def test_no_other_choice_gives_more_micro_f1(seed):
    gold, predicted = sample(seed, n_documents=3, n_spans=5)
    chosen = choose(gold, predicted)
    assert counts_at(gold, predicted, chosen.thresholds) == chosen.counts
    scores = {label: {e.score for d in predicted for e in d.entities if e.type == label} for label in "ABC"}
    every = product(*([FLOOR, 0.0, *scores[label]] for label in "ABC"))
    best = max(counts_at(gold, predicted, dict(zip("ABC", limits, strict=True))).f1 for limits in every)
    assert chosen.counts.f1 == best


@pytest.mark.parametrize("min_count", [1, 5, 20, 1000])
@pytest.mark.parametrize("seed", range(10))
def test_f1_is_never_below_that_of_threshold_0(seed, min_count):
    gold, predicted = sample(seed)
    chosen = choose(gold, predicted, min_count=min_count)
    assert counts_at(gold, predicted, chosen.thresholds) == chosen.counts
    assert chosen.counts.f1 >= counts_at(gold, predicted, {}).f1


def test_one_label_alone_may_lose_for_the_sum_to_win():
    """Label B's own best F1 (2/3, predicting both) is not what micro F1 wants beside a good A."""
    curves = {
        "A": {0.0: Counts(90, 100, 100)},
        "B": {0.0: Counts(1, 2, 4), 1.0: Counts(0, 0, 4), -1.0: Counts(2, 6, 4)},
    }
    chosen = maximize_f1(curves)
    best = max(curves["B"], key=lambda t: (Counts(90, 100, 100) + curves["B"][t]).f1)
    assert curves["B"][-1.0].f1 > curves["B"][0.0].f1
    assert chosen == {"A": 0.0, "B": best} == {"A": 0.0, "B": 0.0}


def test_of_equal_thresholds_the_one_nearest_to_0_is_taken():
    points = {-2.0: Counts(1, 1, 1), -1.0: Counts(1, 1, 1), 0.0: Counts(0, 0, 1), 3.0: Counts(1, 1, 1)}
    assert maximize_f1({"A": points}) == {"A": -1.0}
    assert maximize_f1({"A": {0.0: Counts()}}) == {"A": 0.0}
    assert maximize_f1({}) == {}


def test_rare_labels_share_a_threshold():
    gold = [Document(TEXT, (Entity(0, 1, "A"), Entity(1, 2, "B"))) for _ in range(10)]
    scores = {"A": -2.0, "B": -3.0}
    predicted = [
        Document(TEXT, tuple(Entity(e.start, e.end, e.type, scores[e.type]) for e in d.entities)) for d in gold
    ]
    predicted[0] = Document(TEXT, (*predicted[0].entities, Entity(5, 6, "C", -4.0)))  # no gold has C
    shared = choose(gold, predicted, min_count=11)
    assert shared.rare == ("A", "B", "C")
    assert shared.thresholds == {"A": -3.5, "B": -3.5, "C": -3.5}
    own = choose(gold, predicted, min_count=10)
    assert (own.rare, own.thresholds) == (("C",), {"A": -4.0, "B": -4.5})  # half-way to what was not asked for
    assert choose(gold, predicted, min_count=21).thresholds == {}  # too few even together


def test_the_curve_of_one_run():
    items = [ScoredItem("A", score, ok) for score, ok in ((-1.0, False), (1.0, True), (1.0, False), (2.0, True))]
    assert curve({FLOOR: items}, 5) == {
        FLOOR: Counts(2, 4, 5),
        -3.5: Counts(2, 4, 5),
        0.0: Counts(2, 3, 5),
        1.5: Counts(1, 1, 5),
        2.0: Counts(0, 0, 5),
    }


def test_where_a_run_was_made_all_of_it_counts():
    """A tagger with one best path predicts items below 0 at threshold 0; CasRel's spans change with the threshold."""
    low = [ScoredItem("A", -1.0, False), ScoredItem("A", -0.4, True), ScoredItem("A", 3.0, True)]
    zero = [ScoredItem("A", -0.4, True), ScoredItem("A", 3.0, True), ScoredItem("A", 4.0, True)]
    assert curve({-2.0: low, 0.0: zero}, 3) == {
        -2.0: Counts(2, 3, 3),
        -1.5: Counts(2, 3, 3),
        -0.7: Counts(2, 2, 3),
        0.0: Counts(3, 3, 3),
        1.3: Counts(2, 2, 3),
        3.5: Counts(1, 1, 3),
        4.0: Counts(0, 0, 3),
    }


@pytest.mark.parametrize("wanted", [0.5, 0.75, 0.9])
@pytest.mark.parametrize("seed", range(10))
def test_the_wanted_precision_is_reached(seed, wanted):
    both = gold, predicted = sample(seed, n_documents=20)
    chosen = choose(gold, predicted, precision=wanted)
    tally = evaluate(gold, above(predicted, chosen.thresholds), ("strict",)).tally("entities", "strict")
    assert tally.micro == chosen.counts
    for label, counts in tally.per_type.items():
        if label in chosen.unreached:
            assert counts.n_predicted == 0
            continue
        own = [[Document(TEXT, tuple(e for e in d.entities if e.type == label)) for d in side] for side in both]
        limits = [FLOOR, *sorted(e.score for d in own[1] for e in d.entities)]
        reached = (counts_at(*own, {label: limit}) for limit in limits)
        assert counts == next(c for c in reached if c.n_correct and c.n_correct >= wanted * (c.n_predicted + 1))


def test_few_items_have_to_be_better_than_wanted():
    assert reach_precision({0.0: Counts(8, 8, 9)}, 0.9) is None  # 8 of 9, if one more were wrong
    assert reach_precision({0.0: Counts(9, 9, 9)}, 0.9) == 0.0
    assert reach_precision({0.0: Counts(90, 100, 100), 1.0: Counts(89, 97, 100)}, 0.9) == 1.0
    assert reach_precision({0.0: Counts(0, 0, 9)}, 0.0) is None
    assert reach_precision({-2.0: Counts(9, 9, 9), -1.0: Counts(9, 9, 9), 2.0: Counts(9, 9, 9)}, 0.9) == -1.0


def test_a_label_that_cannot_be_precise_enough_is_predicted_no_more():
    gold = [Document(TEXT, (Entity(0, 1, "A"),))] * 3
    predicted = [Document(TEXT, (Entity(1, 2, "A", float(i)),)) for i in range(3)]
    chosen = choose(gold, predicted, precision=0.9)
    assert (chosen.thresholds, chosen.unreached, chosen.counts) == ({"A": 2.0}, ("A",), Counts(0, 0, 3))


def test_a_threshold_stands_between_scores_however_close():
    low = 1.00001
    for high in (1.00002, 1.000010000000001, 5.0):
        points = curve({FLOOR: [ScoredItem("A", low, False), ScoredItem("A", high, True)]}, 1)
        chosen = maximize_f1({"A": points})["A"]
        assert low <= chosen < high
    assert chosen == 3.0


@pytest.mark.parametrize("precision", [0.5, 0.7, 0.9])
@pytest.mark.parametrize("seed", range(15))
def test_f1_at_a_precision(seed, precision):
    """The precision is reached by all labels together, and nearly no choice that reaches it has more F1."""
    gold, predicted = sample(seed, n_documents=3, n_spans=5)
    chosen = choose(gold, predicted, precision=precision, use_f1=True)
    counts = counts_at(gold, predicted, chosen.thresholds)
    assert counts == chosen.counts
    assert counts.n_correct >= precision * counts.n_predicted
    scores = {label: {e.score for d in predicted for e in d.entities if e.type == label} for label in "ABC"}
    every = (
        counts_at(gold, predicted, dict(zip("ABC", limits, strict=True)))
        for limits in product(*([FLOOR, 0.0, *scores[label]] for label in "ABC"))
    )
    best = max(n.f1 for n in every if n.n_correct >= precision * n.n_predicted)
    # Between two thresholds of one label lies a gap that no rate crosses halfway: the last step may be too long.
    assert counts.f1 >= best - 12
    every_label = choose(gold, predicted, precision=precision)
    assert chosen.counts.f1 >= every_label.counts.f1


def test_f1_at_a_precision_that_the_best_f1_has():
    gold, predicted = sample(3)
    best = choose(gold, predicted)
    assert choose(gold, predicted, precision=best.counts.precision / 100 - 0.01, use_f1=True) == best
