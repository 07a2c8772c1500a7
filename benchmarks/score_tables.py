"""Result files of single experiments as Markdown: the table of the README, and the page of results."""

import json
import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gprel.corpora import read_card

KINDS = {"entities": "entity_f1", "triples": "triple_f1"}
DEFAULT = "minilm"  # the encoder of results that do not name theirs


@dataclass(frozen=True)
class Experiment:
    """What is shown of an experiment.

    Attributes:
        title: Heading.
        files: Result files, one per seed or fold, as a pattern; those of other variants do not match it.
        corpus: Name of the corpus, whose card has the published scores.
        variant: Its variant, or ``None``.
        rule: Matching rule.
        average: ``micro`` or ``macro``.
        kinds: What is scored.
    """

    title: str
    files: tuple[str, ...]
    corpus: str
    variant: str | None
    rule: str
    average: str
    kinds: tuple[str, ...]


def _seeds(name: str) -> tuple[str, ...]:
    return f"{name}.json", f"{name}-seed*.json"


BOTH, ENTITIES, TRIPLES = ("entities", "triples"), ("entities",), ("triples",)
EXPERIMENTS = (
    Experiment("CoNLL04", _seeds("conll04"), "conll04", None, "strict", "micro", BOTH),
    Experiment("CoNLL04, base size", _seeds("conll04-base"), "conll04", None, "strict", "micro", BOTH),
    Experiment("ADE", ("ade-[0-9].json",), "ade", None, "strict", "macro", BOTH),
    Experiment("WebNLG*", _seeds("webnlg-star"), "webnlg", "star", "partial", "micro", TRIPLES),
    Experiment("WebNLG", _seeds("webnlg-exact"), "webnlg", "exact", "exact", "micro", TRIPLES),
    Experiment("GENIA", _seeds("genia"), "genia", None, "strict", "micro", ENTITIES),
    Experiment("CLUENER", _seeds("cluener"), "cluener", None, "strict", "micro", ENTITIES),
    Experiment("People's Daily", _seeds("peoples_daily"), "peoples_daily", None, "strict", "micro", ENTITIES),
    Experiment("CMeEE", _seeds("cmeee"), "cmeee", None, "strict", "micro", ENTITIES),
    Experiment("demo", _seeds("demo"), "demo", None, "strict", "micro", BOTH),
)


def scores_table(results: Path) -> str:
    """One row per experiment and figure: means over seeds or folds."""
    rows = [("corpus", "split", "items", "rule", "average", "P", "R", "F1", "gold", "runs", "encoder")]
    for experiment, runs in measured(results):
        for kind in experiment.kinds:
            figures = [_figures(run, experiment, kind) for run in runs.values()]
            means = [f"{statistics.fmean(one[name] for one in figures):.1f}" for name in ("precision", "recall")]
            split, gold = next(iter(runs.values()))["scores"]["split"], _gold(figures)
            encoders = ", ".join(dict.fromkeys(_encoder(run) for run in runs.values()))
            f1 = _mean([one["f1"] for one in figures])
            row = (experiment.title, split, kind, experiment.rule, experiment.average, *means, f1, gold)
            rows.append((*row, _which(experiment, runs), encoders))
    return _markdown(rows)


def results_page(results: Path) -> str:
    """A section per experiment: every run, published scores, and what each piece of training does on dev."""
    parts = []
    for experiment, runs in measured(results):
        parts += [f"## {experiment.title}\n", _runs_table(experiment, runs), _published(experiment)]
        ablation = results / f"ablation-{experiment.files[0]}"
        if ablation.is_file():
            parts.append(_ablation(json.loads(ablation.read_text(encoding="utf-8")), experiment))
    compiled = results / "compiled-cpu.json"
    if compiled.is_file():
        parts.append(_compiled(json.loads(compiled.read_text(encoding="utf-8"))))
    return "\n".join(part for part in parts if part)


def measured(results: Path) -> Iterator[tuple[Experiment, dict[str, dict[str, Any]]]]:
    """Experiments that have results, with these by file name."""
    for experiment in EXPERIMENTS:
        paths = [path for pattern in experiment.files for path in sorted(results.glob(pattern))]
        runs = {path.name: json.loads(path.read_text(encoding="utf-8")) for path in paths}
        if runs:
            yield experiment, runs


def _runs_table(experiment: Experiment, runs: Mapping[str, dict[str, Any]]) -> str:
    is_tuned = any("tuned" in run for run in runs.values())
    names = ("P", "R", "F1", *(["F1 tuned"] if is_tuned else []), "gold")
    heads = [f"{kind} {name}" for kind in experiment.kinds for name in names]
    rows = [("file", "seed", *heads, "best epoch", "training", "encoder", "machine", "commit")]
    for name, run in runs.items():
        shown = []
        for kind in experiment.kinds:
            one = _figures(run, experiment, kind)
            shown += [f"{one[part]:.2f}" for part in ("precision", "recall", "f1")]
            if is_tuned:
                shown.append(f"{_figures(run, experiment, kind, 'tuned')['f1']:.2f}" if "tuned" in run else "-")
            shown.append(f"{one['n_gold']:,}")
        epochs = run.get("config", {}).get("training", {}).get("epochs")
        best = f"{run['best_epoch']} of {epochs}" if epochs else str(run["best_epoch"])
        facts = (best, f"{run['train_seconds'] / 60:.1f} min", _encoder(run), _machine(run), f"`{run['commit']}`")
        rows.append((f"`{name}`", str(run["seed"]), *shown, *facts))
    split = next(iter(runs.values()))["scores"]["split"]
    lines = [f"{split}, rule `{experiment.rule}`, {experiment.average} F1, {_which(experiment, runs)}; the epoch was"]
    lines = [f"{lines[0]} selected on {', '.join(sorted({run['selected_on'] for run in runs.values()}))}.\n"]
    lines.append(_markdown(rows))
    if len(runs) > 1:
        for part, when in (("scores", ""), ("tuned", ", thresholds tuned on dev")):
            if all(part in run for run in runs.values()):
                means = [
                    f"{kind} {_mean([_figures(run, experiment, kind, part)['f1'] for run in runs.values()])}"
                    for kind in experiment.kinds
                ]
                lines.append(f"Mean and standard deviation of F1{when}: {', '.join(means)}.\n")
    return "\n".join(lines)


def _published(experiment: Experiment) -> str:
    """What papers report under the same rule, from the corpus card; nothing of it was run here."""
    card = read_card(experiment.corpus)
    rows: list[tuple[str, ...]] = [
        ("published", *(f"{kind} F1" for kind in experiment.kinds), "split", "selected on", "")
    ]
    for row in card.facts.get("published", []):
        if row["rule"] != experiment.rule or row.get("variant", experiment.variant) != experiment.variant:
            continue
        f1s = [row.get(KINDS[kind], row.get("relation_f1") if kind == "triples" else None) for kind in experiment.kinds]
        if any(f1s):
            shown = ("-" if f1 is None else f"{f1:g}" for f1 in f1s)
            rows.append((row["model"], *shown, row["split"], row["selected_on"], row.get("note", "")))
    return _markdown(rows) if len(rows) > 1 else ""


def _ablation(result: Mapping[str, Any], experiment: Experiment) -> str:
    variants = list(dict.fromkeys(run["variant"] for run in result["runs"]))
    heads = [f"dev {kind} F1" for kind in experiment.kinds]
    rows: list[tuple[str, ...]] = [("variant", "seeds", *heads, "of each seed", "training", "commit")]
    for variant in variants:
        runs = [run for run in result["runs"] if run["variant"] == variant]
        f1s = [
            [run["dev"][kind][experiment.rule][experiment.average]["f1"] for run in runs] for kind in experiment.kinds
        ]
        minutes = statistics.fmean(run["seconds"] for run in runs) / 60
        commits = ", ".join(dict.fromkeys(f"`{run['commit']}`" if run["commit"] else "not known" for run in runs))
        seeds = ", ".join(str(run["seed"]) for run in runs)
        each = ", ".join(f"{f1:.1f}" for f1 in f1s[-1])
        rows.append((f"`{variant}`", seeds, *(_mean(of_kind) for of_kind in f1s), each, f"{minutes:.1f} min", commits))
    machines = "; ".join(sorted({_machine(run) for run in result["runs"]}))
    head = f"### One piece at a time, on dev\n\n`ablation-{result['name']}.json`; {machines}.\n"
    return f"{head}\n{_markdown(rows)}"


def _compiled(result: Mapping[str, Any]) -> str:
    plain, compiled, first = (result[f"{name}_seconds"] for name in ("plain", "compiled", "first_round"))
    lengths = f"{result['lengths'][0]} to {result['lengths'][-1]} tokens"
    return (
        f"## torch.compile\n\n{result['batches']} batches of training (minilm, {lengths}) take {plain:.2f} s of the "
        f"processor, with a compiled encoder {compiled:.2f} s after a first round of {first:.0f} "
        f"s: {plain / compiled:.2f} times the speed. So there is no setting for it. `compiled-cpu.json`, "
        f"{_machine(result)}, commit `{result['commit']}`.\n"
    )


def _figures(run: Mapping[str, Any], experiment: Experiment, kind: str, part: str = "scores") -> dict[str, Any]:
    figures: dict[str, Any] = run[part][kind][experiment.rule][experiment.average]
    return figures


def _mean(f1s: Sequence[float]) -> str:
    spread = f" ± {statistics.stdev(f1s):.1f}" if len(f1s) > 1 else ""
    return f"{statistics.fmean(f1s):.1f}{spread}"


def _gold(figures: Sequence[Mapping[str, Any]]) -> str:
    """Gold items; where folds have different numbers, of all of them."""
    counts = [one["n_gold"] for one in figures]
    return f"{counts[0] if len(set(counts)) == 1 else sum(counts):,}"


def _which(experiment: Experiment, runs: Mapping[str, Mapping[str, Any]]) -> str:
    """Seeds or folds."""
    n_folds = read_card(experiment.corpus).n_folds
    if n_folds:
        folds = [name.removesuffix(".json").rpartition("-")[2] for name in runs]
        return f"fold{'s' if len(folds) > 1 else ''} {', '.join(folds)} of {n_folds}"
    seeds = [str(run["seed"]) for run in runs.values()]
    return f"seed{'s' if len(seeds) > 1 else ''} {', '.join(seeds)}"


def _encoder(run: Mapping[str, Any]) -> str:
    return str(run.get("config", {}).get("encoder", {}).get("name", DEFAULT))


def _machine(run: Mapping[str, Any]) -> str:
    machine = run["machine"]
    threads = f"{machine['threads']} thread{'s' if machine['threads'] > 1 else ''}"
    return ", ".join([machine["processor"], threads, *machine["accelerators"]])


def _markdown(rows: Sequence[tuple[str, ...]]) -> str:
    lines = [rows[0], ("---",) * len(rows[0]), *rows[1:]]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines) + "\n"
