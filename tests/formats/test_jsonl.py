"""Canonical JSONL: what is written is read back, and what is wrong is named with its line."""

import io
import json
import math
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gprel.document import Document, Entity, Relation, Span, UnplacedTriple
from gprel.errors import DataError
from gprel.formats import BadLine, jsonl

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
LABELS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=5)
SCORES = st.none() | st.integers(-(10**6), 10**6).map(lambda n: n / 10**4)


@st.composite
def documents(draw: st.DrawFn) -> Document:
    text = draw(TEXTS)
    spans = st.tuples(st.integers(0, len(text)), st.integers(0, len(text))).filter(lambda span: span[0] < span[1])
    pairs = draw(st.lists(spans, max_size=4)) if text else []
    entities = tuple(Entity(start, end, draw(LABELS), draw(SCORES)) for start, end in pairs)
    index = st.integers(0, len(entities) - 1)
    relations = tuple(
        Relation(draw(LABELS), draw(index), draw(index), draw(SCORES))
        for _ in range(draw(st.integers(0, 3)) if pairs else 0)
    )
    is_annotated = draw(st.booleans())
    cuts = sorted(draw(st.sets(st.integers(0, len(text)), max_size=6)))
    return Document(
        text=text,
        entities=entities if is_annotated else None,
        relations=relations if is_annotated else None,
        id=draw(st.none() | TEXTS),
        words=draw(st.sampled_from([None, tuple(Span(*pair) for pair in zip(cuts[::2], cuts[1::2], strict=False))])),
        unplaced=tuple(UnplacedTriple(*draw(st.tuples(TEXTS, LABELS, TEXTS))) for _ in range(draw(st.integers(0, 2)))),
    )


@given(st.lists(documents(), min_size=1, max_size=4))
def test_round_trip(written: list[Document]) -> None:
    file = io.StringIO(newline="\n")
    jsonl.write(written, file)
    lines = file.getvalue().split("\n")
    assert lines.pop() == ""
    assert len(lines) == len(written)
    assert list(jsonl.read(lines, "round trip")) == written


def test_text_alone_means_unknown() -> None:
    assert list(jsonl.read(['{"text": "Ada"}'], "x")) == [Document("Ada", entities=None, relations=None)]
    assert list(jsonl.read(['{"text": "Ada", "entities": [], "relations": []}'], "x")) == [Document("Ada", (), ())]


def test_scores_are_rounded_and_non_ascii_is_kept() -> None:
    file = io.StringIO()
    jsonl.write([Document("Åsa 🎈", (Entity(4, 5, "气球", 1.23456789),), id="7")], file)
    assert file.getvalue() == (
        '{"id": "7", "text": "Åsa 🎈", "entities": [{"start": 4, "end": 5, "type": "气球", "score": 1.2346}]}\n'
    )


def test_a_score_that_is_not_finite_is_not_written() -> None:
    with pytest.raises(ValueError, match="JSON compliant"):
        jsonl.write([Document("Ada", (Entity(0, 3, "P", math.nan),))], io.StringIO())


def test_mark_line_ends_blanks_and_unknown_fields_are_fine() -> None:
    lines = [
        "\ufeff" + '{"text": "a", "source": "web", "label": 1}\r\n',
        "\r\n",
        "  \n",
        '{"text": "b\\r\\n", "id": 12}',
    ]
    assert list(jsonl.read(lines, "x")) == [Document("a"), Document("b\r\n", id="12")]


@pytest.mark.parametrize("text", ["", "🎈👩‍👩‍👧", "a\0b", "a\u2028b", "\ufeffa"])
def test_unusual_texts_survive(text: str) -> None:
    for ensure_ascii in (True, False):
        assert list(jsonl.read([json.dumps({"text": text}, ensure_ascii=ensure_ascii)], "x")) == [Document(text)]


def test_offsets_count_code_points() -> None:
    (document,) = jsonl.read(['{"text": "🎈 Oslo", "entities": [{"start": 2, "end": 6, "type": "Place"}]}'], "x")
    assert document.entities is not None
    assert document.surface(document.entities[0]) == "Oslo"


BAD = {
    '{"text": "a"': "malformed JSON (Expecting ',' delimiter at column 13)",
    "[" * 100_000: "JSON that cannot be read (maximum recursion depth",
    '{"text": "a", "id": ' + "9" * 5000 + "}": "JSON that cannot be read (Exceeds the limit",
    "[1, 2]": "the line is [1, 2], expected a JSON object",
    '{"tokens": ["a"], "orig_id": 1}': "no field \"text\" (fields: 'tokens', 'orig_id'); add it",
    "{}": 'no field "text" (fields: none)',
    '{"text": 3}': '"text" is 3, expected a string',
    '{"text": "ab\\ud83d"}': '"text" has the lone surrogate \\ud83d at character 2',
    '{"text": "a", "id": true}': '"id" is true, expected a whole number',
    '{"text": "a", "arguments_only": 1}': '"arguments_only" is 1, expected true or false',
    '{"text": "a", "entities": [{"start": 0, "end": 1, "type": "A", "score": 1'
    + "0" * 400
    + "}]}": '"score" of entity 0 is 1000',
    '{"text": "a", "text": "b"}': 'an object has the field "text" twice; keep one of them',
    '{"text": "a", "id": 1.5}': '"id" is 1.5, expected a string',
    '{"text": "a", "entities": {}}': '"entities" is {}, expected a list',
    '{"text": "a", "entities": [[0, 1]]}': "entity 0 is [0, 1], expected a JSON object",
    '{"text": "a", "entities": [{"start": 0, "type": "P"}]}': "entity 0 has no field \"end\" (fields: 'start', 'type')",
    '{"text": "a", "entities": [{"start": false, "end": 1, "type": "P"}]}': '"start" of entity 0 is false, expected',
    '{"text": "a", "entities": [{"start": 0, "end": 1.0, "type": "P"}]}': '"end" of entity 0 is 1.0, expected a whole',
    '{"text": "a", "entities": [{"start": 0, "end": 2, "type": "P"}]}': "offsets 0..2 but the text has 1 characters",
    '{"text": "", "entities": [{"start": 0, "end": 0, "type": "P"}]}': "offsets 0..0 but the text has 0 characters",
    '{"text": "a", "entities": [{"start": 0, "end": 1, "type": 7}]}': '"type" of entity 0 is 7, expected a string',
    '{"text": "a", "entities": [{"start": 0, "end": 1, "type": ""}]}': "entity 0 ('a') has an empty type",
    '{"text": "a", "entities": [{"start": 0, "end": 1, "type": "P", "score": NaN}]}': '"score" of entity 0 is NaN',
    '{"text": "a", "entities": [{"start": 0, "end": 1, "type": "P", "score": "1"}]}': '"score" of entity 0 is "1"',
    '{"text": "a", "relations": [{"type": "R", "subject": 0, "object": 0}]}': "subject 0 but the document has",
    '{"text": "a", "relations": [{"type": "R", "subject": "a", "object": 0}]}': '"subject" of relation 0 is "a"',
    '{"text": "a", "relations": 1}': '"relations" is 1, expected a list',
    '{"text": "a b", "words": [[2, 3], [0, 1]]}': "word 1 starts at 0, before the end of word 0",
    '{"text": "a b", "words": [[0, 1, 2]]}': "word 0 is [0, 1, 2], expected a list of 2 values",
    '{"text": "a b", "words": [[0, 9]]}': "word 0 has offsets 0..9",
    '{"text": "a", "unplaced": [["a", "r"]]}': 'unplaced triple 0 is ["a", "r"], expected a list of 3 values',
    '{"text": "a", "unplaced": [["a", "r", null]]}': "a part of unplaced triple 0 is null, expected a string",
}


@pytest.mark.parametrize(("line", "reason"), BAD.items(), ids=range(len(BAD)))
def test_bad_line_is_named_and_reading_goes_on(line: str, reason: str) -> None:
    lines = ['{"text": "fine"}'] * 16 + [line, '{"text": "last"}']
    with pytest.raises(DataError) as error:
        list(jsonl.read(lines, "train.jsonl"))
    assert str(error.value).startswith("train.jsonl:17: ")
    assert reason in str(error.value)
    bad: list[BadLine] = []
    assert [document.text for document in jsonl.read(lines, "train.jsonl", bad.append)] == ["fine"] * 16 + ["last"]
    assert [(part.source, part.line, part.content, part.unit) for part in bad] == [("train.jsonl", 17, line, "line")]
    assert reason in bad[0].reason


def test_reading_is_a_stream() -> None:
    def endless() -> Iterator[str]:
        while True:
            yield '{"text": "a"}'

    assert next(jsonl.read(endless(), "x")) == Document("a")


@pytest.mark.parametrize("lines", [[], ["\n", "  "], ["\ufeff"]])
def test_nothing_to_read(lines: list[str]) -> None:
    with pytest.raises(DataError, match=r"^own\.jsonl is empty; expected at least one line"):
        list(jsonl.read(lines, "own.jsonl"))
