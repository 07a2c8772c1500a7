import io

import pytest
from rich.console import Console

from gprel.document import Document, Entity, Relation
from gprel.errors import ConfigError
from gprel.evaluation import breakdown_table, evaluate, per_type_table, table
from gprel.evaluation.breakdown import breakdown
from gprel.evaluation.significance import micro_intervals

TEXT = "Ann left Bonn"
GOLD = Document(TEXT, (Entity(0, 3, "P"), Entity(9, 13, "[loc]")), (Relation("Left", 0, 1),))
FIRST_ONLY = Document(TEXT, (Entity(0, 3, "P"),))


def rendered(rich_table):
    console = Console(file=io.StringIO(), width=120)
    console.print(rich_table)
    lines = console.file.getvalue().splitlines()
    rule = next(i for i, line in enumerate(lines) if "──" in line)
    return lines[0].strip(), [line.split() for line in lines[rule + 1 :] if line.strip()]


def test_table_has_a_row_per_kind_and_rule(capsys):
    title, rows = rendered(table(evaluate([GOLD], [FIRST_ONLY], ["strict", "exact"]), "demo [test]"))
    assert title == "demo [test]"
    assert rows == [
        ["entities", "strict", "100.00", "50.00", "66.67", "50.00", "2", "1", "1"],
        ["entities", "exact", "100.00", "50.00", "66.67", "50.00", "2", "1", "1"],
        ["triples", "strict", *["-"] * 7],
        ["triples", "exact", *["-"] * 7],
    ]
    assert capsys.readouterr().out == ""


def test_zero_found_is_not_a_dash():
    nothing = Document(TEXT, (), ())
    _, rows = rendered(table(evaluate([GOLD], [nothing], ["strict"]), "demo"))
    assert rows[1] == ["triples", "strict", "0.00", "0.00", "0.00", "0.00", "1", "0", "0"]


def test_per_type_table():
    evaluation = evaluate([GOLD], [FIRST_ONLY])
    title, rows = rendered(per_type_table(evaluation, "boundaries", "entities"))
    assert title == "entities per type (boundaries)"
    assert rows == [
        ["P", "100.00", "100.00", "100.00", "1", "1", "1"],
        ["[loc]", "0.00", "0.00", "0.00", "1", "0", "0"],
    ]
    _, rows = rendered(per_type_table(evaluation, "strict", "triples"))
    assert rows == [["-"] * 7]
    with pytest.raises(ConfigError, match="kind 'relation' does not exist"):
        per_type_table(evaluation, "strict", "relation")


def test_intervals_are_a_further_column():
    gold, predicted = [GOLD, GOLD], [GOLD, FIRST_ONLY]
    entities_only = [Document(TEXT, document.entities) for document in predicted]  # no output of triples
    evaluation = evaluate(gold, entities_only, ["strict"])
    intervals = micro_intervals(evaluation, gold, entities_only)
    low, high = intervals["entities", "strict"]
    _, rows = rendered(table(evaluation, "demo", intervals))
    assert rows[0][-3:] == [f"{low:.2f}", "to", f"{high:.2f}"]
    assert rows[1] == ["triples", "strict", *["-"] * 8]


def test_breakdown_table():
    spurious = Document("Bo", (Entity(0, 2, "P"),), ())
    parts = breakdown([GOLD, GOLD, Document("Bo", (), ())], [GOLD, FIRST_ONLY, spurious], "relation", kind="entities")
    title, rows = rendered(breakdown_table(parts, "relation", "strict", "entities"))
    assert title == "entities by relation (strict)"
    by_name = {row[0]: row for row in rows}
    interval = {part.name: [f"{part.interval[0]:.2f}", "to", f"{part.interval[1]:.2f}"] for part in parts}
    assert by_name["P"] == ["P", "66.67", "100.00", "80.00", *interval["P"], "3", "2", "3", "2"]
    assert by_name["[loc]"] == ["[loc]", "100.00", "50.00", "66.67", *interval["[loc]"], "2", "2", "1", "1"]


def test_a_part_without_items_has_no_interval():
    nothing = Document("Bo", (), ())
    parts = breakdown([nothing], [nothing], "n_triples")
    _, rows = rendered(breakdown_table(parts, "n_triples", "strict", "triples"))
    assert rows == [["0", "0.00", "0.00", "0.00", "-", "1", "0", "0", "0"]]
