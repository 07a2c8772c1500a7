"""Strings in a text: where they are, of which type, and what is uncertain about it."""

import pytest

from gprel.document import Document, Entity, Relation, Span, UnplacedTriple
from gprel.errors import DataError
from gprel.formats.placing import (
    Alignment,
    Argument,
    StringTriple,
    blank_separated,
    occurs,
    parse_triple,
    place_triples,
)

PERSON, PLACE = ("Person",), ("Place",)


def test_types_follow_the_occurrences() -> None:
    jordan = Argument("Jordan", ("Person", "Place"))
    text = "Jordan left Jordan for Oslo , said Jordan"
    triple = StringTriple(jordan, "left", Argument("Oslo", PLACE))
    document, alignment = place_triples(text, blank_separated(text), [triple])
    assert document.entities == (
        Entity(0, 6, "Person"),
        Entity(12, 18, "Place"),
        Entity(23, 27, "Place"),
        Entity(35, 41, "Place"),
    )
    assert alignment == Alignment(triples=1, ambiguous=1)


def test_a_text_without_words_has_every_occurrence() -> None:
    triple = parse_triple(("小城", "近", "小城南"), "triple 0", PLACE, PLACE)
    document, alignment = place_triples("小城在小城南。", None, [triple])
    assert document == Document(
        "小城在小城南。",
        (Entity(0, 2, "Place"), Entity(3, 5, "Place"), Entity(3, 6, "Place")),
        (Relation("近", 0, 2), Relation("近", 1, 2)),
    )
    assert alignment == Alignment(triples=1, ambiguous=1)


def test_mentions_are_placed_everywhere_and_triples_at_the_first_occurrence() -> None:
    text = "a b a"
    mentions = [Argument("a", PERSON), Argument("c", PERSON)]
    triples = [StringTriple(Argument("a", PERSON), "r", Argument("b"))]
    document, _ = place_triples(text, blank_separated(text), triples, "first", mentions=mentions, id_="7")
    assert document.entities == (Entity(0, 1, "Person"), Entity(2, 3, "Entity"), Entity(4, 5, "Person"))
    assert document.relations == (Relation("r", 0, 1),)
    assert document.id == "7"


def test_triples_that_differ_in_types_alone() -> None:
    triples = [parse_triple(("a", "r", "b"), "x", types, types) for types in (PERSON, PLACE)]
    document, alignment = place_triples("a b", blank_separated("a b"), triples)
    assert [(s.type, o.type) for s, _, o in document.triples()] == [("Person", "Person"), ("Place", "Place")]
    assert alignment == Alignment(triples=2)
    document, alignment = place_triples("a", blank_separated("a"), triples)
    assert document.unplaced == (UnplacedTriple("a", "r", "b"),)
    assert alignment == Alignment(triples=2, unplaced=2)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Ada  Byron", (Span(0, 3), Span(5, 10))),
        ("", ()),
        ("小明在小城", None),
        ("小明在 Oslo 城", None),
        ("Ada read 道德 in Oslo", (Span(0, 3), Span(4, 8), Span(9, 11), Span(12, 14), Span(15, 19))),
    ],
)
def test_words_between_blanks(text: str, words: tuple[Span, ...] | None) -> None:
    assert blank_separated(text) == words


def test_occurs_is_what_is_placed() -> None:
    words = blank_separated("New  York 's art")
    assert occurs("New York", "New  York 's art", words)
    assert occurs("ew", "New  York 's art", words)
    assert not occurs("new york", "New  York 's art", words)


@pytest.mark.parametrize(
    ("parts", "reason"),
    [
        ((" ", "r", "b"), "the subject of triple 3 is empty; remove the triple or name the subject"),
        (("a", "", "b"), "the relation of triple 3 is empty"),
        (("a", "r", "\n"), "the object of triple 3 is empty"),
        (("a", "r", None), "a part of triple 3 is null, expected a string"),
    ],
)
def test_parts_of_triples_are_checked(parts: tuple[object, ...], reason: str) -> None:
    with pytest.raises(DataError, match=reason):
        parse_triple(parts, "triple 3")


def test_arguments_that_are_everywhere() -> None:
    text = "the of " * 317
    triples = [parse_triple(("the", "r", "of"), "triple 0")]
    with pytest.raises(
        DataError, match="occur so often that they make 100,489 relations, more than 100,000; give offs"
    ):
        place_triples(text, blank_separated(text), triples)
    document, _ = place_triples(text, blank_separated(text), triples, "first")
    assert document.relations == (Relation("r", 0, 1),)
