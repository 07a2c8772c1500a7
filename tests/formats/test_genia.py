"""W2NER JSON: entities as lists of token positions."""

import json
from pathlib import Path
from typing import Any

import pytest

from gprel.document import Document, Entity, Relation, Span
from gprel.errors import DataError
from gprel.formats import BadLine, genia

RECORD: dict[str, Any] = {
    "sentence": ["the", "NF-x", "gene", "acts"],
    "ner": [{"index": [1], "type": "protein"}, {"index": [1, 2], "type": "DNA"}],
}
DOCUMENT = Document(
    text="the NF-x gene acts",
    entities=(Entity(4, 8, "protein"), Entity(4, 13, "DNA")),
    id="1",
    words=(Span(0, 3), Span(4, 8), Span(9, 13), Span(14, 18)),
)


def test_there_and_back(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps([RECORD, {"sentence": ["Bare"]}]), encoding="utf-8")
    documents = list(genia.read_file(path))
    assert documents == [DOCUMENT, Document("Bare", id="2", words=(Span(0, 4),))]
    related = Document("Bare", (), (), words=(Span(0, 4),))
    assert genia.write_file([*documents, related], tmp_path / "b.json") == {"ids": 1, "unknown annotation": 1}
    written = json.loads((tmp_path / "b.json").read_text(encoding="utf-8"))
    assert written == [{"id": "1", **RECORD}, {"id": "2", "sentence": ["Bare"]}, {"sentence": ["Bare"], "ner": []}]


def test_relations_are_counted(tmp_path: Path) -> None:
    document = Document("a b", (Entity(1, 2, "T"),), (Relation("r", 0, 0, 0.5),) * 2, id="1")
    assert genia.write_file([document], tmp_path / "a") == {"relations": 2, "scores": 2, "entities": 1, "words": 1}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"sentence": [1]}, "a token is 1, expected a string"),
        ({"ner": [[0, 1, "T"]]}, 'entity 0 is [0, 1, "T"], expected a JSON object'),
        (
            {"ner": [{"index": [1, 3], "type": "T"}]},
            "entity 0 has the token positions [1, 3], expected one or more without",
        ),
        (
            {"ner": [{"index": [2, 1], "type": "T"}]},
            "[2, 1], expected one or more without a gap; gprel has no discontinuous",
        ),
        ({"ner": [{"index": [], "type": "T"}]}, "entity 0 has the token positions [], expected one or more"),
        ({"ner": [{"index": 1, "type": "T"}]}, '"index" of entity 0 is 1, expected a list'),
        ({"ner": [{"index": ["1"], "type": "T"}]}, 'a token position of entity 0 is "1", expected a whole number'),
        ({"ner": [{"index": [3, 4], "type": "T"}]}, "entity 0 has token positions 3..5 but there are 4 tokens"),
        ({"ner": [{"index": [-1], "type": "T"}]}, "entity 0 has token positions -1..0 but there are 4 tokens"),
        ({"ner": [{"index": [1]}]}, 'entity 0 has no field "type"'),
    ],
)
def test_bad_record_is_named_and_reading_goes_on(tmp_path: Path, change: dict[str, Any], reason: str) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps([RECORD, RECORD | change, RECORD]), encoding="utf-8")
    with pytest.raises(DataError) as error:
        list(genia.read_file(path))
    assert str(error.value).startswith(f"{path}, record 2: ")
    assert reason in str(error.value)
    bad: list[BadLine] = []
    assert [document.id for document in genia.read_file(path, on_error=bad.append)] == ["1", "3"]
    assert [(part.line, json.loads(part.content)) for part in bad] == [(2, RECORD | change)]


@pytest.mark.parametrize(
    ("split", "counts"), [("train", (15023, 45010)), ("dev", (1669, 5365)), ("test", (1854, 5506))]
)
def test_real_files(data_dir: Path, split: str, counts: tuple[int, int]) -> None:
    documents = list(genia.read_file(data_dir / "genia" / f"{split}.json"))
    assert (len(documents), sum(len(document.entities or ()) for document in documents)) == counts
