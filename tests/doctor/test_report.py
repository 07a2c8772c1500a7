"""The report as values, tables and a page."""

import json
from html.parser import HTMLParser

import pytest

from gprel.doctor import Report, examine, to_html
from gprel.document import Document, Entity

from .helpers import data, doc

EVIL = "<script>alert('&')</script>"


@pytest.fixture(scope="module")
def report() -> Report:
    one = Document(f"Ann {EVIL} ", (Entity(0, 4, f"P{EVIL}"),), ())
    other = doc("Bob in Lima", ("Bob", "Peop"), ("Lima", "Loc"), relations=(("In", 0, 1),))
    return examine(data(train=[one, other], test=[other]), encoder="tiny")


class Page(HTMLParser):
    """What a browser would see."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.shown = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value or "" for name, value in attrs if name in ("src", "href")]

    def handle_data(self, data: str) -> None:
        self.shown += data


def test_the_page_is_escaped_and_self_contained(report: Report) -> None:
    page = Page(to_html(report))
    assert "script" not in page.tags
    assert page.links == []
    assert EVIL in page.shown
    assert page.tags.count("details") == len(report.findings)
    for finding in report.findings:
        assert finding.message in page.shown
        assert finding.advice in page.shown
        assert str(finding.cases[0].place) in page.shown


def test_json(report: Report) -> None:
    values = json.loads(json.dumps(report.to_dict()))
    assert values["verdict"] == report.verdict() == "2 errors"
    assert values["is_serious"] is True
    assert [(f["kind"], f["count"], f["severity"]) for f in values["findings"]] == [
        ("blank_edge", 1, "error"),
        ("leakage", 1, "error"),
    ]
    assert values["findings"][0]["cases"][0]["file"] == "train"
    assert values["findings"][0]["cases"][0]["line"] == 1
    assert [part["documents"] for part in values["parts"]] == [2, 1]
    assert values["reach"]["parts"][0]["lost_gold"]["entities"]["gold"] == 3
    assert values["reach"]["parts"][1]["triple_f1"] == 100


def test_tables(report: Report) -> None:
    sizes, types, relations, reach = report.tables()
    assert [row[:2] for row in sizes.rows] == [("train", "2"), ("test", "1")]
    assert [row[0] for row in types.rows] == ["Loc", "Peop", f"P{EVIL}"]
    assert types.columns == ("entity types", "train", "test", "share")
    assert types.notes == (f"3 entity types; Loc is 2.0 times as frequent as P{EVIL}",)
    assert relations.rows == (("In", "1", "1", "100.0 %"),)
    assert "66.67 % of 3" in reach.rows[0]
    assert any("begins or ends inside a word" in note for note in reach.notes)
    assert all(len(row) == len(table.columns) for table in (sizes, types, relations, reach) for row in table.rows)


def test_the_encoder_can_be_left_out() -> None:
    report = examine(data(train=[doc("Bob in Lima", ("Bob", "Peop"))]), encoder=None)
    assert report.reach is None
    assert [table.title for table in report.tables()] == ["sizes", "entity types"]


def test_many_labels_are_cut() -> None:
    documents = [doc(f"Ann{n}", (f"Ann{n}", f"Type{n * n}")) for n in range(50)]
    _, types = examine(data(train=documents), encoder=None).tables()
    assert len(types.rows) == 40
    assert types.notes[-1] == "the 10 rarest are not shown"
