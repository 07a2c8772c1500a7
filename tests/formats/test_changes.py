"""Writers say what they lose: what they do not count comes back as it was."""

import tempfile
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gprel.document import Document, Entity, Relation, Span, UnplacedTriple
from gprel.errors import DataError
from gprel.formats import FORMATS, BadLine
from gprel.formats.changes import count_changes

WRITERS = ["cluener", "tplinker", "triples"]
# Few characters, so that strings repeat: letters, blanks of two kinds, an ideograph.
TEXTS = st.text("ab \n京", max_size=8)
LABELS = st.sampled_from(["Entity", "DEFAULT", "X", " "])


@st.composite
def documents(draw: st.DrawFn) -> Document:
    text = draw(TEXTS)
    spans = st.tuples(st.integers(0, len(text)), st.integers(0, len(text))).filter(lambda span: span[0] < span[1])
    pairs = draw(st.lists(spans, max_size=3)) if text else []
    scores = st.sampled_from([None, None, 0.5])
    entities = tuple(Entity(start, end, draw(LABELS), draw(scores)) for start, end in pairs)
    index = st.integers(0, len(entities) - 1)
    relations = tuple(
        Relation(draw(LABELS), draw(index), draw(index), draw(scores))
        for _ in range(draw(st.integers(0, 2)) if pairs else 0)
    )
    return Document(
        text=text,
        entities=None if not entities and draw(st.booleans()) else entities,
        relations=None if not relations and draw(st.booleans()) else relations,
        id=draw(st.none() | TEXTS),
        words=draw(st.sampled_from([None, (), tuple(Span(i, i + 1) for i in range(len(text)))])),
        unplaced=tuple(UnplacedTriple(*draw(st.tuples(TEXTS, LABELS, TEXTS))) for _ in range(draw(st.integers(0, 1)))),
    )


def in_order(document: Document) -> tuple[object, ...]:
    """Everything in a document but the order of its entities and relations."""
    return (
        document.text,
        document.id,
        document.words,
        None if document.entities is None else Counter(document.entities),
        None if document.relations is None else Counter(document.triples()),
        Counter(document.unplaced),
        document.arguments_only,
    )


@pytest.mark.parametrize("name", WRITERS)
@given(document=documents())
def test_what_is_not_counted_comes_back(name: str, document: Document) -> None:
    form = FORMATS[name]
    assert form.write is not None
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.json"
        counts = form.write([document], path)
        # All of it is read, and without an error.
        (read,) = form.read(path)
    assert counts == count_changes(document, read)
    if not counts:
        assert in_order(read) == in_order(document)
    for name_, before, after in (
        ("texts", document.text, read.text),
        ("ids", document.id, read.id),
        ("words", document.words, read.words),
    ):
        assert (before == after) == (counts[name_] == 0)
    if not counts["entities"]:
        before_spans, after_spans = (
            Counter(entity.span for entity in found.entities or ()) for found in (document, read)
        )
        assert before_spans == after_spans


@pytest.mark.parametrize("name", WRITERS)
def test_a_file_that_exists_is_not_overwritten(tmp_path: Path, name: str) -> None:
    path = tmp_path / "a.json"
    path.write_text("mine", encoding="utf-8")
    write = FORMATS[name].write
    assert write is not None
    with pytest.raises(DataError, match=r"a\.json exists already; name a new file"):
        write([Document("a")], path)
    assert path.read_text(encoding="utf-8") == "mine"


A, B = Entity(0, 1, "P"), Entity(2, 3, "Q")


@pytest.mark.parametrize(
    ("read", "counts"),
    [
        (Document("a b", (B, A), (Relation("r", 1, 0),)), {}),
        (Document("a  b", (A, B), (Relation("r", 0, 1),)), {"texts": 1}),
        (Document("a b", (A, B), (Relation("r", 0, 1),), id="1", words=()), {"ids": 1, "words": 1}),
        (Document("a b", (A, B), ()), {"relations": 1}),
        (Document("a b", (A, B), (Relation("r", 0, 1), Relation("r", 1, 0))), {"relations": 1}),
        (Document("a b", (A, B), (Relation("s", 0, 1),)), {"relations": 2}),
        (Document("a b", (A, Entity(2, 3, "X")), (Relation("r", 0, 1),)), {"entity types": 1}),
        (Document("a b", (A, B, Entity(0, 3, "P")), (Relation("r", 0, 1),)), {"entities": 1}),
        (Document("a b", (A, B, Entity(2, 3, "X")), (Relation("r", 0, 2),)), {"entities": 1, "relations": 1}),
        (
            Document("a b", (A, B), (Relation("r", 0, 1),), unplaced=(UnplacedTriple("c", "r", "a"),)),
            {"unplaced triples": 1},
        ),
        (Document("a b", (A, B), (Relation("r", 0, 1),), arguments_only=True), {"arguments-only marks": 1}),
    ],
)
def test_every_change_is_counted(read: Document, counts: dict[str, int]) -> None:
    assert count_changes(Document("a b", (A, B), (Relation("r", 0, 1),)), read) == counts


@pytest.mark.parametrize(
    ("written", "read", "counts"),
    [
        (Document("a", (), None), Document("a", None, None), {"unknown annotation": 1}),
        (Document("a", None, None), Document("a", (), ()), {"unknown annotation": 1}),
        (Document("a", (A,), None), Document("a", None, None), {"entities": 1}),
        (Document("a", (Entity(0, 1, "P", 0.5),), ()), Document("a", (A,), ()), {"scores": 1}),
        (
            Document("a", (A,), (Relation("r", 0, 0, 1.0), Relation("r", 0, 0))),
            Document("a", (A,), (Relation("r", 0, 0),)),
            {"scores": 1, "repeated triples": 1},
        ),
    ],
)
def test_what_is_unknown_scored_or_repeated(written: Document, read: Document, counts: dict[str, int]) -> None:
    assert count_changes(written, read) == counts


def test_bad_lines_of_cluener_do_not_stop_at_a_list(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text('[{"text": "一"}, {"label": {}}, {"text": "二"}]', encoding="utf-8")
    bad: list[BadLine] = []
    assert [document.id for document in FORMATS["cluener"].read(path, on_error=bad.append)] == ["1", "3"]
    assert [(part.line, part.unit) for part in bad] == [(2, "record")]
