"""The tables of the page: figures, what became of the items, labels, and what was taken for what."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from gprel.document import Document
from gprel.evaluation import KINDS, Counts, Evaluation
from gprel.evaluation.outcomes import ENTITY_OUTCOMES, TRIPLE_OUTCOMES, Outcome
from gprel.evaluation.significance import micro_intervals
from gprel.html import Html, element, join, slug, table
from gprel.report.cases import Case

OUTCOMES: Mapping[str, tuple[str, ...]] = {"entities": ENTITY_OUTCOMES, "triples": TRIPLE_OUTCOMES}
"""What may become of the items of each kind."""

_MOST = 20  # labels in a table of confusions
_UNKNOWN = "–"
_FIGURES = ("P", "R", "F1", "gold", "found", "correct")


def figures(gold: Sequence[Document], predicted: Sequence[Document], evaluation: Evaluation, rule: str) -> Html:
    """Precision, recall and F1 under every rule; the rows of the page's own rule stand out.

    Args:
        gold: Annotated documents.
        predicted: Predictions for the same texts in the same order.
        evaluation: Their scores.
        rule: Name of the page's rule.
    """
    intervals = micro_intervals(evaluation, gold, predicted)
    rows: list[tuple[str, ...]] = []
    marked: dict[int, str] = {}
    for kind in KINDS:
        for name in evaluation.rules:
            if name == rule:
                marked[len(rows)] = "own"
            tally, interval = evaluation.tally(kind, name), intervals.get((kind, name))
            numbers = _cells(tally.micro) if tally else [_UNKNOWN] * len(_FIGURES)
            macro = f"{tally.macro_f1:.2f}" if tally else _UNKNOWN
            shown = f"{interval[0]:.2f} to {interval[1]:.2f}" if interval else _UNKNOWN
            rows.append((f"{kind}, {name}", *numbers[:3], shown, macro, *numbers[3:]))
    columns = ("micro", *_FIGURES[:3], "95 % interval of F1", "macro F1", *_FIGURES[3:])
    note = (
        f"The interval is over documents (bootstrap). {_UNKNOWN}: gold has none annotated, or the method finds none of "
        "this kind."
    )
    return join([table(columns, rows, marked=marked), element("p", note, class_="soft")])


def totals(found: Sequence[Case]) -> Html:
    """How often each outcome occurs, and in how many documents."""
    parts = []
    for kind in KINDS:
        outcomes = _all(found, kind)
        if outcomes is None:
            continue
        n = Counter(outcome.name for outcome in outcomes)
        n_documents = Counter(name for case in found for stratum, name in case.strata if stratum == kind)
        n_gold, n_found = sum(o.gold is not None for o in outcomes), sum(o.predicted is not None for o in outcomes)
        rows = [
            (
                element("span", name, class_=f"badge {slug(name)}"),
                f"{n[name]:,}",
                "–" if name == "spurious" else _share(n[name], n_gold),
                "–" if name == "missed" else _share(n[name], n_found),
                f"{n_documents[name]:,}",
            )
            for name in OUTCOMES[kind]
        ]
        columns = ("", "items", f"of {n_gold:,} gold", f"of {n_found:,} found", "documents")
        parts.append(table(columns, rows, caption=kind))
    return join(parts)


def per_label(found: Sequence[Case], evaluation: Evaluation, rule: str, kind: str) -> Html:
    """One row per entity type or relation, the most frequent first; nothing if the kind is not scored."""
    tally, outcomes = evaluation.tally(kind, rule), _all(found, kind)
    if tally is None or outcomes is None:
        return Html("")
    errors = [name for name in OUTCOMES[kind] if name != "correct"]
    n = Counter((_label(outcome), outcome.name) for outcome in outcomes)
    rows = [
        (label, *_cells(counts), *(f"{n[label, name]:,}" for name in errors))
        for label, counts in sorted(tally.per_type.items(), key=lambda item: (-item[1].n_gold, item[0]))
    ]
    what = "entity type" if kind == "entities" else "relation"
    note = "A pair of gold and prediction is counted with the label of gold."
    if kind == "entities" and rule != "strict":
        note += f" Under the rule {rule} a mention found with another type is right, and yet wrong for both types here."
    return join([table((what, *_FIGURES, *errors), rows), element("p", note)])


def confusion(pairs: Iterable[tuple[str, str]], corner: str) -> Html:
    """What was taken for what: gold in rows, prediction in columns; nothing if there is no pair.

    Args:
        pairs: Label in gold and in the prediction, of items right or wrong.
        corner: What the labels are.
    """
    n = Counter(pairs)
    involved: Counter[str] = Counter()
    for (gold, predicted), times in n.items():
        if gold != predicted:
            involved.update({gold: times, predicted: times})
    if not involved:
        return Html("")
    ranked = sorted(involved, key=lambda label: (-involved[label], label))
    labels = sorted(ranked[:_MOST])
    worst = max(times for (gold, predicted), times in n.items() if gold != predicted)
    rows = [(gold, *(_heat(n[gold, other], gold == other, worst) for other in labels)) for gold in labels]
    n_left = sum(times for (a, b), times in n.items() if a != b and not {a, b} <= set(labels))
    result = table((corner, *labels), rows)
    if not n_left:
        return result
    left = f"{n_left:,} confusions with {len(ranked) - len(labels):,} further labels are not in this table."
    return join([result, element("p", left)])


def type_pairs(outcomes: Iterable[Outcome]) -> list[tuple[str, str]]:
    """Gold and predicted label of each item whose place is right."""
    names = ("correct", "wrong type", "wrong relation")
    return [(o.gold.label, o.predicted.label) for o in outcomes if o.gold and o.predicted and o.name in names]


def _heat(times: int, is_right: bool, worst: int) -> Html:
    if is_right or not times:
        return element("span", f"{times:,}" if times else "·", class_="right" if is_right else None)
    share = 15 + 70 * times / worst
    style = f"background:color-mix(in srgb,var(--wrong-type) {share:.0f}%,transparent)"
    return element("span", f"{times:,}", class_="heat", style=style)


def _all(found: Sequence[Case], kind: str) -> list[Outcome] | None:
    if not found:
        return None
    lists = [case.entities if kind == "entities" else case.triples for case in found]
    return None if lists[0] is None else [outcome for some in lists for outcome in some or ()]


def _label(outcome: Outcome) -> str:
    item = outcome.gold or outcome.predicted
    assert item is not None  # an outcome is of something
    return item.label


def _cells(counts: Counts) -> list[str]:
    numbers = (counts.n_gold, counts.n_predicted, counts.n_correct)
    return [f"{value:.2f}" for value in (counts.precision, counts.recall, counts.f1)] + [f"{n:,}" for n in numbers]


def _share(n: int, total: int) -> str:
    return f"{100 * n / total:.1f} %" if total else "–"
