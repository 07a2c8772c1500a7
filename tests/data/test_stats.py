"""What is counted in documents, against plain loops over all pairs."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gprel.corpora import load
from gprel.data import Stats
from gprel.data.stats import n_nested, n_overlapping
from gprel.document import Document, Entity, Relation, Span, UnplacedTriple

SPANS = st.tuples(st.integers(0, 12), st.integers(1, 6)).map(lambda pair: Entity(pair[0], pair[0] + pair[1], "T"))


def stats_of(*documents: Document) -> Stats:
    stats = Stats()
    for document in documents:
        stats.add(document)
    return stats


@given(st.lists(SPANS, max_size=9))
def test_crossing_entities_against_all_pairs(entities: list[Entity]) -> None:
    expected = sum(
        any(a.start < b.start < a.end < b.end or b.start < a.start < b.end < a.end for b in entities) for a in entities
    )
    assert n_overlapping(entities) == expected


@given(st.lists(SPANS, max_size=9))
def test_nested_entities_against_all_pairs(entities: list[Entity]) -> None:
    def is_inside(i: int, j: int) -> bool:
        a, b = entities[i], entities[j]
        return b.start <= a.start and a.end <= b.end and (a.span != b.span or j < i)

    n = range(len(entities))
    assert n_nested(entities) == sum(any(is_inside(i, j) for j in n if j != i) for i in n)


def test_everything_is_counted() -> None:
    text = "Ann Lee and Ann Lee met Bo in Oslo"
    entities = (
        Entity(0, 7, "Peop"),
        Entity(12, 19, "Peop"),
        Entity(24, 26, "Peop", score=1.5),
        Entity(30, 34, "Loc"),
        Entity(0, 3, "Peop"),
    )
    relations = (Relation("met", 0, 2), Relation("met", 1, 2), Relation("met", 1, 2), Relation("in", 0, 3))
    unplaced = (UnplacedTriple("Cy", "met", "Bo"),)
    words = tuple(Span(start, start + 1) for start in (0, 4, 8))
    stats = stats_of(
        Document(text, entities, relations, unplaced=unplaced), Document("a b", words=None), Document(text, words=words)
    )
    values = stats.to_dict()
    assert values == {
        "documents": 3,
        "characters": {"min": 3, "mean": 23.67, "median": 34, "p95": 34, "max": 34},
        "words": {"min": 2, "mean": 4.67, "median": 3, "p95": 9, "max": 9},
        "entities": 5,
        "nested_entities": 1,
        "overlapping_entities": 0,
        "repeated_mentions": 2,
        "relations": 4,
        "repeated_relations": 1,
        "triples": 3,
        "unplaced_triples": 1,
        "triples_per_document": {"min": 3, "mean": 3.0, "median": 3, "p95": 3, "max": 3},
        "documents_by_triples": {"0": 0, "1": 0, "2": 0, "3": 1, "4": 0, "5+": 0},
        "unknown_entities": 2,
        "unknown_relations": 2,
        "scored_documents": 1,
        "entity_types": {"Peop": 4, "Loc": 1},
        "relation_types": {"met": 4, "in": 1},
    }


def test_none_found_is_not_unknown() -> None:
    values = stats_of(Document("a", (), ())).to_dict()
    assert (values["unknown_entities"], values["unknown_relations"]) == (0, 0)
    assert values["documents_by_triples"]["0"] == 1


def test_bins_of_nyt_star_are_the_published_ones(data_dir: Path) -> None:
    path = data_dir / "nyt" / "star" / "test_triples.json"
    if not path.is_file():
        pytest.skip(f"no {path}")
    values = stats_of(*load("nyt", splits=("test",), data_dir=data_dir).split("test")).to_dict()
    assert values["triples"] == 8110
    assert values["documents_by_triples"] == {"0": 0, "1": 3244, "2": 1045, "3": 312, "4": 291, "5+": 108}


def test_ten_thousand_entities_in_one_document_take_no_time() -> None:
    entities = [Entity(i, i + 5, "T") for i in range(10_000)]
    assert (n_overlapping(entities), n_nested(entities)) == (10_000, 0)
