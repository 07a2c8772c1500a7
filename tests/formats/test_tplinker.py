"""TPLinker: with offsets they are checked, without they are looked for."""

import json
from pathlib import Path
from typing import Any

import pytest

from gprel.document import Document, Entity, Relation, Span, UnplacedTriple
from gprel.errors import DataError
from gprel.formats import BadLine, tplinker
from gprel.formats.placing import Alignment

RELATION: dict[str, Any] = {
    "subject": "Ada",
    "object": "Turin",
    "subj_char_span": [11, 14],
    "obj_char_span": [18, 23],
    "subj_tok_span": [9, 9],
    "obj_tok_span": [0, 7],
    "predicate": "lives",
}
RECORD: dict[str, Any] = {
    "id": "valid_0",
    "text": "Ada , said Ada in Turin",
    "relation_list": [RELATION, RELATION],
    "entity_list": [{"text": "Ada", "type": "PER", "char_span": [0, 3], "tok_span": [0, 1]}],
}
WORDS = (Span(0, 3), Span(4, 5), Span(6, 10), Span(11, 14), Span(15, 17), Span(18, 23))


def write(path: Path, *records: object) -> Path:
    path.write_text(json.dumps(records), encoding="utf-8")
    return path


def test_offsets_are_taken_as_they_are(tmp_path: Path) -> None:
    alignments: list[Alignment] = []
    path = write(tmp_path / "a.json", RECORD, {"text": "Ada"})
    first, second = tplinker.read_file(path, on_alignment=alignments.append)
    assert first == Document(
        text="Ada , said Ada in Turin",
        entities=(Entity(0, 3, "PER"), Entity(11, 14, "DEFAULT"), Entity(18, 23, "DEFAULT")),
        relations=(Relation("lives", 1, 2),),
        id="valid_0",
        words=WORDS,
    )
    assert second == Document("Ada", id="2", words=(Span(0, 3),))
    assert alignments == [Alignment(triples=2, repeated=1)]


def test_half_annotated_records() -> None:
    entities_only = {key: RECORD[key] for key in ("text", "entity_list")}
    document, _, _ = tplinker.from_record(entities_only)
    assert (document.entities, document.relations) == ((Entity(0, 3, "PER"),), None)
    document, _, _ = tplinker.from_record({"text": "a", "relation_list": []})
    assert (document.entities, document.relations) == ((), ())


def test_no_words_where_an_entity_ends_inside_one() -> None:
    record = {"text": "In Oslo.", "entity_list": [{"text": "Oslo", "type": "LOC", "char_span": [3, 7]}]}
    assert tplinker.from_record(record)[0].words is None


def test_the_first_of_several_entities_is_the_argument() -> None:
    entities = [{"text": "Ada", "type": type_, "char_span": [11, 14]} for type_ in ("A", "B")]
    document, _, _ = tplinker.from_record(RECORD | {"entity_list": entities})
    assert [subject.type for subject, _, _ in document.triples()] == ["A"]
    assert [entity.type for entity in document.entities or ()] == ["A", "B", "DEFAULT"]


def test_strings_without_offsets_are_looked_for(tmp_path: Path) -> None:
    relations = [
        {"subject": "Ada", "object": "Turin", "predicate": "lives"},
        {"subject": "Zoë", "object": "Turin", "predicate": "lives"},
    ]
    entities = [{"text": "Ada", "type": "PER"}, {"text": "Ada", "type": "X"}, {"text": "Zoë", "type": "PER"}]
    record = {"text": RECORD["text"], "relation_list": relations, "entity_list": entities}
    alignments: list[Alignment] = []
    dropped: list[BadLine] = []
    path = write(tmp_path / "a.json", record)
    (document,) = tplinker.read_file(path, on_dropped=dropped.append, on_alignment=alignments.append)
    assert document == Document(
        text=RECORD["text"],
        entities=(
            Entity(0, 3, "PER"),
            Entity(0, 3, "X"),
            Entity(11, 14, "PER"),
            Entity(11, 14, "X"),
            Entity(18, 23, "DEFAULT"),
        ),
        relations=(Relation("lives", 0, 4), Relation("lives", 2, 4)),
        id="1",
        words=WORDS,
        unplaced=(UnplacedTriple("Zoë", "lives", "Turin"),),
    )
    assert alignments == [Alignment(triples=2, ambiguous=1, unplaced=1)]
    assert [(part.line, part.reason) for part in dropped] == [
        (1, "the entity 'Zoë' does not occur in the text and is left out; correct it")
    ]
    with pytest.raises(DataError, match=r"a\.json, record 1: the entity 'Zoë' does not occur"):
        list(tplinker.read_file(path))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"text": None}, '"text" is null, expected a string'),
        ({"relation_list": {}}, '"relation_list" is {}, expected a list'),
        ({"relation_list": ["x"]}, 'item 0 of "relation_list" is "x", expected a JSON object'),
        (
            {"relation_list": [RELATION | {"subj_char_span": [0, 2]}]},
            "says 'Ada' is at [0, 2], where the text has 'Ad'",
        ),
        ({"relation_list": [RELATION | {"subj_char_span": [-23, -20]}]}, "says 'Ada' is at [-23, -20]"),
        ({"relation_list": [RELATION | {"obj_char_span": [18, 24]}]}, "says 'Turin' is at [18, 24]"),
        ({"relation_list": [RELATION | {"obj_char_span": [18]}]}, '"obj_char_span" of relation 0 is [18]'),
        ({"relation_list": [RELATION | {"obj_char_span": [18, True]}]}, 'an offset in "obj_char_span" of relation 0'),
        ({"relation_list": [RELATION | {"predicate": ""}]}, "relation 0 has an empty type"),
        ({"relation_list": [{"subject": "Ada"}]}, "2 of 3 entities and arguments have no offsets and the others do"),
        ({"entity_list": [{"text": "Ada", "type": "P"}]}, "1 of 5 entities and arguments have no offsets"),
        ({"entity_list": [{"text": "", "type": "P", "char_span": [0, 0]}]}, "entity 0 says '' is at [0, 0]"),
        ({"entity_list": [{"text": "Ada", "char_span": [0, 3]}]}, 'entity 0 has no field "type"'),
        ({"entity_list": [{"text": " ", "type": "P"}], "relation_list": []}, 'the "text" of entity 0 is empty'),
        ({"entity_list": [], "relation_list": [{"subject": "Ada"}]}, 'relation 0 has no field "predicate"'),
    ],
)
def test_bad_record_is_named_and_reading_goes_on(tmp_path: Path, change: dict[str, Any], reason: str) -> None:
    path = write(tmp_path / "a.json", RECORD, RECORD | change, RECORD)
    with pytest.raises(DataError) as error:
        list(tplinker.read_file(path))
    assert str(error.value).startswith(f"{path}, record 2: ")
    assert reason in str(error.value)
    bad: list[BadLine] = []
    assert len(list(tplinker.read_file(path, on_error=bad.append))) == 2
    assert [part.line for part in bad] == [2]


def test_writing(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    written = [
        Document(
            "a b",
            (Entity(0, 1, "P"), Entity(0, 3, "Q")),
            (Relation("r", 1, 0),),
            id="1",
            words=(Span(0, 1), Span(2, 3)),
        ),
        Document("小城", (Entity(0, 2, "P", 0.5),), None, id="2", unplaced=(UnplacedTriple("a", "r", "b"),)),
        Document("a.", (), (), words=None),
    ]
    assert tplinker.write_file(written, path) == {"scores": 1, "unplaced triples": 1, "words": 1, "ids": 1}
    records = json.loads(path.read_text(encoding="utf-8"))
    assert records[0]["relation_list"] == [
        {"subject": "a b", "object": "a", "subj_char_span": [0, 3], "obj_char_span": [0, 1], "predicate": "r"}
    ]
    assert records[1] == {
        "id": "2",
        "text": "小城",
        "entity_list": [{"text": "小城", "type": "P", "char_span": [0, 2]}],
    }
    assert next(tplinker.read_file(path)) == written[0]
