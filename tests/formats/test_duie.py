"""DuIE: objects with several values, in texts without words."""

import json
from pathlib import Path
from typing import Any

import pytest

from gprel.document import Document, Entity, Relation, UnplacedTriple
from gprel.errors import DataError
from gprel.formats import BadLine, duie
from gprel.formats.placing import Alignment

SPO: dict[str, Any] = {
    "predicate": "饰演",
    "subject": "小明",
    "subject_type": "演员",
    "object": {"@value": "大王", "inWork": "青城记"},
    "object_type": {"@value": "人物", "inWork": "作品"},
}
RECORD: dict[str, Any] = {"text": "小明在《青城记》里演大王", "spo_list": [SPO]}


def write(path: Path, *records: object) -> Path:
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    return path


def test_further_values_are_relations_of_their_own(tmp_path: Path) -> None:
    alignments: list[Alignment] = []
    (document,) = duie.read_file(write(tmp_path / "a.json", RECORD), on_alignment=alignments.append)
    assert document == Document(
        "小明在《青城记》里演大王",
        (Entity(0, 2, "演员"), Entity(4, 7, "作品"), Entity(10, 12, "人物")),
        (Relation("饰演", 0, 2), Relation("饰演/inWork", 0, 1)),
    )
    assert alignments == [Alignment(triples=2)]


def test_plain_strings_of_the_first_edition_and_texts_without_triples(tmp_path: Path) -> None:
    plain = SPO | {"object": "大王", "object_type": "人物"}
    path = write(
        tmp_path / "a.json", RECORD | {"spo_list": [plain, plain]}, {"text": "大王"}, {"text": "", "spo_list": []}
    )
    first, second, third = duie.read_file(path)
    assert list(first.triples()) == [(Entity(0, 2, "演员"), "饰演", Entity(10, 12, "人物"))]
    assert second == Document("大王")
    assert third == Document("", (), ())


def test_every_occurrence_and_none(tmp_path: Path) -> None:
    record = {"text": "小明，小明", "spo_list": [SPO | {"subject": " 小明", "object": {"@value": "明"}}, SPO]}
    alignments: list[Alignment] = []
    (document,) = duie.read_file(write(tmp_path / "a.json", record), on_alignment=alignments.append)
    assert [(s.start, o.start) for s, _, o in document.triples()] == [(0, 1), (0, 4), (3, 1), (3, 4)]
    assert document.unplaced == (
        UnplacedTriple("小明", "饰演", "大王"),
        UnplacedTriple("小明", "饰演/inWork", "青城记"),
    )
    assert alignments == [Alignment(triples=3, ambiguous=1, unplaced=2)]
    (document,) = duie.read_file(tmp_path / "a.json", occurrences="first")
    assert [(s.start, o.start) for s, _, o in document.triples()] == [(0, 1)]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"predicate": None}, '"predicate" of triple 0 is null, expected a string'),
        ({"subject": 3}, "a part of triple 0 is 3, expected a string"),
        ({"subject": ""}, "the subject of triple 0 is empty"),
        ({"subject_type": []}, '"subject_type" of triple 0 is [], expected a string'),
        ({"subject_type": ""}, "has an empty type"),
        ({"object": []}, '"object" of triple 0 is [], expected a JSON object'),
        ({"object": {"inWork": "青城记"}}, '"object" of triple 0 has no field "@value"'),
        ({"object_type": {"@value": "人物"}}, '"object_type" of triple 0 has no field "inWork"'),
        ({"object_type": {"@value": 1, "inWork": "作品"}}, '"@value" in "object_type" of triple 0 is 1'),
        ({"object": "大王"}, '"@value" in "object_type" of triple 0 is {'),
        ({"object": {"@value": ""}}, "the object of triple 0 is empty"),
    ],
)
def test_bad_record_is_named_and_reading_goes_on(tmp_path: Path, change: dict[str, Any], reason: str) -> None:
    path = write(tmp_path / "a.json", RECORD, RECORD | {"spo_list": [SPO | change]}, RECORD)
    with pytest.raises(DataError) as error:
        list(duie.read_file(path))
    assert str(error.value).startswith(f"{path}:2: ")
    assert reason in str(error.value)
    bad: list[BadLine] = []
    assert len(list(duie.read_file(path, on_error=bad.append))) == 2
    assert [part.line for part in bad] == [2]


def test_duie_itself(data_dir: Path) -> None:
    alignments: list[Alignment] = []
    documents = list(duie.read_file(data_dir / "duie" / "train_data_5000.json", on_alignment=alignments.append))
    assert len(documents) == 5000
    # 8,945 triples with 348 further values; 12 are listed twice, and everything is in the text.
    assert alignments == [Alignment(triples=9293, repeated=12, ambiguous=2080)]
    assert sum(len(document.unplaced) for document in documents) == 0
