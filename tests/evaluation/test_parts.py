"""Which part a document or an item belongs to, and the published sizes of the parts of real test sets."""

import json
from collections import Counter

import pytest

from gprel.corpora import load
from gprel.document import Document, Entity, Relation, Span, UnplacedTriple
from gprel.errors import ConfigError
from gprel.evaluation import BREAKDOWNS, KINDS
from gprel.evaluation.parts import breakdown_named, overlap_classes


def document(text, *entities, relations=(), unplaced=(), words=None):
    """Entities are (surface, type), placed at the first occurrence; relations are (type, subject, object)."""
    placed = tuple(Entity(text.index(s), text.index(s) + len(s), label) for s, label in entities)
    made = tuple(Relation(*relation) for relation in relations)
    return Document(text, placed, made, unplaced=tuple(UnplacedTriple(*triple) for triple in unplaced), words=words)


def parts_of(name, one, gold=None, train=None):
    return set(BREAKDOWNS[name].make(gold or [one], train).of(one))


@pytest.mark.parametrize(
    ("triples", "classes"),
    [
        ([], {"no triple"}),
        (["ArB"], {"Normal"}),
        (["ArB", "CrD"], {"Normal"}),
        (["ArB", "AsB"], {"EPO"}),
        (["ArB", "ArB"], {"EPO"}),  # listed twice
        (["ArB", "BsA"], {"SEO"}),  # the pair is ordered
        (["ArB", "ArC"], {"SEO"}),
        (["ArB", "BrC"], {"SEO"}),
        (["ArB", "AsB", "ArC"], {"EPO", "SEO"}),
        (["ArB", "AsB", "CrD"], {"EPO"}),
        (["ArA"], {"SEO", "SOO"}),
    ],
)
def test_overlap(triples, classes):
    assert overlap_classes([tuple(triple) for triple in triples]) == classes


def test_arguments_that_are_part_of_each_other_overlap():
    assert overlap_classes([("Bonn", "in", "Bonn Castle")]) == {"Normal", "SOO"}
    assert overlap_classes([("Bonn Castle", "in", "Bonn"), ("Ann", "left", "Bonn")]) == {"SEO", "SOO"}


def test_overlap_of_a_document_goes_by_strings():
    """Two places of a name are one argument, and the same triple at two places is one triple."""
    text = "Ann left Bonn , Ann  Lee met Ann"
    first, again, bonn, lee = Entity(0, 3, "P"), Entity(29, 32, "P"), Entity(9, 13, "L"), Entity(16, 24, "P")
    twice = Document(text, (first, again, bonn), (Relation("Left", 0, 2), Relation("Left", 1, 2)))
    assert parts_of("overlap", twice) == {"Normal"}
    assert parts_of("n_triples", twice) == {"1"}
    shared = Document(text, (first, again, bonn, lee), (Relation("Left", 0, 2), Relation("Met", 3, 1)))
    assert parts_of("overlap", shared) == {"SEO", "SOO"}
    unplaced = (UnplacedTriple("Ann Lee", "Met", "Ann"), UnplacedTriple("Cy", "Left", "Bonn"))
    with_unplaced = Document(text, (lee, again), (Relation("Met", 0, 1),), unplaced=unplaced)
    assert parts_of("n_triples", with_unplaced) == {"2"}  # the first one is the triple that has a place


@pytest.mark.parametrize("n", range(8))
def test_number_of_triples(n):
    relations = [(f"r{i}", 0, 1) for i in range(n)]
    one = document("Ann left Bonn", ("Ann", "P"), ("Bonn", "L"), relations=relations)
    assert parts_of("n_triples", one) == {str(n) if n < 5 else ">= 5"}


@pytest.mark.parametrize(
    ("spans", "part"),
    [
        ([], "flat"),
        ([(0, 3), (3, 5)], "flat"),
        ([(0, 3), (0, 3)], "flat"),  # two types of one span
        ([(0, 5), (1, 2)], "nested"),
        ([(0, 5), (0, 2)], "nested"),
        ([(0, 3), (2, 5)], "nested"),  # crossing
        ([(0, 1), (2, 9), (4, 9)], "nested"),
    ],
)
def test_nesting(spans, part):
    one = Document("abcdefghij", tuple(Entity(*span, "XY"[i % 2]) for i, span in enumerate(spans)), ())
    assert parts_of("nesting", one) == {part}


def test_density_in_words():
    text = " ".join("abcdefghij") + " " + " ".join("klmnopqrst")  # 20 words
    for n, part in ((0, "D1: < 0.1"), (1, "D1: < 0.1"), (2, "D2: 0.1 to 0.15"), (3, "D3: >= 0.15"), (9, "D3: >= 0.15")):
        one = document(text, *[(text[2 * i], "X") for i in range(n)])
        assert parts_of("density", one) == {f"{part} entities per word"}


def test_density_in_characters():
    text = "我" * 50 + "\n" + "们" * 50
    for n, part in ((3, "D1: < 0.04"), (4, "D2: 0.04 to 0.07"), (7, "D3: >= 0.07")):
        one = Document(text, tuple(Entity(i, i + 1, "X") for i in range(n)))
        assert parts_of("density", one) == {f"{part} entities per character"}


@pytest.mark.parametrize(
    ("n", "words", "characters"),
    [
        (1, "1 to 10 words", "1 to 20 characters"),
        (10, "1 to 10 words", "1 to 20 characters"),
        (11, "11 to 20 words", "1 to 20 characters"),
        (50, "41 to 50 words", "41 to 60 characters"),
        (51, ">= 51 words", "41 to 60 characters"),
        (101, ">= 51 words", ">= 101 characters"),
    ],
)
def test_sentence_length(n, words, characters):
    assert parts_of("sentence_length", Document("ab " * n, ())) == {words}
    assert parts_of("sentence_length", Document("我" * max(2, n), ())) == {characters}


def test_the_unit_is_that_of_most_documents():
    english, chinese = Document("Ann left Bonn", ()), Document("安离开了波恩", ())
    assert parts_of("sentence_length", chinese, [english, english, chinese]) == {"1 to 10 words"}
    assert parts_of("sentence_length", english, [english, chinese, chinese]) == {"1 to 20 characters"}


def lengths(one, items, gold=None):
    of = BREAKDOWNS["entity_length"].make(gold or [one], None).of
    return [of(one, item) for item in items]


def test_entity_length_in_words():
    text = "New York City Hall stands in New-York"
    entities = [Entity(0, 3, "X"), Entity(0, 8, "X"), Entity(0, 13, "X"), Entity(0, 18, "X"), Entity(4, 18, "X")]
    expected = ["L1: 1 word", "L2: 2 to 3 words", "L2: 2 to 3 words", "L3: >= 4 words", "L2: 2 to 3 words"]
    assert lengths(Document(text, tuple(entities)), entities) == expected
    whole, part = Entity(29, 37, "X"), Entity(32, 33, "X")
    assert lengths(Document(text, ()), [whole, part]) == ["L1: 1 word", "L1: 1 word"]
    words = tuple(
        Span(*at) for at in ((0, 3), (4, 8), (9, 13), (14, 18), (19, 25), (26, 28), (29, 32), (32, 33), (33, 37))
    )
    cut = Document(text, (), words=words)
    assert lengths(cut, [whole, part, Entity(31, 33, "X")]) == ["L2: 2 to 3 words", "L1: 1 word", "L2: 2 to 3 words"]


def test_entity_length_in_characters():
    one = Document("安离开了波恩和北京大学", ())
    items = [Entity(0, 1, "X"), Entity(4, 6, "X"), Entity(7, 11, "X"), Entity(6, 11, "X")]
    assert lengths(one, items) == [
        "L1: 1 to 2 characters",
        "L1: 1 to 2 characters",
        "L2: 3 to 4 characters",
        "L3: >= 5 characters",
    ]


def test_a_triple_is_as_long_as_its_longer_argument():
    one = document("Ann Lee left Bonn", ("Ann Lee", "P"), ("Bonn", "L"))
    unplaced = UnplacedTriple("Ann", "left", "the old Bonn Castle")
    assert lengths(one, [Relation("left", 0, 1), Relation("left", 1, 1), unplaced]) == [
        "L2: 2 to 3 words",
        "L1: 1 word",
        "L3: >= 4 words",
    ]


def test_relation():
    one = document("Ann left Bonn", ("Ann", "P"), ("Bonn", "L"))
    parts = BREAKDOWNS["relation"].make([one], None)
    assert parts.names is None
    items = [*one.entities, Relation("Left", 0, 1), UnplacedTriple("Cy", "Met", "Di")]
    assert [parts.of(one, item) for item in items] == ["P", "L", "Left", "Met"]


def test_seen():
    train = [
        document(
            "Ann Lee left Bonn for Rome", ("Ann Lee", "P"), ("Bonn", "L"), ("Rome", "L"), relations=[("Left", 0, 1)]
        ),
        document("Someone left", unplaced=[("Cy", "Left", "Oslo")]),
    ]
    one = document(
        "Ann\nLee left Bonn , Rome and Paris", ("Ann\nLee", "X"), ("Bonn", "L"), ("Rome", "L"), ("Paris", "L")
    )
    of = BREAKDOWNS["seen"].make([one], train).of
    assert [of(one, entity) for entity in one.entities] == ["entity seen"] * 3 + ["entity not seen"]
    expected = {
        Relation("Left", 0, 1): "triple seen",
        Relation("Left", 0, 2): "both arguments seen",
        Relation("Left", 1, 0): "both arguments seen",
        Relation("Met", 0, 1): "both arguments seen",
        Relation("Left", 0, 3): "one argument seen",
        Relation("Left", 3, 3): "no argument seen",
        UnplacedTriple("Cy", "Left", "Oslo"): "triple seen",
        UnplacedTriple("Oslo", "Left", "Ann Lee"): "both arguments seen",
        UnplacedTriple("Di", "Left", "Ed"): "no argument seen",
    }
    assert {item: of(one, item) for item in expected} == expected


def test_every_breakdown_has_one_line_of_meaning():
    assert all(each.meaning and "\n" not in each.meaning for each in BREAKDOWNS.values())
    assert all(set(each.kinds) <= set(KINDS) for each in BREAKDOWNS.values())
    assert [name for name, each in BREAKDOWNS.items() if each.needs_train] == ["seen"]


def test_unknown_breakdown():
    assert breakdown_named("overlap") is BREAKDOWNS["overlap"]
    with pytest.raises(ConfigError, match="breakdown 'length' does not exist; choose one of: overlap, n_triples, nest"):
        breakdown_named("length")


# Sizes as CasRel and PRGC print them. A triple that a sentence lists twice counts there, and once as a document: ten
# triples of WebNLG star, which makes eight sentences fewer with overlapping pairs.
PUBLISHED = {
    ("nyt", "star"): (
        {"Normal": 3266, "SEO": 1297, "EPO": 978, "SOO": 45},
        {"1": 3244, "2": 1045, "3": 312, "4": 291, ">= 5": 108},
    ),
    ("nyt", "exact"): ({"Normal": 3289, "SEO": 1273, "EPO": 969, "SOO": 117}, None),  # SEO and SOO as published
    ("webnlg", "star"): (
        {"Normal": 246, "SEO": 457, "EPO": 26, "SOO": 84},
        {"1": 266, "2": 171, "3": 131, "4": 90, ">= 5": 45},
    ),
    ("webnlg", "exact"): ({"Normal": 254, "SEO": 448, "EPO": 6, "SOO": 85}, {"1": 256}),
}
AS_DOCUMENTS = {
    ("webnlg", "star"): ({"EPO": 18}, {"1": 268, "2": 174, "3": 128, "4": 89, ">= 5": 44}),
}


@pytest.mark.parametrize(("name", "variant"), PUBLISHED)
def test_sizes_of_lists_as_published(data_dir, name, variant):
    records = json.loads((data_dir / name / variant / "test_triples.json").read_text(encoding="utf-8"))
    listed = [[tuple(triple) for triple in record["triple_list"]] for record in records]
    overlap, n_triples = PUBLISHED[name, variant]
    assert Counter(part for triples in listed for part in overlap_classes(triples)) == overlap
    counted = Counter(str(len(triples)) if len(triples) < 5 else ">= 5" for triples in listed)
    assert counted.items() >= (n_triples or {}).items()


@pytest.mark.parametrize(("name", "variant"), PUBLISHED)
def test_sizes_of_documents(data_dir, name, variant):
    documents = load(name, data_dir=data_dir, splits=("test",), variant=variant).split("test")
    changes = AS_DOCUMENTS.get((name, variant), ({}, {}))
    for by, published, changed in zip(("overlap", "n_triples"), PUBLISHED[name, variant], changes, strict=True):
        of = BREAKDOWNS[by].make(documents, None).of
        sizes = Counter(part for one in documents for part in of(one))
        assert sizes.items() >= ((published or {}) | changed).items()
