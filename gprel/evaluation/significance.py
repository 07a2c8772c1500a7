"""How far to trust an F1: counts per document, intervals over documents, tests between two systems.

Only sums over documents enter an F1, so documents with equal counts are interchangeable: they are drawn as one group
with its size as weight. That changes no probability and makes the work independent of the number of documents.
"""

from collections.abc import Iterator, Sequence

import numpy as np
from jaxtyping import Float, Int

from gprel.document import Document
from gprel.errors import ConfigError, DataError
from gprel.evaluation.counts import compare_keys, keyed_items
from gprel.evaluation.match import rule_named
from gprel.evaluation.score import KINDS, Evaluation, check_aligned, check_kind

DocumentCounts = Int[np.ndarray, "documents 3"]
"""``n_correct``, ``n_predicted`` and ``n_gold`` of every document."""

_CHUNK = 2**20  # numbers drawn at once: 8 MiB


def document_counts(gold: Sequence[Document], predicted: Sequence[Document], rule: str, kind: str) -> DocumentCounts:
    """Count every document by itself; the columns add up to the micro counts of :func:`~gprel.evaluation.count`.

    Args:
        gold: Annotated documents.
        predicted: Predictions for the same texts in the same order.
        rule: Name of a matching rule.
        kind: ``"entities"`` or ``"triples"``.

    Returns:
        ``n_correct``, ``n_predicted`` and ``n_gold`` per document.

    Raises:
        ConfigError: If the rule or the kind does not exist, or nothing of this kind can be scored.
        DataError: If the two sides do not have the same texts in the same order, or if items are known in some
            documents of a side and unknown (``None``) in others.
    """
    check_kind(kind)
    check_aligned(gold, predicted)
    gold_items = keyed_items(gold, rule_named(rule), kind, "gold")
    predicted_items = keyed_items(predicted, rule_named(rule), kind, "predicted")
    if gold_items is None or predicted_items is None:
        side = "gold" if gold_items is None else "prediction"
        raise ConfigError(
            f"{kind} cannot be counted: in the {len(gold)} documents the {side} has no {kind} (None, not zero found); "
            "choose the other kind"
        )
    counts = [
        compare_keys({item.key for item in annotated}, {item.key for item in found})
        for annotated, found in zip(gold_items, predicted_items, strict=True)
    ]
    return np.array([(c.n_correct, c.n_predicted, c.n_gold) for c in counts], dtype=np.int64).reshape(-1, 3)


def bootstrap_interval(
    counts: DocumentCounts, n: int = 1000, seed: int = 0, level: float = 0.95
) -> tuple[float, float]:
    """Interval of the micro F1 over documents, by the percentile bootstrap (Efron 1979).

    As many documents as there are get drawn with replacement, ``n`` times; the bounds are quantiles of the F1 values.

    Args:
        counts: Counts per document.
        n: How often to draw.
        seed: Seed of the draws.
        level: Share of the F1 values inside the interval, between 0 and 1.

    Returns:
        The bounds in percent; ``(0.0, 0.0)`` where there is neither gold nor prediction, as F1 is 0.0 there.

    Raises:
        ConfigError: If ``n`` or ``level`` is out of range.
    """
    _check_n(n)
    if not 0 < level < 1:
        raise ConfigError(f"level is {level}, expected a share between 0 and 1, for example 0.95")
    if not len(counts):
        return 0.0, 0.0
    groups, sizes = np.unique(counts, axis=0, return_counts=True)
    rng = np.random.default_rng(seed)
    shares = sizes / sizes.sum()
    values = [_f1(rng.multinomial(len(counts), shares, size=size) @ groups) for size in _chunks(n, len(groups))]
    low, high = np.quantile(np.concatenate(values), [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def randomization_test(counts_a: DocumentCounts, counts_b: DocumentCounts, n: int = 10_000, seed: int = 0) -> float:
    """Two-sided p of the difference in micro F1, by paired approximate randomization (Noreen 1989; Yeh 2000).

    If the systems were alike, exchanging their outputs for a document would change nothing; so every document is
    exchanged or not with even odds, ``n`` times. ``p = (hits + 1) / (n + 1)``, where a hit differs at least as much
    as the systems do.

    Args:
        counts_a: Counts per document of one system.
        counts_b: Counts per document of the other, for the same documents in the same order.
        n: How often to draw.
        seed: Seed of the draws.

    Returns:
        p, above 0 and at most 1; 1.0 for equal systems.

    Raises:
        ConfigError: If ``n`` is out of range.
        DataError: If the two are not counts of the same gold.
    """
    _check_n(n)
    _check_paired(counts_a, counts_b)
    total_a, total_b = counts_a.sum(axis=0), counts_b.sum(axis=0)
    observed = abs(_f1(total_a) - _f1(total_b)) - 1e-9  # in percent: equal differences stay equal after rounding
    groups, sizes = np.unique(counts_b - counts_a, axis=0, return_counts=True)
    rng = np.random.default_rng(seed)
    hits = 0
    for size in _chunks(n, len(groups)):
        moved = rng.binomial(sizes, 0.5, size=(size, len(groups))) @ groups
        hits += int((abs(_f1(total_a + moved) - _f1(total_b - moved)) >= observed).sum())
    return (hits + 1) / (n + 1)


def micro_intervals(
    evaluation: Evaluation, gold: Sequence[Document], predicted: Sequence[Document]
) -> dict[tuple[str, str], tuple[float, float]]:
    """The 95 % interval of every micro F1 of an evaluation, by kind and rule.

    Args:
        evaluation: The scores.
        gold: The documents it scored against.
        predicted: The documents it scored.
    """
    return {
        (kind, rule): bootstrap_interval(document_counts(gold, predicted, rule, kind))
        for kind in KINDS
        for rule in evaluation.rules
        if evaluation.tally(kind, rule) is not None
    }


def _f1(counts: Int[np.ndarray, "*draws 3"]) -> Float[np.ndarray, "*draws"]:
    """Micro F1 in percent, 0 where there is neither gold nor prediction."""
    n_correct, n_predicted, n_gold = np.moveaxis(counts, -1, 0)
    f1: Float[np.ndarray, "*draws"] = 200.0 * n_correct / np.maximum(n_predicted + n_gold, 1)
    return f1


def _chunks(n: int, n_groups: int) -> Iterator[int]:
    """Sizes that add up to n, so that one chunk holds a bounded number of draws."""
    most = max(1, _CHUNK // max(1, n_groups))
    for start in range(0, n, most):
        yield min(most, n - start)


def _check_n(n: int) -> None:
    if n < 1:
        raise ConfigError(f"n is {n}, expected at least 1 draw")


def _check_paired(counts_a: DocumentCounts, counts_b: DocumentCounts) -> None:
    if len(counts_a) != len(counts_b):
        raise DataError(
            f"got counts of {len(counts_a)} and of {len(counts_b)} documents; both systems must be counted on the same "
            "documents in the same order"
        )
    differ = np.flatnonzero(counts_a[:, 2] != counts_b[:, 2])
    if len(differ):
        index = int(differ[0])
        raise DataError(
            f"document {index} has {counts_a[index, 2]} gold items for one system and {counts_b[index, 2]} for the "
            "other; both systems must be counted on the same gold, under the same rule"
        )
