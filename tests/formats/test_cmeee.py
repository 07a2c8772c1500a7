"""CMeEE: inclusive ends, and entities without a character."""

import json
from pathlib import Path
from typing import Any

import pytest

from gprel.document import Document, Entity
from gprel.errors import DataError
from gprel.formats import BadLine, cmeee


def entity(start: int, last: int, surface: str, type_: str = "dis") -> dict[str, Any]:
    return {"start_idx": start, "end_idx": last, "type": type_, "entity": surface}


RECORD: dict[str, Any] = {
    "text": "头疼，咳嗽",
    "entities": [entity(3, 4, "咳嗽"), entity(0, 1, "头疼"), entity(0, 0, "头", "bod")],
}
EMPTY: dict[str, Any] = {"text": "头疼，咳嗽", "entities": [entity(3, 4, "咳嗽"), entity(2, 1, "", "sym")]}


def write(path: Path, *records: object) -> Path:
    path.write_text(json.dumps(records, ensure_ascii=False), encoding="utf-8")
    return path


def test_ends_are_inclusive(tmp_path: Path) -> None:
    path = write(tmp_path / "a.json", RECORD, {"text": "好"}, {"text": "好", "entities": []})
    assert list(cmeee.read_file(path)) == [
        Document("头疼，咳嗽", (Entity(3, 5, "dis"), Entity(0, 2, "dis"), Entity(0, 1, "bod")), id="1"),
        Document("好", id="2"),
        Document("好", (), id="3"),
    ]


def test_an_empty_entity_is_reported_and_the_rest_kept(tmp_path: Path) -> None:
    path = write(tmp_path / "a.json", RECORD, EMPTY, EMPTY, {"text": 1}, RECORD, EMPTY)
    errors: list[BadLine] = []
    dropped: list[BadLine] = []
    documents = list(cmeee.read_file(path, on_error=errors.append, on_dropped=dropped.append))
    assert [document.id for document in documents] == ["1", "2", "3", "5", "6"]
    assert documents[1] == Document("头疼，咳嗽", (Entity(3, 5, "dis"),), id="2")
    assert [part.line for part in errors] == [4]
    assert [(part.line, part.unit) for part in dropped] == [(2, "record"), (3, "record"), (6, "record")]
    assert json.loads(dropped[0].content) == EMPTY
    assert "entity 1 ('sym') is empty: start_idx is 2, end_idx is 1" in dropped[0].reason
    # Whoever takes errors alone is told, too, and has the documents all the same.
    errors.clear()
    assert list(cmeee.read_file(path, on_error=errors.append)) == documents
    assert [part.line for part in errors] == [2, 3, 4, 6]
    with pytest.raises(DataError, match=r"a\.json, record 2: entity 1 \('sym'\) is empty"):
        list(cmeee.read_file(path))


def test_lines_are_read_as_a_list_is(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(f"{json.dumps(EMPTY)}\n\n{json.dumps(EMPTY | {'id': 5})}\n", encoding="utf-8")
    dropped: list[BadLine] = []
    assert [document.id for document in cmeee.read_file(path, on_dropped=dropped.append)] == [None, "5"]
    assert [(part.line, part.unit) for part in dropped] == [(1, "line"), (3, "line")]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"text": None}, '"text" is null, expected a string'),
        ({"entities": {}}, '"entities" is {}, expected a list'),
        ({"entities": [entity(0, 1, "咳嗽")]}, "entity 0 ('dis') says '咳嗽' is at [0, 1], where the text has '头疼'"),
        ({"entities": [entity(-2, -1, "咳嗽")]}, "says '咳嗽' is at [-2, -1], where the text has ''"),
        ({"entities": [entity(3, 5, "咳嗽")]}, "is at [3, 5], where the text has '咳嗽'"),
        ({"entities": [entity(3, 1, "")]}, "says '' is at [3, 1]"),
        ({"entities": [entity(3, 2, "咳")]}, "says '咳' is at [3, 2], where the text has ''"),
        ({"entities": [entity(0, 1, "头疼", "")]}, "has an empty type"),
        ({"entities": [{"start_idx": 0, "end_idx": 1, "type": "dis"}]}, 'entity 0 has no field "entity"'),
        ({"entities": [entity(0, 1, "头疼") | {"end_idx": 1.0}]}, '"end_idx" of entity 0 is 1.0'),
    ],
)
def test_bad_record_is_named_and_reading_goes_on(tmp_path: Path, change: dict[str, Any], reason: str) -> None:
    path = write(tmp_path / "a.json", RECORD, RECORD | change, RECORD)
    with pytest.raises(DataError) as error:
        list(cmeee.read_file(path))
    assert str(error.value).startswith(f"{path}, record 2: ")
    assert reason in str(error.value)
    bad: list[BadLine] = []
    assert [document.id for document in cmeee.read_file(path, on_error=bad.append)] == ["1", "3"]
    assert [part.line for part in bad] == [2]


@pytest.mark.parametrize(
    ("split", "n_documents", "n_entities", "empty"),
    [("train", 15000, 61794, [6052, 6422]), ("dev", 5000, 20300, []), ("test", 3000, None, [])],
)
def test_cmeee_itself(data_dir: Path, split: str, n_documents: int, n_entities: int | None, empty: list[int]) -> None:
    dropped: list[BadLine] = []
    documents = list(cmeee.read_file(data_dir / "cmeee" / f"CMeEE_{split}.json", on_dropped=dropped.append))
    assert [part.line for part in dropped] == empty
    assert len(documents) == n_documents
    if n_entities is None:
        assert all(document.entities is None for document in documents)
    else:
        assert sum(len(document.entities or ()) for document in documents) == n_entities
