import hashlib
import re
from base64 import b64encode
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from gprel.document import Document, UnplacedTriple
from gprel.errors import ConfigError, DataError
from gprel.report import to_html

from .helpers import document

EVIL = "</script><script>alert(1)</script><img src=x onerror=alert(2)>\"'"


class Page(HTMLParser):
    """Names and attributes of all elements, and the text of the page."""

    VOID = frozenset({"meta", "input"})

    def __init__(self, html):
        super().__init__()
        self.elements, self.attributes, self.open, self.letters = [], [], [], []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] not in ("script", "style"):
            self.letters.append(data)

    @property
    def text(self):
        return "".join(self.letters)

    def all(self, tag):
        return [attributes for name, attributes in self.elements if name == tag]


def pair(gold_entities, found_entities, gold_relations=(), found_relations=(), text="Ann of Acme in Oslo", **options):
    return (
        document(text, gold_entities, gold_relations, **options),
        document(text, found_entities, found_relations, score=1.0),
    )


def page(*pairs, **options):
    html = to_html([one for one, _ in pairs], [other for _, other in pairs], **{"title": "Mine", **options})
    parsed = Page(html)
    assert parsed.open == []
    return html, parsed


USUAL = pair([("Ann", "Peop"), ("Oslo", "Loc")], [("Ann", "Peop"), ("Oslo", "Org")], [("In", 0, 1)], [("In", 0, 1)])


def test_the_page():
    html, parsed = page(USUAL, facts={"model": "runs/a", "date": "2026-01-01"}, notes=["a note"], seed=7)
    for part in ("Mine", "runs/a", "2026-01-01", "a note", "strict: offsets and types", "seed of the examples7"):
        assert part in parsed.text
    for heading in ("Figures", "What became of", "Entity types", "Relations", "Confusion of entity types", "Examples"):
        assert heading in parsed.text
    assert "All documents are shown (1)." in parsed.text
    assert [attributes["data-o"] for attributes in parsed.all("details") if "data-o" in attributes] == [
        "0:2 1:0 1:1 2:3"
    ]
    assert html.startswith('<!DOCTYPE html>\n<html lang="en">')


def test_the_filters_name_what_is_there():
    _, parsed = page(USUAL)
    assert {group["label"] for group in parsed.all("optgroup")} == {"entities", "triples"}
    assert [option["value"] for option in parsed.all("option")] == [None, "0", "1", "2", None, "0", "1", "2", "3"]
    assert {"outcome", "label", "search", "matching"} <= {attributes.get("id") for _, attributes in parsed.elements}


def test_nothing_is_loaded_and_only_its_own_script_may_run():
    html, parsed = page(USUAL)
    assert not re.search(r"https?:|//[a-z]|url\(|@import", html)
    assert not any("src" in attributes or "href" in attributes for _, attributes in parsed.elements)
    (script,) = re.findall("<script>(.*?)</script>", html, re.DOTALL)
    digest = b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = next(a["content"] for a in parsed.all("meta") if a.get("http-equiv") == "Content-Security-Policy")
    assert policy == f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'"


def test_markup_in_the_data_is_inert():
    text = f"Ann {EVIL} Oslo"
    evil = pair(
        [("Ann", EVIL), ("Oslo", "Loc"), (EVIL, "Loc")],
        [("Ann", EVIL + "x"), ("Oslo", EVIL), ("script", "Loc")],
        [(EVIL, 0, 1), ("In", 0, 1)],
        [(EVIL + "y", 0, 1), ("In", 1, 0)],
        text=text,
        id=EVIL,
    )
    evil = (replace(evil[0], unplaced=(UnplacedTriple(EVIL, EVIL, EVIL),)), evil[1])
    for rule in ("strict", "partial"):
        html, parsed = page(evil, title=EVIL, facts={EVIL: EVIL}, notes=[EVIL], rule=rule, beside={EVIL: [evil[1]]})
        assert [name for name, _ in parsed.elements].count("script") == 1
        assert not any(name == "img" for name, _ in parsed.elements)
        assert not any(key.startswith("on") for _, attributes in parsed.elements for key in attributes)
        assert html.count("</script") == 1
        assert EVIL in parsed.text


def test_text_of_every_kind_is_whole():
    texts = ["张伟住在上海。", "يعمل أحمد في شركة", "😀 𝒜da 👩‍👩‍👧 e\u0301", "a \u202eb"]
    _, parsed = page(*((document(text, [(text[:2], "X")]), document(text)) for text in texts))
    for text in texts:
        assert text in parsed.text


def test_long_documents_are_folded():
    _, parsed = page(pair([], [], text="word " * 1000), pair([], []))
    long, short = (attributes for attributes in parsed.all("details") if attributes.get("class") == "example")
    assert "open" not in long
    assert "open" in short
    assert "5,000 characters" in parsed.text


def test_only_some_are_shown():
    right = pair([("Ann", "Peop")], [("Ann", "Peop")])
    wrong = pair([("Ann", "Peop")], [("Oslo", "Rare")])
    _, parsed = page(*[right] * 8, wrong, max_examples=3, seed=5)
    assert "3 of 9 documents are shown, drawn with seed 5" in parsed.text
    shown = [attributes for attributes in parsed.all("details") if attributes.get("class") == "example"]
    assert len(shown) == 3
    assert "document 9" in parsed.text


def test_other_predictions_beside():
    _, parsed = page(USUAL, beside={"threshold 0": [USUAL[0]]})
    assert "With threshold 0" in parsed.text
    assert parsed.text.count("95 % interval of F1") == 2


def test_breakdowns():
    other = pair([("Ann", "Peop"), ("Ann of Acme", "Org")], [], text="Ann of Acme in Oslo " + "and so on " * 20)
    _, parsed = page(USUAL, other)
    assert "F1 of entities by part (strict)" in parsed.text
    assert "entities by nesting" in parsed.text
    assert "entities by seen" not in parsed.text


def test_entities_that_are_not_scored_are_gray():
    gold, found = USUAL
    html, parsed = page((gold, replace(found, arguments_only=True)))
    assert "predicted: Org (argument)" in html
    assert "Entity types (strict)" not in parsed.text
    assert "Confusion of entity types" not in parsed.text
    assert "Relations (strict)" in parsed.text


def test_confusion_of_relations():
    confused = pair([("Ann", "P"), ("Oslo", "L")], [("Ann", "P"), ("Oslo", "L")], [("In", 0, 1)], [("At", 0, 1)])
    _, parsed = page(confused)
    assert "Confusion of relations (strict)" in parsed.text


def test_types_of_arguments_only_where_they_are_wrong():
    _, parsed = page(USUAL)
    assert "Ann/Peop → In → Oslo/Org 1.00" in parsed.text
    _, parsed = page((USUAL[0], USUAL[0]))
    assert "Ann → In → Oslo" in parsed.text


def test_triples_without_a_place_are_in_the_list():
    gold = replace(USUAL[0], unplaced=(UnplacedTriple("Ann", "In", "Köln"),))
    _, parsed = page((gold, USUAL[1]))
    assert "Ann → In → Köln (not in the text)" in parsed.text


def test_a_string_rule_shows_all_places():
    text = "Ann and Ann in Oslo"
    gold = replace(document(text), entities=(*document(text, [("Ann", "P")]).entities, *_second(text)))
    html, parsed = page((gold, document(text, [("Ann", "Q")], score=2.0)), rule="exact")
    assert "Ann 0–3 and 1 more P" in parsed.text
    assert html.count('title="gold: P (correct)"') == 2


def _second(text):
    at = text.rindex("Ann")
    return (replace(document(text, [("Ann", "P")]).entities[0], start=at, end=at + 3),)


def test_no_documents():
    _, parsed = page()
    assert "All documents are shown (0)." in parsed.text


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"rule": "loose"}, ConfigError, "matching rule 'loose' does not exist"),
        ({"max_examples": 0}, ConfigError, "the number of examples is 0, expected 1 or more"),
    ],
)
def test_refused(options, error, message):
    with pytest.raises(error, match=message):
        page(USUAL, **options)


def test_predictions_for_another_text_are_refused():
    with pytest.raises(DataError, match="the prediction is for another text"):
        page((USUAL[0], Document("Bob")))
