import re

import pytest

from gprel.evaluation import evaluate
from gprel.report.cases import cases
from gprel.report.tables import confusion, figures, per_label, totals

from .helpers import document

GOLD = document(
    "Ann of Acme in Oslo", [("Ann", "Peop"), ("Acme", "Org"), ("Oslo", "Loc")], [("Work", 0, 1), ("In", 0, 2)]
)
FOUND = document("Ann of Acme in Oslo", [("Ann", "Peop"), ("Acme", "Loc"), ("of", "Org")], [("Work", 1, 0)], score=1.0)


def cells(html):
    """Rows of cells without markup."""
    rows = re.findall("<tr.*?</tr>", html)
    return [[re.sub("<[^>]*>", "", cell) for cell in re.findall("<t[hd].*?</t[hd]>", row)] for row in rows]


@pytest.fixture(name="found")
def _found():
    evaluation = evaluate([GOLD], [FOUND])
    return cases([GOLD], [FOUND], evaluation, "strict"), evaluation


def test_figures(found):
    html = figures([GOLD], [FOUND], found[1], "boundaries")
    rows = {row[0]: row[1:] for row in cells(html)}
    assert rows["entities, strict"] == ["33.33", "33.33", "33.33", "33.33 to 33.33", "33.33", "3", "3", "1"]
    assert rows["entities, boundaries"][-3:] == ["3", "3", "2"]
    assert re.findall('<tr class="own"><th[^>]*>([^<]*)', html) == ["entities, boundaries", "triples, boundaries"]


def test_figures_that_do_not_exist():
    from gprel.document import Document

    bare = Document("Ann", ())
    html = figures([bare], [bare], evaluate([bare], [bare]), "strict")
    assert ["triples, strict", *["–"] * 8] in cells(html)


def test_totals(found):
    rows = cells(totals(found[0]))
    assert ["", "items", "of 3 gold", "of 3 found", "documents"] in rows
    assert ["wrong type", "1", "33.3 %", "33.3 %", "1"] in rows
    assert ["spurious", "1", "–", "33.3 %", "1"] in rows
    assert ["missed", "2", "100.0 %", "–", "1"] in rows  # triples
    assert totals([]) == ""


def test_labels(found):
    html = per_label(*found, "strict", "entities")
    head, *rows = cells(html)
    assert head == [
        "entity type",
        "P",
        "R",
        "F1",
        "gold",
        "found",
        "correct",
        "wrong type",
        "wrong boundary",
        "missed",
        "spurious",
    ]
    assert ["Org", "0.00", "0.00", "0.00", "1", "1", "0", "1", "0", "0", "1"] in rows
    assert "Under the rule" not in html
    assert "Under the rule boundaries a mention" in per_label(*found, "boundaries", "entities")
    assert [row[0] for row in cells(per_label(*found, "strict", "triples"))] == ["relation", "In", "Work"]


def test_labels_of_what_is_not_scored():
    from gprel.document import Document

    bare = Document("Ann", ())
    evaluation = evaluate([bare], [bare])
    assert per_label(cases([bare], [bare], evaluation, "strict"), evaluation, "strict", "triples") == ""


def test_confusion():
    html = confusion([("A", "A"), ("A", "B"), ("A", "B"), ("C", "C"), ("<D>", "A")], "corner")
    assert cells(html) == [
        ["corner", "&lt;D&gt;", "A", "B"],
        ["&lt;D&gt;", "·", "1", "·"],
        ["A", "·", "1", "2"],
        ["B", "·", "·", "·"],
    ]
    assert "var(--wrong-type) 85%" in html
    assert "further labels" not in html
    assert confusion([("A", "A")], "corner") == ""


def test_a_confusion_of_many_labels_is_cut():
    html = confusion([(f"a{n:02}", f"b{n:02}") for n in range(30)] + [("a29", "b29")] * 5, "corner")
    assert len(cells(html)) == 21
    assert "a29" in html
    assert re.search("[0-9]+ confusions with 40 further labels are not in this table", html)
