"""Put trained runs side by side as ``benchmarks/results/ablation-NAME.json``: what each piece does to the dev scores.

    python benchmarks/ablation.py conll04 plain=runs/a plain=runs/b "training.fgm=0.5=runs/c" ...

Every run is VARIANT=FOLDER, one per seed; the first variant is the one that the others are measured against. Test data
plays no part. ``--add`` keeps the rows that are there, whose folders need not exist any more. ``benchmarks/sweep.py``
trains such runs.
"""

import argparse
import datetime
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from gprel import GprelError
from gprel.errors import ConfigError

RESULTS = Path(__file__).parent / "results"
FACTS = ("commit", "machine", "precision", "selected_on", "best_epoch", "seconds")


def main() -> None:
    """Collect the runs that were named."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", help="name of the corpus")
    parser.add_argument("runs", nargs="+", metavar="VARIANT=FOLDER", help="finished runs with dev scores")
    parser.add_argument("--results", type=Path, default=RESULTS, help="folder of the result file")
    parser.add_argument(
        "--add", action="store_true", help="keep the rows of the file, and replace equal variant and seed"
    )
    arguments = parser.parse_args()
    path = arguments.results / f"ablation-{arguments.name}.json"
    try:
        runs = [collect(text) for text in arguments.runs]
        if arguments.add:
            runs = added(path, runs)
    except GprelError as error:
        sys.exit(f"error: {error}")
    result = {"name": arguments.name, "date": datetime.date.today().isoformat(), "runs": runs}
    path.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(path)


def collect(text: str) -> dict[str, Any]:
    """What is kept of a run.

    Args:
        text: ``VARIANT=FOLDER``.

    Raises:
        ConfigError: If it has another form, or the folder holds no finished run with dev scores.
    """
    variant, _, folder = text.rpartition("=")
    facts_path = Path(folder) / "run.json"
    if not variant or not facts_path.is_file():
        raise ConfigError(f"{text!r}: expected VARIANT=FOLDER with a run in the folder, got no {facts_path}")
    facts = json.loads(facts_path.read_text(encoding="utf-8"))
    if facts.get("status") != "done" or not facts.get("dev"):
        raise ConfigError(f"{folder}: the run is {facts.get('status')}, expected a finished one with dev scores")
    config = yaml.safe_load((Path(folder) / "config.yaml").read_text(encoding="utf-8"))
    config["data"].pop("data_dir", None)
    run = {"variant": variant, "seed": config["training"]["seed"], **{name: facts.get(name) for name in FACTS}}
    return run | {"dev": _figures(facts["dev"]), "config": config}


def added(path: Path, runs: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows of a result file and further ones, which replace those of the same variant and seed.

    Raises:
        ConfigError: If there is no such file.
    """
    if not path.is_file():
        raise ConfigError(f"there is no {path} to add to; leave out --add to begin one")
    rows = {(run["variant"], run["seed"]): run for run in json.loads(path.read_text(encoding="utf-8"))["runs"]}
    return list((rows | {(run["variant"], run["seed"]): run for run in runs}).values())


def _figures(dev: Mapping[str, Any]) -> dict[str, Any]:
    """Scores by kind and rule, micro and macro, without those of single types."""
    return {
        kind: {rule: {name: values[name] for name in ("micro", "macro")} for rule, values in dev[kind].items()}
        for kind in ("entities", "triples")
        if dev.get(kind)
    }


if __name__ == "__main__":
    main()
