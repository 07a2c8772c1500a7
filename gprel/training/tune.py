"""Tune the thresholds of a model on dev documents, prove them by extracting with them, and calibrate its scores."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from math import inf
from pathlib import Path

from gprel.document import Document
from gprel.errors import ConfigError
from gprel.evaluation import (
    FLOOR,
    KINDS,
    Calibration,
    Choice,
    Evaluation,
    choose_thresholds,
    evaluate,
    rule_named,
)
from gprel.model import Extractor

LABELS = {"entities": "entities", "triples": "relations"}
"""Where a kind's thresholds stand in the config."""

# A head whose spans depend on the threshold (a first token takes the nearest last one that passes) is asked at each.
_STEPS = (-4.0, -3.0, -2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 2.0, 3.0, 4.0)

ThresholdTable = Mapping[str, Mapping[str, float]]
"""``entities`` and ``relations``: thresholds by label, where not 0."""


@dataclass(frozen=True, slots=True)
class Tuning:
    """Tuned thresholds and what they do to the documents they were tuned on.

    Attributes:
        rule: Name of the matching rule.
        thresholds: As they go into the model's config.
        choices: How they were chosen, by kind; without kinds that cannot be scored.
        zero: Scores at threshold 0.
        tuned: Scores with the tuned thresholds, from an extraction with them.
        predicted: What that extraction found.
        notes: What a user should know.
    """

    rule: str
    thresholds: ThresholdTable
    choices: Mapping[str, Choice]
    zero: Evaluation
    tuned: Evaluation
    predicted: Sequence[Document]
    notes: tuple[str, ...]

    @property
    def scored_kinds(self) -> tuple[str, ...]:
        """Kinds that can be scored."""
        return tuple(kind for kind in KINDS if self.zero.tally(kind, self.rule) is not None)


@contextmanager
def using_thresholds(model: Extractor, thresholds: ThresholdTable | None) -> Iterator[None]:
    """Let a model extract with other thresholds for a while; ``None`` is 0 for all labels."""
    saved = model.config.thresholds
    model.config.thresholds = None if thresholds is None else {kind: dict(of) for kind, of in thresholds.items()}
    try:
        yield
    finally:
        model.config.thresholds = saved


def is_tuned(model: Extractor) -> bool:
    """Whether any threshold of a model is not 0."""
    return any(value for of in (model.config.thresholds or {}).values() for value in of.values())


def tune(
    model: Extractor,
    documents: Sequence[Document],
    rule: str,
    *,
    precision: float | None = None,
    use_f1: bool = False,
    min_count: int = 20,
    batch_size: int = 32,
) -> Tuning:
    """Find thresholds; the model itself is left as it is.

    Entities come first. Triples are then chosen from those whose arguments have passed, so raising the threshold of an
    entity type takes triples away: for F1, entity thresholds that leave less triple F1 than 0 does are given up.

    Args:
        model: A trained model.
        documents: Annotated documents that it was not trained on, and that no scores are reported on.
        rule: Name of the matching rule.
        precision: Wanted precision, 0 to 1; ``None`` maximizes micro F1.
        use_f1: Maximize micro F1 of entities, and that of triples where all of them together have the wanted precision;
            without it every label has it.
        min_count: Gold items that a label needs for a threshold of its own.
        batch_size: Windows per batch.

    Raises:
        ConfigError: If the rule does not exist, or there is nothing to score.
        DataError: If only some of the documents are annotated.
    """
    search = _Search(model, documents, rule, precision, use_f1, min_count, batch_size)
    at_zero = search.extract({})
    zero = evaluate(documents, at_zero, (rule,))
    if all(zero.tally(kind, rule) is None for kind in KINDS):
        raise ConfigError(
            f"nothing can be tuned on these {len(documents)} documents: of neither entities nor triples are there both "
            "annotation and predictions; give documents that have what the model predicts"
        )
    choices: dict[str, Choice] = {}
    if zero.tally("entities", rule) is not None:
        choices["entities"] = search.entities(at_zero)
    if zero.tally("triples", rule) is not None:
        choices |= search.triples(at_zero, choices)
    thresholds = {LABELS[kind]: dict(choice.thresholds) for kind, choice in choices.items() if choice.thresholds}
    predicted = search.extract(thresholds)
    tuned = evaluate(documents, predicted, (rule,))
    asked = {"triples": choices["triples"]} if use_f1 and "triples" in choices else choices
    notes = _disappointments(tuned, rule, precision, asked)
    worse = [kind for kind in choices if precision is None and tuned.f1(kind, rule) < zero.f1(kind, rule)]
    if (
        worse
    ):  # an extraction at a low threshold need not hold all that one at a higher threshold does, with a cap on it
        notes.append(f"extraction with the thresholds found gives less F1 of {' and '.join(worse)} than 0: all stay 0")
        return Tuning(rule, {}, {}, zero, zero, at_zero, tuple(notes))
    return Tuning(rule, thresholds, choices, zero, tuned, predicted, tuple(notes))


@dataclass(frozen=True, slots=True)
class _Search:
    """The arguments of :func:`tune`, and the extractions that each step of it needs."""

    model: Extractor
    documents: Sequence[Document]
    rule: str
    precision: float | None
    use_f1: bool
    min_count: int
    batch_size: int

    def extract(self, thresholds: ThresholdTable) -> list[Document]:
        with using_thresholds(self.model, thresholds):
            return self.model.extract(self.documents, batch_size=self.batch_size)

    def choose(self, kind: str, runs: Mapping[float, Sequence[Document]]) -> Choice:
        return choose_thresholds(
            self.documents,
            runs,
            rule_named(self.rule),
            kind,
            precision=None if self.use_f1 and kind == "entities" else self.precision,
            min_count=self.min_count,
            use_f1=self.use_f1,
        )

    def entities(self, at_zero: Sequence[Document]) -> Choice:
        schema = self.model.schema
        low = {
            "entities": dict.fromkeys(schema.entity_types, FLOOR),
            "relations": dict.fromkeys(schema.relation_types, inf),  # triples of all these would only take time
        }
        return self.choose("entities", {FLOOR: self.extract(low), 0.0: at_zero})

    def triples(self, at_zero: Sequence[Document], before: Mapping[str, Choice]) -> dict[str, Choice]:
        """Triples with tuned and with untuned entities: the thresholds of both kinds."""
        relations = self.model.schema.relation_types

        def at(floor: float, entities: Mapping[str, float]) -> list[Document]:
            return self.extract({"entities": entities, "relations": dict.fromkeys(relations, floor)})

        if any(document.arguments_only for document in at_zero):
            return {"triples": self.choose("triples", {floor: at(floor, {}) for floor in _STEPS})}
        if "entities" not in before:
            return {"triples": self.choose("triples", {FLOOR: at(FLOOR, {})})}
        entities = before["entities"]
        tuned = self.choose("triples", {FLOOR: at(FLOOR, entities.thresholds)})
        if (self.precision is not None and not self.use_f1) or not entities.thresholds:
            return {"entities": entities, "triples": tuned}
        plain = self.choose("triples", {FLOOR: at(FLOOR, {})})
        if tuned.counts.f1 >= plain.counts.f1:
            return {"entities": entities, "triples": tuned}
        n = evaluate(self.documents, at_zero, (self.rule,)).tally("entities", self.rule)
        assert n is not None  # there are thresholds of entities
        return {"entities": Choice({}, n.micro, entities.rare), "triples": plain}


def save_tuning(folder: Path, thresholds: ThresholdTable, calibration: Calibration | None) -> None:
    """Put thresholds and calibration into a model's ``config.json`` instead of those there, at once or not at all.

    Args:
        folder: The model's folder.
        thresholds: Thresholds by kind and label; empty for 0.
        calibration: How scores become probabilities; ``None`` for not at all.

    Raises:
        ConfigError: If the file cannot be written.
    """
    path = folder / "config.json"
    new = folder / "config.json.new"
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        values |= {
            "thresholds": {kind: dict(of) for kind, of in thresholds.items()} or None,
            "calibration": None if calibration is None else calibration.to_dict(),
        }
        text = json.dumps(values, indent=2, sort_keys=True)
        new.write_text(text + "\n", encoding="utf-8")
        new.replace(path)
    except OSError as error:
        raise ConfigError(
            f"{path} cannot be written: {error}; pass --out to save a copy of the model in another folder"
        ) from error


def _disappointments(tuned: Evaluation, rule: str, precision: float | None, choices: Mapping[str, Choice]) -> list[str]:
    """Where the wanted precision was not reached."""
    if precision is None:
        return []
    notes = []
    for kind, choice in choices.items():
        if choice.unreached:
            notes.append(
                f"{kind}: {len(choice.unreached):,} labels reach a precision of {precision:g} at no threshold and are "
                f"predicted no more: {', '.join(choice.unreached)}"
            )
        tally = tuned.tally(kind, rule)
        if tally is not None and tally.micro.n_predicted and tally.micro.precision < 100 * precision:
            notes.append(
                f"{kind}: the precision reached is {tally.micro.precision:.2f}, wanted was {100 * precision:g}"
            )
    return notes
