"""Count gold, predicted and correct items under one matching rule, overall and per type."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field

from gprel.document import Document, UnplacedTriple
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


_Items = list[tuple[str, Hashable]]  # (type, key) of every item of one document


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
    gold_entities, gold_triples = _entities(gold, rule, "gold"), _triples(gold, rule, "gold")
    entities, triples = _entities(predicted, rule, "predicted"), _triples(predicted, rule, "predicted")
    return RuleCounts(
        None if gold_entities is None or entities is None else _tally(gold_entities, entities),
        None if gold_triples is None or triples is None else _tally(gold_triples, triples),
    )


def _entities(documents: Sequence[Document], rule: Rule, side: str) -> list[_Items] | None:
    if any(document.arguments_only for document in documents):
        return None
    if not _are_known("entities", documents, [document.entities is not None for document in documents], side):
        return None
    return [[(e.type, rule.entity_key(document, e)) for e in document.entities or ()] for document in documents]


def _triples(documents: Sequence[Document], rule: Rule, side: str) -> list[_Items] | None:
    known = [document.relations is not None or bool(document.unplaced) for document in documents]
    if not _are_known("relations", documents, known, side):
        return None
    return [
        [(relation.type, rule.triple_key(document, relation)) for relation in document.relations or ()]
        + [(triple.relation, rule.triple_key(document, triple)) for triple in document.unplaced]
        for document in documents
    ]


def _tally(gold: Sequence[_Items], predicted: Sequence[_Items]) -> Tally:
    micro = Counts()
    per_type: dict[str, Counts] = {}
    for gold_items, predicted_items in zip(gold, predicted, strict=True):
        micro += _compare({key for _, key in gold_items}, {key for _, key in predicted_items})
        gold_keys, predicted_keys = _by_type(gold_items), _by_type(predicted_items)
        for label in gold_keys.keys() | predicted_keys.keys():
            counts = _compare(gold_keys.get(label, set()), predicted_keys.get(label, set()))
            per_type[label] = per_type.get(label, Counts()) + counts
    return Tally(micro, dict(sorted(per_type.items())))


def _by_type(items: _Items) -> dict[str, set[Hashable]]:
    keys: dict[str, set[Hashable]] = {}
    for label, key in items:
        keys.setdefault(label, set()).add(key)
    return keys


def _compare(gold: set[Hashable], predicted: set[Hashable]) -> Counts:
    # An UnplacedTriple as key means that the rule compares offsets and this triple has none: nothing can match it,
    # not even the same strings predicted without a place.
    n_correct = sum(not isinstance(key, UnplacedTriple) for key in gold & predicted)
    return Counts(n_correct, len(predicted), len(gold))


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
