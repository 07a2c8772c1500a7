"""How often a model links entities that merely stand side by side: what users of extracted triples complain of most."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from gprel.document import Document, Span
from gprel.evaluation.score import check_aligned

_Pair = frozenset[Span]


@dataclass(frozen=True, slots=True)
class Cooccurrence:
    """Entities that share a text although no gold triple links them, and how many of them a model links.

    Attributes:
        n_pairs: Pairs of gold entities, in texts as annotated, that no gold triple links in either direction.
        n_linked_pairs: Those that are linked by a predicted triple, whatever its relation and direction.
        n_documents: Documents with at least two entities and no gold triple.
        n_linked_documents: Those with at least one predicted triple.
    """

    n_pairs: int
    n_linked_pairs: int
    n_documents: int
    n_linked_documents: int

    @property
    def pair_rate(self) -> float:
        """Share of the pairs that are linked, in percent; 0.0 where there are none."""
        return 100.0 * self.n_linked_pairs / self.n_pairs if self.n_pairs else 0.0

    @property
    def document_rate(self) -> float:
        """Share of the documents with a predicted triple, in percent; 0.0 where there are none."""
        return 100.0 * self.n_linked_documents / self.n_documents if self.n_documents else 0.0


def cooccurrence(gold: Sequence[Document], predicted: Sequence[Document]) -> Cooccurrence:
    """Count entities without a relation that a model links all the same.

    Args:
        gold: Annotated documents.
        predicted: Predictions for the same texts in the same order.

    Raises:
        DataError: If the two sides do not have the same texts in the same order.
    """
    check_aligned(gold, predicted)
    n_pairs = n_linked_pairs = n_documents = n_linked_documents = 0
    for truth, guess in zip(gold, predicted, strict=True):
        spans = sorted({entity.span for entity in truth.entities or ()}, key=lambda span: (span.start, span.end))
        unlinked = {frozenset(pair) for pair in combinations(spans, 2)} - _linked(truth)
        n_pairs += len(unlinked)
        n_linked_pairs += len(unlinked & _linked(guess))
        if len(spans) > 1 and not truth.relations and not truth.unplaced:
            n_documents += 1
            n_linked_documents += bool(guess.relations)
    return Cooccurrence(n_pairs, n_linked_pairs, n_documents, n_linked_documents)


def _linked(document: Document) -> set[_Pair]:
    return {frozenset((subject.span, object_.span)) for subject, _, object_ in document.triples()}
