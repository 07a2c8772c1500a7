"""The whole page: one file without network, whose only script is the one of this package."""

import hashlib
from base64 import b64encode
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.resources import files

from gprel.document import Document
from gprel.errors import ConfigError
from gprel.evaluation import KINDS, RULES, Evaluation, evaluate, rule_named
from gprel.evaluation.outcomes import entity_outcomes
from gprel.html import Html, element, join, slug
from gprel.report.breakdowns import breakdowns
from gprel.report.cases import Case, cases, choose
from gprel.report.examples import Codes, example
from gprel.report.plots import stack
from gprel.report.tables import OUTCOMES, confusion, figures, per_label, totals, type_pairs

MAX_EXAMPLES = 500


def to_html(
    gold: Sequence[Document],
    predicted: Sequence[Document],
    *,
    title: str,
    rule: str = "strict",
    facts: Mapping[str, str] | None = None,
    notes: Iterable[str] = (),
    beside: Mapping[str, Sequence[Document]] | None = None,
    max_examples: int = MAX_EXAMPLES,
    seed: int = 0,
) -> str:
    """What a prediction gets right and wrong, as one HTML page.

    Args:
        gold: Annotated documents.
        predicted: Predictions for the same texts in the same order.
        title: Heading, for example the corpus and its split.
        rule: Name of the matching rule that tells right from wrong; the figures are given under all rules.
        facts: Where it all comes from, name by name: the model, its thresholds, the split, the commit, the date.
        notes: Sentences that belong beside the figures.
        beside: Other predictions by name, of which the figures are given, too: those at threshold 0.
        max_examples: Most documents to show; they are drawn so that each kind of outcome has its share.
        seed: Seed of that draw.

    Raises:
        ConfigError: If there is no such rule, or fewer than one document is to be shown.
        DataError: If the two sides do not fit together, as for :func:`~gprel.evaluation.score.evaluate`.
    """
    rule_named(rule)
    if max_examples < 1:
        raise ConfigError(f"the number of examples is {max_examples}, expected 1 or more")
    evaluation = evaluate(gold, predicted)
    found = cases(gold, predicted, evaluation, rule)
    shown = choose(found, max_examples, seed)
    told = {**(facts or {}), "rule": f"{rule}: {rule_named(rule).meaning}", "seed of the examples": str(seed)}
    body = join(
        [
            element("h1", title),
            _facts(told),
            *(element("p", note, class_="soft") for note in notes),
            element("h2", "Figures"),
            figures(gold, predicted, evaluation, rule),
            *_beside(gold, beside or {}, rule),
            element("p", "; ".join(f"{name}: {RULES[name].meaning}" for name in evaluation.rules), class_="soft"),
            *_outcomes(found, rule),
            *breakdowns(gold, predicted, evaluation, rule),
            *_labels(found, evaluation, rule),
            *_confusions(found, evaluation, rule),
            *_examples(found, shown, seed),
        ]
    )
    return _page(title, body)


def _page(title: str, body: Html) -> str:
    style, script = (files("gprel.report").joinpath(name).read_text("utf-8") for name in ("style.css", "script.js"))
    # The browser loads nothing and runs no script but this one, even if something slipped through the escaping.
    digest = b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'"
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=policy),
        element("meta", name_="viewport", content="width=device-width"),
        element("title", title),
        element("style", Html(style)),
    )
    page = element("html", head, element("body", body, element("script", Html(script))), lang="en")
    return f"<!DOCTYPE html>\n{page}\n"


def _facts(facts: Mapping[str, str]) -> Html:
    return element("dl", *(part for name, value in facts.items() for part in (element("dt", name), _fact(value))))


def _fact(value: str) -> Html:
    return element("dd", value, dir="auto")


def _beside(gold: Sequence[Document], beside: Mapping[str, Sequence[Document]], rule: str) -> Iterator[Html]:
    for name, predicted in beside.items():
        yield element("h3", f"With {name}")
        yield figures(gold, predicted, evaluate(gold, predicted), rule)


def _outcomes(found: Sequence[Case], rule: str) -> Iterator[Html]:
    yield element("h2", f"What became of gold and prediction ({rule})")
    yield element(
        "p",
        "An error is named after the one repair that would make the item correct; what needs two is missed in gold and "
        "spurious in the prediction. Each item is in exactly one row.",
    )
    for kind in KINDS:
        n = Counter(outcome.name for case in found for stratum, outcome in case.outcomes() if stratum == kind)
        for side, without in (("gold", "spurious"), ("found", "missed")):
            parts = [(name, n[name]) for name in OUTCOMES[kind] if name != without]
            total = sum(number for _, number in parts)
            if total:
                yield stack(f"{kind}, {total:,} {side}", parts)
    yield totals(found)


def _labels(found: Sequence[Case], evaluation: Evaluation, rule: str) -> Iterator[Html]:
    for kind, title in (("entities", "Entity types"), ("triples", "Relations")):
        table = per_label(found, evaluation, rule, kind)
        if table:
            yield element("h2", f"{title} ({rule})")
            yield table


def _confusions(found: Sequence[Case], evaluation: Evaluation, rule: str) -> Iterator[Html]:
    # Only the strict rule sees types, so it is the one to ask whatever the rule of the page.
    is_scored = evaluation.tally("entities", "strict") is not None
    strict = rule_named("strict")
    explained = (entity_outcomes(case.gold, case.predicted, strict) for case in found if is_scored)
    types = confusion([pair for outcomes in explained for pair in type_pairs(outcomes)], "gold \\ predicted")
    if types:
        yield element("h2", "Confusion of entity types")
        yield element("p", "Entities whose span is right: rows are gold, columns are predicted.")
        yield types
    relations = confusion([pair for case in found for pair in type_pairs(case.triples or ())], "gold \\ predicted")
    if relations:
        yield element("h2", f"Confusion of relations ({rule})")
        yield element("p", "Triples whose arguments are right: rows are gold, columns are predicted.")
        yield relations


def _examples(found: Sequence[Case], shown: Sequence[Case], seed: int) -> Iterator[Html]:
    yield element("h2", "Examples", id="examples")
    if len(shown) < len(found):
        yield element(
            "p",
            f"{len(shown):,} of {len(found):,} documents are shown, drawn with seed {seed}: the kinds of outcomes took "
            "turns, so rare errors are more frequent here than in the data.",
        )
    else:
        yield element("p", f"All documents are shown ({len(found):,}).")
    yield element(
        "p",
        "Bars above the letters and arcs above the arguments are gold, those below are predicted; the color tells what "
        "became of them (gray: entities are not scored), the label of a predicted span stands lower.",
    )
    outcomes: dict[tuple[str, str], int] = {}
    labels: dict[tuple[str, str], int] = {}
    for case in shown:
        for kind, outcome in case.outcomes():
            outcomes.setdefault((kind, outcome.name), 0)
            labels.update({(kind, item.label): 0 for item in (outcome.gold, outcome.predicted) if item})
    order = {(kind, name): i for i, (kind, name) in enumerate((k, n) for k in KINDS for n in OUTCOMES[k])}
    outcome_ids = {key: number for number, key in enumerate(sorted(outcomes, key=order.__getitem__))}
    label_ids = {key: number for number, key in enumerate(sorted(labels))}
    yield _legend(name for _, name in outcome_ids)
    yield _filters(outcome_ids, label_ids, len(shown))
    yield from (example(case, label_ids, outcome_ids) for case in shown)


def _legend(names: Iterable[str]) -> Html:
    badges = (element("span", name, class_=f"badge {slug(name)}") for name in dict.fromkeys(names))
    return element("div", *badges, class_="legend")


def _filters(outcomes: Codes, labels: Codes, n: int) -> Html:
    return element(
        "div",
        _choice("outcome", "What became of it", outcomes),
        _choice("label", "Entity type or relation", labels),
        element("label", "Search", element("input", type="search", id="search", autocomplete="off")),
        element("output", f"{n} of {n} match", id="matching"),
        class_="filters",
    )


def _choice(name: str, title: str, codes: Codes) -> Html:
    groups = []
    for kind in KINDS:
        options = [element("option", label, value=str(code)) for (k, label), code in codes.items() if k == kind]
        if options:
            groups.append(element("optgroup", *options, label=kind))
    return element("label", title, element("select", element("option", "all", value=""), *groups, id=name))
