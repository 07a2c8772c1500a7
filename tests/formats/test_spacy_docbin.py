"""spaCy's DocBin: what spaCy users write, what is written for them, and what is no DocBin."""

import gc
import math
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gprel.document import Document, Entity, Relation, Span, UnplacedTriple
from gprel.errors import DataError, DependencyError
from gprel.formats import BadLine, spacy_docbin
from gprel.formats.changes import count_changes

REL = ("._.", "rel", None, None)


@pytest.fixture
def spacy() -> Any:
    """The package; tests that need it are skipped without it."""
    return pytest.importorskip("spacy", reason="spaCy is an extra: pip install gprel[spacy]")


def make_doc(spacy: Any) -> Any:
    doc = spacy.tokens.Doc(spacy.vocab.Vocab(), words=["Ann", "Lee", "lives", "in", "Oslo", "."])
    doc.set_ents([spacy.tokens.Span(doc, 0, 2, label="Peop"), spacy.tokens.Span(doc, 4, 5, label="Loc")])
    return doc


def saved(spacy: Any, path: Path, *docs: Any) -> Path:
    spacy.tokens.DocBin(store_user_data=True, docs=docs).to_disk(path)
    return path


def read_one(spacy: Any, path: Path, doc: Any) -> Document:
    (document,) = spacy_docbin.read_file(saved(spacy, path / "in.spacy", doc))
    return document


def test_entities_of_a_doc(spacy: Any, tmp_path: Path) -> None:
    document = read_one(spacy, tmp_path, make_doc(spacy))
    assert document.text == "Ann Lee lives in Oslo . "
    assert document.entities == (Entity(0, 7, "Peop"), Entity(17, 21, "Loc"))
    assert document.relations is None
    assert [document.surface(word) for word in document.words or ()] == ["Ann", "Lee", "lives", "in", "Oslo", "."]


def test_nested_entities_of_span_groups(spacy: Any, tmp_path: Path) -> None:
    doc = make_doc(spacy)
    spans = [(0, 2, "Peop"), (0, 1, "First"), (0, 1, "First")]
    doc.spans["sc"] = [spacy.tokens.Span(doc, start, end, label=label) for start, end, label in spans]
    document = read_one(spacy, tmp_path, doc)
    peop, first, loc = Entity(0, 7, "Peop"), Entity(0, 3, "First"), Entity(17, 21, "Loc")
    assert document.entities == (peop, first, first, loc)  # what is in both places counts once


def test_relations_as_in_the_tutorial(spacy: Any, tmp_path: Path) -> None:
    doc = make_doc(spacy)
    doc.user_data[REL] = {(0, 4): {"Live_In": 1.0, "Born_In": 0.2}, (4, 0): {"Has": 0.75}, (0, 0): {}}
    doc.user_data["id"] = 7
    document = read_one(spacy, tmp_path, doc)
    assert document.relations == (Relation("Live_In", 0, 1), Relation("Has", 1, 0, pytest.approx(math.log(3))))
    assert document.id == "7"


def test_nothing_known_and_nothing_found_are_different(spacy: Any, tmp_path: Path) -> None:
    doc = spacy.tokens.Doc(spacy.vocab.Vocab(), words=["a"])
    assert read_one(spacy, tmp_path, doc).entities is None
    doc.set_ents([], default="outside")
    assert read_one(spacy, tmp_path, doc).entities == ()


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ([1], r"doc\._\.rel is \(1,\), expected \{\(start, start\): \{label: score\}\}"),
        ({"a": {}}, r'doc\._\.rel has "a": \{\}, expected \(start, start\): \{label: score\} with token positions'),
        ({(0, 4): ["L"]}, r"doc\._\.rel has \(0, 4\): "),
        ({(0, 4): {"L": 2}}, r"the score of 'L' in doc\._\.rel is 2, expected a number from 0 to 1"),
        ({(0, 4): {"L": "1"}}, r"the score of 'L' in doc\._\.rel is \"1\", expected a number"),
        ({(0, 3): {"L": 1.0}}, r"'L' in doc\._\.rel links tokens 0 and 3, but no entity begins at 3"),
        ({(0, 4): {"": 1.0}}, r"relation 0 has an empty type"),
    ],
)
def test_relations_that_are_none(spacy: Any, tmp_path: Path, value: object, message: str) -> None:
    bad = make_doc(spacy)
    bad.user_data[REL] = value
    path = saved(spacy, tmp_path / "in.spacy", make_doc(spacy), bad, make_doc(spacy))
    with pytest.raises(DataError, match=r"in\.spacy, record 2: " + message):
        list(spacy_docbin.read_file(path))
    found: list[BadLine] = []
    assert len(list(spacy_docbin.read_file(path, on_error=found.append))) == 2
    assert [(line.line, line.unit, line.content) for line in found] == [(2, "record", "document 2")]


def test_a_group_without_labels(spacy: Any, tmp_path: Path) -> None:
    doc = make_doc(spacy)
    doc.spans["clusters"] = [doc[0:2]]
    with pytest.raises(
        DataError, match=r"record 1: 'Ann Lee' in span group 'clusters' has no label; name it or remove"
    ):
        read_one(spacy, tmp_path, doc)


def test_a_damaged_document_costs_only_itself(spacy: Any, tmp_path: Path) -> None:
    doc_bin = spacy.tokens.DocBin(store_user_data=True, docs=[make_doc(spacy)] * 3)
    doc_bin.span_groups[1] = b"\xc1"
    doc_bin.to_disk(tmp_path / "in.spacy")
    found: list[BadLine] = []
    assert len(list(spacy_docbin.read_file(tmp_path / "in.spacy", on_error=found.append))) == 2
    assert [line.line for line in found] == [2]
    assert found[0].reason.startswith("the document is damaged (")


@pytest.mark.parametrize("content", [b"text", b"\x78\x9cabc", b'{"a": 1}'])
def test_what_is_no_docbin(spacy: Any, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "in.spacy").write_bytes(content)
    with pytest.raises(
        DataError, match=r"in\.spacy is no spaCy DocBin \(.*\); expected a file made by DocBin\.to_disk"
    ):
        spacy_docbin.read_file(tmp_path / "in.spacy")
    assert gc.isenabled()


def test_a_docbin_of_nothing(spacy: Any, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"is empty; expected a spaCy DocBin with at least one document"):
        spacy_docbin.read_file(saved(spacy, tmp_path / "in.spacy"))


def test_without_spacy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("spacy", "spacy.tokens", "spacy.vocab"):
        monkeypatch.setitem(sys.modules, name, None)
    (tmp_path / "in.spacy").write_bytes(b"x")
    message = r"{} is in spaCy's format, which needs spaCy \(.*\); install it: pip install gprel\[spacy\]"
    with pytest.raises(DependencyError, match=message.format(r"in\.spacy")):
        spacy_docbin.read_file(tmp_path / "in.spacy")
    with pytest.raises(DependencyError, match=message.format(r"out\.spacy")):
        spacy_docbin.write_file([], tmp_path / "out.spacy")


def test_where_it_cannot_be_written(spacy: Any, tmp_path: Path) -> None:
    (tmp_path / "there.spacy").touch()
    with pytest.raises(DataError, match=r"there\.spacy exists already; name a new file, or remove this one first"):
        spacy_docbin.write_file([Document("a")], tmp_path / "there.spacy")
    with pytest.raises(DataError, match=r"cannot be written \(No such file or directory\); check its folder"):
        spacy_docbin.write_file([Document("a")], tmp_path / "no" / "out.spacy")


NESTED = Document(
    "Ann Lee lives in Oslo.",
    (Entity(0, 7, "Peop"), Entity(0, 3, "First"), Entity(17, 21, "Loc")),
    (Relation("Live_In", 0, 2), Relation("part", 1, 0), Relation("Live_In", 0, 2)),
    id="x",
    words=(Span(0, 3), Span(4, 7), Span(8, 13), Span(14, 16), Span(17, 21), Span(21, 22)),
)


def test_what_spacy_finds_in_a_written_file(spacy: Any, tmp_path: Path) -> None:
    lost = spacy_docbin.write_file([NESTED], tmp_path / "out.spacy")
    assert lost == {"relations": 1, "repeated triples": 1}
    (doc,) = spacy.tokens.DocBin().from_disk(tmp_path / "out.spacy").get_docs(spacy.vocab.Vocab())
    assert doc.text == NESTED.text
    assert [(span.text, span.label_) for span in doc.ents] == [("Ann Lee", "Peop"), ("Oslo", "Loc")]
    assert [(s.text, s.label_) for s in doc.spans["sc"]] == [("Ann Lee", "Peop"), ("Ann", "First"), ("Oslo", "Loc")]
    assert doc.user_data[REL] == {(0, 4): {"Live_In": 1.0}}


@pytest.mark.parametrize(
    ("document", "lost"),
    [
        (Document("Ann"), {"words": 1}),
        (Document("", (), (), words=()), {}),
        (Document(" a  b\n", (Entity(0, 2, "T"), Entity(2, 5, "T")), words=(Span(1, 2), Span(4, 5))), {}),
        (Document("Anna", (Entity(0, 3, "T"),), words=(Span(0, 4),)), {"words": 1}),
        (Document("a", (Entity(0, 1, "T", 1.5),), words=(Span(0, 1),)), {"scores": 1}),
        (
            Document("a", (), (), words=(Span(0, 1),), unplaced=(UnplacedTriple("a", "b", "c"),)),
            {"unplaced triples": 1},
        ),
        (Document("New York", words=(Span(0, 8),)), {}),
        (Document("北京 is", (Entity(0, 2, "T"),), words=(Span(0, 1), Span(1, 2), Span(3, 5))), {}),
    ],
)
def test_what_is_lost(spacy: Any, tmp_path: Path, document: Document, lost: dict[str, int]) -> None:
    assert spacy_docbin.write_file([document], tmp_path / "out.spacy") == lost
    if not lost:
        assert list(spacy_docbin.read_file(tmp_path / "out.spacy")) == [document]


TEXTS = st.text(st.sampled_from("ab .\n\t-é北"), max_size=14)


@st.composite
def documents(draw: st.DrawFn) -> Document:
    text = draw(TEXTS)
    pairs = st.tuples(st.integers(0, max(len(text) - 1, 0)), st.integers(1, 5))
    spans = [Span(start, min(start + n, len(text))) for start, n in draw(st.lists(pairs, max_size=5))] if text else []
    words: list[Span] = []
    for start, n in sorted(draw(st.lists(pairs, max_size=4))) if text else []:
        if not words or start >= words[-1].end:
            words.append(Span(start, min(start + n, len(text))))
    entities = tuple(Entity(span.start, span.end, draw(st.sampled_from("XY"))) for span in spans)
    places = st.integers(0, max(len(entities) - 1, 0))
    triples = st.builds(Relation, st.sampled_from(["r", "s"]), places, places)
    relations = tuple(draw(st.lists(triples, max_size=4))) if entities else ()
    return Document(
        text,
        entities if entities or draw(st.booleans()) else None,
        relations if relations or draw(st.booleans()) else None,
        draw(st.sampled_from([None, "a"])),
        tuple(words) if draw(st.booleans()) else None,
    )


@given(st.lists(documents(), min_size=1, max_size=3))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
def test_what_is_not_counted_comes_back(spacy: Any, tmp_path: Path, written: list[Document]) -> None:
    path = tmp_path / "out.spacy"
    path.unlink(missing_ok=True)
    lost = spacy_docbin.write_file(written, path)
    read = list(spacy_docbin.read_file(path))
    found: Counter[str] = Counter()
    for before, after in zip(written, read, strict=True):
        assert before.text == after.text
        assert before.entities == after.entities
        assert before.id == after.id
        found += count_changes(before, after)
        if not count_changes(before, after):
            assert sorted(map(str, before.triples())) == sorted(map(str, after.triples()))
            assert (before.words, before.relations is None) == (after.words, after.relations is None)
    assert found == lost
    assert set(lost) <= {"words", "relations", "repeated triples"}
