"""DocRED: entities with several mentions, whole documents and single sentences."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from gprel.document import Document, Entity, Relation, Span
from gprel.errors import DataError
from gprel.formats import BadLine, docred


def mention(sentence: int, start: int, end: int, type_: str = "PER", name: str = "x") -> dict[str, Any]:
    return {"name": name, "pos": [start, end], "sent_id": sentence, "type": type_}


RECORD: dict[str, Any] = {
    "title": "Ada",
    "sents": [["Ada", "Byron", "knew", "Turin", "."], ["She", "and", "Ada", "left", "."], ["Rome", "fell", "."]],
    "vertexSet": [
        [mention(1, 2, 3), mention(0, 0, 2), mention(1, 0, 1), mention(0, 0, 2, name="Ada  Byron")],
        [mention(0, 3, 4, "LOC")],
        [mention(2, 0, 1, "LOC")],
        [mention(1, 3, 4, "ACT")],
    ],
    "labels": [
        {"h": 0, "t": 1, "r": "P1", "evidence": [0]},
        {"h": 0, "t": 2, "r": "P2", "evidence": []},
        {"h": 0, "t": 3, "r": "P3"},
    ],
}


def write(path: Path, *records: object) -> Path:
    path.write_text(json.dumps(records), encoding="utf-8")
    return path


def triples(document: Document) -> list[tuple[str, int, str, str, int]]:
    return [
        (document.surface(s), s.start, relation, document.surface(o), o.start) for s, relation, o in document.triples()
    ]


def test_whole_document(tmp_path: Path) -> None:
    counts: list[Counter[str]] = []
    (document,) = docred.read_file(write(tmp_path / "a.json", RECORD), on_counts=counts.append)
    assert document.text == "Ada Byron knew Turin . She and Ada left . Rome fell ."
    assert document.id == "Ada"
    assert document.words is not None
    assert document.words[:3] == (Span(0, 3), Span(4, 9), Span(10, 14))
    assert document.entities == (
        Entity(0, 9, "PER"),
        Entity(15, 20, "LOC"),
        Entity(23, 26, "PER"),
        Entity(31, 34, "PER"),
        Entity(35, 39, "ACT"),
        Entity(42, 46, "LOC"),
    )
    assert triples(document) == [
        ("Ada Byron", 0, "P1", "Turin", 15),
        ("Ada Byron", 0, "P2", "Rome", 42),  # no sentence has both: the first mention of each
        ("She", 23, "P3", "left", 35),
        ("Ada", 31, "P3", "left", 35),
    ]
    assert counts == [
        {
            "documents": 1,
            "sentences": 3,
            "mentions": 7,
            "repeated mentions": 1,
            "triples": 3,
            "triples in sentences": 2,
        }
    ]


def test_sentences(tmp_path: Path) -> None:
    counts: list[Counter[str]] = []
    path = write(tmp_path / "a.json", RECORD, RECORD | {"title": "Bee"})
    documents = list(docred.read_sentences(path, on_counts=counts.append))
    assert [document.id for document in documents] == ["Ada:1", "Ada:2", "Ada:3", "Bee:1", "Bee:2", "Bee:3"]
    first, second, third = documents[:3]
    assert first == Document(
        "Ada Byron knew Turin .",
        (Entity(0, 9, "PER"), Entity(15, 20, "LOC")),
        (Relation("P1", 0, 1),),
        "Ada:1",
        (Span(0, 3), Span(4, 9), Span(10, 14), Span(15, 20), Span(21, 22)),
    )
    assert triples(second) == [("She", 0, "P3", "left", 12), ("Ada", 8, "P3", "left", 12)]
    assert (third.entities, third.relations) == ((Entity(0, 4, "LOC"),), ())
    assert list(docred.sentences(RECORD)) == documents[:3]
    assert (counts[0]["sentences"], counts[0]["triples in sentences"]) == (6, 4)


def test_without_labels_relations_are_unknown() -> None:
    record = {key: value for key, value in RECORD.items() if key != "labels"}
    assert docred.from_record(record).relations is None
    assert docred.from_record(record | {"labels": []}).relations == ()
    assert [sentence.relations for sentence in docred.sentences(record)] == [None, None, None]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"title": 3}, '"title" is 3, expected a string'),
        ({"sents": ["Ada"]}, 'sentence 0 is "Ada", expected a list'),
        ({"sents": [["Ada", ""]]}, "token 1 is empty"),
        ({"vertexSet": None}, '"vertexSet" is null, expected a list'),
        ({"vertexSet": [[]], "labels": []}, "entity 0 has no mentions, expected at least one"),
        ({"vertexSet": [[mention(3, 0, 1)]]}, "mention 0 of entity 0 is in sentence 3 but there are 3"),
        ({"vertexSet": [[mention(-1, 0, 1)]]}, "is in sentence -1 but there are 3"),
        ({"vertexSet": [[mention(2, 2, 4)]]}, "has token positions 2..4 but sentence 2 has 3 tokens"),
        ({"vertexSet": [[mention(2, 1, 1)]]}, "has token positions 1..1 but sentence 2"),
        (
            {"vertexSet": [[mention(2, 0, 1) | {"pos": [0]}]]},
            '"pos" of mention 0 of entity 0 is [0], expected a list of 2',
        ),
        ({"vertexSet": [[{"pos": [0, 1], "sent_id": 0}]]}, 'mention 0 of entity 0 has no field "type"'),
        ({"vertexSet": [[mention(2, 0, 1, "")]], "labels": []}, '"type" of mention 0 of entity 0 is empty'),
        ({"labels": [{"h": 0, "t": 4, "r": "P1"}]}, '"t" of label 0 is 4 but there are 4 entities'),
        ({"labels": [{"h": -1, "t": 1, "r": "P1"}]}, '"h" of label 0 is -1 but there are 4 entities'),
        ({"labels": [{"h": 0, "t": 1}]}, 'label 0 has no field "r"'),
        ({"labels": [{"h": 0, "t": 1, "r": ""}]}, '"r" of label 0 is empty; name it'),
        ({"labels": [{"h": 0, "t": 2, "r": ""}]}, '"r" of label 0 is empty; name it'),
    ],
)
@pytest.mark.parametrize("read", [docred.read_file, docred.read_sentences])
def test_bad_record_is_named_and_reading_goes_on(
    tmp_path: Path, change: dict[str, Any], reason: str, read: Any
) -> None:
    path = write(tmp_path / "a.json", RECORD, RECORD | change, RECORD | {"title": "Bee"})
    with pytest.raises(DataError) as error:
        list(read(path))
    assert str(error.value).startswith(f"{path}, record 2: ")
    assert reason in str(error.value)
    bad: list[BadLine] = []
    counts: list[Counter[str]] = []
    documents = list(read(path, on_error=bad.append, on_counts=counts.append))
    assert {document.id[:3] for document in documents} == {"Ada", "Bee"}
    assert counts[0]["documents"] == 2
    assert [part.line for part in bad] == [2]


@pytest.mark.parametrize(
    ("split", "expected", "n_relations"),
    [
        ("dev", {"documents": 500, "sentences": 4110, "mentions": 13189, "triples in sentences": 8614}, 93),
        ("test", {"documents": 500, "sentences": 3966, "mentions": 13018, "triples in sentences": 8664}, 95),
    ],
)
def test_redocred_itself(data_dir: Path, split: str, expected: dict[str, int], n_relations: int) -> None:
    path = data_dir / "redocred" / f"{split}_revised.json"
    counts: list[Counter[str]] = []
    documents = list(docred.read_sentences(path, on_counts=counts.append))
    assert {name: counts[0][name] for name in expected} == expected
    assert len(documents) == expected["sentences"]
    n_mentions = sum(len(document.entities or ()) for document in documents)
    assert n_mentions == counts[0]["mentions"] - counts[0]["repeated mentions"]
    assert len({relation for document in documents for _, relation, _ in document.triples()}) == n_relations
    whole = list(docred.read_file(path))
    assert len(whole) == 500
    assert sum(len(document.entities or ()) for document in whole) == n_mentions


LONG: dict[str, Any] = {
    "title": "Long",
    "sents": [["a"] * 40, ["b"] * 50, ["c"] * 30, ["d"] * 120, ["e"] * 3, ["f"] * 3],
    "vertexSet": [
        [mention(0, 0, 1), mention(1, 0, 1), mention(2, 5, 6)],
        [mention(1, 3, 5, "LOC"), mention(4, 0, 1, "LOC")],
    ],
    "labels": [{"h": 0, "t": 1, "r": "P1"}],
}


@pytest.mark.parametrize(
    ("lengths", "parts"),
    [
        ([], []),
        ([500], [(0, 1)]),
        ([40, 50, 30, 120, 3, 3], [(0, 2), (1, 3), (3, 4), (4, 6)]),
        ([60, 60, 60], [(0, 1), (1, 2), (2, 3)]),
        ([50, 50, 60], [(0, 2), (2, 3)]),
        ([30] * 5, [(0, 3), (2, 5)]),
    ],
)
def test_windows_overlap_where_there_is_room(lengths: list[int], parts: list[tuple[int, int]]) -> None:
    assert [(part.start, part.stop) for part in docred.window_parts(lengths)] == parts


def test_windows_with_every_pair_or_the_nearest(tmp_path: Path) -> None:
    path = write(tmp_path / "a.json", LONG)
    every = list(docred.read_windows(path))
    assert [document.id for document in every] == ["Long:1-2", "Long:2-3", "Long:4", "Long:5-6"]
    assert [[(s, o) for _, s, _, _, o in triples(document)] for document in every] == [
        [(0, 86), (80, 86)],  # characters: the 40 words before are 80 of them
        [(0, 6), (110, 6)],
        [],
        [],
    ]
    nearest = list(docred.read_windows(path, use_nearest=True))
    assert [[(s, o) for _, s, _, _, o in triples(document)] for document in nearest] == [[(80, 86)], [(0, 6)], [], []]


def test_windows_beside_sentences_repeat_none(tmp_path: Path) -> None:
    counts: list[Counter[str]] = []
    path = write(tmp_path / "a.json", LONG)
    mixed = list(docred.read_windows(path, with_sentences=True, on_counts=counts.append))
    assert [document.id for document in mixed] == [
        *(f"Long:{n}" for n in range(1, 7)),
        "Long:1-2",
        "Long:2-3",
        "Long:5-6",
    ]
    assert counts[0]["documents"] == 1
    assert mixed[:6] == list(docred.read_sentences(path))
