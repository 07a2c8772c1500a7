"""An exported model against the one it was made from, on annotated documents."""

from collections.abc import Sequence
from dataclasses import dataclass

from gprel.document import Document
from gprel.evaluation import KINDS, evaluate
from gprel.extraction.backend import Backend
from gprel.predict import predict_windows


@dataclass(frozen=True, slots=True)
class Comparison:
    """Scores of two models on the same documents.

    Attributes:
        kind: ``entities`` or ``triples``.
        rule: Name of the matching rule.
        before: Micro F1 of the original, in percent.
        after: Micro F1 of the exported model, in percent.
    """

    kind: str
    rule: str
    before: float
    after: float

    @property
    def loss(self) -> float:
        """F1 that the export cost, in points; negative where it gained."""
        return self.before - self.after


def compare_backends(
    original: Backend, exported: Backend, documents: Sequence[Document], rule: str = "strict", *, batch_size: int = 32
) -> list[Comparison]:
    """Score both models on annotated documents.

    Args:
        original: The model as it was trained.
        exported: What became of it.
        documents: Annotated documents.
        rule: Name of the matching rule.
        batch_size: Windows per batch.

    Returns:
        One comparison for each kind of gold that both predict.

    Raises:
        ConfigError: If the rule does not exist.
    """
    scores = []
    for backend in (original, exported):
        found = predict_windows(documents, backend.extract, backend.featurizer, batch_size=batch_size)
        scores.append(evaluate(documents, list(found), (rule,)))
    before, after = scores
    return [
        Comparison(kind, rule, before.f1(kind, rule), after.f1(kind, rule))
        for kind in KINDS
        if before.tally(kind, rule) is not None and after.tally(kind, rule) is not None
    ]
