"""SpERT JSON: token positions become characters."""

import json
from pathlib import Path
from typing import Any

import pytest

from gprel.document import Document, Entity, Relation, Span
from gprel.errors import DataError
from gprel.formats import BadLine, tokens

RECORD: dict[str, Any] = {
    "tokens": ["Åsa", "Berg", "left", "Oslo", "."],
    "entities": [{"type": "Peop", "start": 0, "end": 2}, {"type": "Loc", "start": 3, "end": 4}],
    "relations": [{"type": "Live_In", "head": 0, "tail": 1}],
    "orig_id": 83,
}
DOCUMENT = Document(
    text="Åsa Berg left Oslo .",
    entities=(Entity(0, 8, "Peop"), Entity(14, 18, "Loc")),
    relations=(Relation("Live_In", 0, 1),),
    id="83",
    words=(Span(0, 3), Span(4, 8), Span(9, 13), Span(14, 18), Span(19, 20)),
)


def test_positions_become_characters(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps([RECORD, {"tokens": ["Bare"]}]), encoding="utf-8")
    first, second = tokens.read_file(path)
    assert first == DOCUMENT
    assert second == Document("Bare", id="2", words=(Span(0, 4),))


def test_characters_become_positions_and_scores_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    scored = Document("Ada", (Entity(0, 3, "Peop", 1.5),), (Relation("Knows", 0, 0, -0.25),))
    assert tokens.write_file([DOCUMENT, scored], path) == {"ids": 1, "words": 1}
    assert json.loads(path.read_text(encoding="utf-8")) == [
        RECORD | {"orig_id": "83"},
        {
            "tokens": ["Ada"],
            "entities": [{"type": "Peop", "start": 0, "end": 1, "score": 1.5}],
            "relations": [{"type": "Knows", "head": 0, "tail": 0, "score": -0.25}],
        },
    ]
    assert list(tokens.read_file(path))[1].relations == scored.relations


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"tokens": None}, '"tokens" is null, expected a list'),
        ({"tokens": ["a", 3]}, "a token is 3, expected a string"),
        ({"tokens": ["a", ""]}, "token 1 is empty"),
        ({"tokens": ["a", "\ud83d"]}, "a token has the lone surrogate \\ud83d at character 0"),
        ({"entities": [{"type": "P", "start": 3, "end": 6}]}, "token positions 3..6 but there are 5 tokens"),
        ({"entities": [{"type": "P", "start": -1, "end": 1}]}, "token positions -1..1 but there are 5 tokens"),
        ({"entities": [{"type": "P", "start": 2, "end": 2}]}, "token positions 2..2 but there are 5 tokens"),
        ({"entities": [{"type": "P", "start": True, "end": 2}]}, '"start" of entity 0 is true'),
        ({"relations": [{"type": "R", "head": 0}]}, 'relation 0 has no field "tail"'),
        ({"relations": [{"type": "R", "head": 0, "tail": 2}]}, "object 2 but the document has 2 entities"),
    ],
)
def test_bad_record_is_named_and_reading_goes_on(tmp_path: Path, change: dict[str, Any], reason: str) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps([RECORD, RECORD | change, RECORD]), encoding="utf-8")
    with pytest.raises(DataError) as error:
        list(tokens.read_file(path))
    assert f"{path}, record 2: " in str(error.value)
    assert reason in str(error.value)
    bad: list[BadLine] = []
    assert len(list(tokens.read_file(path, on_error=bad.append))) == 2
    assert [(part.line, part.unit, json.loads(part.content)) for part in bad] == [(2, "record", RECORD | change)]


@pytest.mark.parametrize(
    ("file", "counts"), [("ade/ade_full.json", (4272, 10839, 6821)), ("conll04/test_triples.json", (288, 1079, 422))]
)
def test_real_files(data_dir: Path, tmp_path: Path, file: str, counts: tuple[int, int, int]) -> None:
    documents = list(tokens.read_file(data_dir / file))
    n_entities = sum(len(document.entities or ()) for document in documents)
    n_relations = sum(len(document.relations or ()) for document in documents)
    assert (len(documents), n_entities, n_relations) == counts
    assert tokens.write_file(documents, tmp_path / "a.json") == {}
    assert list(tokens.read_file(tmp_path / "a.json")) == documents
