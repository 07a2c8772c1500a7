"""Markup from values: whatever is not markup already is escaped, so no text can become any."""

from collections.abc import Iterable, Mapping, Sequence
from html import escape

# HTML cannot hold most control characters, and shows none of them: they get their picture instead, one for one.
_PICTURES = {code: chr(0x2400 + code) for code in range(0x20) if chr(code) not in "\t\n"} | {0x7F: "␡"}
_VOID = frozenset({"input", "link", "meta"})
_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; max-width: 80rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; margin: .5rem 0; }
th, td { border-bottom: 1px solid #8885; padding: .2rem .7rem; text-align: right; }
th:first-child { text-align: left; }
p { max-width: 60rem; }
.wide { overflow-x: auto; }
"""


class Html(str):
    """Text that is markup already and goes into a page as it is; only :func:`element` makes it from values."""

    __slots__ = ()


def text(value: str) -> Html:
    r"""A value as text of a page, or as the value of an attribute; control characters but tab and ``\n`` are shown."""
    # A label may hold a lone surrogate, which no file can.
    written = value.encode("utf-8", "backslashreplace").decode("utf-8")
    return Html(escape(written.translate(_PICTURES)))


def element(name: str, /, *content: str, **attributes: str | float | None) -> Html:
    """An element.

    Args:
        name: Its name.
        *content: What is in it; plain strings are escaped, :class:`Html` is not.
        **attributes: Its attributes, ``data_x`` for ``data-x`` and ``class_`` for ``class``; those that are ``None``
            are left out, the empty string gives one without value.
    """
    inside = "".join(part if isinstance(part, Html) else text(part) for part in content)
    head = name + "".join(_attribute(key, value) for key, value in attributes.items() if value is not None)
    return Html(f"<{head}>" if name in _VOID else f"<{head}>{inside}</{name}>")


def _attribute(key: str, value: str | float) -> str:
    name = key.rstrip("_").replace("_", "-")
    # A length is as good with one decimal, and a page holds many.
    shown = f"{value:.1f}".removesuffix(".0") if isinstance(value, float) else str(value)
    return f' {name}="{text(shown)}"' if shown else f" {name}"


def join(parts: Iterable[Html]) -> Html:
    """Markup one after another, a line each."""
    return Html("\n".join(parts))


def table(
    columns: Sequence[str], rows: Iterable[Sequence[str]], *, caption: str = "", marked: Mapping[int, str] | None = None
) -> Html:
    """A table whose first column is the heading of each row.

    Args:
        columns: Headings.
        rows: Cells.
        caption: What it shows.
        marked: Classes of some rows, by their number.
    """
    head = element("tr", *(element("th", column, scope="col") for column in columns))
    lines = [
        element(
            "tr",
            element("th", row[0], scope="row", dir="auto"),
            *(element("td", cell) for cell in row[1:]),
            class_=(marked or {}).get(number),
        )
        for number, row in enumerate(rows)
    ]
    title = [element("caption", caption)] if caption else []
    return element(
        "div",
        element("table", *title, element("thead", head), element("tbody", join(lines))),
        class_="wide",
        tabindex="0",
    )


def folded(summary: str, *content: Html, is_open: bool = False) -> Html:
    """What is shown on demand."""
    return element("details", element("summary", summary), *content, open="" if is_open else None)


def slug(name: str) -> str:
    """The name of an outcome as a class."""
    return name.replace(" ", "-")


def page(title: str, style: str, *body: Html) -> str:
    """A page that runs no script and loads nothing.

    Args:
        title: Its title and first heading.
        style: More style sheet.
        *body: What is below the heading.
    """
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("title", title),
        element("style", Html(_STYLE + style)),
    )
    content = join([element("h1", title), *body])
    return f"<!DOCTYPE html>\n{element('html', head, element('body', content), lang='en')}\n"
