"""Shares of each label, rare labels, common texts, seeds and too little data."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gprel.corpora import load
from gprel.data import Shares, plan_split
from gprel.document import Document, Entity, Relation, UnplacedTriple
from gprel.errors import ConfigError, DataError


def document(text: str, *relations: str, types: Sequence[str] = ("T",)) -> Document:
    entities = tuple(Entity(0, 1, type_) for type_ in types)
    return Document(text, entities, tuple(Relation(relation, 0, 0) for relation in relations))


def many(n: int, *relations: str, prefix: str = "t") -> list[Document]:
    return [document(f"{prefix}{i}", *relations) for i in range(n)]


def test_each_relation_is_divided_alike() -> None:
    documents = many(700, "a", prefix="x") + many(100, "b", prefix="y") + many(50, "a", "c", prefix="z") + many(150)
    plan = plan_split(documents, Shares(), seed=3)
    assert plan.sizes() == (800, 100, 100)
    assert plan.balanced == "relation"
    assert plan.labels == {"a": (600, 75, 75), "b": (80, 10, 10), "c": (40, 5, 5)}


@pytest.mark.parametrize(("n", "expected"), [(1, (1, 0, 0)), (2, (2, 0, 0)), (3, (3, 0, 0)), (5, (4, 1, 0))])
def test_rare_relations_are_for_training(n: int, expected: tuple[int, int, int]) -> None:
    for seed in range(5):
        plan = plan_split(many(n, "rare", "common", prefix="r") + many(200, "common"), Shares(), seed=seed)
        assert (plan.labels["rare"][0], sum(plan.labels["rare"][1:])) == (expected[0], sum(expected[1:]))


def test_entity_types_are_balanced_where_there_are_no_relations() -> None:
    documents = [document(f"t{i}", types=["A"] if i % 5 else ["B"]) for i in range(100)]
    plan = plan_split(documents, Shares(), seed=1)
    assert (plan.balanced, plan.labels) == ("entity type", {"A": (64, 8, 8), "B": (16, 2, 2)})


def test_nothing_annotated() -> None:
    plan = plan_split([Document(f"t{i}") for i in range(50)], Shares(60, 20, 20), seed=1)
    assert (plan.balanced, plan.labels, plan.sizes()) == ("text", {}, (30, 10, 10))


def test_unplaced_triples_count() -> None:
    documents = [Document(f"t{i}", (), (), unplaced=(UnplacedTriple("a", "r", "b"),)) for i in range(10)]
    assert plan_split(documents, Shares(), seed=1).labels == {"r": (8, 1, 1)}


def test_equal_texts_stay_together() -> None:
    documents = [document(f"t{i % 40}", "ab"[i % 2]) for i in range(200)]
    plan = plan_split(documents, Shares(60, 20, 20), seed=1)
    part_of: dict[str, set[int]] = {}
    for one, part in zip(documents, plan.parts, strict=True):
        part_of.setdefault(one.text, set()).add(part)
    assert max(map(len, part_of.values())) == 1
    assert (plan.n_texts, plan.sizes()) == (40, (120, 40, 40))


def test_seeds_change_the_parts_and_nothing_else() -> None:
    documents = many(300, "a")
    plans = [plan_split(documents, Shares(), seed=seed) for seed in (1, 1, 2)]
    assert plans[0] == plans[1]
    assert plans[0].parts != plans[2].parts
    assert plans[0].labels == plans[2].labels


LABELS = st.lists(st.sampled_from("abcd"), max_size=3)


@given(st.lists(st.tuples(st.integers(0, 30), LABELS), min_size=40, max_size=80), st.integers(0, 5))
def test_no_part_is_empty_and_nothing_is_lost(rows: list[tuple[int, list[str]]], seed: int) -> None:
    documents = [document(f"t{number}", *labels) for number, labels in rows]
    if len({one.text for one in documents}) < 3:
        return
    plan = plan_split(documents, Shares(), seed=seed)
    assert len(plan.parts) == len(documents)
    assert min(plan.sizes()) > 0
    if plan.balanced == "relation":
        counts = Counter(relation for _, labels in rows for relation in labels)
        assert {label: sum(parts) for label, parts in plan.labels.items()} == counts


@pytest.mark.parametrize(("shares", "sizes"), [((90, 10, 0), (45, 5, 0)), ((100, 0, 0), (50, 0, 0))])
def test_a_part_may_be_left_out(shares: tuple[float, float, float], sizes: tuple[int, int, int]) -> None:
    assert plan_split(many(50, "a"), Shares(*shares)).sizes() == sizes


def test_three_texts_are_enough() -> None:
    assert plan_split(many(3, "a"), Shares()).sizes() == (1, 1, 1)


def test_too_few_texts() -> None:
    with pytest.raises(DataError, match=r"there are 2 distinct texts for 3 parts, expected at least one each"):
        plan_split(many(2, "a") * 5, Shares())


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("80/20", r"shares are '80/20', expected three percentages for train, dev and test, for example 80/10/10"),
        ("a/b/c", r"shares are 'a/b/c', expected three percentages"),
        ("80/10/5", r"shares are 80/10/5, expected percentages for train, dev and test that add up to 100"),
        ("0/50/50", r"shares are 0/50/50, expected percentages .* with a train part"),
        ("120/-10/-10", r"shares are 120/-10/-10, expected"),
        ("nan/10/10", r"shares are nan/10/10, expected"),
    ],
)
def test_shares_that_are_none(text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        Shares.parse(text)


def test_shares() -> None:
    assert Shares.parse("33.4/33.3/33.3") == Shares(33.4, 33.3, 33.3)


def test_conll04_keeps_its_relations_in_every_part(data_dir: Path) -> None:
    if not (data_dir / "conll04").is_dir():
        pytest.skip(f"no CoNLL04 in {data_dir}")
    documents = load("conll04", splits=("train",), data_dir=data_dir).split("train")
    for seed in range(3):
        plan = plan_split(documents, Shares(), seed=seed)
        for counts in plan.labels.values():
            assert [100 * n / sum(counts) for n in counts] == pytest.approx([80, 10, 10], abs=1)
        assert [100 * n / len(documents) for n in plan.sizes()] == pytest.approx([80, 10, 10], abs=2)
