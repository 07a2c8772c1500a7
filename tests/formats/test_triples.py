"""Triples of strings: every occurrence is found, and what is uncertain is counted."""

import json
from pathlib import Path
from typing import Any

import pytest

from gprel.document import Document, Entity, Relation, Span, UnplacedTriple
from gprel.errors import ConfigError, DataError
from gprel.formats import BadLine, triples
from gprel.formats.placing import Alignment
from gprel.formats.triples import from_record


def placed(document: Document) -> list[tuple[int, str, int]]:
    return [(subject.start, relation, object_.start) for subject, relation, object_ in document.triples()]


def test_words_and_entities() -> None:
    document, alignment = from_record(
        {"text": "Ada Byron lived in Turin .", "triple_list": [["Ada Byron", "in", "Turin"]]}
    )
    assert document == Document(
        text="Ada Byron lived in Turin .",
        entities=(Entity(0, 9, "Entity"), Entity(19, 24, "Entity")),
        relations=(Relation("in", 0, 1),),
        words=(Span(0, 3), Span(4, 9), Span(10, 15), Span(16, 18), Span(19, 24), Span(25, 26)),
    )
    assert alignment == Alignment(triples=1)


def test_two_subjects_and_three_objects_are_six_relations() -> None:
    record = {"text": "a b b a b", "triple_list": [["a", "r", "b"]]}
    document, alignment = from_record(record)
    assert placed(document) == [(s, "r", o) for s in (0, 6) for o in (2, 4, 8)]
    assert alignment == Alignment(triples=1, ambiguous=1)
    document, alignment = from_record(record, "first")
    assert placed(document) == [(0, "r", 2)]
    assert document.entities == (Entity(0, 1, "Entity"), Entity(2, 3, "Entity"))
    assert alignment == Alignment(triples=1, ambiguous=1)


def test_whole_words_win_over_parts_of_words() -> None:
    document, alignment = from_record({"text": "Parisian art in Paris", "triple_list": [["Paris", "has", "art"]]})
    assert placed(document) == [(16, "has", 9)]
    assert alignment == Alignment(triples=1)


def test_parts_of_words_where_there_are_no_whole_ones() -> None:
    document, alignment = from_record({"text": "(Oslo) Oslo's art", "triple_list": [["Oslo", "has", "art"]]})
    assert placed(document) == [(1, "has", 14), (7, "has", 14)]
    assert alignment == Alignment(triples=1, ambiguous=1, not_word_bounded=1)


def test_what_is_not_in_the_text_stays_gold() -> None:
    listed = [["Zoë", "in", "Oslo"], ["Zoe", "in", "Oslo"], ["Zoë", "in", "Oslo"]]
    document, alignment = from_record({"text": "Zoe in Oslo", "triple_list": listed})
    assert document.unplaced == (UnplacedTriple("Zoë", "in", "Oslo"),)
    assert placed(document) == [(0, "in", 7)]
    assert alignment == Alignment(triples=3, repeated=1, unplaced=1)


def test_subject_and_object_may_be_one_mention_and_duplicates_go() -> None:
    document, alignment = from_record({"text": "x y", "triple_list": [["x", "same", "x"], ["x", "same", "x"]]})
    assert document.relations == (Relation("same", 0, 0),)
    assert document.entities == (Entity(0, 1, "Entity"),)
    assert alignment == Alignment(triples=2, repeated=1)


def test_other_blanks_separate_words_too() -> None:
    document, _ = from_record({"text": "New  York\tis big", "triple_list": [["New York", "is", "big"]]})
    assert [document.surface(entity) for entity in document.entities or ()] == ["New  York", "big"]


def test_no_triples_and_no_annotation_differ() -> None:
    assert from_record({"text": "a", "triple_list": []})[0].relations == ()
    assert from_record({"text": "a"})[0].relations is None


def test_file_is_counted_once_as_a_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    records = [{"text": "a b", "triple_list": [["a", "r", "b"]]}, {"text": "a a", "triple_list": [["a", "r", "c"]]}]
    path.write_text(json.dumps(records), encoding="utf-8")
    alignments: list[Alignment] = []
    documents = list(triples.read_file(path, on_alignment=alignments.append))
    assert [document.id for document in documents] == ["1", "2"]
    assert alignments == [Alignment(triples=2, unplaced=1)]


def test_lines_are_read_as_a_list_is(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(
        '{"text": "a b", "triple_list": [["a", "r", "b"]]}\n\n{"text": 1}\n{"text": "c"}\n', encoding="utf-8"
    )
    bad: list[BadLine] = []
    alignments: list[Alignment] = []
    first, second = triples.read_file(path, on_error=bad.append, on_alignment=alignments.append)
    assert placed(first) == [(0, "r", 2)]
    assert (second.text, second.id) == ("c", None)
    assert [(part.line, part.unit) for part in bad] == [(3, "line")]
    assert alignments == [Alignment(triples=1)]


def test_chinese_texts_have_no_words() -> None:
    document, alignment = from_record({"text": "小明在小城", "triple_list": [["小明", "在", "小城"]]})
    assert document.words is None
    assert placed(document) == [(0, "在", 3)]
    assert alignment == Alignment(triples=1)


def test_writing_counts_what_reading_does_not_give_back(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    words = (Span(0, 1), Span(2, 3), Span(4, 5))
    entities = (Entity(0, 1, "Entity"), Entity(2, 3, "Entity"))
    written = [
        Document("a b c", entities, (Relation("r", 0, 1),), id="x", words=words),
        # "a" is found twice when this is read.
        Document("a b a", entities, (Relation("r", 0, 1),), id="y", words=words),
        Document("a b c", (*entities, Entity(4, 5, "P")), (Relation("r", 0, 2),), words=words),
        Document("a b c", None, None, id="z"),
        Document(
            "a", (), (), id="u", words=words[:1], unplaced=(UnplacedTriple("b", "r", "c"), UnplacedTriple("", "r", "c"))
        ),
    ]
    counts = triples.write_file(written, path)
    assert counts == {"entities": 2, "relations": 1, "entity types": 1, "ids": 1, "words": 1, "unplaced triples": 1}
    assert json.loads(path.read_text(encoding="utf-8")) == [
        {"id": "x", "text": "a b c", "triple_list": [["a", "r", "b"]]},
        {"id": "y", "text": "a b a", "triple_list": [["a", "r", "b"]]},
        {"text": "a b c", "triple_list": [["a", "r", "c"]]},
        {"id": "z", "text": "a b c"},
        {"id": "u", "text": "a", "triple_list": [["b", "r", "c"]]},
    ]
    assert next(iter(triples.read_file(path))) == written[0]


def test_unknown_occurrences(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"occurrences is 'last', expected one of: every, first"):
        triples.read_file(tmp_path, occurrences="last")  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match=r"occurrences is 'last', expected one of: every, first"):
        list(triples.place([], "x", occurrences="last"))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        ({"triple_list": []}, 'the record has no field "text"'),
        ({"text": "a", "triple_list": [["a", "r"]]}, 'triple 0 is ["a", "r"], expected a list of 3 values'),
        ({"text": "a", "triple_list": [["a", 1, "a"]]}, "a part of triple 0 is 1, expected a string"),
        ({"text": "a", "triple_list": [["a", "r", " "]]}, "the object of triple 0 is empty"),
        ({"text": "\ud83d"}, '"text" has the lone surrogate'),
    ],
)
def test_bad_record_is_named_and_reading_goes_on(tmp_path: Path, record: Any, reason: str) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps([{"text": "a"}, record]), encoding="utf-8")
    with pytest.raises(DataError) as error:
        list(triples.read_file(path))
    assert f"{path}, record 2: " in str(error.value)
    assert reason in str(error.value)
    bad: list[BadLine] = []
    assert [document.text for document in triples.read_file(path, on_error=bad.append)] == ["a"]
    assert bad[0].line == 2
