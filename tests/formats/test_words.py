"""Formats that count in words: what they cannot hold is counted, and everything else is read back as it was."""

import json
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gprel.document import Document, Entity, Relation, Span, UnplacedTriple
from gprel.errors import DataError
from gprel.formats import FORMATS
from gprel.formats.words import InWords, in_words, join_words, split_words

NAMES = ["tokens", "table_sequence", "dygie", "genia", "columns"]
RELATIONAL = NAMES[:3]
TEXTS = st.text("ab1 .\n\t\r小明東\u3000\xa0\ufeff#-_e\u0301🎈", max_size=16) | st.text("ab .小", max_size=16)
TYPES = st.sampled_from(["A", "B-C", "d e", "类", "\t"])
SCORES = st.none() | st.integers(-50, 50).map(lambda n: n / 4)


@st.composite
def documents(draw: st.DrawFn) -> Document:
    text = draw(TEXTS)
    offsets = st.integers(0, len(text))
    spans = draw(st.lists(st.tuples(offsets, offsets).filter(lambda s: s[0] < s[1]), max_size=4)) if text else []
    entities = tuple(Entity(*span, draw(TYPES), draw(SCORES)) for span in spans)
    index = st.integers(0, len(entities) - 1)
    relations = tuple(
        Relation(draw(TYPES), draw(index), draw(index), draw(SCORES))
        for _ in range(draw(st.integers(0, 3)) if spans else 0)
    )
    cuts = sorted(draw(st.sets(offsets, max_size=8)))
    cut = tuple(Span(*pair) for pair in zip(cuts[::2], cuts[1::2], strict=False))
    document = Document(
        text=text,
        entities=entities,
        relations=draw(st.sampled_from([relations, None])),
        id=draw(st.sampled_from(["1", "x y", None])),
        words=draw(st.sampled_from([None, cut, tuple(split_words(text)), join_words(text.split(" "))[1]]))
        if all(text.split(" "))
        else draw(st.sampled_from([None, cut])),
        unplaced=tuple(draw(st.lists(st.just(UnplacedTriple("a", "r", "b")), max_size=2))),
        arguments_only=draw(st.booleans()),
    )
    return document if draw(st.booleans()) or document.relations else replace(document, entities=None)


def round_trip(name: str, written: list[Document]) -> tuple[list[Document], Counter[str]]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file"
        lost = FORMATS[name].write(written, path)  # type: ignore[misc]
        if path.stat().st_size == 0:
            return [], lost
        return list(FORMATS[name].read(path)), lost


def in_order(document: Document) -> Document:
    """Columns have entities in text order."""
    if document.entities is None or document.relations:
        return document
    return replace(document, entities=tuple(sorted(document.entities, key=lambda e: (e.start, e.end, e.type))))


def typed(document: Document) -> Counter[tuple[str, str]]:
    return Counter((document.surface(entity), entity.type) for entity in document.entities or ())


def triples(document: Document) -> list[tuple[str, str, str]]:
    return [(document.surface(s), relation, document.surface(o)) for s, relation, o in document.triples()]


@pytest.mark.parametrize("name", NAMES)
@given(data=st.data())
def test_what_is_not_counted_is_unchanged(name: str, data: st.DataObject) -> None:
    document = data.draw(documents())
    read, lost = round_trip(name, [document])
    assert all(count > 0 for count in lost.values())
    if "documents" in lost:
        assert not read
        assert not document.text.split()
        return
    (back,) = read
    if not lost:
        assert back == in_order(document) or back == document
    assert "".join(back.text.split()) == "".join(document.text.split())
    same_text = "texts" not in lost
    assert (back.text == document.text) == same_text
    assert "ids" in lost or back.id == document.id
    assert not same_text or (back.words == document.words) == ("words" not in lost)
    left_out = {"entities", "nested entities", "overlapping entities", "entity types"} & lost.keys()
    if not left_out and same_text:
        assert typed(back) == typed(document)
    n_left = sum(lost[key] for key in left_out)
    assert len(document.entities or ()) - n_left <= len(back.entities or ()) <= len(document.entities or ())
    if "relations" not in lost and same_text and not left_out:
        assert triples(back) == triples(document)
    assert "unknown annotation" in lost or (back.entities is None) == (document.entities is None)
    assert (
        "unknown annotation" in lost or document.relations or (back.relations is None) == (document.relations is None)
    )
    if "scores" not in lost and not left_out:
        assert [e.score for e in back.entities or ()] == [e.score for e in document.entities or ()]
    assert lost["unplaced triples"] == len(document.unplaced)
    assert lost["arguments-only marks"] == document.arguments_only


@pytest.mark.parametrize("name", NAMES)
@given(texts=st.lists(TEXTS.filter(str.strip), min_size=1, max_size=5), data=st.data())
def test_documents_in_one_blank_come_back(name: str, texts: list[str], data: st.DataObject) -> None:
    written = []
    for number, text in enumerate(texts, start=1):
        joined, words = join_words(word for part in text.split() for word in part)
        relations = (Relation("r", 0, 0),) if name in RELATIONAL else None
        last = data.draw(st.integers(0, len(words) - 1))
        entities = (Entity(0, words[last].end, "A"),)
        written.append(Document(joined, entities, relations, id=str(number), words=words))
    read, lost = round_trip(name, written)
    # Single Chinese characters with blanks between them are taken for a text without words.
    assert read == written or (name == "columns" and lost == {"words": len(written)})
    assert [document.text for document in read] == [document.text for document in written]


def test_words_by_rule_are_cut_at_entities() -> None:
    lost: Counter[str] = Counter()
    document = Document("Dr.Åsa在Oslo", (Entity(3, 6, "P"), Entity(8, 11, "L")), (Relation("r", 0, 1),))
    assert in_words(document, lost) == InWords(
        words=("Dr", ".", "Åsa", "在", "O", "slo"),
        entities=document.entities,
        ranges=((2, 3), (5, 6)),
        relations=document.relations,
    )
    assert lost == {"texts": 1, "words": 1}


def test_own_words_are_kept_and_completed() -> None:
    lost: Counter[str] = Counter()
    document = Document("New York, see!", (Entity(4, 8, "L"),), words=(Span(0, 8), Span(10, 13)))
    assert in_words(document, lost).words == ("New", "York", ",", "see", "!")
    assert lost == {"texts": 1, "words": 1}
    assert in_words(replace(document, entities=None), Counter()).words == ("New York", ",", "see", "!")


def test_entities_of_blanks_and_their_relations_are_counted() -> None:
    lost: Counter[str] = Counter()
    entities = (Entity(1, 2, "A"), Entity(0, 2, "B"), Entity(2, 3, "C"))
    document = Document(
        "a b", entities, (Relation("r", 0, 1), Relation("s", 2, 1, 0.5)), words=(Span(0, 1), Span(2, 3))
    )
    counted = in_words(document, lost)
    assert (counted.entities, counted.ranges) == (entities[1:], ((0, 1), (1, 2)))
    assert counted.relations == (Relation("s", 1, 0, 0.5),)
    assert lost == {"entities": 2, "relations": 1}


@pytest.mark.parametrize("name", NAMES)
def test_an_existing_file_and_a_missing_folder_are_refused(tmp_path: Path, name: str) -> None:
    write = FORMATS[name].write
    assert write is not None
    (tmp_path / "a").write_text("mine")
    with pytest.raises(DataError, match=r"a exists already; name a new file, or remove this one first"):
        write([], tmp_path / "a")
    assert (tmp_path / "a").read_text() == "mine"
    with pytest.raises(DataError, match=r"gone.b cannot be written \(No such file or directory\); check its folder"):
        write([], tmp_path / "gone" / "b")


@pytest.mark.parametrize("name", NAMES)
def test_writing_is_a_stream(tmp_path: Path, name: str) -> None:
    class StopError(Exception):
        pass

    def endless() -> Iterator[Document]:
        for number in range(20_000):
            yield Document(f"{number} a", ())
        assert (tmp_path / "a").stat().st_size > 100_000
        raise StopError

    with pytest.raises(StopError):
        FORMATS[name].write(endless(), tmp_path / "a")  # type: ignore[misc]


@pytest.mark.parametrize("name", NAMES[:-1])
def test_a_list_or_lines(tmp_path: Path, name: str) -> None:
    document = Document("Åsa left", (Entity(0, 3, "P"),), id="7", words=(Span(0, 3), Span(4, 8)))
    FORMATS[name].write([document, document], tmp_path / "a")  # type: ignore[misc]
    content = (tmp_path / "a").read_text(encoding="utf-8")
    records = json.loads(content) if content[0] == "[" else [json.loads(line) for line in content.splitlines()]
    assert "Åsa" in content
    for other in (json.dumps(records), "\n".join(map(json.dumps, records))):
        (tmp_path / "b").write_text(other)
        assert list(FORMATS[name].read(tmp_path / "b")) == [document, document]


@pytest.mark.parametrize("name", ["tokens", "table_sequence", "genia"])
def test_no_documents_make_an_empty_list(tmp_path: Path, name: str) -> None:
    assert FORMATS[name].write([], tmp_path / "a") == {}  # type: ignore[misc]
    assert json.loads((tmp_path / "a").read_text()) == []
