"""Everything a comparison knows, as JSON."""

import datetime
import json
import statistics
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from gprel.comparison.compare import Comparison
from gprel.comparison.summary import Score
from gprel.config.differences import differing


def to_json(comparison: Comparison, date: datetime.date) -> str:
    """The file; figures are not rounded, and those of every seed are there. Where the corpora lie is left out."""
    matrix = comparison.matrix
    values = {
        "name": matrix.name,
        "title": matrix.title,
        "date": date.isoformat(),
        "methods": {method.name: list(method.settings) for method in matrix.methods},
        "seeds": list(matrix.seeds),
        "corpora": {
            entry.name: {
                "rule": entry.rule,
                "average": entry.average,
                "split": entry.split,
                "figures": list(entry.figures),
                "config": _placeless(entry.config.to_dict()),
                "differing": differing(
                    {method.name: matrix.config(method, entry, matrix.seeds[0]) for method in matrix.methods}
                ),
            }
            for entry in matrix.corpora
        },
        "scores": {
            name: {
                "title": summary.title,
                "n_documents": summary.n_documents,
                "notes": list(summary.notes),
                "scores": [_score(score) for score in summary.scores],
                "pairs": [asdict(pair) for pair in summary.pairs],
                "breakdowns": [asdict(row) for row in comparison.breakdowns.get(name, [])],
            }
            for name, summary in comparison.summaries.items()
        },
        "published": {name: [asdict(score) for score in scores] for name, scores in comparison.published.items()},
        "costs": comparison.costs,
        "runs": {name: _placeless(facts) for name, facts in comparison.facts.items()},
        "failures": [asdict(failure) for failure in comparison.failures],
    }
    return json.dumps(values, indent=2, ensure_ascii=False) + "\n"


def _placeless(values: Mapping[str, Any]) -> dict[str, Any]:
    """Settings, or facts with settings in them, as they are on every machine."""
    if "config" in values:
        return {**values, "config": _placeless(values["config"])}
    if "data" not in values:
        return dict(values)
    encoder = {
        key: Path(value).name if isinstance(value, str) and Path(value).is_absolute() else value
        for key, value in values["encoder"].items()
    }
    return {**values, "data": {**values["data"], "data_dir": None}, "encoder": encoder}


def _score(score: Score) -> dict[str, object]:
    return asdict(score) | {
        "f1_mean": statistics.fmean(score.f1),
        "f1_sd": statistics.stdev(score.f1) if len(score.f1) > 1 else None,
    }
