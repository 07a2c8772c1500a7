"""Short sentences for the training of the model that comes with gprel."""

from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

from gprel.corpora import load
from gprel.document import Document
from gprel.errors import DataError
from gprel.formats import jsonl

BORN = "place of birth (P19)"


@pytest.fixture
def short(scripts: Path) -> ModuleType:
    return import_module("default_short")


@pytest.fixture
def train(articles: Path) -> list[Document]:
    return load("redocred", low_resource=True, data_dir=articles).split("train")


def surfaces(document: Document) -> list[tuple[str, str]]:
    return [(document.text[e.start : e.end], e.type) for e in document.entities or ()]


def test_names_stand_where_they_stood(short: ModuleType, train: list[Document]) -> None:
    pattern = short.Pattern("In [LOC b] [PER a] and [PER c] met.", (("a", "P19", "b"),))
    assert pattern.places() == {"b": ("LOC", "P19", "object"), "a": ("PER", "P19", "subject"), "c": ("PER", "", "")}
    made = list(short.sentences([pattern], train, 20, seed=1))
    assert len({document.id for document in made}) == 20
    born = [(d.text[s.start : s.end], d.text[o.start : o.end]) for d in train for s, _, o in d.triples()]
    for document in made:
        (place, loc), (person, per), (other, _) = surfaces(document)
        assert document.text == f"In {place} {person} and {other} met."
        assert (loc, per) == ("LOC", "PER")
        assert person != other
        assert person in {subject for subject, _ in born}
        assert place in {object_ for _, object_ in born}
        assert [(r.type, r.subject, r.object) for r in document.relations or ()] == [(BORN, 1, 0)]
    assert (
        made
        == list(short.sentences([pattern], train, 20, seed=1))
        != list(short.sentences([pattern], train, 20, seed=2))
    )


def test_a_sentence_that_says_nothing(short: ModuleType, train: list[Document]) -> None:
    (made,) = short.sentences([short.Pattern("[PER a] saw [PER b].", ())], train, 1, seed=1)
    assert made.relations == ()
    assert len(made.entities) == 2


def test_names_of_another_relation(short: ModuleType) -> None:
    pattern = short.Pattern("[LOC a] is in [LOC b].", (("a", "P131", "b"), ("a", "P17", "b")), like="P17")
    assert pattern.places() == {"a": ("LOC", "P17", "subject"), "b": ("LOC", "P17", "object")}


@pytest.mark.parametrize(
    ("text", "fact", "message"),
    [
        ("[ORG a] is in [LOC b].", ("a", "P159", "b"), "have no ORG P159 subject for"),
        ("[PER a] and [PER b] and [PER c] and [PER d] and [PER e].", None, "have no PER  .*for .e"),
    ],
)
def test_what_the_articles_do_not_have(
    short: ModuleType, train: list[Document], text: str, fact: tuple[str, str, str] | None, message: str
) -> None:
    with pytest.raises(DataError, match=message):
        list(short.sentences([short.Pattern(text, (fact,) if fact else ())], train, 1, seed=1))


def test_marks_are_written_as_people_do(short: ModuleType) -> None:
    assert short._as_written("August 20 , 1920") == "August 20, 1920"
    assert short._as_written("Washington , D.C. ( state )") == "Washington, D.C. (state)"


def test_every_pattern_of_the_file(short: ModuleType) -> None:
    patterns = short.read_patterns()
    assert len({pattern.text for pattern in patterns}) == len(patterns) > 100
    for pattern in patterns:
        assert pattern.places(), pattern.text
        for subject, property_, object_ in pattern.says:
            assert {subject, object_} <= pattern.places().keys(), pattern.text
            assert property_.startswith("P"), pattern.text


def test_the_patterns_fit_the_corpus(short: ModuleType, data_dir: Path) -> None:
    train = load("redocred", variant="mixed", low_resource=True, data_dir=data_dir, splits=("train",)).split("train")
    made = list(short.sentences(short.read_patterns(), train, 2, seed=42))
    known = {relation.type for document in train for relation in document.relations or ()}
    assert {relation.type for document in made for relation in document.relations or ()} <= known


def test_the_folder(short: ModuleType, articles: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["x", "--data-dir", str(articles), "--out", str(tmp_path), "--per-pattern", "2"])
    few = [short.Pattern("[PER a] was born in [LOC b].", (("a", "P19", "b"),))]
    monkeypatch.setattr(short, "read_patterns", lambda: few)
    short.main()
    corpus = load("redocred", variant="mixed", low_resource=True, data_dir=articles)
    train, dev = (list(jsonl.read_file(tmp_path / f"{split}.jsonl")) for split in ("train", "dev"))
    assert train[:-2] == corpus.split("train")
    assert [document.id for document in train[-2:]] == ["short-0-0", "short-0-1"]
    assert dev == corpus.split("dev")
