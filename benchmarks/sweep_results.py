"""What a sweep measured, as JSON and as a small table."""

import datetime
import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sweep_cell import test_scores

from gprel.comparison.cells import Cell
from gprel.comparison.matrix import Matrix
from gprel.provenance import provenance

KIND = {"entities": "entity", "triples": "triple"}


def write_results(path: Path, matrix: Matrix, cells: Sequence[Cell], failures: Mapping[str, str], command: str) -> None:
    """Write ``path`` and a table beside it, with the suffix ``.md``.

    Args:
        path: A JSON file.
        matrix: The sweep.
        cells: Its cells; those that are done are written.
        failures: Runs that failed, and why.
        command: How to measure it again.
    """
    from gprel.comparison.run import write_json  # slow: the runs need not wait for it

    path.parent.mkdir(parents=True, exist_ok=True)
    done = [cell for cell in cells if cell.state() == "done"]
    runs = [_run(cell) for cell in done]
    result = {
        "name": matrix.name,
        "date": datetime.date.today().isoformat(),
        "command": command,
        **provenance(),
        "seeds": list(matrix.seeds),
        "variants": {method.name: list(method.settings) for method in matrix.methods},
        "rows": _rows(matrix, runs),
        "runs": runs,
        "missing": [cell.name for cell in cells if cell not in done],
        "failures": dict(failures),
    }
    write_json(path, result)
    path.with_suffix(".md").write_text(markdown(matrix.title, result), encoding="utf-8")


def _run(cell: Cell) -> dict[str, Any]:
    facts = cell.facts()
    kept = ("seed", "commit", "machine", "precision", "selected_on", "best_epoch", "training_seconds", "notes")
    run = {"variant": cell.method.name, "corpus": cell.corpus.name} | {name: facts.get(name) for name in kept}
    run["config"], run["dev"] = facts["config"], _without_types(facts["scores"])
    test = test_scores(cell)
    return run if test is None else run | {"test": _without_types(test)}


def _without_types(scores: Mapping[str, Any]) -> dict[str, Any]:
    """Scores by kind and rule, micro and macro."""
    return {
        kind: {rule: {name: values[name] for name in ("micro", "macro")} for rule, values in scores[kind].items()}
        for kind in KIND
        if scores.get(kind)
    }


def _rows(matrix: Matrix, runs: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """A row per corpus and variant, the best on dev first; its test figures select nothing."""
    rows: list[dict[str, Any]] = []
    for entry in matrix.corpora:
        of_corpus: list[dict[str, Any]] = []
        for method in matrix.methods:
            mine = [run for run in runs if (run["corpus"], run["variant"]) == (entry.name, method.name)]
            if not mine:
                continue
            figures = {
                f"{split} {KIND[kind]}": _mean([run[split][kind][entry.rule][entry.average]["f1"] for run in scored])
                for split in ("dev", "test")
                for kind in entry.figures
                if (scored := [run for run in mine if kind in run.get(split, {})])
            }
            minutes = statistics.fmean(run["training_seconds"] for run in mine) / 60
            row: dict[str, Any] = {
                "corpus": entry.name,
                "variant": method.name,
                "rule": entry.rule,
                "average": entry.average,
            }
            row |= {"seeds": [run["seed"] for run in mine], "minutes": round(minutes, 1), "figures": figures}
            of_corpus.append(row)
        main = f"dev {KIND[entry.figures[-1]]}"
        rows += sorted(of_corpus, key=lambda row: -row["figures"].get(main, {"mean": 0.0})["mean"])
    return rows


def _mean(f1s: Sequence[float]) -> dict[str, Any]:
    sd = round(statistics.stdev(f1s), 2) if len(f1s) > 1 else None
    return {"mean": round(statistics.fmean(f1s), 2), "sd": sd, "n": len(f1s)}


def markdown(title: str, result: Mapping[str, Any]) -> str:
    """The table."""
    names = list(dict.fromkeys(name for row in result["rows"] for name in row["figures"]))
    columns = ["corpus", "variant", "rule", "seeds", *(f"{name} F1" for name in names), "minutes"]
    lines = [f"# {title}", "", "| " + " | ".join(columns) + " |", "| " + " | ".join(["---"] * len(columns)) + " |"]
    for row in result["rows"]:
        figures = [_shown(row["figures"].get(name)) for name in names]
        rule = f"{row['rule']}, {row['average']}"
        seeds = ", ".join(map(str, row["seeds"]))
        lines.append(
            "| " + " | ".join([row["corpus"], row["variant"], rule, seeds, *figures, str(row["minutes"])]) + " |"
        )
    commits = sorted({str(run["commit"]) for run in result["runs"]})
    machines = sorted({_machine(run["machine"]) for run in result["runs"]})
    selected = sorted({str(run["selected_on"]) for run in result["runs"]})
    lines += ["", f"Mean and standard deviation over seeds; epochs selected on {', '.join(selected) or 'dev'}."]
    lines.append(f"Commit {', '.join(commits) or '-'}; {'; '.join(machines) or 'no machine'}; {result['date']}.")
    if len(commits) > 1:
        lines.append("The runs were made with different commits.")
    if result["missing"]:
        lines.append(f"Not done: {', '.join(result['missing'])}.")
    lines += [f"Failed: {name}: {error}" for name, error in result["failures"].items()]
    return "\n".join(lines) + "\n"


def _shown(figure: Mapping[str, Any] | None) -> str:
    if figure is None:
        return "-"
    return f"{figure['mean']:.1f}" + (f" ± {figure['sd']:.1f}" if figure["sd"] is not None else "")


def _machine(machine: Mapping[str, Any]) -> str:
    return ", ".join([f"{machine['processor']}, {machine['cores']} cores", *machine["accelerators"]])
