"""Heads by name, and the options they get."""

from collections.abc import Callable

import pytest

from gprel.document import Document, Entity, Relation
from gprel.model import Extractor

Build = Callable[..., Extractor]

TYPED = Document("Ann met Acme", (Entity(0, 3, "Peop"), Entity(8, 12, "Org")), (Relation("met", 0, 1),))


@pytest.mark.parametrize("name", ["gplinker", "casrel", "pfn"])
def test_heads_for_triples_are_chosen_by_name(make: Build, name: str) -> None:
    model = make(
        TYPED,
        settings=(
            f"head.name={name}",
            "head.dropout=0.25",
            "head.max_triples=7",
        ),
    )
    options = model.config.head_options
    assert model.config.head_name == name
    assert (options["n_types"], options["n_relations"]) == (2, 1)
    assert (options["dropout"], options["max_triples"]) == (0.25, 7)


def test_casrel_gets_the_usual_types_of_arguments(make: Build, documents: list[Document]) -> None:
    model = make(*documents, settings=("head.name=casrel",))
    types, relations = model.schema.entity_types, model.schema.relation_types
    assert (types, relations) == (("Loc", "Org", "Peop"), ("Live_In", "Work_For"))
    assert model.config.head_options["argument_types"] == [[2, 0], [2, 1]]


@pytest.mark.parametrize("name", ["bert_crf", "pfn"])
def test_heads_for_entities_are_chosen_by_name(make: Build, name: str) -> None:
    model = make(
        TYPED,
        settings=(
            "task=ner",
            f"head.name={name}",
        ),
    )
    assert (model.config.head_name, model.schema.relation_types) == (name, ())
    assert "n_relations" not in model.config.head_options


def test_options_of_pfn(make: Build) -> None:
    options = make(
        TYPED,
        settings=(
            "head.name=pfn",
            "head.partition_size=20",
            "head.use_nested=true",
        ),
    ).config.head_options
    assert (options["size"], options["use_nested"]) == (20, True)
