"""Write the card of the model that comes with gprel from what was measured of it.

python benchmarks/default_card.py           rewrite docs/default-model.md
python benchmarks/default_card.py --check   exit 1 if that would change anything
"""

import argparse
import json
import re
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "benchmarks" / "results"
RESULT, CARD = RESULTS / "default-model.json", ROOT / "docs" / "default-model.md"
RECIPES, COSTS, INIT = (RESULTS / f"{name}.json" for name in ("default-recipes", "default-costs", "init-default"))
SETTING = re.compile(r"--set (\S+)")
LIMITS = {"data.limit=100", "data.limit=300"}  # the column of sentences tells them
FEW = 20  # gold items below which a label's figures say little

WEAKNESSES = """\
- It read openings of Wikipedia articles: people, places, organizations, works. Dialogs, legal or medical text, social
  media and tables are unlike that, and the figures below do not hold there.
- Entities are names, dates and numbers. Pronouns and phrases ("the company", "his wife") are not found: a triple is
  found only between names that share a window.
- Relations are those of Wikidata that Re-DocRED has; "sold to" or "criticized" is none of them. Facts that follow from
  others are annotated there, too: a village "in Jutland, Denmark" also gives Jutland a country.
- In texts of several sentences names of different facts are sometimes crossed, and two mentions of one name linked to
  each other. "Not Rolf Esker founded it" counts as if he had.
- Most training triples say where places are. Relations with few training triples are seldom found.
- Probabilities are calibrated on held-out documents of the same kind; on other text they are too high.
- English alone. The encoder is uncased; capitals and digits reach it by an embedding of shapes.
"""

USE = """\
gprel extract --text "Marie Curie was born in Warsaw."
gprel extract my.jsonl --out triples.jsonl
gprel train --init default --data my_folder --out runs/mine
"""


def main() -> None:
    """Rewrite or check the card."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="only tell whether the card is up to date")
    use_check = parser.parse_args().check
    if not RESULT.is_file():
        sys.exit(f"error: {RESULT} does not exist; make default-model writes it")
    text = render(read(RESULT))
    if use_check and (not CARD.is_file() or CARD.read_text(encoding="utf-8") != text):
        sys.exit(f"{CARD} is not what benchmarks/default_card.py writes; run it")
    CARD.write_text(text, encoding="utf-8")


def read(path: Path) -> dict[str, Any]:
    """A result file."""
    result: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return result


def render(result: dict[str, Any]) -> str:
    """The card as Markdown."""
    parts = [
        "# The model that comes with gprel\n",
        "<!-- written by benchmarks/default_card.py -->\n",
        _summary(result),
        f"```\n{USE}```\n",
        "## Data and license\n",
        _data(result),
        "## Recipe\n",
        _recipe(result),
        *([_compared(read(RECIPES))] if RECIPES.is_file() else []),
        "## Held-out scores\n",
        _scores(result),
        "## Entities that merely co-occur\n",
        _cooccurrence(result),
        *(["## What it costs\n", _costs(read(COSTS))] if COSTS.is_file() else []),
        *(["## Training from it\n", _start(read(INIT))] if INIT.is_file() else []),
        "## Known weaknesses\n",
        WEAKNESSES,
        "## Where it fails\n",
        _failures(result["sample"]),
        *(part for kind in ("entities", "triples") for part in (f"## Every {_label(kind)}\n", _per_type(result, kind))),
    ]
    return "\n".join(parts)


def _summary(result: dict[str, Any]) -> str:
    size, n = result["megabytes"], result["n_parameters"]
    return (
        f"Six entity types and 96 relations of Wikidata, in English text. {n / 1e6:.1f} M parameters, the encoder's "
        f"stored in 8 bits, {size:.1f} MB with tokenizer; it runs on ONNX Runtime without torch. Thresholds were tuned "
        f"on dev for the best F1 of triples at a precision of {100 * result['wanted_precision']:.0f} % or more.\n"
    )


def _data(result: dict[str, Any]) -> str:
    notes = "".join(f"- {note}\n" for note in result["notes"])
    return (
        "[Re-DocRED](https://github.com/tonytan48/Re-DocRED) (MIT), a new annotation of DocRED's Wikipedia texts. The "
        "texts are not part of gprel. The encoder began as all-MiniLM-L6-v2 (Apache-2.0). The model is licensed like "
        "gprel, Apache-2.0; whoever passes it on should name Re-DocRED.\n\n"
        "Short sentences were added to the training articles, because people try a tool with them and articles have "
        "few: the patterns of `benchmarks/default_short.yaml`, written for this project, filled with names of training "
        "articles that stood in the same relation to others. Dev and test have none of them.\n\n"
        f"What the training said of the data:\n\n{notes}"
    )


def _recipe(result: dict[str, Any]) -> str:
    settings, machine = result["settings"], result["machine"]
    training = settings["training"]
    commands = "\n".join(result["commands"])
    return (
        f"`make default-model` does all of it; these are its commands:\n\n```\n{commands}\n```\n\n"
        f"`configs/default.yaml` has the settings: edition `{settings['data']['variant']}`, at most "
        f"{training['epochs']} epochs (best on dev: {result['best_epoch']}), seed {training['seed']}. "
        f"{result['train_seconds'] / 60:.0f} min on "
        f"{machine['processor']}, {machine['cores']} cores; commit `{result['commit']}`, {result['date']}.\n"
    )


def _compared(recipes: dict[str, Any]) -> str:
    splits = ("dev", "test")
    editions = list(next(iter(recipes["recipes"].values()))["dev"])
    head = ["trained on", "mean of dev triples", *(f"{split}, {edition}" for split in splits for edition in editions)]
    rows = [
        [f"`{name}`", f"{of['dev_mean']:.1f}"]
        + [
            f"{of[split][edition]['entities']:.1f} / {of[split][edition]['triples']:.1f}"
            for split in splits
            for edition in editions
        ]
        for name, of in recipes["recipes"].items()
    ]
    return (
        f"What else was tried, {recipes['epochs']} epochs each, threshold 0, strict micro F1 of entities / triples. "
        f"The dev documents choose (`{recipes['best']}`); test is shown for information. None of these had the short "
        f"sentences.\n\n{_table(head, rows)}"
    )


def _scores(result: dict[str, Any]) -> str:
    rows = [
        [edition, _label(kind, plural=True), *_cells(of[kind]["micro"])]
        for edition, of in result["test"].items()
        for kind in ("entities", "triples")
    ]
    n_articles = max(of["n_articles"] for of in result["test"].values())
    return (
        f"{n_articles} articles that were neither trained nor tuned on, as single sentences and as windows of several; "
        "rule `strict` (offsets, entity types and relation), micro average over mentions, the shipped thresholds; 95 % "
        f"intervals over articles.\n\n{_table(['text', 'items', *_HEAD], rows)}"
    )


def _cooccurrence(result: dict[str, Any]) -> str:
    rows = [
        [
            edition,
            f"{of['n_pairs']:,}",
            f"{of['pair_rate']:.2f} %",
            f"{of['n_documents']:,}",
            f"{of['document_rate']:.2f} %",
        ]
        for edition, of in ((edition, scores["cooccurrence"]) for edition, scores in result["test"].items())
    ]
    head = [
        "text",
        "pairs without a relation",
        "linked all the same",
        "texts without any triple",
        "with one all the same",
    ]
    return (
        "Pairs of annotated entities that no annotated triple links, and texts with two entities or more and no "
        "triple.\n\n"
        f"{_table(head, rows)}"
    )


def _costs(costs: dict[str, Any]) -> str:
    cold, warm, many = costs["start"]["cold"], costs["start"]["warm"], costs["many"]
    rows = [
        ["wheel", f"{costs['wheel_megabytes']:.1f} MB", ""],
        ["one sentence, files not in memory", f"{cold['seconds']:.1f} s", f"{cold['processor_seconds']:.1f} s"],
        ["one sentence, again", f"{warm['seconds']:.1f} s", f"{warm['processor_seconds']:.1f} s"],
        [f"{many['n_tokens']:,} tokens", f"{many['seconds']:.1f} s", f"{many['processor_seconds']:.1f} s"],
        ["tokens per second", f"{many['tokens_per_second']:,}", f"{many['tokens_per_processor_second']:,}"],
        ["peak memory", f"{many['peak_megabytes']:,} MB", ""],
    ]
    machine = costs["machine"]
    return (
        f"`gprel extract` from the command to its end, medians, on {machine['processor']}, {machine['cores']} cores, "
        f"that had other work (load {costs['load']:.0f}): the time on the clock varies with that, the processor's "
        "less.\n\n"
        f"{_table(['what', 'clock', 'processor'], rows)}"
    )


def _start(init: dict[str, Any]) -> str:
    head = [
        "sentences",
        "start",
        *(f"{split}: {kind} F1" for split in ("dev", "test") for kind in ("entity", "triple")),
    ]
    rows = [
        [str(gain["n_sentences"]), f"`{start}`"]
        + [f"{gain[split][kind][start]:.1f}" for split in ("dev", "test") for kind in ("entities", "triples")]
        for gain in init["gains"]
        for start in ("minilm", "default")
    ]
    seeds = sorted({seed for gain in init["gains"] for seed in gain["seeds"]})
    changed = sorted({setting for run in init["runs"] for setting in SETTING.findall(run["command"])} - LIMITS)
    recipe = "its recipe" + (f" with {', '.join(f'`{setting}`' for setting in changed)}" if changed else "")
    return (
        "`gprel train --init default` starts from this model's encoder, read from the shipped 8-bit file, instead of "
        f"plain `minilm`. On CoNLL04, {recipe}, the same epochs ({', '.join(map(str, init['epochs'].values()))}) and "
        f"seeds ({', '.join(map(str, seeds))}) for both, epoch selected on dev, threshold 0, strict micro F1:\n\n"
        f"{_table(head, rows)}"
    )


def _failures(sample: dict[str, Any]) -> str:
    lines = [
        f"{sample['n_documents']} sentences were written for this project (`benchmarks/default_sample.jsonl`): entity "
        f"F1 {sample['entities']:.2f}, triple F1 {sample['triples']:.2f}. They are short and plain like the added "
        "sentences, with other names and mostly other words: longer text is harder. Everything that goes wrong there:\n"
    ]
    for failure in sample["failures"]:
        lines.append(f"- {failure['text']}")
        lines += [f"  - {_mistake(wrong)}" for wrong in failure["wrong"]]
    return "\n".join(lines) + "\n"


def _mistake(wrong: dict[str, Any]) -> str:
    sides = [f"{name} {wrong[name]}" for name in ("expected", "got") if wrong[name]]
    return f"{wrong['what']}: {'; '.join(sides)}"


_HEAD = ("P", "R", "F1", "95 %", "gold")


def _per_type(result: dict[str, Any], kind: str) -> str:
    edition = "windows"
    labels = result["test"][edition][kind]["per_type"]
    rows = [[label, *_cells(of)] for label, of in sorted(labels.items(), key=lambda item: -item[1]["n_gold"])]
    n_few = sum(of["n_gold"] < FEW for of in labels.values())
    few = f" {n_few} labels have fewer than {FEW} gold items: their figures say little." if n_few else ""
    return f"Edition `{edition}`, most frequent first.{few}\n\n{_table([_label(kind), *_HEAD], rows)}"


def _cells(of: dict[str, Any]) -> list[str]:
    low, high = of["f1_interval"]
    shown = [f"{of[key]:.1f}" for key in ("precision", "recall", "f1")]
    return [*shown, f"{low:.1f} to {high:.1f}", f"{of['n_gold']:,}"]


def _label(kind: str, *, plural: bool = False) -> str:
    return kind if plural else {"entities": "entity type", "triples": "relation"}[kind]


def _table(head: list[str] | tuple[str, ...], rows: list[list[str]]) -> str:
    lines = [list(head), ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines) + "\n"


if __name__ == "__main__":
    main()
