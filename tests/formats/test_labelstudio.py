"""Label Studio: regions, relations, and what else an export holds."""

import json
from pathlib import Path
from typing import Any

import pytest

from gprel.document import Document, Entity, Relation
from gprel.errors import DataError
from gprel.formats import BadLine, labelstudio

TEXT = "Ada 😀 in Oslo"


def region(id_: str, start: int, end: int, *labels: str, **value: Any) -> dict[str, Any]:
    value = {"start": start, "end": end, "labels": list(labels), **value}
    return {"id": id_, "type": "labels", "from_name": "label", "to_name": "text", "value": value}


def relation(from_id: str, to_id: str, *labels: str, direction: Any = "right") -> dict[str, Any]:
    return {"type": "relation", "from_id": from_id, "to_id": to_id, "direction": direction, "labels": list(labels)}


def task(*results: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"id": 5, "data": {"text": TEXT}, "annotations": [{"id": 1, "result": list(results)}], **fields}


ADA = region("a", 0, 3, "P", text="Ada")
OSLO = region("o", 9, 13, "L", text="Oslo")


def read(record: object) -> tuple[Document, list[str]]:
    remarks: list[str] = []
    return labelstudio.from_record(record, remarks.append), remarks


def triples(record: object) -> list[tuple[str, str, str]]:
    document, _ = read(record)
    return [(document.surface(s), name, document.surface(o)) for s, name, o in document.triples()]


def test_regions_and_relations() -> None:
    document, remarks = read(task(relation("o", "a", "of"), ADA, OSLO))
    assert document == Document(TEXT, (Entity(0, 3, "P"), Entity(9, 13, "L")), (Relation("of", 1, 0),), id="5")
    assert remarks == []


@pytest.mark.parametrize(
    ("direction", "expected"),
    [("right", ["Ada Oslo"]), ("left", ["Oslo Ada"]), ("bi", ["Ada Oslo", "Oslo Ada"])],
)
def test_directions(direction: str, expected: list[str]) -> None:
    found = triples(task(ADA, OSLO, relation("a", "o", "in", "of", direction=direction)))
    assert found == [(s, name, o) for name in ("in", "of") for s, o in map(str.split, expected)]


def test_a_direction_that_is_missing_is_right() -> None:
    assert triples(task(ADA, OSLO, {"type": "relation", "from_id": "o", "to_id": "a", "labels": ["of"]})) == [
        ("Oslo", "of", "Ada")
    ]


def test_several_labels_are_several_entities_with_all_relations() -> None:
    again = region("o", 9, 13, "Capital", text="Oslo")  # the same region, labeled by another control
    document, _ = read(task(region("a", 0, 3, "P", "Q"), OSLO, again, relation("a", "o", "in")))
    assert document.entities == (Entity(0, 3, "P"), Entity(0, 3, "Q"), Entity(9, 13, "L"), Entity(9, 13, "Capital"))
    assert document.relations == tuple(Relation("in", s, o) for s in (0, 1) for o in (2, 3))


def test_offsets_in_utf16_are_known_by_the_texts_of_the_regions() -> None:
    utf16 = region("o", 10, 14, "L", text="Oslo")
    emoji = region("e", 4, 6, "E")  # has no text of its own and goes with the others
    document, _ = read(task(ADA, emoji, utf16))
    assert [document.surface(entity) for entity in document.entities or ()] == ["Ada", "😀", "Oslo"]
    with pytest.raises(
        DataError, match=r"region 'o' says 'Oslo' is at 10\.\.14, where the text has 'slo'; the text was"
    ):
        read(task(utf16, region("x", 5, 6, "E", text=" ")))
    with pytest.raises(DataError, match=r"offsets 4\.\.-1"):
        read(task(utf16, region("e", 4, 5, "E")))


@pytest.mark.parametrize("text", ["one\\ntwo", "one\ntwo", "one two", "one\\n\\ntwo"])
def test_line_ends_in_regions(text: str) -> None:
    record = task(region("a", 0, 8, "P", text=text), data={"text": "one\r\ntwo"})
    assert read(record)[0].entities == (Entity(0, 8, "P"),)


@pytest.mark.parametrize("span", [(0, 4), (1, 3), (-3, 0), (9, 12), (0, 99)])
def test_offsets_that_point_elsewhere(span: tuple[int, int]) -> None:
    with pytest.raises(DataError, match=rf"region 'a' says 'Ida' is at {span[0]}\.\.{span[1]}, where the text has"):
        read(task(region("a", *span, "P", text="Ida")))


def test_tasks_that_nobody_annotated() -> None:
    for annotations in ([], None, [{"was_cancelled": True, "result": [ADA]}]):
        record = task(annotations=annotations, predictions=[{"result": [ADA]}])
        assert read(record) == (Document(TEXT, id="5"), [])
    assert read({"data": {"text": "a"}})[0] == Document("a")
    assert read(task())[0] == Document(TEXT, (), (), id="5")


def test_several_annotations() -> None:
    other = {"result": []}
    cancelled = {"result": [], "was_cancelled": True}
    document, remarks = read(task(annotations=[cancelled, {"result": [ADA]}, other, cancelled, other]))
    assert document.entities == (Entity(0, 3, "P"),)
    assert remarks == [
        "2 further annotations of this task are left out, because a document holds one; "
        "mark the one to take as ground truth"
    ]
    document, remarks = read(task(annotations=[other, {"result": [ADA], "ground_truth": True}]))
    assert document.entities == (Entity(0, 3, "P"),)
    assert len(remarks) == 1


def test_completions_are_the_old_name() -> None:
    record = {"id": 1, "data": {"text": "Ada"}, "completions": [{"result": [ADA]}]}
    assert read(record)[0].entities == (Entity(0, 3, "P"),)


@pytest.mark.parametrize("name", ["text", "title", "txt-1"])
def test_the_annotated_text(name: str) -> None:
    title = region("a", 0, 3, "P") | {"to_name": name}
    for data in ({"text": "Ada", "title": "Ada?", "n": 1}, {"body": "Ada", "n": 1}):
        document, _ = read(task(title, data=data))
        assert document.text == ("Ada?" if name == "title" and "title" in data else "Ada")
    assert read(task({"type": "choices"}, data={"body": "Ada"}))[0].text == "Ada"


def test_other_results_are_left_out_with_a_word() -> None:
    choice = {"type": "choices", "value": {"choices": ["sport"]}, "from_name": "c", "to_name": "text"}
    document, remarks = read(task(ADA, choice, choice, {"type": "textarea"}))
    assert document.entities == (Entity(0, 3, "P"),)
    assert remarks == [
        "2 results of type 'choices' are left out; only labels and relations can be held",
        "1 results of type 'textarea' are left out; only labels and relations can be held",
    ]


def test_what_is_left_out_is_reported_with_its_task(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    records = [task(ADA), task(ADA, {"type": "rating"}), task(region("a", 0, 3)), task(OSLO)]
    path.write_text(json.dumps(records), encoding="utf-8")
    bad: list[BadLine] = []
    assert len(list(labelstudio.read_file(path, on_error=bad.append))) == 3
    assert [(part.line, part.unit, json.loads(part.content)) for part in bad] == [
        (2, "record", records[1]),
        (3, "record", records[2]),
    ]
    with pytest.raises(DataError, match=r"a\.json, record 2: 1 results of type 'rating' are left out"):
        list(labelstudio.read_file(path))


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        ([], r"the task is \[\], expected a JSON object"),
        ({"id": 1, "text": "a", "label": []}, r"the task has no field \"data\" \(fields: 'id', 'text', 'label'\)"),
        (task(data={"a": "x", "b": "y"}), r"\"data\" has the strings 'a', 'b', expected one that is the text; call"),
        (task(data={"a": 1}), r"\"data\" has the strings none, expected one"),
        (task(data={"text": 1}), r"\"text\" in \"data\" is 1, expected a string"),
        (task(data={"text": "\ud83d"}), r"\"text\" in \"data\" has the lone surrogate"),
        (task(id=[]), r"\"id\" is \[\]"),
        (task(annotations={}), r"\"annotations\" is \{\}, expected a list"),
        (task(annotations=[3]), r"annotation 0 is 3, expected a JSON object"),
        (task(annotations=[{}]), r"the annotation has no field \"result\""),
        (task(annotations=[{"result": [1]}]), r"result 0 is 1, expected a JSON object"),
        (task({}), r"result 0 has no field \"type\""),
        (task({"type": 1}), r"\"type\" of result 0 is 1, expected a string"),
        (task({"type": "hypertextlabels"}), r"result 0 has type 'hypertextlabels', expected 'labels'; only labels"),
        (task(ADA | {"value": None}), r"\"value\" of result 0 is null"),
        (task(region("a", 0, 3)), r"result 0 is a region without a label; label or delete it"),
        (task(region("a", 0, 3, "P") | {"id": 1}), r"\"id\" of result 0 is 1, expected a string"),
        (task(region("a", "0", 3, "P")), r"\"start\" of result 0 is \"0\", expected a whole number"),
        (task(region("a", 3, 0, "P")), r"entity 0 has offsets 3\.\.0"),
        (task(region("a", 0, 99, "P")), r"entity 0 has offsets 0\.\.99 but the text has 13 characters"),
        (task(region("a", 0, 3, "P", text=1)), r"\"text\" of result 0 is 1"),
        (task(ADA | {"to_name": 1}), r"\"to_name\" of result 0 is 1"),
        (
            task(ADA, OSLO | {"to_name": "t"}),
            r"the regions belong to several texts \('t', 'text'\), expected one; export",
        ),
        (
            task(ADA, relation("a", "o", "in")),
            r"result 1 is a relation of the region 'o', which the annotation does not",
        ),
        (task(ADA, relation("a", "a")), r"result 1 is a relation from 'a' to 'a' without a label; label or delete it"),
        (
            task(ADA, relation("a", "a", "r", direction="up")),
            r"\"direction\" of result 1 is 'up', expected one of: right",
        ),
        (
            task(ADA, relation("a", "a", "r", direction=[])),
            r"\"direction\" of result 1 is \[\], expected one of: right",
        ),
        (task(ADA, relation("a", "a", "")), r"relation 0 has an empty type"),
        (task(ADA, relation("a", "a") | {"labels": "in"}), r"\"labels\" of result 1 is \"in\", expected a list"),
    ],
)
def test_a_bad_task(record: Any, reason: str) -> None:
    with pytest.raises(DataError, match=reason):
        read(record)


def test_written_tasks(tmp_path: Path) -> None:
    entities = (Entity(0, 3, "P"), Entity(9, 13, "L"))
    relations = (Relation("in", 0, 1), Relation("of", 1, 0), Relation("likes", 0, 1))
    path = tmp_path / "a.json"
    counted = labelstudio.write_file([Document(TEXT, entities, relations, id="x"), Document("b")], path)
    assert counted == {"ids": 1}
    assert json.loads(path.read_text(encoding="utf-8")) == [
        {
            "id": "x",
            "data": {"text": TEXT},
            "annotations": [
                {
                    "result": [
                        region("e0", 0, 3, "P", text="Ada"),
                        region("e1", 9, 13, "L", text="Oslo"),
                        relation("e0", "e1", "in", "likes"),
                        relation("e1", "e0", "of"),
                    ]
                }
            ],
        },
        {"data": {"text": "b"}, "annotations": []},
    ]
    assert list(labelstudio.read_file(path)) == [
        Document(TEXT, entities, (relations[0], relations[2], relations[1]), id="x"),
        Document("b", id="2"),
    ]
