"""Score predicted documents against gold documents under every matching rule."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gprel.document import Document
from gprel.errors import ConfigError, DataError
from gprel.evaluation.counts import Counts, Tally, count
from gprel.evaluation.match import RULES, rule_named

KINDS = ("entities", "triples")
"""What is scored."""

AVERAGES = ("micro", "macro")
"""How figures are averaged: over items, or over types (see :class:`~gprel.evaluation.counts.Tally`)."""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The scores of a set of predictions.

    Attributes:
        n_documents: Number of documents.
        rules: Names of the rules, in order.
        entities: Per rule the counts of entities; ``None`` where gold has none annotated or the method has no entity
            output, which is not the same as zero found.
        triples: Per rule the counts of triples; ``None`` likewise.
    """

    n_documents: int
    rules: tuple[str, ...]
    entities: Mapping[str, Tally] | None
    triples: Mapping[str, Tally] | None

    def tally(self, kind: str, rule: str) -> Tally | None:
        """The counts of one kind under one rule; ``None`` where there is nothing to score.

        Args:
            kind: ``"entities"`` or ``"triples"``.
            rule: Name of a rule.

        Raises:
            ConfigError: If the kind does not exist or the rule was not evaluated.
        """
        check_kind(kind)
        if rule not in self.rules:
            raise ConfigError(f"matching rule {rule!r} was not evaluated; choose one of: {', '.join(self.rules)}")
        tallies = self.entities if kind == "entities" else self.triples
        return None if tallies is None else tallies[rule]

    def f1(self, kind: str = "triples", rule: str = "strict", average: str = "micro") -> float:
        """One F1 in percent, 0 to 100, for model selection.

        Args:
            kind: ``"entities"`` or ``"triples"``.
            rule: Name of a rule.
            average: ``"micro"`` or ``"macro"``.

        Raises:
            ConfigError: If a name is unknown, or nothing of this kind could be scored.
        """
        if average not in AVERAGES:
            raise ConfigError(f"average {average!r} does not exist; choose one of: {', '.join(AVERAGES)}")
        tally = self.tally(kind, rule)
        if tally is None:
            raise ConfigError(
                f"there is no F1 of {kind}: in the {self.n_documents} documents gold or prediction has no {kind} "
                "(None, not zero found); choose the other kind"
            )
        return tally.micro.f1 if average == "micro" else tally.macro_f1

    def to_dict(self) -> dict[str, Any]:
        """The scores as JSON-ready values: kind -> rule -> ``micro``, ``macro`` and ``per_type``.

        Figures are percentages rounded to two decimals. ``macro`` carries the item counts of ``micro``.
        """
        return {
            "n_documents": self.n_documents,
            "entities": _tallies_to_dict(self.entities),
            "triples": _tallies_to_dict(self.triples),
        }


def evaluate(
    gold: Sequence[Document], predicted: Sequence[Document], rules: Sequence[str] = tuple(RULES)
) -> Evaluation:
    """Score predictions.

    Args:
        gold: Annotated documents.
        predicted: Predictions for the same texts in the same order.
        rules: Names of the matching rules to apply.

    Raises:
        ConfigError: If a rule does not exist or there is none.
        DataError: If the two sides do not have the same texts in the same order, or if entities or triples are known
            in some documents of a side and unknown (``None``) in others.
    """
    if not rules:
        raise ConfigError(f"no matching rule to evaluate; give at least one of: {', '.join(RULES)}")
    check_aligned(gold, predicted)
    by_rule = {name: count(gold, predicted, rule_named(name)) for name in rules}
    entities = {name: counts.entities for name, counts in by_rule.items() if counts.entities is not None}
    triples = {name: counts.triples for name, counts in by_rule.items() if counts.triples is not None}
    return Evaluation(len(gold), tuple(by_rule), entities or None, triples or None)


def check_kind(kind: str) -> None:
    """Refuse what is not scored.

    Raises:
        ConfigError: If the kind does not exist.
    """
    if kind not in KINDS:
        raise ConfigError(f"kind {kind!r} does not exist; choose one of: {', '.join(KINDS)}")


def check_aligned(gold: Sequence[Document], predicted: Sequence[Document]) -> None:
    """Refuse predictions for other texts.

    Raises:
        DataError: If the two sides do not have the same texts in the same order.
    """
    if len(gold) != len(predicted):
        raise DataError(
            f"got {len(gold)} gold documents but {len(predicted)} predictions, so document "
            f"{min(len(gold), len(predicted))} has no partner; pass one prediction per gold document, in the same order"
        )
    for index, (gold_document, prediction) in enumerate(zip(gold, predicted, strict=True)):
        if gold_document.text != prediction.text:
            at = _first_difference(gold_document.text, prediction.text)
            raise DataError(
                f"document {index} (gold id {gold_document.id!r}, predicted id {prediction.id!r}): the prediction is "
                f"for another text: at character {at} expected {gold_document.text[at : at + 30]!r}, "
                f"got {prediction.text[at : at + 30]!r}; pass both in the same order and leave the text unchanged"
            )


def _first_difference(one: str, other: str) -> int:
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (a, b) in pairs if a != b), min(len(one), len(other)))


def _tallies_to_dict(tallies: Mapping[str, Tally] | None) -> dict[str, Any] | None:
    if tallies is None:
        return None
    return {rule: _tally_to_dict(rule, tally) for rule, tally in tallies.items()}


def _tally_to_dict(rule: str, tally: Tally) -> dict[str, Any]:
    macro = (tally.macro_precision, tally.macro_recall, tally.macro_f1)
    return {
        "micro": _figures(rule, "micro", _percentages(tally.micro), tally.micro),
        "macro": _figures(rule, "macro", macro, tally.micro),
        "per_type": {
            label: _figures(rule, "per type", _percentages(counts), counts) for label, counts in tally.per_type.items()
        },
    }


def _percentages(counts: Counts) -> tuple[float, float, float]:
    return counts.precision, counts.recall, counts.f1


def _figures(rule: str, averaging: str, percentages: tuple[float, float, float], counts: Counts) -> dict[str, Any]:
    # Every figure names its rule and averaging, so that it stays readable when cut out of the file.
    precision, recall, f1 = (round(value, 2) for value in percentages)
    return {
        "rule": rule,
        "averaging": averaging,
        "precision": precision,
        "recall": recall,
        "f1": f1,
        "n_gold": counts.n_gold,
        "n_predicted": counts.n_predicted,
        "n_correct": counts.n_correct,
    }
