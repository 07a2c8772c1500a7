"""How the model that comes with gprel is made, measured, judged and described."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from gprel.config import RunConfig
from gprel.corpora import load
from gprel.document import Document, Entity, Relation
from gprel.formats import jsonl

BORN = "place of birth (P19)"


@pytest.fixture
def scores(scripts: Path, articles: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Held-out scores of an oracle that misses the first document, and links two entities of every sentence."""
    module = import_module("default_measure")

    def guess(_: object, documents: Sequence[Document]) -> list[Document]:
        scored = [
            Document(
                d.text,
                tuple(Entity(e.start, e.end, e.type, 1.0) for e in d.entities or ()),
                (Relation(BORN, 0, 1, 1.0),),
            )
            for d in documents
        ]
        return [Document(documents[0].text, (), ()), *scored[1:]]

    monkeypatch.setattr(module, "extract", guess)
    documents = module.held_out("sentences", str(articles))
    assert len(documents) == 36
    measured: dict[str, Any] = module.measure(None, documents, module.article)
    return measured


def test_what_is_measured(scores: dict[str, Any], articles: Path) -> None:
    test = load("redocred", low_resource=True, data_dir=articles).split("test")
    n_born = sum(bool(document.relations) for document in test)
    assert (scores["n_documents"], scores["n_articles"]) == (36, 12)
    triples = scores["triples"]["micro"]
    assert (triples["n_gold"], triples["n_predicted"]) == (n_born, 35)
    assert triples["recall"] == round(100 * triples["n_correct"] / n_born, 2)
    low, high = triples["f1_interval"]
    assert low < triples["f1"] < high
    assert scores["triples"]["per_type"] == {BORN: triples}
    assert scores["entities"]["micro"]["precision"] == 100.0
    pairs = scores["cooccurrence"]
    assert pairs["n_pairs"] == pairs["n_documents"] == 36 - n_born
    assert pairs["pair_rate"] > 80


def test_the_gate(scripts: Path, scores: dict[str, Any]) -> None:
    gate = import_module("default_gate")
    measured = {"sentences": scores}
    precision, rate = scores["triples"]["micro"]["precision"], scores["cooccurrence"]["pair_rate"]
    lines, is_good = gate.judge(measured, gate.Limits(precision, 30.0, 70.0, rate))
    assert is_good
    assert len(lines) == 4
    for limits in ({"precision": precision + 0.1}, {"triple_f1": 99.9}, {"entity_f1": 99.9}, {"pair_rate": rate - 0.1}):
        lines, is_good = gate.judge(measured, gate.Limits(**{"precision": 0.0, "pair_rate": 100.0} | limits))
        assert not is_good
        assert ["NOT REACHED" in line for line in lines].count(True) == 1


def test_the_sample_is_in_the_labels_of_the_corpus(scripts: Path) -> None:
    module = import_module("default_measure")
    documents = list(jsonl.read_file(module.SAMPLE))
    names = set(module.load("redocred", splits=[]).card.facts["relations"].values())
    assert {relation.type.rpartition(" (")[0] for document in documents for relation in document.relations} <= names
    assert sum(not document.relations for document in documents) >= 2


def result(scores: dict[str, Any]) -> dict[str, Any]:
    failure = {
        "text": "Bo left.",
        "wrong": [{"what": "spurious", "expected": None, "got": "Bo | employer (P108) | Acme"}],
    }
    return {
        "commands": ["gprel train --recipe default"],
        "settings": RunConfig().to_dict(),
        "notes": ["a note"],
        "n_parameters": 22_700_000,
        "megabytes": 24.1,
        "wanted_precision": 0.7,
        "best_epoch": 3,
        "train_seconds": 120.0,
        "machine": {"processor": "Some", "cores": 2},
        "commit": "abc",
        "date": "2026-01-01",
        "test": {"sentences": scores, "windows": scores},
        "sample": {"n_documents": 14, "entities": 80.0, "triples": 40.0, "failures": [failure]},
    }


def test_the_card(scripts: Path, scores: dict[str, Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    card = import_module("default_card")
    for name in ("RECIPES", "COSTS", "INIT"):
        monkeypatch.setattr(card, name, tmp_path / "none.json")
    text = card.render(result(scores))
    f1 = scores["triples"]["micro"]["f1"]
    assert f"| sentences | triples | {scores['triples']['micro']['precision']:.1f} |" in text
    assert f"| {f1:.1f} |" in text
    assert "  - spurious: got Bo | employer (P108) | Acme" in text
    assert f"| {BORN} |" in text
    assert "22.7 M parameters" in text
    scores_of = {"windows": {"entities": 70.0, "triples": 30.0}}
    recipes = {
        "epochs": 6,
        "best": "mixed",
        "recipes": {"mixed": {"dev_mean": 30.0, "dev": scores_of, "test": scores_of}},
    }
    (tmp_path / "recipes.json").write_text(json.dumps(recipes), encoding="utf-8")
    monkeypatch.setattr(card, "RECIPES", tmp_path / "recipes.json")
    assert "| `mixed` | 30.0 | 70.0 / 30.0 | 70.0 / 30.0 |" in card.render(result(scores))


def test_the_gain_of_a_start(scripts: Path) -> None:
    script, card = import_module("init_gain"), import_module("default_card")
    train = script.command("100", 43, "default", ["training.ema=0"])
    options = "--set data.limit=100 --set training.ema=0"
    assert " ".join(train) == f"train --data conll04 --init default --epochs 50 --seed 43 {options}"
    assert "--init" not in script.command("all", 43, None, [])

    def of(size: str, start: str, seed: int, f1: float) -> dict[str, Any]:
        scores = {"entities": f1, "triples": f1 / 2}
        command = " ".join(script.command(size, seed, None, ["training.fgm=0"]))
        return {"n_sentences": size, "start": start, "seed": seed, "command": command, "dev": scores, "test": scores}

    runs = [of("100", "minilm", 42, 60), of("100", "default", 42, 70), of("100", "minilm", 43, 64)]
    runs += [of("100", "default", 43, 71), of("all", "minilm", 42, 80)]
    (gain,) = script.gains(runs)  # of all sentences there is one start alone
    assert (gain["n_sentences"], gain["seeds"]) == ("100", [42, 43])
    assert gain["dev"] == {"entities": {"minilm": 62, "default": 70.5}, "triples": {"minilm": 31, "default": 35.25}}
    text = card._start({"epochs": {"100": 50}, "runs": runs, "gains": [gain]})
    assert "its recipe with `training.fgm=0`, the same epochs (50) and seeds (42, 43)" in text
    assert "| 100 | `default` | 70.5 | 35.2 | 70.5 | 35.2 |" in text


def test_costs(scripts: Path, tmp_path: Path) -> None:
    costs, card = import_module("default_costs"), import_module("default_card")
    seconds, processor, peak = costs.timed(["--version"])
    assert processor > 0
    assert seconds > 0
    assert peak > 5e6
    with pytest.raises(subprocess.CalledProcessError):
        costs.timed(["no-such-command"])
    start = {"seconds": 2.04, "processor_seconds": 1.0}
    many = dict.fromkeys(("n_tokens", "seconds", "processor_seconds", "tokens_per_second"), 3000)
    many |= {"tokens_per_processor_second": 4000, "peak_megabytes": 300}
    machine = {"processor": "Some", "cores": 2}
    measured = {"start": {"cold": start, "warm": start}, "many": many, "wheel_megabytes": 25.0, "load": 3.0}
    text = card._costs({**measured, "machine": machine})
    assert "| one sentence, again | 2.0 s | 1.0 s |" in text
    assert "| tokens per second | 3,000 | 4,000 |" in text


def run(script: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    command = [sys.executable, str(script), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, env=environment, check=False)


@pytest.mark.slow
def test_the_whole_way(scripts: Path, articles: Path, tmp_path: Path) -> None:
    """Train, tune, export, measure, card; the same command again trains nothing; then the gate, both ways."""
    arguments = ("--data-dir", articles, "--smoke", "--out", tmp_path, "--set", "training.epochs=8")
    done = run(scripts / "default_model.py", *arguments)
    assert done.returncode == 0, done.stderr
    measured = json.loads((tmp_path / "default-model.json").read_text(encoding="utf-8"))
    assert measured["test"]["sentences"]["entities"]["micro"]["f1"] > 90
    assert measured["commands"][3] == "gprel export runs/default/run/model --int8 --out gprel/default_model"
    card = (tmp_path / "default-model.md").read_text(encoding="utf-8")
    assert card.startswith("# The model that comes with gprel")
    again = run(scripts / "default_model.py", *arguments)
    assert "is done; its best model is in" in again.stderr
    model = ("--data-dir", articles, "--model", tmp_path / "default_model")
    low = ("--precision", 1, "--triple-f1", 1, "--entity-f1", 1, "--pair-rate", 100)
    good = run(scripts / "default_gate.py", *model, *low)
    assert (good.returncode, good.stdout.count(" ok")) == (0, 8), good.stderr
    bad = run(scripts / "default_gate.py", *model, *low, "--entity-f1", 101)
    assert (bad.returncode, bad.stdout.count("NOT REACHED")) == (1, 2)


@pytest.mark.slow
def test_recipes_are_compared(scripts: Path, articles: Path, tmp_path: Path) -> None:
    fast = ("--epochs", 1, "--set", "encoder.name=tiny", "--set", "training.ema=0")
    done = run(
        scripts / "default_recipes.py", "mixed", "--data-dir", articles, "--out", tmp_path / "runs", *fast, "--result",
        tmp_path / "r.json",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    measured = json.loads((tmp_path / "r.json").read_text(encoding="utf-8"))
    mixed = measured["recipes"]["mixed"]
    assert measured["best"] == "mixed"
    assert mixed["dev"].keys() == mixed["test"].keys() == {"sentences", "windows"}
    assert mixed["dev_mean"] == round(sum(of["triples"] for of in mixed["dev"].values()) / 2, 2)
    assert run(scripts / "default_recipes.py", "mxed").returncode == 2
