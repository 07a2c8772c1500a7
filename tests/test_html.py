import pytest

from gprel.html import Html, element, folded, join, slug, table, text


def test_text_is_escaped():
    assert text("a < b & \"c\" 'd'") == "a &lt; b &amp; &quot;c&quot; &#x27;d&#x27;"


def test_what_html_cannot_hold_is_shown():
    assert text("\0\r\x7f\t\n") == "␀␍␡\t\n"
    assert text("\ud800").encode() == b"\\ud800"


def test_elements_escape_everything_but_elements():
    inner = element("b", "<i>")
    assert element("p", "<", inner) == "<p>&lt;<b>&lt;i&gt;</b></p>"
    assert isinstance(inner, Html)
    assert element("script", Html("1 < 2")) == "<script>1 < 2</script>"


@pytest.mark.parametrize(
    ("attributes", "shown"),
    [
        ({"title": "\"><script>'"}, ' title="&quot;&gt;&lt;script&gt;&#x27;"'),
        ({"class_": "a", "data_label": "b"}, ' class="a" data-label="b"'),
        ({"open": ""}, " open"),
        ({"open": None}, ""),
        ({"x": 1.25, "y": 2.0, "n": 3}, ' x="1.2" y="2" n="3"'),
    ],
)
def test_attributes(attributes, shown):
    assert element("a", **attributes) == f"<a{shown}></a>"


def test_an_attribute_may_be_called_name():
    assert element("meta", name="viewport") == '<meta name="viewport">'


def test_tables():
    html = table(("", "<n>"), [("<x>", "1"), ("y", "2")], caption="<c>", marked={1: "own"})
    assert "<caption>&lt;c&gt;</caption>" in html
    assert '<th scope="col">&lt;n&gt;</th>' in html
    assert '<tr><th scope="row" dir="auto">&lt;x&gt;</th><td>1</td></tr>' in html
    assert '<tr class="own">' in html


def test_small_parts():
    assert folded("<", element("p")) == "<details><summary>&lt;</summary><p></p></details>"
    assert join([element("p"), element("p")]) == "<p></p>\n<p></p>"
    assert slug("wrong type") == "wrong-type"
