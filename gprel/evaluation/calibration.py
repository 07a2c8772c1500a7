"""Probabilities from scores: how likely a prediction is right.

A score is a logit, but none of the losses makes its sigmoid the probability of being right: the imbalance loss weighs
no cell by how often it occurs, the score of a triple is the least of several, and a threshold that is not 0 says itself
that sigmoid(0) is not one half. So a temperature alone, which leaves 0 at one half, is not enough: ``sigmoid(score /
temperature + bias)`` is fitted (Platt 1999, "Probabilistic Outputs for Support Vector Machines"), once for entities and
once for triples, on what the model predicts on dev. That only predictions above their threshold are seen does no harm:
the probability is that of being right *given the score*, and choosing by score leaves it as it is.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gprel.document import Document
from gprel.errors import CheckpointError, ConfigError
from gprel.evaluation.match import rule_named
from gprel.evaluation.score import KINDS
from gprel.evaluation.scored import scored_items

_MAX_TEMPERATURE = 100.0  # flatter than this, scores say nothing about what is right
_MAX_STEPS = 100


@dataclass(frozen=True, slots=True)
class Platt:
    """``sigmoid(score / temperature + bias)``.

    Attributes:
        temperature: Above 1 where the model is too sure of itself; positive.
        bias: Logit of a score of 0.
    """

    temperature: float = 1.0
    bias: float = 0.0

    def probability(self, score: float) -> float:
        """Probability, 0 to 1, of a score."""
        return _sigmoid(score / self.temperature + self.bias)


@dataclass(frozen=True, slots=True)
class Calibration:
    """How the scores of a model become probabilities.

    Attributes:
        rule: Name of the matching rule that says what is right.
        groups: How, for entities and for triples; a kind that is not there was not calibrated.
    """

    rule: str
    groups: Mapping[str, Platt]

    def probability(self, score: float | None, kind: str) -> float | None:
        """Probability, 0 to 1, that a prediction is right; ``None`` where that is not known.

        Args:
            score: Its score.
            kind: ``"entities"`` or ``"triples"``.

        Raises:
            ConfigError: If the kind does not exist.
        """
        if kind not in KINDS:
            raise ConfigError(f"kind {kind!r} does not exist; choose one of: {', '.join(KINDS)}")
        group = self.groups.get(kind)
        return None if group is None or score is None else group.probability(score)

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready values, as a model's config keeps them."""
        groups = {
            kind: {"temperature": group.temperature, "bias": group.bias} for kind, group in sorted(self.groups.items())
        }
        return {"rule": self.rule, **groups}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "Calibration":
        """The inverse of :meth:`to_dict`.

        Raises:
            CheckpointError: If a value is missing or is no number that fits.
        """
        groups = {kind: _platt(kind, values[kind]) for kind in KINDS if kind in values}
        return cls(str(values.get("rule")), groups)


@dataclass(frozen=True, slots=True)
class Bin:
    """Predictions of about the same probability.

    Attributes:
        low: Lower edge of the bin, 0 to 1.
        high: Upper edge.
        n: Number of predictions.
        mean_probability: Mean of their probabilities.
        share_correct: Share of them that is right.
    """

    low: float
    high: float
    n: int
    mean_probability: float
    share_correct: float


@dataclass(frozen=True, slots=True)
class Fit:
    """How the scores of one kind were calibrated.

    Attributes:
        n: Number of predictions.
        n_correct: Those that are right.
        platt: The fit; ``None`` where there are too few predictions, or scores that do not rise with the share that is
            right.
        before: Reliability of ``sigmoid(score)``.
        after: Reliability of the fitted probabilities; empty without a fit.
    """

    n: int
    n_correct: int
    platt: Platt | None
    before: Sequence[Bin]
    after: Sequence[Bin]


def calibrate(
    gold: Sequence[Document], predicted: Sequence[Document], rule: str, kinds: Iterable[str], *, min_count: int = 20
) -> dict[str, Fit]:
    """Fit the probability that a prediction is right, for each kind.

    Args:
        gold: Annotated documents.
        predicted: What a model predicts for them.
        rule: Name of the matching rule that says what is right.
        kinds: Kinds that can be scored.
        min_count: Predictions that a fit needs.

    Raises:
        ConfigError: If the rule does not exist.
        DataError: If a prediction has no score.
    """
    fits = {}
    for kind in kinds:
        items = scored_items(gold, predicted, rule_named(rule), kind)
        scores, is_correct = [item.score for item in items], [item.is_correct for item in items]
        platt = fit_platt(scores, is_correct) if len(items) >= min_count else None
        before, after = (
            [] if fit is None else reliability([fit.probability(score) for score in scores], is_correct)
            for fit in (Platt(), platt)
        )
        fits[kind] = Fit(len(items), sum(is_correct), platt, before, after)
    return fits


def fit_platt(scores: Sequence[float], is_correct: Sequence[bool]) -> Platt | None:
    """The most likely temperature and bias, by Newton's method.

    As Platt did, right predictions count as ``(n_right + 1) / (n_right + 2)`` and wrong ones as ``1 / (n_wrong + 2)``:
    the best values then are finite even where a score separates right from wrong, or nothing is wrong at all.

    Args:
        scores: Scores of predictions.
        is_correct: Whether each was right.

    Returns:
        The fit; ``None`` where scores do not rise with the share that is right, so that no temperature fits.
    """
    if len(set(scores)) < 2:
        return None
    n_right = sum(is_correct)
    right, wrong = (n_right + 1) / (n_right + 2), 1 / (len(scores) - n_right + 2)
    points = [(score, right if correct else wrong) for score, correct in zip(scores, is_correct, strict=True)]
    slope, bias = 1.0, 0.0
    loss = _loss(points, slope, bias)
    for _ in range(_MAX_STEPS):
        down_slope, down_bias = _newton_step(points, slope, bias)
        size = 1.0
        while (new := _loss(points, slope - size * down_slope, bias - size * down_bias)) > loss and size > 1e-9:
            size /= 2  # a full step may overshoot far from the optimum
        slope, bias = slope - size * down_slope, bias - size * down_bias
        if loss - new < 1e-10 * len(points):
            break
        loss = new
    return Platt(round(1 / slope, 6), round(bias, 6)) if slope > 1 / _MAX_TEMPERATURE else None


def reliability(probabilities: Sequence[float], is_correct: Sequence[bool], n_bins: int = 10) -> list[Bin]:
    """How often predictions of about the same probability are right, in bins of equal width; empty ones are left out.

    Args:
        probabilities: Probabilities of predictions, 0 to 1.
        is_correct: Whether each was right.
        n_bins: Number of bins.
    """
    inside: dict[int, list[tuple[float, bool]]] = {}
    for probability, correct in zip(probabilities, is_correct, strict=True):
        inside.setdefault(min(int(probability * n_bins), n_bins - 1), []).append((probability, correct))
    return [
        Bin(
            number / n_bins,
            (number + 1) / n_bins,
            len(members),
            math.fsum(probability for probability, _ in members) / len(members),
            sum(correct for _, correct in members) / len(members),
        )
        for number, members in sorted(inside.items())
    ]


def calibration_error(bins: Sequence[Bin]) -> float:
    """Expected calibration error: the mean distance of probability and share of right predictions, in percent."""
    n = sum(part.n for part in bins)
    return 100.0 * sum(part.n * abs(part.mean_probability - part.share_correct) for part in bins) / n if n else 0.0


def _newton_step(points: Sequence[tuple[float, float]], slope: float, bias: float) -> tuple[float, float]:
    """What to take off slope and bias: the inverse of the second derivatives times the first."""
    to_slope = to_bias = slope_slope = slope_bias = bias_bias = 0.0
    for score, target in points:
        probability = _sigmoid(slope * score + bias)
        error, weight = probability - target, probability * (1 - probability) + 1e-12
        to_slope, to_bias = to_slope + error * score, to_bias + error
        slope_slope += weight * score * score
        slope_bias += weight * score
        bias_bias += weight
    determinant = slope_slope * bias_bias - slope_bias * slope_bias
    if determinant <= 0:  # all weight on one score, as numbers of this size go
        return to_slope / slope_slope, 0.0
    return (
        (bias_bias * to_slope - slope_bias * to_bias) / determinant,
        (slope_slope * to_bias - slope_bias * to_slope) / determinant,
    )


def _loss(points: Sequence[tuple[float, float]], slope: float, bias: float) -> float:
    """Cross-entropy with shares as targets."""
    logits = ((slope * score + bias, target) for score, target in points)
    return math.fsum(max(z, 0.0) - z * target + math.log1p(math.exp(-abs(z))) for z, target in logits)


def _sigmoid(x: float) -> float:
    return 0.5 * (1 + math.tanh(x / 2))  # does not overflow


def _platt(kind: str, values: object) -> Platt:
    try:
        fields: Any = values
        group = Platt(float(fields["temperature"]), float(fields["bias"]))
    except (KeyError, TypeError, ValueError):
        group = Platt(math.nan)
    if not (0 < group.temperature < math.inf and math.isfinite(group.bias)):
        raise CheckpointError(
            f"the calibration of {kind} in the model's config.json is {values!r}, expected a positive temperature and "
            "a bias; gprel tune fits it anew, gprel tune --reset removes it"
        )
    return group
