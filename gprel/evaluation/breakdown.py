"""Scores by part: each with its size and an interval, for a good score on many easy documents hides the hard ones."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gprel.document import Document
from gprel.errors import ConfigError
from gprel.evaluation.counts import Counts, KeyedItem, compare_keys, keyed_items
from gprel.evaluation.match import rule_named
from gprel.evaluation.parts import ByDocument, ByItem, breakdown_named
from gprel.evaluation.score import check_kind
from gprel.evaluation.significance import DocumentCounts, bootstrap_interval, document_counts


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """What one part of the documents, or of their items, scores.

    Attributes:
        name: Name of the part.
        n_documents: Documents in the part; documents with a gold or predicted item of it where it is made of items.
        document_counts: Counts of every document of the corpus, 0 outside the part.
    """

    name: str
    n_documents: int
    document_counts: DocumentCounts

    @property
    def counts(self) -> Counts:
        """The counts of the part as a whole."""
        n_correct, n_predicted, n_gold = self.document_counts.sum(axis=0).tolist()
        return Counts(n_correct, n_predicted, n_gold)

    @property
    def interval(self) -> tuple[float, float]:
        """95 % interval of the micro F1 in percent, over the documents that hold a gold or predicted item."""
        return bootstrap_interval(with_items(self.document_counts))

    def to_dict(self, rule: str) -> dict[str, Any]:
        """JSON-ready values; percentages rounded to two decimals.

        Args:
            rule: Name of the rule, so that the figures stay readable when cut out of the file.
        """
        counts = self.counts
        return {
            "rule": rule,
            "averaging": "micro",
            "precision": round(counts.precision, 2),
            "recall": round(counts.recall, 2),
            "f1": round(counts.f1, 2),
            "f1_interval": [round(bound, 2) for bound in self.interval],
            "n_documents": self.n_documents,
            "n_gold": counts.n_gold,
            "n_predicted": counts.n_predicted,
            "n_correct": counts.n_correct,
        }


def breakdown(
    gold: Sequence[Document],
    predicted: Sequence[Document],
    by: str,
    rule: str = "strict",
    kind: str = "triples",
    *,
    train: Sequence[Document] | None = None,
) -> list[Part]:
    """Score the parts of the documents, or of their entities or triples.

    Gold alone decides in which parts a document is. Where parts are made of items, a correct prediction is in the part
    of its gold item and a wrong one in its own, so that the counts of the parts add up to the micro counts. (The types
    of :class:`~gprel.evaluation.counts.Tally` differ from that in entities of a wrong type under rules that ignore
    types.)

    Args:
        gold: Annotated documents.
        predicted: Predictions for the same texts in the same order.
        by: Name in ``BREAKDOWNS``.
        rule: Name of a matching rule.
        kind: ``"entities"`` or ``"triples"``.
        train: Training documents, for ``"seen"``.

    Returns:
        The parts in which there is a document, or a gold or predicted item.

    Raises:
        ConfigError: If a name is unknown, the breakdown does not fit the kind, ``train`` is missing, or nothing of
            this kind can be scored.
        DataError: If the two sides do not have the same texts in the same order, or if items are known in some
            documents of a side and unknown (``None``) in others.
    """
    check_kind(kind)
    chosen = breakdown_named(by)
    if kind not in chosen.kinds:
        raise ConfigError(f"breakdown {by!r} does not fit {kind}; it is for {' and '.join(chosen.kinds)}")
    if chosen.needs_train and train is None:
        raise ConfigError(f"breakdown {by!r} compares with the training documents, and there are none; pass train")
    parts = chosen.make(gold, train)
    counts = document_counts(gold, predicted, rule, kind)  # checks both sides
    if isinstance(parts, ByDocument):
        return _document_parts(gold, counts, parts)
    return _item_parts(gold, predicted, parts, rule, kind)


def with_items(counts: DocumentCounts) -> DocumentCounts:
    """The documents with a gold or predicted item: of a small part too few would be drawn from among all others."""
    return counts[counts.any(axis=1)]


def _document_parts(gold: Sequence[Document], counts: DocumentCounts, parts: ByDocument) -> list[Part]:
    names = [parts.of(document) for document in gold]
    found = []
    for name in parts.names:
        is_inside = np.array([name in its for its in names], dtype=bool)
        if is_inside.any():
            found.append(Part(name, int(is_inside.sum()), counts * is_inside[:, None]))
    return found


def _item_parts(
    gold: Sequence[Document], predicted: Sequence[Document], parts: ByItem, rule: str, kind: str
) -> list[Part]:
    gold_items = keyed_items(gold, rule_named(rule), kind, "gold") or []
    predicted_items = keyed_items(predicted, rule_named(rule), kind, "predicted") or []
    counts: dict[str, DocumentCounts] = {}
    for index, (annotated, found) in enumerate(zip(gold_items, predicted_items, strict=True)):
        gold_parts = _part_by_key(gold[index], annotated, parts)
        predicted_parts = {
            key: gold_parts.get(key, name) for key, name in _part_by_key(predicted[index], found, parts).items()
        }
        for name in {*gold_parts.values(), *predicted_parts.values()}:
            its = compare_keys(_keys(gold_parts, name), _keys(predicted_parts, name))
            rows = counts.setdefault(name, np.zeros((len(gold), 3), dtype=np.int64))
            rows[index] = its.n_correct, its.n_predicted, its.n_gold
    names = sorted(counts) if parts.names is None else [name for name in parts.names if name in counts]
    return [Part(name, len(with_items(counts[name])), counts[name]) for name in names]


def _part_by_key(document: Document, items: Sequence[KeyedItem], parts: ByItem) -> dict[Hashable, str]:
    """The part of each key; that of the first place where a rule that compares strings has one key for several."""
    found: dict[Hashable, str] = {}
    for item in items:
        if item.key not in found:
            found[item.key] = parts.of(document, item.item)
    return found


def _keys(parts: dict[Hashable, str], name: str) -> set[Hashable]:
    return {key for key, part in parts.items() if part == name}
