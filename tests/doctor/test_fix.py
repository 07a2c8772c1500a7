"""Repairs: what changes, what is logged, and what is left alone."""

import json
from pathlib import Path

import pytest

from gprel.doctor import fix, read_data
from gprel.document import Document, Entity, Relation, UnplacedTriple
from gprel.errors import ConfigError
from gprel.formats import FORMATS, BadLine

from .helpers import data, doc


def fixed(tmp_path: Path, documents: list[Document], **options: bool) -> tuple[list[Document], list[dict[str, object]]]:
    """The repaired documents and the log."""
    out = tmp_path / "out"
    n_changes = fix(data(train=documents), out, **options)
    log = [json.loads(line) for line in (out / "fix-log.jsonl").read_text(encoding="utf-8").splitlines()]
    assert n_changes.total() == len(log)
    return list(FORMATS["jsonl"].read(out / "train.jsonl")), log


def test_entities_and_their_relations(tmp_path: Path) -> None:
    entities = (Entity(0, 4, "P"), Entity(0, 3, "P"), Entity(3, 4, "P"), Entity(7, 11, "L"))
    relations = (Relation("In", 1, 3), Relation("In", 0, 3), Relation("In", 2, 3))
    (after,), log = fixed(tmp_path, [Document("Ann in Rome", entities, relations, id="x")])
    assert after == Document("Ann in Rome", (Entity(0, 3, "P"), Entity(7, 11, "L")), (Relation("In", 0, 1),), id="x")
    assert [change["what"] for change in log] == [
        "blanks trimmed",
        "blank entity dropped",
        "duplicate entity dropped",
        "duplicate relation dropped",
        "relation of a blank entity dropped",
    ]
    assert log[0] == {
        "file": "train",
        "line": 1,
        "what": "blanks trimmed",
        "before": {"start": 0, "end": 4, "type": "P", "text": "Ann "},
        "after": {"start": 0, "end": 3, "type": "P", "text": "Ann"},
    }


def test_words_only_on_request(tmp_path: Path) -> None:
    documents = [Document("Anna and cafe\u0301", (Entity(0, 3, "P"), Entity(9, 13, "L")))]
    assert fixed(tmp_path / "no", documents) == (documents, [])
    (after,), log = fixed(tmp_path / "yes", documents, use_words=True)
    assert [after.surface(entity) for entity in after.entities or ()] == ["Anna", "cafe\u0301"]
    assert {change["what"] for change in log} == {"extended to whole words"}


def test_text_without_blanks_has_whole_characters_only(tmp_path: Path) -> None:
    documents = [Document("来自ABC的选手很多很多很多👍🏽", (Entity(2, 4, "P"), Entity(14, 15, "E")))]
    (after,), log = fixed(tmp_path, documents, use_words=True)
    assert after.entities == (Entity(2, 4, "P"), Entity(14, 16, "E"))
    assert [change["what"] for change in log] == ["extended to whole characters"]


def test_labels_are_merged_only_where_it_is_clear(tmp_path: Path) -> None:
    many = [Document(f"Ann{n}", (Entity(0, 3, "P"),), (Relation("Is_A", 0, 0),)) for n in range(10)]
    rare = Document(
        "Bob", (Entity(0, 3, "p"),), (Relation("is_a", 0, 0),), unplaced=(UnplacedTriple("B", "IS A", "C"),)
    )
    after, log = fixed(tmp_path / "clear", [*many, rare])
    assert after[-1] == Document(
        "Bob", (Entity(0, 3, "P"),), (Relation("Is_A", 0, 0),), unplaced=(UnplacedTriple("B", "Is_A", "C"),)
    )
    assert [(change["before"], change["after"]) for change in log] == [("p", "P"), ("is_a", "Is_A"), ("IS A", "Is_A")]
    documents = [*many[:9], rare]
    assert fixed(tmp_path / "unclear", documents) == (documents, [])


def test_documents_listed_twice(tmp_path: Path) -> None:
    one, other = doc("Ann in Rome", ("Ann", "P")), doc("Ann in Rome", ("Rome", "L"))
    blank = Document(" ", (), ())
    after, log = fixed(tmp_path, [one, other, one, blank, blank])
    assert after == [one, other, blank, blank]
    assert [(change["what"], change["line"]) for change in log] == [("duplicate document dropped", 3)]


def test_what_cannot_be_read_is_in_the_log(tmp_path: Path) -> None:
    source = tmp_path / "mine.jsonl"
    source.write_text('{"text": "Ann"}\n{"text": 1}\n')
    read: list[BadLine] = []
    before = source.read_bytes()
    fix(read_data(str(source)), tmp_path / "out")
    (change,) = [json.loads(line) for line in (tmp_path / "out" / "fix-log.jsonl").read_text().splitlines()]
    assert (change["file"], change["line"], change["before"]) == (str(source), 2, '{"text": 1}')
    assert [d.text for d in FORMATS["jsonl"].read(tmp_path / "out" / "mine.jsonl", on_error=read.append)] == ["Ann"]
    assert (read, source.read_bytes()) == ([], before)


def test_a_part_of_which_nothing_could_be_read_has_no_copy(tmp_path: Path) -> None:
    (tmp_path / "train.jsonl").write_text("")
    assert dict(fix(read_data(str(tmp_path / "train.jsonl")), tmp_path / "out")) == {"not read to its end": 1}
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["fix-log.jsonl"]


@pytest.mark.parametrize("make", [Path.mkdir, Path.touch])
def test_nothing_is_changed_in_place(tmp_path: Path, make: object) -> None:
    out = tmp_path / "out"
    if make is Path.mkdir:
        out.mkdir()
        (out / "train.jsonl").touch()
    else:
        out.touch()
    with pytest.raises(ConfigError, match="out exists and is no empty folder; name a new one"):
        fix(data(train=[]), out)
