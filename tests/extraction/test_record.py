"""Records as lines."""

import json

from gprel.document import Document, Entity, Relation
from gprel.extraction.record import bad_line, json_lines, to_record, triple_lines
from gprel.formats import BadLine


def test_repeated_mentions_give_one_triple_line() -> None:
    text = "Ann, Ann\tLee and Bo"
    entities = (Entity(0, 3, "P"), Entity(5, 8, "P"), Entity(5, 12, "P"), Entity(17, 19, "P"))
    relations = (Relation("knows", 0, 3, 1.0), Relation("knows", 1, 3, 2.5), Relation("knows", 2, 3, 0.5))
    lines = list(triple_lines(to_record(Document(text, entities, relations, id="7"))))
    assert lines == [b"7\tAnn\tknows\tBo\t2.50\n", b"7\tAnn Lee\tknows\tBo\t0.50\n"]


def test_a_triple_line_has_the_probability_of_the_best_score() -> None:
    record = {
        "text": "Ann Ann Bo",
        "entities": [{"start": 0, "end": 3}, {"start": 4, "end": 7}, {"start": 8, "end": 10}],
        "relations": [
            {"type": "knows", "subject": 0, "object": 2, "score": 1.0, "prob": 0.6},
            {"type": "knows", "subject": 1, "object": 2, "score": 2.0, "prob": 0.8},
        ],
    }
    assert list(triple_lines(record)) == [b"\tAnn\tknows\tBo\t2.00\t0.8000\n"]
    assert list(triple_lines({"text": "Ann"})) == []


def test_a_lone_surrogate_that_passes_through_stays_escaped() -> None:
    [line] = json_lines({"text": "ä", "raw": "\ud800"})
    assert line == b'{"text": "\\u00e4", "raw": "\\ud800"}\n'
    assert list(json_lines({"text": "ä"})) == ['{"text": "ä"}\n'.encode()]


def test_what_could_not_be_read_is_one_line() -> None:
    bad = BadLine("a.json", 3, "malformed", "b\ud800d\nrest", "record")
    line = bad_line(bad)
    assert line.count(b"\n") == 1
    assert json.loads(line.decode().replace("\\ud800", "?")) == {
        "source": "a.json",
        "record": 3,
        "reason": "malformed",
        "content": "b?d\nrest",
    }
