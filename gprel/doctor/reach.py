"""What an encoder's tokens, its limit and the decoding leave of the gold."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from gprel.config import RunConfig
from gprel.doctor.oracle import Oracle
from gprel.document import Document
from gprel.evaluation import evaluate
from gprel.features import Featurizer, LostGold
from gprel.model import Extractor
from gprel.training.build import build


@dataclass(frozen=True)
class PartReach:
    """What can be reached in one part.

    Attributes:
        name: Name of the part.
        n_documents: Documents that are annotated for the task.
        n_tokens: Their tokens, special ones left out.
        longest: Tokens of the longest document.
        n_long: Documents that need more than one window.
        n_windows: Windows.
        n_window_tokens: Tokens of all windows, overlaps and special tokens included: what the encoder computes.
        lost: Gold that no model behind these features can predict.
        n_capped: Windows whose gold alone exceeds the cap on candidates or triples.
        entity_f1: Best entity F1 in percent that decoding allows; ``None`` where there is nothing to score.
        triple_f1: Best triple F1, likewise.
    """

    name: str
    n_documents: int
    n_tokens: int
    longest: int
    n_long: int
    n_windows: int
    n_window_tokens: int
    lost: LostGold
    n_capped: int
    entity_f1: float | None
    triple_f1: float | None

    def to_dict(self) -> dict[str, Any]:
        """The numbers as JSON-ready values."""
        names = ("name", "n_documents", "n_tokens", "longest", "n_long", "n_windows", "n_window_tokens", "n_capped")
        values = {name: getattr(self, name) for name in names}
        return values | {"lost_gold": self.lost.to_dict(), "entity_f1": self.entity_f1, "triple_f1": self.triple_f1}


@dataclass(frozen=True)
class Reach:
    """What can be reached with one encoder.

    Attributes:
        encoder: Its name.
        task: ``re`` or ``ner``.
        rule: Matching rule of the F1.
        max_tokens: Longest window.
        stride: Tokens that neighboring windows share.
        parts: The parts, in order.
        notes: What was decided on the way.
    """

    encoder: str
    task: str
    rule: str
    max_tokens: int
    stride: int
    parts: tuple[PartReach, ...]
    notes: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """The numbers as JSON-ready values."""
        facts = {name: getattr(self, name) for name in ("encoder", "task", "rule", "max_tokens", "stride")}
        return facts | {"parts": [part.to_dict() for part in self.parts], "notes": list(self.notes)}


def measure_reach(
    parts: Sequence[tuple[str, Sequence[Document]]], *, encoder: str, rule: str, max_tokens: int
) -> Reach | None:
    """Tokenize and window every part, and decode its gold through the head that training would build.

    Labels and argument types are those of all parts together: what train lacks is no fault of tokens or decoding, and a
    finding of its own.

    Args:
        parts: Documents by name of their part.
        encoder: Name of the encoder; its weights are not loaded.
        rule: Matching rule of the F1.
        max_tokens: Longest window wanted; the encoder's own limit may be less.

    Returns:
        ``None`` if no document has an entity.

    Raises:
        ConfigError: If there is no such encoder.
    """
    everything = [document for _, documents in parts for document in documents]
    if not any(document.entities for document in everything):
        return None
    task = "re" if any(document.relations or document.unplaced for document in everything) else "ner"
    notes: list[str] = []
    values = {
        "task": task,
        "encoder": {"name": encoder, "random_init": True},
        "features": {"max_tokens": max_tokens, "stride": min(64, max_tokens // 2)},
    }
    model = build(RunConfig.from_dict(values), _annotated(everything, task), notes)
    features = model.config.features or {}
    featurizer, oracle = model.featurizer(), Oracle(model)
    whole = _unlimited(model)
    measured = tuple(
        _measure(name, known, featurizer, whole, oracle, rule)
        for name, known in ((name, _annotated(documents, task)) for name, documents in parts)
        if known
    )
    return Reach(encoder, task, rule, features["max_tokens"], features["stride"], measured, tuple(notes))


def _annotated(documents: Sequence[Document], task: str) -> list[Document]:
    """The documents that can be scored, without mixing known and unknown relations."""
    known = [document for document in documents if document.entities is not None]
    linked = [document for document in known if document.relations is not None]
    return linked if linked and task == "re" else known


def _unlimited(model: Extractor) -> Featurizer:
    """The model's featurizer with room for any text."""
    assert model.tokenizer is not None  # set by build
    return Featurizer(model.tokenizer, model.schema, **{**(model.config.features or {}), "max_tokens": 1 << 40})


def _measure(
    name: str, documents: Sequence[Document], featurizer: Featurizer, whole: Featurizer, oracle: Oracle, rule: str
) -> PartReach:
    lost = LostGold()
    examples = featurizer.examples(documents, lost)
    n_special = len(featurizer.prefix) + len(featurizer.suffix)
    n_windows = [0] * len(documents)
    for example in examples:
        n_windows[example.document] += 1
    long = [document for document, n in zip(documents, n_windows, strict=True) if n > 1]
    lengths = [len(e.input_ids) - n_special for e in examples if n_windows[e.document] == 1]
    lengths += [len(example.input_ids) - n_special for example in whole.examples(long)]
    predicted, n_capped = oracle.predict(documents, examples)
    scores = evaluate(documents, predicted, (rule,))
    f1 = {kind: scores.f1(kind, rule) if scores.tally(kind, rule) else None for kind in ("entities", "triples")}
    return PartReach(
        name=name,
        n_documents=len(documents),
        n_tokens=sum(lengths),
        longest=max(lengths, default=0),
        n_long=len(long),
        n_windows=len(examples),
        n_window_tokens=sum(len(example.input_ids) for example in examples),
        lost=lost,
        n_capped=n_capped,
        entity_f1=f1["entities"],
        triple_f1=f1["triples"],
    )
