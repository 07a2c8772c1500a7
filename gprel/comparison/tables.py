"""A comparison as plain tables, which every page of the report draws in its own way."""

import statistics
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from gprel.comparison.breakdowns import BreakdownRow, mean_and_interval
from gprel.comparison.compare import Comparison
from gprel.comparison.published import PublishedScore
from gprel.comparison.summary import CorpusSummary, Score
from gprel.evaluation import RULES
from gprel.evaluation.parts import BREAKDOWNS
from gprel.plain_table import PlainTable

DASH = "–"
"""Not annotated, no such output, or not run: never to be read as zero."""

_ITEM = {"entities": "entity", "triples": "triple"}


def score_tables(comparison: Comparison) -> Iterator[PlainTable]:
    """The scores of every corpus, each followed by what was published on it."""
    for summary in comparison.summaries.values():
        for kind in summary.entry.figures:
            yield _main_table(comparison, summary, kind)
        published = comparison.published.get(summary.entry.name, ())
        if published:
            yield _published_table(summary, published)


def detail_tables(comparison: Comparison) -> Iterator[PlainTable]:
    """Everything else on the scores: all matching rules, tests between methods, breakdowns."""
    for summary in comparison.summaries.values():
        yield _rules_table(comparison, summary)
        if summary.pairs:
            yield _pairs_table(summary)
        yield from _breakdown_tables(comparison, summary)


def main_title(summary: CorpusSummary, kind: str) -> str:
    """Title of the main table of a corpus, which its plot shares."""
    return f"{summary.title}: {_ITEM[kind]} scores ({summary.entry.rule})"


def mean_and_sd(values: Sequence[float]) -> str:
    """``88.12 ± 0.31``; one value has no standard deviation."""
    mean = f"{statistics.fmean(values):.2f}"
    return mean if len(values) == 1 else f"{mean} ± {statistics.stdev(values):.2f}"


def _interval(score: Score) -> str:
    return DASH if score.interval is None else f"{score.interval[0]:.2f} to {score.interval[1]:.2f}"


def _main_table(comparison: Comparison, summary: CorpusSummary, kind: str) -> PlainTable:
    entry, rows, gold = summary.entry, [], 0
    for method in comparison.matrix.methods:
        micro, macro = (summary.score(method.name, kind, entry.rule, average) for average in ("micro", "macro"))
        if micro is None or macro is None:
            rows.append((method.name, str(len(comparison.finished(entry.name)[method.name])), *[DASH] * 7))
            continue
        gold = micro.n_gold
        figures = [mean_and_sd(values) for values in (micro.precision, micro.recall, micro.f1)]
        tuned = summary.score(method.name, kind, entry.rule, "micro", "tuned")
        figures += [_interval(micro), mean_and_sd(tuned.f1) if tuned else DASH, mean_and_sd(macro.f1)]
        rows.append((method.name, str(len(micro.seeds)), *figures, f"{micro.n_found:,.0f}"))
    facts = [f for f in comparison.facts.values() if f["corpus"] == entry.name]
    selected = sorted({f["selected_on"] for f in facts})
    notes = [
        f"Split {entry.split}, {summary.n_documents:,} documents, {gold:,} gold {kind}; rule {entry.rule} "
        f"({RULES[entry.rule].meaning}); threshold 0, tuned: thresholds that maximize micro F1 on dev; model selected "
        f"on {' and '.join(selected)}.",
        *_lost_notes(facts, kind),
    ]
    if entry.average == "macro":
        notes.append("Published scores of this corpus are macro averages: compare macro F1 with them.")
    if entry.split == "dev" and any(text.startswith("dev") for text in selected):
        notes.append("The split that is reported also selected the model: these scores are too high.")
    return PlainTable(
        main_title(summary, kind),
        ("method", "seeds", "P", "R", "F1", "95 % interval of F1", "F1, tuned", "macro F1", "found"),
        tuple(rows),
        (*notes, *(summary.notes if kind == entry.figures[0] else ())),
    )


def _lost_notes(facts: Sequence[Mapping[str, Any]], kind: str) -> list[str]:
    """Gold that no model with these tokens could find, the most that any method has."""
    n_lost = max((sum(f["lost_gold"][kind]["lost"].values()) for f in facts), default=0)
    return [f"{n_lost:,} of the gold {kind} cannot be reached: tokens, windows or labels."] if n_lost else []


def _published_table(summary: CorpusSummary, published: Sequence[PublishedScore]) -> PlainTable:
    figures = summary.entry.figures
    rows = [
        (
            score.model,
            *(f"{score.f1[kind]:.2f}" if kind in score.f1 else DASH for kind in figures),
            score.rule,
            score.average,
            score.split,
            score.selected_on,
            score.note or DASH,
            "; ".join(score.caveats) or DASH,
        )
        for score in published
    ]
    names = tuple(f"{_ITEM[kind]} F1" for kind in figures)
    return PlainTable(
        f"{summary.title}: published, not run here",
        ("model", *names, "rule", "average", "split", "selected on", "note", "not comparable because"),
        tuple(rows),
        ("Papers use encoders and budgets of their own; nothing in this table was run here.",),
    )


def _rules_table(comparison: Comparison, summary: CorpusSummary) -> PlainTable:
    rows = []
    for kind in summary.entry.figures:
        for method in comparison.matrix.methods:
            found = [summary.score(method.name, kind, rule, "micro") for rule in RULES]
            rows.append((method.name, kind, *(mean_and_sd(s.f1) if s else DASH for s in found)))
    return PlainTable(f"{summary.title}: micro F1 under every matching rule", ("method", "of", *RULES), tuple(rows))


def _pairs_table(summary: CorpusSummary) -> PlainTable:
    rows = [
        (
            f"{pair.first} against {pair.second}",
            pair.kind,
            pair.threshold,
            str(len(pair.seeds)),
            f"{pair.difference:+.2f}",
            _p(pair.p),
        )
        for pair in summary.pairs
    ]
    return PlainTable(
        f"{summary.title}: differences in micro F1 ({summary.entry.rule})",
        ("methods", "of", "threshold", "seeds", "difference", "p"),
        tuple(rows),
        (
            "Paired approximate randomization over documents, two-sided, the seeds of a method taken together; not "
            "corrected for the number of pairs.",
        ),
    )


def _p(value: float) -> str:
    return f"{value:.4f}" if value >= 0.0001 else "< 0.0001"


def _breakdown_tables(comparison: Comparison, summary: CorpusSummary) -> Iterator[PlainTable]:
    rows = comparison.breakdowns.get(summary.entry.name, [])
    methods = [method.name for method in comparison.matrix.methods]
    for by, kind in dict.fromkeys((row.by, row.kind) for row in rows):
        chosen = [row for row in rows if (row.by, row.kind) == (by, kind)]
        cells = {(row.part, row.method): mean_and_interval(row) for row in chosen}
        sizes = {row.part: (_documents(chosen, row.part), f"{row.n_gold:,}") for row in chosen}
        yield PlainTable(
            f"{summary.title}: {_ITEM[kind]} F1 by {by.replace('_', ' ')} ({summary.entry.rule})",
            ("part", "documents", "gold", *methods),
            tuple((part, *size, *(cells.get((part, m), DASH) for m in methods)) for part, size in sizes.items()),
            (f"Parts: {BREAKDOWNS[by].meaning}.", "Micro F1, mean over seeds, and its 95 % interval over documents."),
        )


def _documents(rows: Sequence[BreakdownRow], part: str) -> str:
    """Documents of a part; where it is made of items, those with a predicted item, which differ, count, too."""
    sizes = sorted({row.n_documents for row in rows if row.part == part})
    return " to ".join(f"{size:,}" for size in dict.fromkeys((sizes[0], sizes[-1])))
