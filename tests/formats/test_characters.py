"""CLUENER JSON lines."""

from pathlib import Path

import pytest

from gprel.document import Document, Entity
from gprel.errors import DataError
from gprel.formats import BadLine, cluener


def write(path: Path, text: str) -> Path:
    path.write_bytes(text.encode())
    return path


def test_cluener_ends_are_inclusive(tmp_path: Path) -> None:
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
def test_bad_cluener_line(tmp_path: Path, line: str, reason: str) -> None:
    path = write(tmp_path / "a.json", f'{{"text": "一"}}\n{line}\n{{"text": "二"}}\n')
    with pytest.raises(DataError) as error:
        list(cluener.read_file(path))
    assert str(error.value).startswith(f"{path}:2: ")
    assert reason in str(error.value)
    bad: list[BadLine] = []
    assert [document.text for document in cluener.read_file(path, on_error=bad.append)] == ["一", "二"]
    assert [part.content for part in bad] == [line]
