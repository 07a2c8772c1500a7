"""Every kind of finding, on documents made for it."""

import pytest

from gprel.doctor import KINDS, examine
from gprel.doctor.edges import trimmed, whole_characters, whole_words
from gprel.doctor.findings import MAX_CASES
from gprel.document import Document, Entity, Relation, Span, UnplacedTriple
from gprel.features.words import words_of

from .helpers import data, doc, found


def entity_at(text: str, start: int, end: int) -> dict[str, list[tuple[str, str]]]:
    return found(train=[Document(text, (Entity(start, end, "T"),))])


@pytest.mark.parametrize(("start", "end", "expected"), [(3, 9, (4, 8)), (0, 3, (0, 3)), (3, 4, None), (4, 8, (4, 8))])
def test_blanks_are_trimmed(start: int, end: int, expected: tuple[int, int] | None) -> None:
    assert trimmed("Ann\tLima\u200b .", Span(start, end)) == (Span(*expected) if expected else None)


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [(0, 2, (0, 3)), (1, 3, (0, 3)), (4, 7, (4, 8)), (4, 8, (4, 8)), (0, 5, (0, 8)), (9, 10, (9, 10)), (3, 4, (3, 4))],
)
def test_cut_words_are_extended(start: int, end: int, expected: tuple[int, int]) -> None:
    text = "Ann-Lima 北京"
    assert whole_words(words_of(text), Span(start, end)) == Span(*expected)


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("cafe\u0301", (3, 5)),  # a letter and its accent
        ("👩\u200d🚀", (0, 3)),  # joined to one astronaut
        ("👍🏽", (0, 2)),  # a skin tone
        ("❤\ufe0f", (0, 2)),  # a variation selector
        ("🇫🇷🇩🇪", (2, 4)),  # the second of two flags
    ],
)
def test_characters_are_whole(text: str, whole: tuple[int, int]) -> None:
    for cut in range(whole[0] + 1, whole[1]):
        assert whole_characters(text, Span(whole[0], cut)) == Span(*whole)
        assert whole_characters(text, Span(cut, whole[1])) == Span(*whole)
        assert list(entity_at(text, cut, whole[1])) == ["cut_character"]
    assert whole_characters(text, Span(*whole)) == Span(*whole)


def test_edges() -> None:
    assert list(entity_at("Ann lives", 0, 4)) == ["blank_edge"]
    assert list(entity_at("Ann  lives", 3, 5)) == ["blank_entity"]
    assert entity_at("Anna lives", 0, 3) == {"cut_word": [("train:1", "T at 0..3: '[Ann]a lives'")]}
    assert entity_at("Anna lives", 0, 4) == {}


def test_text_without_blanks_has_no_words_to_cut() -> None:
    assert entity_at("来自ABC2024的选手很多很多很多", 2, 5) == {}


def test_overlaps() -> None:
    text = "Bank of New York City Hall"
    spans = {
        "nested": ((0, 16, "A"), (8, 16, "B")),
        "crossing": ((0, 16, "A"), (8, 21, "B")),
        "same_type_overlap": ((0, 16, "A"), (8, 16, "A"), (22, 26, "B")),
        "two_types": ((8, 16, "A"), (8, 16, "B")),
        "duplicate_entity": ((8, 16, "A"), (8, 16, "A")),
    }
    for kind, entities in spans.items():
        cases = found(train=[Document(text, tuple(Entity(*entity) for entity in entities))])
        assert list(cases) == [kind]
        assert len(cases[kind]) == 1


def test_a_shared_type_means_nothing_where_there_is_only_one() -> None:
    assert list(found(train=[doc("New York City", ("New York City", "E"), ("York", "E"))])) == ["nested"]


def test_forgotten_mentions() -> None:
    text = "Rome, Rome and Romero; Roman Rome"
    cases = found(train=[doc(text, ("Rome", "Loc"))])
    assert cases == {"repeated_mention": [("train:1", "'Rome' is Loc at 0 but not annotated at 6, 29")]}
    both = Document("Rome, Rome", (Entity(0, 4, "Loc"), Entity(6, 10, "Loc")))
    assert found(train=[both]) == {}
    assert found(train=[doc("20 of 20", ("20", "Num"))]) == {}  # numbers stand everywhere


def linked(number: int, subject: str = "Peop", object_: str = "Loc") -> Document:
    return doc(
        f"Ann{number} in Rome{number}", (f"Ann{number}", subject), (f"Rome{number}", object_), relations=(("In", 0, 1),)
    )


def test_reversed_arguments() -> None:
    documents = [linked(number) for number in range(10)] + [linked(10, "Loc", "Peop")]
    assert found(train=documents) == {
        "reversed": [("train:11", "'Ann10' In 'Rome10': Loc -> Peop, mostly Peop -> Loc")]
    }
    assert found(train=documents[1:]) == {}  # nine are too few to tell


def test_rare_arguments() -> None:
    documents = [linked(number) for number in range(19)] + [linked(19, "Org")]
    assert found(train=documents) == {
        "rare_arguments": [("train:20", "'Ann19' In 'Rome19': Org -> Loc, mostly Peop -> Loc")]
    }
    assert found(train=documents[1:]) == {}


def test_a_relation_listed_twice() -> None:
    document = doc("Ann in Rome", ("Ann", "P"), ("Rome", "L"), relations=(("In", 0, 1), ("In", 0, 1), ("Of", 0, 1)))
    assert found(train=[document]) == {"duplicate_relation": [("train:1", "'Ann' In 'Rome'")]}


def test_arguments_that_are_not_in_the_text() -> None:
    unplaced = (UnplacedTriple("Édith Piaf", "In", "Paris"), UnplacedTriple("Ann", "In", "Paris"))
    cases = found(train=[Document("Edith piaf in Paris", (), (), unplaced=unplaced)])
    assert [example for _, example in cases["unplaced"]] == [
        "'Édith Piaf' In 'Paris': 'Édith Piaf' is there with other accents, case or blanks only",
        "'Ann' In 'Paris': 'Ann' is not in the text",
    ]


def test_misspelled_labels() -> None:
    documents = [doc(f"Ann{n}", (f"Ann{n}", "Person")) for n in range(20)]
    cases = found(train=[*documents, doc("Bob", ("Bob", "PERSON")), doc("Cid", ("Cid", "Persom"))])
    assert cases == {
        "label_typo": [("train:21", "entity type 'PERSON' (1 times), like 'Person' (20 times)")],
    }
    far = [doc(f"Ann{n}", (f"Ann{n}", "Organization")) for n in range(20)] + [doc("Bob", ("Bob", "Organisation"))]
    assert found(train=far) == {
        "near_label": [("train:21", "entity type 'Organisation' (1 times), like 'Organization' (20 times)")]
    }
    codes = [doc(f"Ann{n}", (f"Ann{n}", "Property-1001")) for n in range(20)] + [doc("Bob", ("Bob", "Property-1002"))]
    assert found(train=codes) == {}


def test_what_train_lacks() -> None:
    train = [linked(number) for number in range(3)]
    cases = found(train=train, dev=[linked(3, "Org")], test=[linked(4, "Loc", "Peop")])
    assert cases == {
        "not_in_train": [("dev:1", "entity type 'Org', 1 times in dev")],
        "types_not_in_train": [
            ("dev:1", "'Ann3' In 'Rome3': Org -> Loc"),
            ("test:1", "'Ann4' In 'Rome4': Loc -> Peop"),
        ],
    }


def test_the_same_text_twice() -> None:
    one = doc("Ann in Rome", ("Ann", "P"), ("Rome", "L"))
    assert found(train=[one, one]) == {"duplicate_document": [("train:2", "'Ann in Rome' is at train:1, too")]}
    blanks = doc("Ann  in Rome ", ("Ann", "P"), ("Rome", "L"))
    assert list(found(train=[one, blanks])) == ["duplicate_document"]
    assert found(train=[one], test=[blanks]) == {"leakage": [("test:1", "'Ann in Rome' is in train, too: train:1")]}
    fewer, typed = doc("Ann in Rome", ("Ann", "P")), doc("Ann in Rome", ("Ann", "P"), ("Rome", "P"))
    assert found(train=[one, fewer]) == {
        "contradiction": [("train:2", "'Ann in Rome' is at train:1, too, where there is also 'Rome' L")]
    }
    assert list(found(train=[one, typed])) == ["contradiction"]
    assert [example for _, example in found(train=[fewer, one])["contradiction"]] == [
        "'Ann in Rome' is at train:1, too, where 'Rome' L is missing"
    ]


def test_a_contradiction_in_positions_alone() -> None:
    text = "Ann saw Ann"
    first, second = (Document(text, (Entity(start, start + 3, "P"),), ()) for start in (0, 8))
    cases = found(train=[first, second])["contradiction"]
    assert cases == [("train:2", "'Ann saw Ann' is at train:1, too, where relations or positions differ")]


def test_unknown_is_no_contradiction() -> None:
    cases = found(train=[doc("Ann", ("Ann", "P")), Document("Ann")])
    assert list(cases) == ["duplicate_document", "partly_annotated"]
    assert ("train:2", '1 of 2 documents have no "entities", this one first') in cases["partly_annotated"]


def test_empty_and_long_documents() -> None:
    documents = [Document(f"short {n}", (), ()) for n in range(5)]
    cases = found(train=[*documents, Document(" \n", (), ()), Document("a b " * 300, (), ())])
    assert cases == {
        "empty_document": [("train:6", "nothing but blanks")],
        "long_document": [("train:7", "1,200 characters, where the median is 7")],
    }


def test_all_cases_are_counted_and_many_are_kept() -> None:
    report = examine(
        data(train=[Document(f"Anna {n}", (Entity(0, 3, "P"),)) for n in range(MAX_CASES + 5)]), encoder=None
    )
    (finding,) = report.findings
    assert (finding.count, len(finding.cases)) == (MAX_CASES + 5, MAX_CASES)


def test_kinds_go_from_bad_to_harmless() -> None:
    order = [("error", "warning", "note").index(kind.severity) for kind in KINDS.values()]
    assert order == sorted(order)


def test_relations_without_entities_of_their_own_are_no_problem() -> None:
    document = Document("Ann", (Entity(0, 3, "P"),), (Relation("Is", 0, 0),))
    assert found(train=[document]) == {}
