"""CLUENER JSON lines: ends are inclusive, and what is written comes back as it was."""

import json
from pathlib import Path

import pytest

from gprel.document import Document, Entity, Relation
from gprel.errors import DataError
from gprel.formats import BadLine, cluener


def write(path: Path, text: str) -> Path:
    path.write_bytes(text.encode())
    return path


def test_ends_are_inclusive(tmp_path: Path) -> None:
    lines = (
        '{"text": "小明在小城见小明", "label": {"name": {"小明": [[6, 7], [0, 1]]}, "address": {"小城": [[3, 4]]}}}\n'
    )
    path = write(tmp_path / "a.json", lines + '{"id": 0, "text": "小城"}\n{"text": "无", "label": {}}\n')
    assert list(cluener.read_file(path)) == [
        Document("小明在小城见小明", (Entity(0, 2, "name"), Entity(3, 5, "address"), Entity(6, 8, "name"))),
        Document("小城", None, id="0"),
        Document("无", ()),
    ]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('{"label": {}}', 'the object has no field "text"'),
        ('{"text": "小明", "label": []}', '"label" is [], expected a JSON object'),
        ('{"text": "小明", "label": {"name": ["小明"]}}', "label 'name' is"),
        ('{"text": "小明", "label": {"name": {"小明": [0, 1]}}}', "a span is 0, expected a list of 2 values"),
        ('{"text": "小明", "label": {"name": {"小明": [[0, "1"]]}}}', "an offset of '小明' is \"1\""),
        (
            '{"text": "小明。", "label": {"name": {"小明": [[0, 2]]}}}',
            "'小明' is at [0, 2], where the text has '小明。'",
        ),
        ('{"text": "小明", "label": {"name": {"小明": [[-2, 1]]}}}', "'小明' is at [-2, 1]"),
        ('{"text": "小明", "label": {"name": {"": [[1, 0]]}}}', "offsets 1..1 but the text has 2 characters"),
    ],
)
def test_bad_line(tmp_path: Path, line: str, reason: str) -> None:
    path = write(tmp_path / "a.json", f'{{"text": "一"}}\n{line}\n{{"text": "二"}}\n')
    with pytest.raises(DataError) as error:
        list(cluener.read_file(path))
    assert str(error.value).startswith(f"{path}:2: ")
    assert reason in str(error.value)
    bad: list[BadLine] = []
    assert [document.text for document in cluener.read_file(path, on_error=bad.append)] == ["一", "二"]
    assert [part.content for part in bad] == [line]


def test_repeated_nested_and_unknown_entities(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    written = [
        Document("小明在小城见小明", (Entity(0, 2, "name"), Entity(0, 5, "x"), Entity(6, 8, "name")), id="7"),
        Document("小城"),
        Document("无", ()),
    ]
    assert cluener.write_file(written, path) == {}
    assert [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] == [
        {
            "id": "7",
            "text": "小明在小城见小明",
            "label": {"name": {"小明": [[0, 1], [6, 7]]}, "x": {"小明在小城": [[0, 4]]}},
        },
        {"text": "小城"},
        {"text": "无", "label": {}},
    ]
    assert list(cluener.read_file(path)) == written


def test_what_cluener_cannot_hold_is_counted(tmp_path: Path) -> None:
    document = Document("小城", (Entity(0, 1, "A", 0.5), Entity(1, 2, "B")), (Relation("r", 0, 1, 1.0),), words=())
    assert cluener.write_file([document, Document("", (), ())], tmp_path / "a.json") == {
        "scores": 2,
        "relations": 1,
        "words": 1,
        "unknown annotation": 1,
    }


@pytest.mark.parametrize(
    ("split", "n_documents", "n_entities"), [("train", 10748, 23971), ("dev", 1343, 3072), ("test", 1345, 0)]
)
def test_cluener_itself_comes_back(
    data_dir: Path, tmp_path: Path, split: str, n_documents: int, n_entities: int
) -> None:
    documents = list(cluener.read_file(data_dir / "cluener" / f"{split}.json"))
    assert len(documents) == n_documents
    assert sum(len(document.entities or ()) for document in documents) == n_entities
    assert cluener.write_file(documents, tmp_path / "a.json") == {}
    assert list(cluener.read_file(tmp_path / "a.json")) == documents
