"""Records as extraction writes them, for the tests of targets."""

from typing import Any

from hypothesis import strategies as st

ADA: dict[str, Any] = {
    "id": "news/1",
    "text": "Ada  Lovelace met ada lovelace in London.",
    "entities": [
        {"start": 0, "end": 13, "type": "Person", "score": 3.5, "prob": 0.97},
        {"start": 18, "end": 30, "type": "Person", "score": 1.25, "prob": 0.78},
        {"start": 34, "end": 40, "type": "Place", "score": 2.0, "prob": 0.88},
    ],
    "relations": [
        {"type": "lives in", "subject": 0, "object": 2, "score": 0.5, "prob": 0.62},
        {"type": "lives in", "subject": 1, "object": 2, "score": 1.5, "prob": 0.82},
    ],
    "url": {"a": [1, None]},
}
EMPTY: dict[str, Any] = {"text": "Nothing.", "entities": [], "relations": []}
ENTITIES_ONLY: dict[str, Any] = {"text": "Ada", "entities": [{"start": 0, "end": 3, "type": "Person", "score": 1.0}]}

_TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20) | st.sampled_from(
    [
        "..",
        "a/b",
        "a\r\nb",
        "<&>\"'\\",
        "\x00\x1f\x85\u2028",
        " \t ",
        "ß ẞ ﬁ İ",
        "%41",
        "🎈👩‍🔬",
        "#?",
        "\ufeffx",
        "]]>",
    ]
)
_LABELS = _TEXTS.filter(bool)
_SCORES = st.integers(-(10**6), 10**6).map(lambda n: n / 10**4)


@st.composite
def records(draw: st.DrawFn) -> dict[str, Any]:
    """A record with anything in it that could be there."""
    text = draw(_TEXTS)
    spans = st.tuples(st.integers(0, len(text)), st.integers(0, len(text))).filter(lambda span: span[0] < span[1])
    entities = [
        {"start": start, "end": end, "type": draw(_LABELS), **_scored(draw)}
        for start, end in (draw(st.lists(spans, max_size=4)) if text else [])
    ]
    index = st.integers(0, len(entities) - 1)
    relations = [
        {"type": draw(_LABELS), "subject": draw(index), "object": draw(index), **_scored(draw)}
        for _ in range(draw(st.integers(0, 4)) if entities else 0)
    ]
    record: dict[str, Any] = {"text": text, "entities": entities}
    if draw(st.booleans()):
        record["relations"] = relations
    if draw(st.booleans()):
        record = {"id": draw(_TEXTS), **record}
    return {**record, **draw(st.dictionaries(st.sampled_from(["url", "n"]), _TEXTS | st.none(), max_size=2))}


def _scored(draw: st.DrawFn) -> dict[str, float]:
    return {name: draw(_SCORES) for name in ("score", "prob")[: draw(st.integers(0, 2))]}
