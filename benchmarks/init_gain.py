"""What a training gains by starting from the encoder of the model that comes with gprel instead of plain ``minilm``.

    python benchmarks/init_gain.py --data-dir DIR [100] [300] [all]

Trains on so many sentences of CoNLL04 with its recipe, from both starts, with the same sentences, epochs and seed; few
sentences get more epochs, since a pass over them is short. The best epoch is selected on dev; dev and test are scored
at threshold 0, strict, micro. Finished runs in ``--out`` are reused, and one that was stopped goes on. The result is
``benchmarks/results/init-default.json``, which the card shows.
"""

import argparse
import datetime
import itertools
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import fmean
from typing import Any

from default_measure import RULE
from reproduce import gprel

from gprel.evaluation import KINDS
from gprel.provenance import provenance

RESULT = Path(__file__).parent / "results" / "init-default.json"
EPOCHS = {"100": 50, "300": 30, "all": 15}
STARTS = ("minilm", "default")
SPLITS = ("dev", "test")


def main() -> None:
    """Train and score what was named, and write what was measured."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sizes", nargs="*", metavar="N", help=f"training sentences (default: {', '.join(EPOCHS)})")
    parser.add_argument("--data-dir", default=os.environ.get("GPREL_DATA"), help="folder of the corpora")
    parser.add_argument("--seeds", default="42", help="seeds with commas (default: 42)")
    parser.add_argument("--out", type=Path, default=Path("runs/init-default"), help="folder of the runs")
    parser.add_argument(
        "--init", default="default", help="model to start from (default: the one that comes with gprel)"
    )
    parser.add_argument("--set", action="append", default=[], help="passed on to gprel train; repeatable")
    parser.add_argument("--result", type=Path, default=RESULT, help=f"file to write (default: {RESULT.name})")
    arguments = parser.parse_args()
    sizes = arguments.sizes or list(EPOCHS)
    if unknown := [size for size in sizes if size not in EPOCHS]:
        parser.error(f"unknown sizes {', '.join(unknown)}; known: {', '.join(EPOCHS)}")
    environment = os.environ | ({"GPREL_DATA": arguments.data_dir} if arguments.data_dir else {})
    facts = provenance()
    runs: list[dict[str, Any]] = []
    for size, seed, start in itertools.product(sizes, map(int, arguments.seeds.split(",")), STARTS):
        train = command(size, seed, arguments.init if start == "default" else None, arguments.set)
        folder = arguments.out / f"{size}-{start}-{seed}"
        runs.append({"n_sentences": size, "start": start, "seed": seed, **measure(folder, train, environment)})
        result = {
            "name": "init-default",
            "date": datetime.date.today().isoformat(),
            **facts,
            "epochs": {size: EPOCHS[size] for size in sizes},
            "runs": runs,
            "gains": gains(runs),
        }
        arguments.result.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
        print(json.dumps(runs[-1]))


def command(size: str, seed: int, init: str | None, settings: Sequence[str]) -> list[str]:
    """The arguments of ``gprel train``, without its folder."""
    limit = [] if size == "all" else ["--set", f"data.limit={size}"]
    options = [part for setting in settings for part in ("--set", setting)]
    start = [] if init is None else ["--init", init]
    return ["train", "--data", "conll04", *start, "--epochs", str(EPOCHS[size]), "--seed", str(seed), *limit, *options]


def measure(folder: Path, train: Sequence[str], environment: dict[str, str]) -> dict[str, Any]:
    """Train one model, unless that is done, and score it."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    gprel([*train, "--out", str(folder), "--resume"], environment)
    run = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    scores = {}
    for split in SPLITS:
        arguments = ["evaluate", str(folder / "model"), "--data", "conll04", "--split", split, "--json"]
        found = json.loads(gprel(arguments, environment))
        scores[split] = {kind: found[kind][RULE]["micro"]["f1"] for kind in KINDS}
    facts = {"best_epoch": run["best_epoch"], "train_seconds": run["seconds"], "commit": run["commit"]}
    return {"command": f"gprel {' '.join(train)}", **facts, **scores}


def gains(runs: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """By how much F1 rises with the start, per number of sentences, as means over the seeds that have both starts."""
    found = []
    for size in dict.fromkeys(run["n_sentences"] for run in runs):
        of = {(run["seed"], run["start"]): run for run in runs if run["n_sentences"] == size}
        seeds = [seed for seed in dict.fromkeys(seed for seed, _ in of) if all((seed, start) in of for start in STARTS)]
        if not seeds:
            continue
        gain: dict[str, Any] = {"n_sentences": size, "seeds": seeds}
        for split in SPLITS:
            gain[split] = {
                kind: {start: round(fmean(of[seed, start][split][kind] for seed in seeds), 2) for start in STARTS}
                for kind in KINDS
            }
        found.append(gain)
    return found


if __name__ == "__main__":
    main()
