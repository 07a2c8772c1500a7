"""What ``gprel extract`` prints for people: tables of ``--text`` and of ``--format table``."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import typer
from rich.box import SIMPLE_HEAD
from rich.console import Group
from rich.table import Table
from rich.text import Text

from gprel.document import Document
from gprel.extraction.item import Item
from gprel.extraction.pool import PoolRunner
from gprel.extraction.record import json_lines

from .console import print_data, print_table, table_text

_COLORS = ("cyan", "green", "magenta", "yellow", "blue", "red")


def check_input(sources: Sequence[str] | None, texts: Sequence[str] | None, *, use_json: bool, has_out: bool) -> None:
    """Check that there is one kind of input.

    Args:
        sources: Files as the user names them.
        texts: Values of ``--text``.
        use_json: Whether ``--json`` was given.
        has_out: Whether the output is to be a file.

    Raises:
        typer.BadParameter: If there is no input, or both kinds of it, or an option of the other kind.
    """
    if bool(sources) == bool(texts):
        raise typer.BadParameter("expected SOURCE... or --text TEXT, one of them", param_hint="'SOURCE...'")
    if texts and has_out:
        raise typer.BadParameter(
            "--text prints what is found; write the text into a file for --out", param_hint="'--out'"
        )
    if use_json and not texts:
        raise typer.BadParameter("goes with --text; files are written as JSON lines anyway", param_hint="'--json'")


def show_texts(texts: Sequence[str], runner: PoolRunner, *, use_json: bool) -> None:
    """Extract from texts and print what is found.

    Args:
        texts: The texts.
        runner: Finds what is in them.
        use_json: Print the records as JSON lines.

    Raises:
        DataError: If a text cannot be read.
    """
    items = [Item("--text", number, "record", Document(text)) for number, text in enumerate(texts, 1)]
    records = runner.run_pool(items)
    colors = _colors(runner.backend.schema.entity_types)
    for number, record in enumerate(records):
        if use_json:
            for line in json_lines(record):
                print_data(line.decode().removesuffix("\n"))
        else:
            print_table(_page(record, colors, is_first=number == 0))


class TableLines:
    """A text with its entities in colors and a table of its triples, for every record; types are colored as they come.

    The lines of a form of output (:data:`gprel.extraction.record.Lines`).
    """

    def __init__(self) -> None:
        self._colors: dict[str, str] = {}

    def __call__(self, record: Mapping[str, Any]) -> Iterator[bytes]:
        """What is printed for one record."""
        for entity in record.get("entities", ()):
            self._colors.setdefault(entity["type"], _COLORS[len(self._colors) % len(_COLORS)])
        parts: list[Text | Table] = [_colored(record, self._colors), Text()]
        if record.get("relations"):
            parts.append(_triples(record, self._colors))
        else:
            parts.append(Text("no triples found", style="dim"))
        yield table_text(Group(*parts, Text())).encode()


def _colors(types: Iterable[str]) -> dict[str, str]:
    return {type_: _COLORS[index % len(_COLORS)] for index, type_ in enumerate(types)}


def _page(record: Mapping[str, Any], colors: Mapping[str, str], *, is_first: bool) -> Group:
    entities, relations = record.get("entities", ()), record.get("relations")
    parts: list[Text | Table] = [*([] if is_first else [Text()]), _colored(record, colors), Text()]
    parts.append(_entities(record, colors) if entities else Text("no entities found", style="dim"))
    if relations:
        parts += [Text(), _triples(record, colors)]
    elif relations is not None and entities:
        parts.append(Text("no triples found", style="dim"))
    return Group(*parts)


def _colored(record: Mapping[str, Any], colors: Mapping[str, str]) -> Text:
    text = Text(record["text"])
    for entity in record.get("entities", ()):
        text.stylize(_style(entity, colors), entity["start"], entity["end"])
    return text


def _entities(record: Mapping[str, Any], colors: Mapping[str, str]) -> Table:
    table = _table("entity", "type", of=record["entities"])
    for entity in record["entities"]:
        table.add_row(_surface(record, entity, colors), Text(entity["type"]), _certainty(entity))
    return table


def _triples(record: Mapping[str, Any], colors: Mapping[str, str]) -> Table:
    entities = record["entities"]
    table = _table("subject", "relation", "object", of=record["relations"])
    for relation in record["relations"]:
        subject, object_ = (_surface(record, entities[relation[role]], colors) for role in ("subject", "object"))
        table.add_row(subject, Text(relation["type"]), object_, _certainty(relation))
    return table


def _table(*columns: str, of: Sequence[Mapping[str, Any]]) -> Table:
    table = Table(box=SIMPLE_HEAD, show_edge=False)
    for column in columns:
        table.add_column(column)
    table.add_column("probability" if "prob" in of[0] else "score", justify="right")
    return table


def _surface(record: Mapping[str, Any], entity: Mapping[str, Any], colors: Mapping[str, str]) -> Text:
    surface = " ".join(record["text"][entity["start"] : entity["end"]].split())
    return Text(surface, style=_style(entity, colors))


def _style(entity: Mapping[str, Any], colors: Mapping[str, str]) -> str:
    return f"bold {colors.get(entity['type'], 'white')}"


def _certainty(found: Mapping[str, Any]) -> Text:
    return Text(f"{found['prob']:.2f}" if "prob" in found else f"{found['score']:.2f}")
