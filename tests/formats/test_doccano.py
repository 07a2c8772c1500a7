"""Doccano: both forms of its export."""

import json
from pathlib import Path
from typing import Any

import pytest

from gprel.document import Document, Entity, Relation
from gprel.errors import DataError
from gprel.formats import BadLine, doccano
from gprel.formats.doccano import from_record

RECORD: dict[str, Any] = {
    "id": 6400,
    "text": "😀 Ada in Oslo",
    "Comments": [],
    "entities": [
        {"id": 1663, "label": "L", "start_offset": 9, "end_offset": 13},
        {"id": 1662, "label": "P", "start_offset": 2, "end_offset": 5},
    ],
    "relations": [{"id": 273, "from_id": 1662, "to_id": 1663, "type": "in"}],
}


def test_relations() -> None:
    entities = (Entity(9, 13, "L"), Entity(2, 5, "P"))
    assert from_record(RECORD) == Document("😀 Ada in Oslo", entities, (Relation("in", 1, 0),), id="6400")


@pytest.mark.parametrize(("key", "text"), [("label", "text"), ("labels", "text"), ("label", "data")])
def test_sequence_labeling(key: str, text: str) -> None:
    record = {"id": 1, text: "Ada, Ada", key: [[5, 8, "P"], [0, 3, "Q"]], "source": "web", "Comments": ["?"]}
    assert from_record(record) == Document("Ada, Ada", (Entity(5, 8, "P"), Entity(0, 3, "Q")), id="1")


def test_what_is_not_there_is_unknown() -> None:
    assert from_record({"text": "a"}) == Document("a")
    assert from_record({"text": "a", "label": []}) == Document("a", ())
    assert from_record({"text": "a", "entities": [], "relations": []}) == Document("a", (), ())


def entity(**change: Any) -> dict[str, Any]:
    return {"entities": [RECORD["entities"][0] | change], "relations": []}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"text": None}, '"text" is null, expected a string'),
        ({"text": "\ud83d"}, '"text" has the lone surrogate'),
        ({"label": [[0, 1, "P"]]}, "the record has entities under 'entities' and 'label', expected one of them"),
        ({"entities": None, "label": ["sport"]}, 'label 0 is "sport", expected a list of 3 values'),
        ({"entities": None, "label": [[0, "1", "P"]]}, 'the end of label 0 is "1", expected a whole number'),
        ({"entities": None, "label": [[0, 1, 5]]}, "the type of label 0 is 5, expected a string"),
        ({"entities": None, "label": [[0, 1, ""]], "relations": None}, "has an empty type"),
        ({"entities": None, "annotations": [{"label": 3}]}, 'the record has "annotations", where labels are numbers'),
        (entity(end_offset=99), "entity 0 has offsets 9..99 but the text has 13 characters"),
        (entity(start_offset=-2), "entity 0 has offsets -2..13"),
        (entity(start_offset=True), '"start_offset" of entity 0 is true'),
        (entity(label=None), '"label" of entity 0 is null'),
        (entity(id="a"), '"id" of entity 0 is "a", expected a whole number'),
        ({"entities": [RECORD["entities"][0]] * 2}, "entity 1 has the id 1663 of entity 0; give each its own id"),
        ({"relations": [{"from_id": 1662, "to_id": 7, "type": "in"}]}, '"to_id" of relation 0 is 7, which is the "id"'),
        ({"relations": [{"from_id": 1662, "type": "in"}]}, 'relation 0 has no field "to_id"'),
        ({"relations": [{"from_id": 1662, "to_id": 1663, "type": ""}]}, "relation 0 has an empty type"),
        ({"relations": {}}, '"relations" is {}, expected a list'),
        ({"entities": None}, '"from_id" of relation 0 is 1662, which is the "id" of no entity of the record'),
    ],
)
def test_a_bad_record_is_named_and_reading_goes_on(tmp_path: Path, change: dict[str, Any], reason: str) -> None:
    path = tmp_path / "a.jsonl"
    lines = [json.dumps(record) for record in (RECORD, RECORD | change, RECORD)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    with pytest.raises(DataError) as error:
        list(doccano.read_file(path))
    assert str(error.value).startswith(f"{path}:2: ")
    assert reason in str(error.value)
    bad: list[BadLine] = []
    assert list(doccano.read_file(path, on_error=bad.append)) == [from_record(RECORD)] * 2
    assert [part.content for part in bad] == [lines[1]]


def test_written_lines(tmp_path: Path) -> None:
    document = Document("Ada é", (Entity(0, 3, "P", 0.5),), (Relation("is", 0, 0),), id="7")
    counted = doccano.write_file([document, document, Document("b")], tmp_path / "a.jsonl")
    assert counted == {"scores": 2}
    first, second, third = (tmp_path / "a.jsonl").read_text(encoding="utf-8").splitlines()
    assert first == (
        '{"id": "7", "text": "Ada é", "entities": [{"id": 0, "label": "P", "start_offset": 0, "end_offset": 3}], '
        '"relations": [{"id": 0, "from_id": 0, "to_id": 0, "type": "is"}], "Comments": []}'
    )
    assert json.loads(second)["relations"] == [{"id": 1, "from_id": 1, "to_id": 1, "type": "is"}]
    assert third == '{"text": "b", "Comments": []}'
