"""The report in four forms: each can be parsed, and no text of the user becomes markup."""

import csv
import datetime
import io
import json
import xml.etree.ElementTree as ET
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from gprel.comparison.breakdowns import BreakdownRow
from gprel.comparison.compare import Comparison, Failure
from gprel.comparison.cost_tables import cost_tables, runs_table, settings_tables
from gprel.comparison.matrix import CorpusEntry
from gprel.comparison.plots import plots
from gprel.comparison.published import PublishedScore
from gprel.comparison.render_csv import to_csv
from gprel.comparison.render_json import to_json
from gprel.comparison.render_markdown import escaped
from gprel.comparison.report import SUFFIXES, write_report
from gprel.comparison.tables import detail_tables, score_tables

from .helpers import Done

DAY = datetime.date(2030, 1, 2)
PUBLISHED = PublishedScore("A&B", {"triples": 91.8}, "strict", "test", "micro", "dev", "<i>note</i>", ())
COSTS = {
    "blocks": 5,
    "steps_per_block": 4,
    "n_extract": 128,
    "seed": 1,
    "commit": None,
    "machine": {"processor": "P", "system": "S", "cores": 2, "threads": 1, "accelerators": []},
    "training_tokens": {
        "gplinker": {"per_second": 4000.0, "ratio": [1.0, 1.0, 1.0]},
        "casrel": {"per_second": 6000.0, "ratio": [1.5, 1.4, 1.6]},
    },
    "extraction_documents": {"gplinker": {"per_second": 40.0, "ratio": [1.0, 1.0, 1.0]}},
    "peak_training_bytes": {"gplinker": 3 << 20, "casrel": None},
}


@pytest.fixture
def comparison(done: Done) -> Comparison:
    """A comparison with everything a report can hold."""
    result = done.comparison
    return replace(
        result,
        matrix=replace(result.matrix, use_speed=True),
        published={"sample": [PUBLISHED]},
        costs={"sample": COSTS},
        breakdowns={"sample": [BreakdownRow("density", "D1: <x>", "triples", "casrel", (50.0,), 2, 1234, (1.0, 99.0))]},
        failures=[Failure("pfn/sample/seed-1", "a | b <b>bold</b>")],
    )


@pytest.fixture
def files(comparison: Comparison, tmp_path: Path) -> dict[str, str]:
    paths = write_report(comparison, tmp_path, DAY)
    assert {path.name for path in tmp_path.iterdir()} == {f"mine{suffix}" for suffix in SUFFIXES}
    return {path.suffix: path.read_text(encoding="utf-8") for path in paths}


def test_json_has_every_figure(files: dict[str, str]) -> None:
    values = json.loads(files[".json"])
    assert (values["title"], values["date"], values["seeds"]) == ("Two <methods> & one corpus", "2030-01-02", [1, 2])
    scores = values["scores"]["sample"]["scores"]
    assert len(scores) == (2 + 1) * 4 * 2 * 2  # kinds with an output of both methods, rules, averages, thresholds
    assert values["corpora"]["sample"]["differing"] == {"head.name": {"gplinker": "gplinker", "casrel": "casrel"}}
    assert values["costs"]["sample"]["training_tokens"]["casrel"]["ratio"] == [1.5, 1.4, 1.6]
    assert set(values["runs"]) == {f"{m}/sample/seed-{s}" for m in ("gplinker", "casrel") for s in (1, 2)}


def test_json_tells_nothing_of_the_machine_s_folders(comparison: Comparison) -> None:
    def moved(entry: CorpusEntry) -> CorpusEntry:
        settings = ["data.data_dir=/some/where", "encoder.name=/some/where/mine", "encoder.init=org/other"]
        return replace(entry, config=entry.config.override(settings))

    matrix = replace(comparison.matrix, corpora=tuple(map(moved, comparison.matrix.corpora)))
    facts = {
        name: {**of, "config": {**of["config"], "data": {**of["config"]["data"], "data_dir": "/some/where"}}}
        for name, of in comparison.facts.items()
    }
    text = to_json(replace(comparison, matrix=matrix, facts=facts), DAY)
    assert "/some/where" not in text
    values = json.loads(text)
    assert values["runs"]["casrel/sample/seed-1"]["config"]["head"]["name"] == "casrel"
    config = values["corpora"]["sample"]["config"]
    assert config["data"]["name"] == comparison.matrix.corpora[0].config.data.name
    assert (config["encoder"]["name"], config["encoder"]["init"]) == ("mine", "org/other")


def test_csv_has_a_line_for_every_figure(files: dict[str, str]) -> None:
    rows = list(csv.DictReader(io.StringIO(files[".csv"])))
    assert {row["source"] for row in rows} == {"run", "published"}
    assert rows[0]["seeds"] == "1 2"
    assert (rows[-1]["method"], rows[-1]["f1"], rows[-1]["n_gold"]) == (PUBLISHED.model, "91.8", "")


def test_csv_of_runs_that_had_another_name(comparison: Comparison) -> None:
    facts = {name: {**of, "method": "old"} for name, of in comparison.facts.items()}
    assert to_csv(replace(comparison, facts=facts)) == to_csv(comparison)


def test_markdown_tables_are_whole(files: dict[str, str]) -> None:
    text = files[".md"]
    assert text.startswith("# Two \\<methods\\> & one corpus\n")
    assert "a \\| b \\<b\\>bold\\</b\\>" in text
    tables = [block for block in text.split("\n\n") if block.startswith("| ")]
    assert len(tables) >= 8
    for table in tables:
        lines = table.replace("\\|", "").splitlines()
        assert len({line.count("|") for line in lines}) == 1, table


def test_html_is_one_page_without_markup_of_the_user(files: dict[str, str]) -> None:
    text = files[".html"]
    parser = _Tags()
    parser.feed(text)
    assert not {"script", "b", "i", "methods", "link", "img"} & parser.tags
    assert {"table", "svg", "h1"} <= parser.tags
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    assert "Two &lt;methods&gt; &amp; one corpus" in text
    assert "http" not in text.replace("http://www.w3.org/2000/svg", "")


def test_plots_are_svg_with_a_mark_for_every_score(comparison: Comparison) -> None:
    pictures = plots(comparison)
    assert set(pictures) == {"Sample of sample: entity scores (strict)", "Sample of sample: triple scores (strict)"}
    root = ET.fromstring(pictures["Sample of sample: triple scores (strict)"])
    texts = [element.text for element in root.iter("{http://www.w3.org/2000/svg}text")]
    assert {"gplinker", "casrel", "A&B, published"} <= set(texts)
    circles = list(root.iter("{http://www.w3.org/2000/svg}circle"))
    assert len(circles) == 2 * (1 + 2) + 1  # mean and seeds of both methods, one published score


def test_published_scores_that_cannot_be_compared_are_in_no_plot(comparison: Comparison) -> None:
    other = replace(comparison, published={"sample": [replace(PUBLISHED, caveats=("split dev, here test",))]})
    assert "published" not in plots(other)["Sample of sample: triple scores (strict)"]


def test_a_method_without_an_output_shows_a_dash(comparison: Comparison) -> None:
    entities, triples, published = score_tables(comparison)
    assert entities.rows[1] == ("casrel", "2", *["–"] * 7)
    assert "–" not in triples.rows[1]
    assert published.title == "Sample of sample: published, not run here"
    assert published.rows == (("A&B", "–", "91.80", "strict", "micro", "test", "dev", "<i>note</i>", "–"),)


def test_tuned_scores_stand_beside_those_at_0(comparison: Comparison) -> None:
    summary = comparison.summaries["sample"]
    scores = [replace(s, f1=(90.0, 92.0)) if s.threshold == "tuned" else s for s in summary.scores]
    column = next(score_tables(comparison)).columns.index("F1, tuned")
    for kept, wanted in ((scores, "91.00 ± 1.41"), ([s for s in scores if s.threshold == "0"], "–")):
        _, triples, _ = score_tables(replace(comparison, summaries={"sample": replace(summary, scores=tuple(kept))}))
        assert triples.rows[1][column] == wanted


def test_the_main_table_names_all_that_a_figure_needs(comparison: Comparison) -> None:
    note = next(score_tables(comparison)).notes[0]
    for part in (
        "Split test",
        "2 documents",
        "7 gold entities",
        "rule strict",
        "threshold 0",
        "selected on dev triples",
    ):
        assert part in note


def test_a_split_that_selected_the_model_is_told(comparison: Comparison) -> None:
    summary = comparison.summaries["sample"]
    on_dev = replace(summary, entry=replace(summary.entry, split="dev", average="macro"))
    notes = next(score_tables(replace(comparison, summaries={"sample": on_dev}))).notes
    assert "The split that is reported also selected the model: these scores are too high." in notes
    assert any("compare macro F1" in note for note in notes)


def test_costs_are_ratios_to_the_first_method(comparison: Comparison) -> None:
    (table,) = cost_tables(comparison)
    assert table.columns[4] == "to gplinker"
    assert table.rows[0][3:] == ("4,000", "1.00× (1.00 to 1.00)", "40.0", "1.00× (1.00 to 1.00)", "3")
    assert table.rows[1][3:] == ("6,000", "1.50× (1.40 to 1.60)", "–", "–", "–")


def test_speed_that_was_not_measured_is_told(comparison: Comparison) -> None:
    waiting = next(cost_tables(replace(comparison, costs={})))
    assert waiting.notes[0].startswith("Speed and memory are measured once every method has a finished run")
    without = next(cost_tables(replace(comparison, costs={}, matrix=replace(comparison.matrix, use_speed=False))))
    assert without.notes == ("Speed and memory were not measured (speed: false).",)


def test_an_unequal_budget_is_told(comparison: Comparison) -> None:
    shared, same = settings_tables(comparison)
    assert ("training.epochs", "1") in shared.rows
    assert same.rows == (("head.name", "sample", "gplinker", "casrel"),)
    assert same.notes == ("The budget is the same for all.",)
    methods = (comparison.matrix.methods[0], replace(comparison.matrix.methods[1], settings=("training.epochs=9",)))
    _, unequal = settings_tables(replace(comparison, matrix=replace(comparison.matrix, methods=methods)))
    assert unequal.notes == ("The budget is not the same for all: training.epochs.",)


def test_runs_say_where_they_come_from(comparison: Comparison) -> None:
    table = runs_table(replace(comparison, facts=dict(list(comparison.facts.items())[:3])))
    assert [row[-1] for row in table.rows] == ["done"] * 4  # the last one is on disk, only not read
    failed = replace(comparison, facts={}, failures=[Failure("gplinker/sample/seed-1", "no room")])
    assert runs_table(failed).rows[0][-1] == "failed: no room"


def test_breakdowns_have_sizes_and_a_dash_where_nothing_is_known(comparison: Comparison) -> None:
    table = list(detail_tables(comparison))[-1]
    assert table.title == "Sample of sample: triple F1 by density (strict)"
    assert table.columns == ("part", "documents", "gold", "gplinker", "casrel")
    assert table.rows == (("D1: <x>", "2", "1,234", "–", "50.00 (1.00 to 99.00)"),)
    assert table.notes[0].startswith("Parts: sentences by gold entities per word")


def test_text_in_markdown_stays_text() -> None:
    assert escaped("a|b\n*c* <d> `e` [f](g) \\") == "a\\|b \\*c\\* \\<d\\> \\`e\\` \\[f\\](g) \\\\"


class _Tags(HTMLParser):
    """Collects the names of all elements."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
