import re

from gprel.report.plots import Bar, bars, stack


def test_bars():
    html = bars("<t>", [Bar("<n>", 50.0, (25.0, 75.0), "50.0, n = 3"), Bar("x" * 40, 0.0, None, "")], hint="<h>")
    assert "<script" not in html
    assert "&lt;t&gt;<small>&lt;h&gt;</small>" in html
    assert re.findall('<rect x="200" y="[0-9]+" width="([0-9.]+)"', html) == ["110", "0"]
    assert html.count('class="interval"') == 1
    assert 'd="M255.0 7.0v8M255.0 11.0H365.0M365.0 7.0v8"' in html
    assert f"{'x' * 29}…<title>{'x' * 40}</title>" in html


def test_a_stack_fills_its_width():
    html = stack("gold", [("correct", 3), ("missed", 1), ("wrong type", 0)])
    assert re.findall('<rect x="([0-9.]+)"', html) == ["0", "405"]
    assert "<title>missed: 1 of 4</title>" in html
    assert 'class="part correct"' in html
    assert "wrong-type" not in html


def test_numbers_only_where_there_is_room():
    assert stack("gold", [("correct", 9999), ("missed", 1)]).count('class="inside"') == 1
