"""Predicted items with their scores, each judged against gold: what thresholds and probabilities are found from."""

from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from typing import NamedTuple

from gprel.document import Document, UnplacedTriple
from gprel.errors import DataError
from gprel.evaluation.match import Rule


class ScoredItem(NamedTuple):
    """One prediction.

    Attributes:
        label: Its entity type or relation.
        score: Its logit.
        is_correct: Whether gold has it, under the same label.
    """

    label: str
    score: float
    is_correct: bool


def scored_items(gold: Sequence[Document], predicted: Sequence[Document], rule: Rule, kind: str) -> list[ScoredItem]:
    """All predictions of one kind; those with equal keys are one, with the best score, as in every count.

    Args:
        gold: Annotated documents.
        predicted: Predictions for the same texts in the same order, made by a model.
        rule: When an item counts as right.
        kind: ``"entities"`` or ``"triples"``.

    Raises:
        DataError: If a prediction has no score.
    """
    items = []
    for index, (annotated, prediction) in enumerate(zip(gold, predicted, strict=True)):
        # The key of an unplaced triple may be the triple itself, where a rule compares offsets: nothing matches it.
        known = {(label, key) for label, key, _ in _keys(annotated, rule, kind) if not isinstance(key, UnplacedTriple)}
        best: dict[tuple[str, Hashable], float] = {}
        for label, key, score in _keys(prediction, rule, kind):
            if score is None:
                raise DataError(
                    f"predicted document {index} (id {prediction.id!r}) has {kind} without a score ({label!r}); "
                    "thresholds and probabilities need the scores of a model"
                )
            best[label, key] = max(score, best.get((label, key), score))
        items += [ScoredItem(key[0], score, key in known) for key, score in best.items()]
    return items


def gold_counts(gold: Sequence[Document], rule: Rule, kind: str) -> Counter[str]:
    """Distinct gold items per label, those without a place in the text included.

    Args:
        gold: Annotated documents.
        rule: When two items are one.
        kind: ``"entities"`` or ``"triples"``.
    """
    counts: Counter[str] = Counter()
    for document in gold:
        counts.update(label for label, _ in {(label, key) for label, key, _ in _keys(document, rule, kind)})
    return counts


def _keys(document: Document, rule: Rule, kind: str) -> Iterator[tuple[str, Hashable, float | None]]:
    """Label, key and score of every item."""
    if kind == "entities":
        for entity in document.entities or ():
            yield entity.type, rule.entity_key(document, entity), entity.score
        return
    for relation in document.relations or ():
        yield relation.type, rule.triple_key(document, relation), relation.score
    for triple in document.unplaced:
        yield triple.relation, rule.triple_key(document, triple), None
