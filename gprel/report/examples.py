"""One document of the page: its text with spans, its triples as arcs, and a list of what is right and wrong."""

from collections.abc import Iterable, Mapping, Sequence

from gprel.document import Entity, Span
from gprel.evaluation.outcomes import Item, Outcome
from gprel.html import Html, element, folded, slug, table
from gprel.report.arcs import Arc, drawing
from gprel.report.cases import NOTHING, Case
from gprel.report.text import Mark, marked_text

LONG = 2000  # characters; longer documents start folded

Codes = Mapping[tuple[str, str], int]
"""Numbers of (``"entities"`` or ``"triples"``, label or outcome), short names for the filters."""


def example(case: Case, labels: Codes, outcomes: Codes) -> Html:
    """A document, folded where it is long.

    Args:
        case: The document.
        labels: Numbers of entity types and relations.
        outcomes: Numbers of what became of items.
    """
    pairs = {
        f"{outcomes[kind, outcome.name]}:{labels[kind, item.label]}"
        for kind, outcome in case.outcomes()
        for item in (outcome.gold, outcome.predicted)
        if item
    }
    text = case.gold.text
    is_long = len(text) > LONG
    name = element("bdi", case.gold.id or f"document {case.number:,}")
    length = element("small", f" {len(text):,} characters") if is_long else ""
    return element(
        "details",
        element("summary", element("strong", name), f" {_summary(case)}", length),
        marked_text(text, _marks(case, is_gold=True), _marks(case, is_gold=False)),
        drawing(text, _arcs(case)),
        *_lists(case),
        class_="example",
        open=None if is_long else "",
        data_o=" ".join(sorted(pairs)),
    )


def _summary(case: Case) -> str:
    n_errors = sum(outcome.name != "correct" for _, outcome in case.outcomes())
    n_correct = sum(outcome.name == "correct" for _, outcome in case.outcomes())
    if not n_errors:
        return f"{n_correct} correct" if n_correct else NOTHING[1]
    return f"{n_errors} error{'s' if n_errors > 1 else ''}, {n_correct} correct"


def _marks(case: Case, *, is_gold: bool) -> list[Mark]:
    document = case.gold if is_gold else case.predicted
    names: dict[Entity, str] = {}
    for outcome in case.entities or ():
        item = outcome.gold if is_gold else outcome.predicted
        if item:
            names.update(dict.fromkeys(item.mentions[0], outcome.name))
    marks = [Mark(e.start, e.end, e.type, names.get(e, "argument")) for e in document.entities or ()]
    return list(dict.fromkeys(marks))


def _arcs(case: Case) -> list[Arc]:
    found = []
    for outcome in case.triples or ():
        for is_gold, item, other in ((True, outcome.gold, outcome.predicted), (False, outcome.predicted, outcome.gold)):
            if item and item.mentions:
                subject, object_ = _places(item, other)
                found.append(Arc(subject, object_, item.label, outcome.name, is_gold))
    return found


def _places(item: Item, other: Item | None) -> tuple[Span, ...]:
    """One place of each argument, where there are several: one that the other side has, too, or the first."""
    known = {entity.span for group in (other.mentions if other else ()) for entity in group}
    return tuple(next((e.span for e in group if e.span in known), group[0].span) for group in item.mentions)


def _lists(case: Case) -> Iterable[Html]:
    for kind, outcomes in (("entities", case.entities), ("triples", case.triples)):
        if not outcomes:
            continue
        errors = [outcome for outcome in outcomes if outcome.name != "correct"]
        correct = [outcome for outcome in outcomes if outcome.name == "correct"]
        if errors:
            yield _list(f"errors in {kind}", errors)
        if correct:
            yield folded(f"{len(correct):,} correct {kind}", _list("", correct))


def _list(caption: str, outcomes: Sequence[Outcome]) -> Html:
    rows = [
        (
            element("span", outcome.name, class_=f"badge {slug(outcome.name)}"),
            _item(outcome.gold, outcome.name),
            _item(outcome.predicted, outcome.name),
        )
        for outcome in outcomes
    ]
    return table(("", "gold", "predicted"), rows, caption=caption)


def _item(item: Item | None, outcome: str) -> Html:
    if item is None:
        return Html("–")
    label = element("b", element("bdi", item.label))
    score = element("small", f" {item.score:.2f}") if item.score is not None else ""
    if len(item.texts) == 1:
        first = item.mentions[0][0]
        place = element("small", f" {first.start}–{first.end}{_more(item)} ")
        return element("span", element("bdi", item.texts[0]), place, label, score)
    # The types of arguments only where they are what is wrong.
    types = [f"/{group[0].type}" if outcome == "wrong type" else "" for group in item.mentions] or ["", ""]
    subject, object_ = (
        element("span", element("bdi", part), element("small", type_))
        for part, type_ in zip(item.texts, types, strict=True)
    )
    note = "" if item.mentions else element("small", " (not in the text)")
    return element("span", subject, " → ", label, " → ", object_, score, note)


def _more(item: Item) -> str:
    n = len(item.mentions[0]) - 1
    return f" and {n} more" if n else ""
