"""Compare ways to make training data of Re-DocRED for the model that comes with gprel.

    python benchmarks/default_recipes.py --data-dir DIR [--epochs 6] [NAME ...]

Each recipe is trained with the settings of ``configs/default.yaml`` on another edition of the same 650 documents, and
scored at threshold 0, as sentences and as windows. The dev documents choose: the best recipe has the highest triple F1
there, averaged over both editions. The test documents are scored as well, for information; nothing is chosen by them.
Finished runs in ``--out`` are reused, and one that was stopped goes on. The result is
``benchmarks/results/default-recipes.json``, which the card shows.
"""

import argparse
import itertools
import json
import os
from pathlib import Path
from statistics import fmean
from typing import Any

from default_measure import EDITIONS, RULE
from reproduce import gprel

from gprel.evaluation import KINDS
from gprel.provenance import provenance

RESULT = Path(__file__).parent / "results" / "default-recipes.json"
SPLITS = ("dev", "test")
RECIPES: dict[str, list[str]] = {
    # name: settings that differ from configs/default.yaml
    "sentences": ["data.variant=sentences"],
    "windows": ["data.variant=windows"],
    "windows-nearest": ["data.variant=windows-nearest"],
    "mixed": ["data.variant=mixed"],
    "mixed-nearest": ["data.variant=mixed-nearest"],
}


def main() -> None:
    """Train and score the recipes that were named, and write what was measured."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"default: all of {', '.join(RECIPES)}")
    parser.add_argument("--data-dir", default=os.environ.get("GPREL_DATA"), help="folder of the corpora")
    parser.add_argument("--out", type=Path, default=Path("runs/default-recipes"), help="folder of the runs")
    parser.add_argument("--epochs", type=int, default=6, help="of each recipe (default: 6)")
    parser.add_argument("--set", action="append", default=[], help="passed on to gprel train; repeatable")
    parser.add_argument("--result", type=Path, default=RESULT, help=f"file to write (default: {RESULT.name})")
    arguments = parser.parse_args()
    if unknown := [name for name in arguments.names if name not in RECIPES]:
        parser.error(f"unknown recipes {', '.join(unknown)}; known: {', '.join(RECIPES)}")
    environment = os.environ | ({"GPREL_DATA": arguments.data_dir} if arguments.data_dir else {})
    facts = provenance()
    recipes = {}
    for name in arguments.names or RECIPES:
        folder = arguments.out / name
        settings = [f"training.epochs={arguments.epochs}", *RECIPES[name], *arguments.set]
        recipes[name] = measure(folder, settings, environment)
        best = max(recipes, key=lambda name: recipes[name]["dev_mean"])
        result = {"name": "default-recipes", "epochs": arguments.epochs, **facts, "best": best, "recipes": recipes}
        arguments.result.write_text(json.dumps(result, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        print(name, json.dumps({split: recipes[name][split] for split in SPLITS}))


def measure(folder: Path, settings: list[str], environment: dict[str, str]) -> dict[str, Any]:
    """Train one recipe and score it."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    options = [part for setting in settings for part in ("--set", setting)]
    gprel(["train", "--recipe", "default", "--resume", "--out", str(folder), *options], environment)
    run = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    scores: dict[str, dict[str, dict[str, float]]] = {split: {} for split in SPLITS}
    for split, edition in itertools.product(SPLITS, EDITIONS):
        data = ["--data", "redocred", "--variant", edition, "--low-resource", "--split", split]
        found = json.loads(
            gprel(["evaluate", str(folder / "model"), *data, "--thresholds", "zero", "--json"], environment)
        )
        scores[split][edition] = {kind: found[kind][RULE]["micro"]["f1"] for kind in KINDS}
    return {
        "settings": settings,
        "commit": run["commit"],
        "best_epoch": run["best_epoch"],
        "train_seconds": run["seconds"],
        "dev_mean": round(fmean(scores["dev"][edition]["triples"] for edition in EDITIONS), 2),
        **scores,
    }


if __name__ == "__main__":
    main()
