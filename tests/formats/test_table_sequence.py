"""Table-Sequence JSON: lists of token positions with exclusive ends."""

import json
from pathlib import Path
from typing import Any

import pytest

from gprel.document import Document, Entity, Relation, Span
from gprel.errors import DataError
from gprel.formats import BadLine, table_sequence

RECORD: dict[str, Any] = {
    "tokens": ["Åsa", "Berg", "left", "Oslo"],
    "entities": [[0, 2, "Peop"], [3, 4, "Loc"]],
    "relations": [[0, 2, 3, 4, "Live_In"]],
}
DOCUMENT = Document(
    text="Åsa Berg left Oslo",
    entities=(Entity(0, 8, "Peop"), Entity(14, 18, "Loc")),
    relations=(Relation("Live_In", 0, 1),),
    id="1",
    words=(Span(0, 3), Span(4, 8), Span(9, 13), Span(14, 18)),
)


def test_there_and_back(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps([RECORD, {"tokens": ["Bare"]}]), encoding="utf-8")
    documents = list(table_sequence.read_file(path))
    assert documents == [DOCUMENT, Document("Bare", id="2", words=(Span(0, 4),))]
    assert table_sequence.write_file(documents, tmp_path / "b.json") == {}
    written = json.loads((tmp_path / "b.json").read_text(encoding="utf-8"))
    assert written == [{"id": "1", **RECORD}, {"id": "2", "tokens": ["Bare"]}]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"tokens": "a b"}, '"tokens" is "a b", expected a list'),
        ({"entities": {}}, '"entities" is {}, expected a list'),
        ({"entities": [{"start": 0}]}, 'entity 0 is {"start": 0}, expected a list'),
        ({"entities": [[0, 2]]}, "entity 0 has 2 values, expected [start, end, type]"),
        (
            {"entities": [[3, 5, "Loc"]]},
            "entity 0 has token positions 3..5 but there are 4 tokens; positions are half-open",
        ),
        ({"entities": [[0, 2, ""]], "relations": []}, "entity 0 ('Åsa Berg') has an empty type"),
        ({"relations": [[0, 1, "R"]]}, "relation 0 has 3 values, expected [start, end, start, end, type]"),
        ({"relations": [[0, 1, 3, 4, "R"]]}, "the subject of relation 0 has token positions 0..1, where no entity is"),
        ({"relations": [[0, 2, 3, 4, None]]}, "the type of relation 0 is null, expected a string"),
    ],
)
def test_bad_record_is_named_and_reading_goes_on(tmp_path: Path, change: dict[str, Any], reason: str) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps([RECORD, RECORD | change, RECORD]), encoding="utf-8")
    with pytest.raises(DataError) as error:
        list(table_sequence.read_file(path))
    assert str(error.value).startswith(f"{path}, record 2: ")
    assert reason in str(error.value)
    bad: list[BadLine] = []
    assert [document.id for document in table_sequence.read_file(path, on_error=bad.append)] == ["1", "3"]
    assert [(part.line, json.loads(part.content)) for part in bad] == [(2, RECORD | change)]
