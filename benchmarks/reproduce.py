"""Train and score the documented experiments, and write what was measured to ``benchmarks/results/NAME.json``.

    python benchmarks/reproduce.py --data-dir DIR conll04 ade-0 webnlg-star
    python benchmarks/reproduce.py --data-dir DIR conll04 --seed 43 --tag=-seed43
    python benchmarks/reproduce.py --data-dir DIR conll04 --from runs/conll04
    python benchmarks/reproduce.py --data-dir DIR conll04-base --set encoder.name=path/to/mpnet-base

Each experiment is the commands a user would type; the file keeps them with commit, seed, machine and wall time. Where
the scored split is not dev, thresholds are also tuned on dev, in a copy of the model, and it is scored with them, too.
--from scores a run that was trained already, with the commit, seed and machine that its folder tells.
``benchmarks/render.py`` puts NAME.json and all NAME-seed*.json together, and the folds of ADE.
"""

import argparse
import datetime
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import yaml

RESULTS = Path(__file__).parent / "results"

EXPERIMENTS: dict[str, tuple[list[str], list[str]]] = {
    # name: (arguments of gprel train, arguments of gprel evaluate)
    "demo": (["--data", "demo"], ["--data", "demo"]),
    "conll04": (["--data", "conll04"], ["--data", "conll04"]),
    **{
        f"ade-{fold}": (["--data", "ade", "--fold", str(fold)], ["--data", "ade", "--fold", str(fold)])
        for fold in range(10)
    },
    "webnlg-star": (["--data", "webnlg", "--variant", "star"], ["--data", "webnlg", "--variant", "star"]),
    "webnlg-exact": (["--data", "webnlg", "--variant", "exact"], ["--data", "webnlg", "--variant", "exact"]),
    "cluener": (["--task", "ner", "--data", "cluener"], ["--data", "cluener", "--split", "dev"]),
    "cmeee": (["--task", "ner", "--data", "cmeee"], ["--data", "cmeee", "--split", "dev"]),
    "peoples_daily": (["--task", "ner", "--data", "peoples_daily"], ["--data", "peoples_daily"]),
    "genia": (["--task", "ner", "--data", "genia"], ["--data", "genia"]),
}
BASE_SIZE = ("conll04", "webnlg-star", "webnlg-exact", "genia")  # have a recipe for base-size encoders as well
EXPERIMENTS |= {f"{name}-base": (["--recipe", f"{name}-base"], EXPERIMENTS[name][1]) for name in BASE_SIZE}


def main() -> None:
    """Run the experiments that were named."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="+", choices=sorted(EXPERIMENTS), metavar="NAME", help=", ".join(EXPERIMENTS))
    parser.add_argument("--data-dir", help="folder of the corpora (default: $GPREL_DATA)")
    parser.add_argument("--seed", type=int, default=42, help="seed (default: 42)")
    parser.add_argument("--runs", type=Path, help="keep the run folders here (default: they are thrown away)")
    parser.add_argument("--from", dest="trained", type=Path, help="score this run folder instead of training anew")
    parser.add_argument("--results", type=Path, default=RESULTS, help="folder of the result files")
    parser.add_argument("--tag", default="", help="appended to the name of the result file")
    parser.add_argument("--set", action="append", default=[], help="passed on to gprel train; repeatable")
    arguments = parser.parse_args()
    environment = os.environ | ({"GPREL_DATA": arguments.data_dir} if arguments.data_dir else {})
    arguments.results.mkdir(parents=True, exist_ok=True)
    for name in arguments.names:
        settings = [part for setting in arguments.set for part in ("--set", setting)]
        with tempfile.TemporaryDirectory() as scratch:
            folder = arguments.trained or (arguments.runs or Path(scratch)) / f"{name}{arguments.tag}"
            train = ["train", *EXPERIMENTS[name][0], "--seed", str(arguments.seed), *settings, "--out", str(folder)]
            if not arguments.trained:
                gprel([*train, "--resume"], environment)
            result = score(name, train, folder, environment)
        path = arguments.results / f"{name}{arguments.tag}.json"
        path.write_text(json.dumps(result, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        print(path)


def score(name: str, train: list[str], folder: Path, environment: dict[str, str]) -> dict[str, Any]:
    """Score a trained experiment, and put down all that is known of it.

    Args:
        name: Name of the experiment.
        train: The command that trains it.
        folder: Its run folder.
        environment: Tells where the corpora are.
    """
    evaluate = ["evaluate", str(folder / "model"), *EXPERIMENTS[name][1], "--json"]
    began = time.perf_counter()
    scores = json.loads(gprel(evaluate, environment))
    seconds = time.perf_counter() - began
    scores.pop("model")
    commands = [train, evaluate]
    tuned = None
    if scores["split"] != "dev":
        tune, evaluate_tuned, tuned = score_tuned(name, folder, environment)
        commands += [tune, evaluate_tuned]
    run = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    config = yaml.safe_load((folder / "config.yaml").read_text(encoding="utf-8"))
    config["data"].pop("data_dir")
    config["encoder"]["name"] = Path(config["encoder"]["name"]).name
    train[train.index("--seed") + 1] = str(config["training"]["seed"])
    kept = ("commit", "versions", "machine", "precision", "n_parameters", "selected_on", "best_epoch")
    corpora = f"{Path(environment.get('GPREL_DATA', '.'))}/"
    return {
        "name": name,
        "date": datetime.date.today().isoformat(),
        "commands": [shown(command, folder) for command in commands],
        "seed": config["training"]["seed"],
        **{fact: run[fact] for fact in kept},
        "notes": [note.replace(corpora, "") for note in run["notes"]],
        "config": config,
        "train_seconds": run["seconds"],
        "seconds": round(run["seconds"] + seconds, 1),
        "scores": scores,
        **({} if tuned is None else {"tuned": tuned}),
    }


def score_tuned(name: str, folder: Path, environment: dict[str, str]) -> tuple[list[str], list[str], dict[str, Any]]:
    """Tune the thresholds of a copy of the model on dev, and score the copy.

    Returns:
        The command that tunes, the command that scores, and the scores.
    """
    corpus, model = EXPERIMENTS[name][1], folder / "model"
    with tempfile.TemporaryDirectory() as scratch:
        copy = shutil.copytree(model, Path(scratch) / "model")
        tune, evaluate = ["tune", *corpus], ["evaluate", *corpus, "--thresholds", "tuned", "--json"]
        gprel([tune[0], str(copy), *tune[1:]], environment)
        scores: dict[str, Any] = json.loads(gprel([evaluate[0], str(copy), *evaluate[1:]], environment))
    scores.pop("model")
    return [tune[0], str(model), *tune[1:]], [evaluate[0], str(model), *evaluate[1:]], scores


def shown(command: list[str], folder: Path) -> str:
    """A command as a user would type it, without the folders of this machine."""
    text = f"gprel {' '.join(command)}".replace(str(folder), f"runs/{folder.name}")
    for word in command:
        value = Path(word.partition("=")[2] or word)
        if value.is_absolute() and value.is_dir():
            text = text.replace(str(value), value.name)
    return text


def gprel(arguments: list[str], environment: dict[str, str]) -> str:
    """Run a gprel command and return what it prints on standard output."""
    done = subprocess.run(
        [sys.executable, "-m", "gprel", *arguments], env=environment, stdout=subprocess.PIPE, text=True, check=True
    )
    return done.stdout


if __name__ == "__main__":
    main()
