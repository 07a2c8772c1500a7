"""What a perfect CasRel or PFN would find."""

from collections.abc import Iterable
from importlib import import_module
from itertools import combinations, product
from pathlib import Path
from random import Random
from types import ModuleType

import pytest

from gprel.config import RunConfig
from gprel.corpora import load
from gprel.document import Document
from gprel.heads import PFN, CasRel
from gprel.tokens import Extraction, TokenEntity, TokenGold, TokenSpan, TokenTriple
from gprel.training.build import build


@pytest.fixture
def ceiling(scripts: Path) -> ModuleType:
    return import_module("baseline_ceiling")


def gold_of(entities: list[tuple[int, int, int]], triples: list[tuple[int, int, int]]) -> TokenGold:
    return TokenGold(
        tuple(TokenEntity(TokenSpan(first, last), label) for first, last, label in entities),
        tuple(TokenTriple(*triple) for triple in triples),
    )


def read(found: Extraction) -> set[tuple[TokenSpan, int, int, TokenSpan, int]]:
    ends = [(entity.span, entity.type_id) for entity in found.entities]
    return {(*ends[t.subject], t.relation_id, *ends[t.object]) for t in found.triples or ()}


def test_pfn_links_whatever_begins_at_linked_tokens(ceiling: ModuleType) -> None:
    gold = gold_of([(0, 0, 0), (0, 2, 1), (4, 4, 0)], [(0, 1, 2)])
    inner = (TokenSpan(0, 0), 0, 1, TokenSpan(4, 4), 0)
    outer = (TokenSpan(0, 2), 1, 1, TokenSpan(4, 4), 0)

    def head(**options: object) -> PFN:
        return PFN(4, n_types=2, n_relations=2, size=2, **options)  # type: ignore[arg-type]

    assert read(ceiling.read_tables(head(), gold)) == {inner, outer}
    assert read(ceiling.read_tables(head(use_nested=True), gold)) == {inner}
    assert read(ceiling.read_tables(head(allowed=[(1, 0, 0)]), gold)) == {inner}


def test_casrel_reads_the_nearest_last_token_and_types_from_the_relation(ceiling: ModuleType) -> None:
    head = CasRel(4, n_types=3, n_relations=2, argument_types=[(0, 1), (2, 2)])
    gold = gold_of([(0, 3, 0), (1, 1, 0), (5, 6, 1), (8, 8, 0)], [(0, 0, 2), (1, 0, 2), (3, 1, 2)])
    # The subject of tokens 0 to 3 is lost: the nearest last token is that of the one inside it.
    assert read(ceiling.read_tags(head, gold)) == {
        (TokenSpan(1, 1), 0, 0, TokenSpan(5, 6), 1),
        (TokenSpan(8, 8), 2, 1, TokenSpan(5, 6), 2),
    }


def test_casrel_tags_for_one_subject_what_it_tags_for_the_other(ceiling: ModuleType) -> None:
    a, b, x, y, z = (TokenSpan(i, i) for i in range(5))
    assert ceiling.nested({a: {x, y}, b: {x}}) == {a: {x, y}, b: {x}}
    assert ceiling.nested({a: {x}, b: set()}) == {a: {x}, b: set()}
    crossed = ceiling.nested({a: {x}, b: {y}})  # three triples, of which two are right
    assert sorted(map(len, crossed.values())) == [1, 2]
    assert (x in crossed[a], y in crossed[b]) == (True, True)
    crossed = ceiling.nested({a: {x, y}, b: {y, z}})
    assert crossed in ({a: {x, y}, b: {x, y, z}}, {a: {x, y, z}, b: {y, z}})


def test_nested_sets_are_the_nearest(ceiling: ModuleType) -> None:
    random = Random(0)
    objects = [TokenSpan(i, i) for i in range(3)]
    subjects = [TokenSpan(i, i) for i in range(3, 6)]
    every = [set(chosen) for n in range(4) for chosen in combinations(objects, n)]

    def gain(sets: Iterable[set[TokenSpan]], gold: Iterable[set[TokenSpan]]) -> int:
        return sum(len(own & right) - len(own - right) for own, right in zip(sets, gold, strict=True))

    for _ in range(20):
        gold = [random.choice(every[1:]) for _ in subjects]
        found = ceiling.nested(dict(zip(subjects, gold, strict=True)))
        assert all(one <= other or other <= one for one, other in combinations(found.values(), 2))
        chains = (sets for sets in product(every, repeat=3) if all(a <= b or b <= a for a, b in combinations(sets, 2)))
        assert gain((found[s] for s in subjects), gold) == max(gain(sets, gold) for sets in chains)


@pytest.mark.parametrize("method", ["casrel", "pfn"])
def test_ceilings_of_documents(ceiling: ModuleType, method: str) -> None:
    documents: list[Document] = load("demo").split("dev")[:12]
    settings = ("encoder.name=tiny", "encoder.random_init=true", f"head.name={method}")
    model = build(RunConfig().override(settings), documents, []).eval()
    figures = ceiling.measure(model, documents)
    assert figures["model"]["strict"] < 50 < figures["ceiling"]["strict"] <= figures["ceiling"]["boundaries"] <= 100
