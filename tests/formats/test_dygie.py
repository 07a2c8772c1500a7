"""DyGIE JSON lines: sentences become one text, positions count over all of them."""

import json
from pathlib import Path
from typing import Any

import pytest

from gprel.document import Document, Entity, Relation, Span
from gprel.errors import DataError
from gprel.formats import BadLine, dygie

RECORD: dict[str, Any] = {
    "doc_key": "news-1",
    "sentences": [["Åsa", "Berg", "left", "."], [], ["She", "loves", "Oslo", "Town"]],
    "ner": [[[0, 1, "Peop"]], [], [[4, 4, "Peop"], [6, 7, "Loc"]]],
    "relations": [[], [], [[4, 4, 6, 7, "Live_In"], [0, 1, 6, 7, "Live_In"]]],
    "clusters": [[[0, 1], [4, 4]]],
    "events": [[], [], []],
}
DOCUMENT = Document(
    text="Åsa Berg left . She loves Oslo Town",
    entities=(Entity(0, 8, "Peop"), Entity(16, 19, "Peop"), Entity(26, 35, "Loc")),
    relations=(Relation("Live_In", 1, 2), Relation("Live_In", 0, 2)),
    id="news-1",
    words=(Span(0, 3), Span(4, 8), Span(9, 13), Span(14, 15), Span(16, 19), Span(20, 25), Span(26, 30), Span(31, 35)),
)


def write(path: Path, *records: object) -> Path:
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    return path


def test_sentences_are_joined_and_other_fields_passed_over(tmp_path: Path) -> None:
    bare = {"sentences": [["Bare"], ["text"]]}
    assert list(dygie.read_file(write(tmp_path / "a", RECORD, bare))) == [
        DOCUMENT,
        Document("Bare text", words=(Span(0, 4), Span(5, 9))),
    ]


def test_a_document_is_written_as_one_sentence(tmp_path: Path) -> None:
    other = Document("Ada!", (), None)
    assert dygie.write_file([DOCUMENT, other], tmp_path / "a") == {"ids": 1, "texts": 1, "words": 1}
    lines = (tmp_path / "a").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line) for line in lines] == [
        {
            "doc_key": "news-1",
            "sentences": [[token for sentence in RECORD["sentences"] for token in sentence]],
            "ner": [[[0, 1, "Peop"], [4, 4, "Peop"], [6, 7, "Loc"]]],
            "relations": [RECORD["relations"][2]],
        },
        {"doc_key": "2", "sentences": [["Ada", "!"]], "ner": [[]]},
    ]
    assert next(dygie.read_file(tmp_path / "a")) == DOCUMENT


def test_predictions_have_scores(tmp_path: Path) -> None:
    record = {
        "doc_key": "p",
        "sentences": [["Ada", "wrote", "notes"]],
        "predicted_ner": [[[0, 0, "Peop", 3.25, 0.9], [2, 2, "Work", "a flavor"]]],
        "predicted_relations": [[[0, 0, 2, 2, "Wrote", -1.5, 0.7]]],
    }
    (document,) = dygie.read_file(write(tmp_path / "a", record))
    assert document.entities == (Entity(0, 3, "Peop", 3.25), Entity(10, 15, "Work"))
    assert document.relations == (Relation("Wrote", 0, 1, -1.5),)
    assert dygie.write_file([document], tmp_path / "b") == {"scores": 2}
    gold = record | {"ner": [[[0, 0, "Peop"]]], "relations": [[]]}
    (document,) = dygie.read_file(write(tmp_path / "c", gold))
    assert (document.entities, document.relations) == ((Entity(0, 3, "Peop"),), ())


def test_a_relation_of_the_second_entity_with_the_same_words_is_counted(tmp_path: Path) -> None:
    entities = (Entity(0, 3, "Peop"), Entity(0, 3, "Org"))
    document = Document("Ada", entities, (Relation("r", 0, 0), Relation("s", 1, 0)), id="1", words=(Span(0, 3),))
    assert dygie.write_file([document], tmp_path / "a") == {"relations": 1}
    (read,) = dygie.read_file(tmp_path / "a")
    assert read.relations == (Relation("r", 0, 0), Relation("s", 0, 0))


BAD = [
    ({"sentences": [["a"], "b"]}, 'sentence 1 is "b", expected a list'),
    ({"sentences": [["a", ""]]}, "token 1 is empty"),
    ({"doc_key": 1.5}, "is 1.5, expected a string"),
    ({"ner": [[], []]}, '"ner" has 2 lists but there are 3 sentences; give one list per sentence'),
    ({"ner": [[], [], {}]}, '"ner" of sentence 2 is {}, expected a list'),
    ({"ner": [[], [], [[0, 1]]]}, "entity 0 of sentence 2 has 2 values, expected [start, end, type]"),
    (
        {"ner": [[], [], [[0, 1, "P"]]]},
        "token positions 0..1 but the sentence has 4..7; positions count the tokens of the",
    ),
    ({"ner": [[[3, 4, "P"]], [], []]}, "token positions 3..4 but the sentence has 0..3"),
    ({"ner": [[], [], [[7, 8, "P"]]]}, "token positions 7..8 but there are 8 tokens; positions are those of the first"),
    ({"ner": [[[1, 0, "P"]], [], []]}, "token positions 1..0 but there are 8 tokens"),
    ({"ner": [[["0", 1, "P"]], [], []]}, 'a token position of entity 0 of sentence 0 is "0", expected a whole number'),
    ({"ner": [[[0, 1, 2]], [], []]}, "the type of entity 0 of sentence 0 is 2, expected a string"),
    ({"ner": [[[0, 1, "P", float("nan")]], [], []]}, "the score of entity 0 of sentence 0 is NaN, expected a finite"),
    (
        {"relations": [[], [], [[0, 1, 5, 5, "R"]]]},
        "the object of relation 0 of sentence 2 has token positions 5..5, where no entity is; list the entity, too",
    ),
    ({"ner": None}, "the subject of relation 0 of sentence 2 has token positions 4..4, where no entity is"),
]


@pytest.mark.parametrize(("change", "reason"), BAD, ids=range(len(BAD)))
def test_bad_document_is_named_and_reading_goes_on(tmp_path: Path, change: dict[str, Any], reason: str) -> None:
    path = write(tmp_path / "a", RECORD, RECORD | change, RECORD)
    with pytest.raises(DataError) as error:
        list(dygie.read_file(path))
    assert str(error.value).startswith(f"{path}:2: ")
    assert reason in str(error.value)
    bad: list[BadLine] = []
    assert list(dygie.read_file(path, on_error=bad.append)) == [DOCUMENT, DOCUMENT]
    assert [(part.line, part.content) for part in bad] == [(2, json.dumps(RECORD | change))]
