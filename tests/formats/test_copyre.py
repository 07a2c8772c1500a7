"""CopyRE and CoType: strings with types, and pairs without a relation."""

import json
from pathlib import Path
from typing import Any

import pytest

from gprel.document import Document, Entity, Relation, Span, UnplacedTriple
from gprel.errors import DataError
from gprel.formats import BadLine, copyre, triples
from gprel.formats.placing import Alignment

RECORD: dict[str, Any] = {
    "sentText": "Ada Byron met Ada in Turin .\r\n",
    "articleId": "/some/folder/17.xml",
    "sentId": "2",
    "entityMentions": [
        {"start": 1, "label": "FIRST", "text": "Ada"},
        {"start": 0, "label": "PERSON", "text": "Ada Byron"},
        {"start": 2, "label": "LOCATION", "text": "Turin"},
    ],
    "relationMentions": [
        {"em1Text": "Ada Byron", "em2Text": "Turin", "label": "/people/lived"},
        {"em1Text": "Turin", "em2Text": "Ada Byron", "label": "None"},
        {"em1Text": "Ada Byron", "em2Text": "Turin", "label": "/people/lived"},
        {"em1Text": "Adá", "em2Text": "Turin", "label": "/people/lived"},
    ],
}


def write(path: Path, *records: object) -> Path:
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    return path


def test_mentions_and_triples_have_types(tmp_path: Path) -> None:
    alignments: list[Alignment] = []
    (document,) = copyre.read_file(write(tmp_path / "a.json", RECORD), on_alignment=alignments.append)
    assert document == Document(
        text="Ada Byron met Ada in Turin .",
        entities=(Entity(0, 3, "FIRST"), Entity(0, 9, "PERSON"), Entity(14, 17, "FIRST"), Entity(21, 26, "LOCATION")),
        relations=(Relation("/people/lived", 1, 3),),
        id="17.xml:2",
        words=(Span(0, 3), Span(4, 9), Span(10, 13), Span(14, 17), Span(18, 20), Span(21, 26), Span(27, 28)),
        unplaced=(UnplacedTriple("Adá", "/people/lived", "Turin"),),
    )
    assert alignments == [Alignment(triples=3, repeated=1, unplaced=1)]


def test_labels_of_one_string_follow_start(tmp_path: Path) -> None:
    mentions = [{"start": 4, "label": "LOC", "text": "Jordan"}, {"start": 1, "label": "PER", "text": "Jordan"}]
    path = write(tmp_path / "a.json", {"sentText": "Jordan in Jordan", "entityMentions": mentions})
    (document,) = copyre.read_file(path)
    assert document.entities == (Entity(0, 6, "PER"), Entity(10, 16, "LOC"))
    assert document.relations is None


def test_without_mentions_there_is_one_type(tmp_path: Path) -> None:
    relations = [{"em1Text": "a", "em2Text": "b", "label": "r"}]
    records = [{"sentText": "a b a", "relationMentions": relations}, {"sentText": "a"}, {"sentText": "b", "id": 7}]
    first, second, third = copyre.read_file(write(tmp_path / "a.json", *records), occurrences="first")
    assert first.entities == (Entity(0, 1, "Entity"), Entity(2, 3, "Entity"))
    assert (second.entities, second.relations, second.id) == (None, None, None)
    assert third.id == "7"
    record: dict[str, Any] = {"sentText": "a", "relationMentions": [], "sentId": "9"}
    assert copyre.from_record(record)[0].relations == ()
    assert copyre.from_record(record)[0].id == "9"


def test_a_mention_that_does_not_occur_is_reported_and_the_rest_kept(tmp_path: Path) -> None:
    mentions = [{"start": 0, "label": "P", "text": "Adá"}, {"start": 1, "label": "P", "text": "Turin"}]
    bad_record = {"sentText": "Ada in Turin", "entityMentions": mentions}
    path = write(tmp_path / "a.json", RECORD, bad_record, {"entityMentions": []}, RECORD)
    errors: list[BadLine] = []
    dropped: list[BadLine] = []
    documents = list(copyre.read_file(path, on_error=errors.append, on_dropped=dropped.append))
    assert [document.text[:7] for document in documents] == ["Ada Byr", "Ada in ", "Ada Byr"]
    assert documents[1].entities == (Entity(7, 12, "P"),)
    assert [part.line for part in errors] == [3]
    assert [(part.line, part.reason) for part in dropped] == [
        (2, "the entity 'Adá' does not occur in the text and is left out; correct the mention")
    ]
    assert json.loads(dropped[0].content) == bad_record
    errors.clear()
    assert len(list(copyre.read_file(path, on_error=errors.append))) == 3
    assert [part.line for part in errors] == [2, 3]
    with pytest.raises(DataError, match=r"a\.json:2: the entity 'Adá' does not occur in the text"):
        list(copyre.read_file(path))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"sentText": None}, '"sentText" is null, expected a string'),
        ({"entityMentions": {}}, '"entityMentions" is {}, expected a list'),
        ({"entityMentions": ["Ada"]}, 'entity 0 is "Ada", expected a JSON object'),
        ({"entityMentions": [{"text": "Ada"}]}, 'entity 0 has no field "label"'),
        ({"entityMentions": [{"text": " ", "label": "P"}]}, 'the "text" of entity 0 is empty'),
        ({"entityMentions": [{"text": "Ada", "label": ""}]}, 'the "label" of entity 0 is empty'),
        ({"entityMentions": [{"text": "Ada", "label": "P", "start": "0"}]}, '"start" of entity 0 is "0"'),
        ({"relationMentions": [{"em1Text": "Ada", "label": "r"}]}, 'relation 0 has no field "em2Text"'),
        ({"relationMentions": [{"em1Text": "Ada", "label": "r", "em2Text": ""}]}, "the object of relation 0 is empty"),
        ({"relationMentions": [{"em1Text": [], "label": "r", "em2Text": "Ada"}]}, "a part of relation 0 is []"),
        ({"sentId": []}, '"sentId" is [], expected a string'),
        ({"articleId": 3}, '"articleId" is 3, expected a string'),
    ],
)
def test_bad_record_is_named_and_reading_goes_on(tmp_path: Path, change: dict[str, Any], reason: str) -> None:
    path = write(tmp_path / "a.json", RECORD, RECORD | change, RECORD)
    with pytest.raises(DataError) as error:
        list(copyre.read_file(path))
    assert str(error.value).startswith(f"{path}:2: ")
    assert reason in str(error.value)
    bad: list[BadLine] = []
    assert len(list(copyre.read_file(path, on_error=bad.append))) == 2
    assert [part.line for part in bad] == [2]


@pytest.mark.parametrize(("split", "listed", "distinct"), [("dev", 8489, 7985), ("test", 8616, 8120)])
def test_nyt_with_types_is_nyt_exact(data_dir: Path, split: str, listed: int, distinct: int) -> None:
    alignments: list[Alignment] = []
    typed = list(copyre.read_file(data_dir / "nyt" / "exact_typed" / f"{split}.json", on_alignment=alignments.append))
    exact = list(triples.read_file(data_dir / "nyt" / "exact" / f"{split}_triples.json"))
    assert len(typed) == len({document.id for document in typed}) == 5000
    assert alignments[0].triples == listed
    assert alignments[0].triples - alignments[0].repeated == distinct

    def contents(document: Document) -> object:
        linked = frozenset((s.span, relation, o.span) for s, relation, o in document.triples())
        return document.text, linked, frozenset(document.unplaced)

    assert set(map(contents, typed)) == set(map(contents, exact))
    assert {entity.type for document in typed for entity in document.entities or ()} == {
        "PERSON",
        "LOCATION",
        "ORGANIZATION",
    }
