"""Count gold, predicted and correct items under one matching rule, overall and per type."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from gprel.document import Document, Entity, Relation, UnplacedTriple
from gprel.errors import DataError
from gprel.evaluation.match import Rule


@dataclass(frozen=True, slots=True)
class Counts:
    """How many items were right; addable, since every item lies in one document.

    Attributes:
        n_correct: Items in gold and in the prediction.
        n_predicted: Items in the prediction.
        n_gold: Items in gold.
    """

    n_correct: int = 0
    n_predicted: int = 0
    n_gold: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(
            self.n_correct + other.n_correct, self.n_predicted + other.n_predicted, self.n_gold + other.n_gold
        )

    @property
    def precision(self) -> float:
        """Correct among predicted, in percent; 0.0 where nothing was predicted."""
        return 100.0 * self.n_correct / self.n_predicted if self.n_predicted else 0.0

    @property
    def recall(self) -> float:
        """Correct among gold, in percent; 0.0 where there is no gold."""
        return 100.0 * self.n_correct / self.n_gold if self.n_gold else 0.0

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall, in percent; 0.0 where there is neither gold nor prediction."""
        total = self.n_predicted + self.n_gold
        return 200.0 * self.n_correct / total if total else 0.0


@dataclass(frozen=True, slots=True)
class Tally:
    """The counts of one kind of item (entities or triples) under one rule.

    ``per_type`` counts the items of each type among themselves. Triples always match by relation, so theirs add up
    to ``micro``. A mention found with the wrong type is right in ``micro`` under the rules that ignore types, and yet
    wrong for both types.

    Macro figures are unweighted means of the per-type figures over the types that occur in gold or prediction, 0.0
    where no type occurs; macro F1 is the mean of F1 values, not the F1 of the mean precision and recall.

    Attributes:
        micro: All items together.
        per_type: The items of each entity type (each relation), sorted by name.
    """

    micro: Counts = Counts()
    per_type: Mapping[str, Counts] = field(default_factory=dict)

    @property
    def macro_precision(self) -> float:
        """Mean precision of the types, in percent."""
        return _mean([counts.precision for counts in self.per_type.values()])

    @property
    def macro_recall(self) -> float:
        """Mean recall of the types, in percent."""
        return _mean([counts.recall for counts in self.per_type.values()])

    @property
    def macro_f1(self) -> float:
        """Mean F1 of the types, in percent."""
        return _mean([counts.f1 for counts in self.per_type.values()])


@dataclass(frozen=True, slots=True)
class RuleCounts:
    """What one rule counts.

    Attributes:
        entities: Counts of entities; ``None`` where gold has none annotated, the method has no entity output, or
            there are no documents.
        triples: Counts of triples; ``None`` likewise.
    """

    entities: Tally | None
    triples: Tally | None


class KeyedItem(NamedTuple):
    """An entity or a triple of one document, and what has to agree for it.

    Attributes:
        label: Entity type or relation.
        key: Gold and prediction match where their keys are equal.
        item: The entity or triple itself.
    """

    label: str
    key: Hashable
    item: Entity | Relation | UnplacedTriple


def count(gold: Sequence[Document], predicted: Sequence[Document], rule: Rule) -> RuleCounts:
    """Count entities and triples under one rule.

    Unplaced triples count among the triples (in gold as misses unless their strings match under a string rule, in a
    prediction as wrong unless they do so); they say nothing about entities.

    Args:
        gold: Annotated documents.
        predicted: Predictions for the same texts in the same order.
        rule: When an item counts as right.

    Raises:
        DataError: If entities or triples are known in some documents and unknown (``None``) in others.
    """
    return RuleCounts(_count_kind(gold, predicted, rule, "entities"), _count_kind(gold, predicted, rule, "triples"))


def keyed_items(documents: Sequence[Document], rule: Rule, kind: str, side: str) -> list[list[KeyedItem]] | None:
    """The items of every document with their keys; ``None`` where they are unknown.

    Args:
        documents: Gold or predicted documents.
        rule: Makes the keys.
        kind: ``"entities"`` or ``"triples"``.
        side: ``"gold"`` or ``"predicted"``, for messages.

    Raises:
        DataError: If they are known in some documents and unknown (``None``) in others.
    """
    return _entities(documents, rule, side) if kind == "entities" else _triples(documents, rule, side)


def compare_keys(gold: set[Hashable], predicted: set[Hashable]) -> Counts:
    """Counts of the items of one document that have these keys."""
    # An UnplacedTriple as key means that the rule compares offsets and this triple has none: nothing can match it,
    # not even the same strings predicted without a place.
    n_correct = sum(not isinstance(key, UnplacedTriple) for key in gold & predicted)
    return Counts(n_correct, len(predicted), len(gold))


def _count_kind(gold: Sequence[Document], predicted: Sequence[Document], rule: Rule, kind: str) -> Tally | None:
    gold_items, items = keyed_items(gold, rule, kind, "gold"), keyed_items(predicted, rule, kind, "predicted")
    return None if gold_items is None or items is None else _tally(gold_items, items)


def _entities(documents: Sequence[Document], rule: Rule, side: str) -> list[list[KeyedItem]] | None:
    if any(document.arguments_only for document in documents):
        return None
    if not _are_known("entities", documents, [document.entities is not None for document in documents], side):
        return None
    return [
        [KeyedItem(entity.type, rule.entity_key(document, entity), entity) for entity in document.entities or ()]
        for document in documents
    ]


def _triples(documents: Sequence[Document], rule: Rule, side: str) -> list[list[KeyedItem]] | None:
    known = [document.relations is not None or bool(document.unplaced) for document in documents]
    if not _are_known("relations", documents, known, side):
        return None
    return [
        [
            KeyedItem(relation.type, rule.triple_key(document, relation), relation)
            for relation in document.relations or ()
        ]
        + [KeyedItem(triple.relation, rule.triple_key(document, triple), triple) for triple in document.unplaced]
        for document in documents
    ]


def _tally(gold: Sequence[Sequence[KeyedItem]], predicted: Sequence[Sequence[KeyedItem]]) -> Tally:
    micro = Counts()
    per_type: dict[str, Counts] = {}
    for gold_items, predicted_items in zip(gold, predicted, strict=True):
        micro += compare_keys({item.key for item in gold_items}, {item.key for item in predicted_items})
        gold_keys, predicted_keys = _by_type(gold_items), _by_type(predicted_items)
        for label in gold_keys.keys() | predicted_keys.keys():
            counts = compare_keys(gold_keys.get(label, set()), predicted_keys.get(label, set()))
            per_type[label] = per_type.get(label, Counts()) + counts
    return Tally(micro, dict(sorted(per_type.items())))


def _by_type(items: Sequence[KeyedItem]) -> dict[str, set[Hashable]]:
    keys: dict[str, set[Hashable]] = {}
    for label, key, _ in items:
        keys.setdefault(label, set()).add(key)
    return keys


def _are_known(what: str, documents: Sequence[Document], known: Sequence[bool], side: str) -> bool:
    if any(known) and not all(known):
        index = known.index(False)
        raise DataError(
            f"{side} document {index} (id {documents[index].id!r}) has {what}=None (unknown) but {sum(known)} of "
            f"{len(known)} {side} documents have {what}; give it an empty tuple if there are none, or leave it out"
        )
    return any(known)


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0
