"""Counts per document, bootstrap intervals and the randomization test, against plain loops and enumeration."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gprel.document import Document, Entity, Relation, UnplacedTriple
from gprel.errors import ConfigError, DataError
from gprel.evaluation import KINDS, RULES, count, evaluate
from gprel.evaluation import significance as module
from gprel.evaluation.significance import bootstrap_interval, document_counts, micro_intervals, randomization_test

TEXT = "Ann met Bob"
ANN, BOB = Entity(0, 3, "P"), Entity(8, 11, "P")
GOLD = Document(TEXT, (ANN, BOB), (Relation("Met", 0, 1),), unplaced=(UnplacedTriple("Cy", "Met", "Bob"),))
NOTHING = Document(TEXT, (), ())
REVERSED = Document(TEXT, (ANN, Entity(8, 11, "Q")), (Relation("Met", 1, 0),))


def array(*rows):
    return np.array(rows, dtype=np.int64).reshape(-1, 3)


def f1(rows):
    """Micro F1 of rows of (correct, predicted, gold), by its definition."""
    correct, predicted, gold = (sum(column) for column in zip(*rows, strict=True)) if len(rows) else (0, 0, 0)
    return 200 * correct / (predicted + gold) if predicted + gold else 0.0


def test_each_document_is_counted_by_itself():
    gold, predicted = [GOLD, GOLD, NOTHING], [GOLD, REVERSED, NOTHING]
    assert document_counts(gold, predicted, "strict", "entities").tolist() == [[2, 2, 2], [1, 2, 2], [0, 0, 0]]
    assert document_counts(gold, predicted, "boundaries", "entities").tolist() == [[2, 2, 2], [2, 2, 2], [0, 0, 0]]
    assert document_counts(gold, predicted, "strict", "triples").tolist() == [[1, 2, 2], [0, 1, 2], [0, 0, 0]]
    assert document_counts(gold, predicted, "exact", "triples").tolist() == [[2, 2, 2], [0, 1, 2], [0, 0, 0]]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("rule", RULES)
def test_they_add_up_to_the_micro_counts(rule, kind):
    gold, predicted = [GOLD, GOLD, NOTHING, REVERSED], [REVERSED, GOLD, GOLD, NOTHING]
    micro = getattr(count(gold, predicted, RULES[rule]), kind).micro
    total = document_counts(gold, predicted, rule, kind).sum(axis=0)
    assert total.tolist() == [micro.n_correct, micro.n_predicted, micro.n_gold]


def test_what_cannot_be_counted():
    with pytest.raises(ConfigError, match="kind 'relations' does not exist; choose one of: entities, triples"):
        document_counts([GOLD], [GOLD], "strict", "relations")
    with pytest.raises(ConfigError, match="matching rule 'fuzzy' does not exist"):
        document_counts([GOLD], [GOLD], "fuzzy", "triples")
    with pytest.raises(ConfigError, match="triples cannot be counted: in the 1 documents the gold has no triples"):
        document_counts([Document(TEXT, (ANN,))], [GOLD], "strict", "triples")
    with pytest.raises(ConfigError, match="entities cannot be counted: in the 1 documents the prediction has no entit"):
        document_counts([GOLD], [Document(TEXT)], "strict", "entities")
    with pytest.raises(DataError, match="got 2 gold documents but 1 predictions"):
        document_counts([GOLD, GOLD], [GOLD], "strict", "triples")


rows = st.lists(
    st.tuples(st.integers(0, 3), st.integers(0, 2), st.integers(0, 2)).map(lambda t: (t[0], t[0] + t[1], t[0] + t[2])),
    min_size=1,
    max_size=12,
)


@settings(max_examples=50)
@given(rows=rows, seed=st.integers(0, 5), level=st.sampled_from([0.5, 0.95]))
def test_the_interval_is_that_of_plain_resampling_with_the_same_draws(rows, seed, level):
    low, high = bootstrap_interval(array(*rows), n=40, seed=seed, level=level)
    groups = sorted(set(rows))
    shares = [rows.count(group) / len(rows) for group in groups]
    values = []
    for drawn in np.random.default_rng(seed).multinomial(len(rows), shares, size=40):
        resampled = [group for group, times in zip(groups, drawn.tolist(), strict=True) for _ in range(times)]
        assert len(resampled) == len(rows)
        values.append(f1(resampled))
    assert (low, high) == pytest.approx(tuple(np.quantile(values, [(1 - level) / 2, (1 + level) / 2])))


def test_the_interval_agrees_with_drawing_documents_one_by_one():
    rng = np.random.default_rng(3)
    n_gold = rng.integers(1, 5, 200)
    n_correct = rng.binomial(n_gold, 0.7)
    counts = np.stack([n_correct, n_correct + rng.integers(0, 2, 200), n_gold], axis=1)
    values = [f1(counts[rng.integers(0, 200, 200)].tolist()) for _ in range(2000)]
    expected = np.quantile(values, [0.025, 0.975])
    assert bootstrap_interval(counts, n=2000) == pytest.approx(tuple(expected), abs=0.5)
    assert expected[0] < f1(counts.tolist()) < expected[1]


def test_intervals_where_nothing_can_vary():
    assert bootstrap_interval(array()) == (0.0, 0.0)
    assert bootstrap_interval(array((0, 0, 0), (0, 0, 0))) == (0.0, 0.0)
    assert bootstrap_interval(array((0, 2, 0), (0, 1, 0))) == (0.0, 0.0)  # no gold
    assert bootstrap_interval(array((1, 2, 2))) == (50.0, 50.0)  # one document
    assert bootstrap_interval(array(*[(2, 2, 2)] * 9)) == (100.0, 100.0)


def test_a_seed_repeats_and_a_wider_level_is_wider():
    counts = array(*[(1, 1, 1)] * 30, *[(0, 1, 1)] * 20)
    assert bootstrap_interval(counts, seed=1) == bootstrap_interval(counts, seed=1)
    assert bootstrap_interval(counts, seed=1) != bootstrap_interval(counts, seed=2)
    narrow, wide = bootstrap_interval(counts, level=0.5), bootstrap_interval(counts, level=0.99)
    assert wide[0] < narrow[0] < 60 < narrow[1] < wide[1]


def test_chunks_are_as_many_draws(monkeypatch):
    counts_a, counts_b = array((1, 1, 2), (2, 3, 3), (0, 1, 1)), array((0, 1, 2), (3, 3, 3), (0, 0, 1))
    whole = bootstrap_interval(counts_a, n=50), randomization_test(counts_a, counts_b, n=50)
    monkeypatch.setattr(module, "_CHUNK", 7)
    assert (bootstrap_interval(counts_a, n=50), randomization_test(counts_a, counts_b, n=50)) == whole


def enumerated_p(rows_a, rows_b):
    """Share of all ways to exchange outputs that differ at least as much."""
    observed = abs(f1(rows_a) - f1(rows_b))
    hits = 0
    for swaps in product([False, True], repeat=len(rows_a)):
        one = [b if swap else a for a, b, swap in zip(rows_a, rows_b, swaps, strict=True)]
        other = [a if swap else b for a, b, swap in zip(rows_a, rows_b, swaps, strict=True)]
        hits += abs(f1(one) - f1(other)) >= observed - 1e-9
    return hits / 2 ** len(rows_a)


systems = st.lists(
    st.integers(0, 3).flatmap(
        lambda n_gold: st.tuples(
            *[
                st.integers(0, n_gold).flatmap(lambda n: st.integers(0, 2).map(lambda wrong: (n, n + wrong, n_gold)))
                for _ in "ab"
            ]
        )
    ),
    min_size=1,
    max_size=7,
)


@settings(max_examples=40)
@given(pairs=systems)
def test_p_is_the_share_among_all_exchanges(pairs):
    rows_a, rows_b = [a for a, _ in pairs], [b for _, b in pairs]
    n = 4000
    expected = enumerated_p(rows_a, rows_b)
    p = randomization_test(array(*rows_a), array(*rows_b), n=n)
    spread = (expected * (1 - expected) / n) ** 0.5
    assert p == pytest.approx(expected, abs=6 * spread + 1 / n)


def test_p_from_plain_exchanges_with_the_same_draws():
    # Every document differs in another way, so that each is a group of its own and the draws are coin flips.
    rows_a, rows_b = [(3, 3, 3), (3, 4, 4), (0, 1, 2)], [(1, 2, 3), (2, 2, 4), (0, 2, 2)]
    order = sorted(range(3), key=lambda i: [b - a for a, b in zip(rows_a[i], rows_b[i], strict=True)])
    observed, hits = abs(f1(rows_a) - f1(rows_b)), 0
    for flips in np.random.default_rng(5).binomial([1, 1, 1], 0.5, size=(200, 3)).tolist():
        swapped = {i for i, flip in zip(order, flips, strict=True) if flip}
        one = [rows_b[i] if i in swapped else rows_a[i] for i in range(3)]
        other = [rows_a[i] if i in swapped else rows_b[i] for i in range(3)]
        hits += abs(f1(one) - f1(other)) >= observed - 1e-9
    assert 0 < hits < 200
    assert randomization_test(array(*rows_a), array(*rows_b), n=200, seed=5) == (hits + 1) / 201


def test_equal_systems_and_single_documents_have_p_1():
    counts = array((1, 2, 2), (0, 1, 1), (3, 3, 3))
    assert randomization_test(counts, counts) == 1.0
    assert randomization_test(array((2, 2, 2)), array((0, 1, 2))) == 1.0  # one document: exchanging changes the sign
    assert randomization_test(array((0, 1, 0)), array((0, 0, 0))) == 1.0  # no gold
    assert randomization_test(array(), array()) == 1.0


def test_clear_differences_have_a_small_p():
    better, worse = array(*[(1, 1, 1)] * 40), array(*[(0, 1, 1)] * 40)
    assert randomization_test(better, worse, n=999) == 1 / 1000
    assert randomization_test(worse, better, n=999) == 1 / 1000


def test_what_is_refused():
    counts = array((1, 2, 2), (0, 1, 1))
    for function in (bootstrap_interval, lambda counts, n: randomization_test(counts, counts, n)):
        with pytest.raises(ConfigError, match="n is 0, expected at least 1 draw"):
            function(counts, n=0)
    for level in (0.0, 1.0, 95.0):
        with pytest.raises(ConfigError, match=f"level is {level}, expected a share between 0 and 1"):
            bootstrap_interval(counts, level=level)
    with pytest.raises(DataError, match="got counts of 2 and of 1 documents"):
        randomization_test(counts, counts[:1])
    with pytest.raises(DataError, match="document 1 has 1 gold items for one system and 2 for the other"):
        randomization_test(counts, array((1, 2, 2), (0, 1, 2)))


def test_intervals_of_an_evaluation():
    gold, predicted = [GOLD, GOLD, NOTHING], [GOLD, REVERSED, NOTHING]
    intervals = micro_intervals(evaluate(gold, predicted, ["strict", "exact"]), gold, predicted)
    assert list(intervals) == [(kind, rule) for kind in KINDS for rule in ("strict", "exact")]
    expected = bootstrap_interval(document_counts(gold, predicted, "exact", "triples"))
    assert intervals["triples", "exact"] == expected
    entities_only = [Document(TEXT, (ANN,))] * 3
    scores = evaluate(gold, entities_only, ["strict"])
    assert list(micro_intervals(scores, gold, entities_only)) == [("entities", "strict")]
