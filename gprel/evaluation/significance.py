"""How sure a score is: bootstrap intervals, and a paired test between two methods."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Int

from gprel.document import Document
from gprel.errors import ConfigError
from gprel.evaluation.counts import count
from gprel.evaluation.match import rule_named

CHUNK_NUMBERS = 1 << 22  # random numbers held at once

DocumentCounts = Int[np.ndarray, "documents 3"]
"""Per document the correct, the predicted and the gold items."""


def document_counts(gold: Sequence[Document], predicted: Sequence[Document], rule: str, kind: str) -> DocumentCounts:
    """Count every document by itself, as :func:`~gprel.evaluation.counts.count` counts them together.

    Args:
        gold: Annotated documents.
        predicted: Predictions for the same texts in the same order.
        rule: Name of a matching rule.
        kind: ``"entities"`` or ``"triples"``.

    Raises:
        ConfigError: If there is nothing of this kind to count.
    """
    rows = []
    for index, pair in enumerate(zip(gold, predicted, strict=True)):
        counts = count([pair[0]], [pair[1]], rule_named(rule))
        tally = counts.entities if kind == "entities" else counts.triples
        if tally is None:
            raise ConfigError(f"document {index} has no {kind} in gold or prediction (None, not zero found)")
        rows.append((tally.micro.n_correct, tally.micro.n_predicted, tally.micro.n_gold))
    return np.array(rows, dtype=np.int64).reshape(-1, 3)


def bootstrap_interval(
    counts: DocumentCounts, n: int = 1000, seed: int = 0, level: float = 0.95
) -> tuple[float, float]:
    """The percentile interval of micro F1 over documents drawn with replacement.

    Args:
        counts: Counts of each document.
        n: Number of draws.
        seed: Seed of the draws.
        level: Share of the draws inside the interval.

    Returns:
        Lower and upper end, in percent.
    """
    if not len(counts):
        return 0.0, 0.0
    generator = np.random.default_rng(seed)
    even = np.full(len(counts), 1 / len(counts))
    size = max(1, CHUNK_NUMBERS // len(counts))
    scores = [
        _f1(generator.multinomial(len(counts), even, size=min(size, n - start)) @ counts) for start in range(0, n, size)
    ]
    low, high = np.quantile(np.concatenate(scores), [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def randomization_test(one: DocumentCounts, other: DocumentCounts, n: int = 10_000, seed: int = 0) -> float:
    """The paired approximate randomization test (Noreen 1989): could the difference in micro F1 be chance?

    Where the two methods were the same, swapping their outputs document by document would change the difference
    by chance alone.

    Args:
        one: Counts of each document for the first method.
        other: The same documents for the second method.
        n: Number of random swaps.
        seed: Seed of the swaps.

    Returns:
        The two-sided p-value ``(hits + 1) / (n + 1)``; hits are differences at least as large as the observed one.

    Raises:
        ConfigError: If the two do not have the same number of documents.
    """
    if len(one) != len(other):
        raise ConfigError(f"a paired test needs the same documents, got {len(one)} and {len(other)}")
    generator = np.random.default_rng(seed)
    observed = abs(_f1(one.sum(0)) - _f1(other.sum(0)))
    total, difference = one.sum(0), other - one
    size = max(1, CHUNK_NUMBERS // max(1, len(one)))
    hits = 0
    for start in range(0, n, size):
        swaps = generator.integers(0, 2, size=(min(size, n - start), len(one)))
        moved = swaps @ difference  # what the first method gains and the second one loses
        gaps = np.abs(_f1(total + moved) - _f1(other.sum(0) - moved))
        hits += int((gaps >= observed - 1e-9).sum())
    return (hits + 1) / (n + 1)


def _f1(sums: Int[np.ndarray, "*axes 3"]) -> np.ndarray:  # in percent
    correct, found = sums[..., 0], sums[..., 1] + sums[..., 2]
    scores: np.ndarray = 200.0 * correct / np.maximum(found, 1)
    return scores
