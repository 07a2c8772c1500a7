"""Formats of annotation tools: what is written is read back, and what is not is counted."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gprel.document import Document, Entity, Relation, Span, UnplacedTriple
from gprel.formats import FORMATS
from gprel.formats.changes import count_changes

CHARACTERS = st.characters(exclude_categories=["Cs"]) | st.sampled_from('\r\n\x85\u2028 \t",;\\n\ufeff😀𝔸ab')
TEXTS = st.text(CHARACTERS, max_size=20)
LABELS = st.sampled_from(["Work For", "P", "😀", " ", "Arg1:T1", "\n", "_", "50%,"]) | st.text(CHARACTERS, min_size=1)
SCORES = st.none() | st.just(0.5)


@st.composite
def documents(draw: st.DrawFn, ids: st.SearchStrategy[str | None]) -> Document:
    text = draw(TEXTS)
    spans = st.tuples(st.integers(0, len(text)), st.integers(0, len(text))).filter(lambda span: span[0] < span[1])
    pairs = draw(st.lists(spans, max_size=4)) if text else []
    entities = tuple(Entity(start, end, draw(LABELS), draw(SCORES)) for start, end in pairs)
    index = st.integers(0, len(entities) - 1)
    relations = tuple(
        Relation(draw(LABELS), draw(index), draw(index), draw(SCORES))
        for _ in range(draw(st.integers(0, 4)) if pairs else 0)
    )
    annotated = draw(st.sampled_from([(True, True)] * 4 + [(False, False), (True, False), (False, True)]))
    return Document(
        text=text,
        entities=entities if annotated[0] else None,
        relations=(relations if annotated[0] else ()) if annotated[1] else None,
        id=draw(ids),
        words=draw(st.sampled_from([None, None, (Span(0, 1),) if text else ()])),
        unplaced=tuple(UnplacedTriple(draw(TEXTS), draw(LABELS), draw(TEXTS)) for _ in range(draw(st.integers(0, 1)))),
        arguments_only=draw(st.sampled_from([False, False, True])),
    )


def in_any_order(document: Document) -> tuple[object, ...]:
    entities = None if document.entities is None else Counter(document.entities)
    relations = None if document.relations is None else Counter(document.triples())
    return document.text, entities, relations, document.id, document.words, document.unplaced, document.arguments_only


@pytest.mark.parametrize("name", ["doccano", "labelstudio", "csv"])
@settings(max_examples=50)
@given(
    written=st.lists(
        documents(st.none() | st.sampled_from(["", "1", "2", "#1", "a/b", "007", " "])), min_size=1, max_size=4
    )
)
def test_what_is_not_equal_is_counted(
    tmp_path_factory: pytest.TempPathFactory, name: str, written: list[Document]
) -> None:
    path = tmp_path_factory.mktemp("round") / f"a{FORMATS[name].suffix}"
    counted = FORMATS[name].write(written, path)  # type: ignore[misc]
    read = list(FORMATS[name].read(path))
    assert len(read) == len(written)
    assert counted == sum((count_changes(*pair) for pair in zip(written, read, strict=True)), Counter())
    if not counted:
        assert list(map(in_any_order, read)) == list(map(in_any_order, written))


@settings(max_examples=50)
@given(
    written=st.lists(
        documents(st.none() | st.sampled_from(["a", "A/b", "a.txt", "a.ann/c", "../a", "", "aux", ".b", "10"])),
        min_size=1,
        max_size=4,
    )
)
def test_brat(tmp_path_factory: pytest.TempPathFactory, written: list[Document]) -> None:
    path = tmp_path_factory.mktemp("brat") / "a"
    counted = FORMATS["brat"].write(written, path)  # type: ignore[misc]
    read = {document.id: document for document in FORMATS["brat"].read(path)}
    assert len(read) == len(written)
    assert sorted(document.text for document in read.values()) == sorted(document.text for document in written)
    expected: Counter[str] = Counter()
    for number, document in enumerate(written, start=1):
        made_up = [read.get(f"document-{number}{'-' * n}") for n in range(len(written))]
        back = next((other for other in made_up if other), None) or read[document.id]
        expected += count_changes(document, back)
        if document.relations and back.relations:
            expected["relation types"] += sum(
                old.type != new.type for old, new in zip(document.relations, back.relations, strict=True)
            )
        if not counted:
            assert back == document
    types = ("relation types", "relations")  # the second is what a changed type is to the comparison
    assert {name: n for name, n in counted.items() if name not in types} == {
        name: n for name, n in expected.items() if name not in types
    }
    assert counted["relation types"] == expected["relation types"]
    assert "relations" not in expected or counted["relation types"] or counted["entity types"]
