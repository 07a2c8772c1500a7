"""Every score of a comparison as one CSV file, one figure a line."""

import csv
import io
import statistics
from collections.abc import Iterator

from gprel.comparison.compare import Comparison

COLUMNS = (
    "source",
    "corpus",
    "split",
    "method",
    "kind",
    "rule",
    "average",
    "threshold",
    "seeds",
    "precision",
    "recall",
    "f1",
    "f1_sd",
    "f1_low",
    "f1_high",
    "n_gold",
    "n_found",
    "selected_on",
    "note",
)


def to_csv(comparison: Comparison) -> str:
    """The file; ``source`` is ``run`` for what was run here and ``published`` for what papers report."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(_runs(comparison))
    writer.writerows(_published(comparison))
    return text.getvalue()


def _runs(comparison: Comparison) -> Iterator[dict[str, object]]:
    selected = {
        (cell.method.name, cell.corpus.name): comparison.facts[cell.name]["selected_on"]
        for cell in comparison.cells
        if cell.name in comparison.facts
    }
    for summary in comparison.summaries.values():
        for score in summary.scores:
            low, high = score.interval or ("", "")
            yield {
                "source": "run",
                "corpus": summary.entry.name,
                "split": summary.entry.split,
                "method": score.method,
                "kind": score.kind,
                "rule": score.rule,
                "average": score.average,
                "threshold": score.threshold,
                "seeds": " ".join(map(str, score.seeds)),
                "precision": f"{statistics.fmean(score.precision):.4f}",
                "recall": f"{statistics.fmean(score.recall):.4f}",
                "f1": f"{statistics.fmean(score.f1):.4f}",
                "f1_sd": f"{statistics.stdev(score.f1):.4f}" if len(score.f1) > 1 else "",
                "f1_low": low,
                "f1_high": high,
                "n_gold": score.n_gold,
                "n_found": score.n_found,
                "selected_on": selected[score.method, summary.entry.name],
            }


def _published(comparison: Comparison) -> Iterator[dict[str, object]]:
    for corpus, scores in comparison.published.items():
        for score in scores:
            for kind, f1 in score.f1.items():
                yield {
                    "source": "published",
                    "corpus": corpus,
                    "split": score.split,
                    "method": score.model,
                    "kind": kind,
                    "rule": score.rule,
                    "average": score.average,
                    "f1": f1,
                    "selected_on": score.selected_on,
                    "note": "; ".join(filter(None, (score.note, *score.caveats))),
                }
