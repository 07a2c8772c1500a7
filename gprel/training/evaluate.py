"""Score a model on documents."""

from collections.abc import Sequence
from dataclasses import asdict, astuple, replace
from typing import Any

from gprel.document import Document, Entity, Relation
from gprel.errors import ConfigError, GprelError
from gprel.evaluation import KINDS, RULES, Evaluation, evaluate
from gprel.model import Extractor
from gprel.predict import PredictionLog
from gprel.training.distributed import Team


def score_model(
    model: Extractor,
    documents: Sequence[Document],
    *,
    batch_size: int = 32,
    log: PredictionLog | None = None,
    team: Team | None = None,
) -> tuple[Evaluation, list[Document]]:
    """Predict documents and score the prediction against their annotation.

    Args:
        model: The model.
        documents: Annotated documents.
        batch_size: Windows per batch.
        log: Collects what happened.
        team: Processes that share the documents; each predicts some of them and returns all.

    Returns:
        The scores, and the predicted documents.
    """
    if team is None or team.n_processes == 1:
        predicted = model.extract(documents, batch_size=batch_size, log=log)
    else:
        predicted = _extract_together(model, documents, batch_size, PredictionLog() if log is None else log, team)
    return evaluate(documents, predicted), predicted


def _extract_together(
    model: Extractor, documents: Sequence[Document], batch_size: int, log: PredictionLog, team: Team
) -> list[Document]:
    own = PredictionLog()
    found = model.extract(documents[team.rank :: team.n_processes], batch_size=batch_size, log=own)
    results: list[Document | None] = [None] * len(documents)
    everyones = team.gather_json([asdict(own), [_to_values(document) for document in found]])
    for rank, (counts, values) in enumerate(everyones):
        for name, count in counts.items():
            setattr(log, name, getattr(log, name) + count)
        places = range(rank, len(documents), team.n_processes)
        for place, value in zip(places, values, strict=True):
            results[place] = _from_values(documents[place], value)
    return [document for document in results if document is not None]


def _to_values(document: Document) -> dict[str, Any]:
    """What was found in a document, as JSON can hold it."""
    return {
        "entities": None if document.entities is None else [astuple(entity) for entity in document.entities],
        "relations": None if document.relations is None else [astuple(relation) for relation in document.relations],
        "arguments_only": document.arguments_only,
    }


def _from_values(document: Document, values: dict[str, Any]) -> Document:
    entities, relations = values["entities"], values["relations"]
    return replace(
        document.without_annotation(),
        entities=None if entities is None else tuple(Entity(*entity) for entity in entities),
        relations=None if relations is None else tuple(Relation(*relation) for relation in relations),
        arguments_only=values["arguments_only"],
    )


def parse_figure(name: str, task: str, rule: str | None) -> tuple[str, str]:
    """The dev figure that selects the best epoch, as (kind, rule).

    Args:
        name: ``triples/strict`` and the like, or ``auto`` for the task's kind under the corpus's rule.
        task: ``re`` or ``ner``.
        rule: The rule of the corpus's published scores, if it has any.

    Raises:
        ConfigError: If there is no such figure, or the task has none.
    """
    if name == "auto":
        return ("triples", rule or "strict") if task == "re" else ("entities", "strict")
    kind, _, rule_name = name.partition("/")
    if kind not in KINDS or rule_name not in RULES:
        raise ConfigError(
            f"training.select_on is {name!r}, expected auto or kind/rule with kind one of {', '.join(KINDS)} "
            f"and rule one of {', '.join(RULES)}"
        )
    if kind == "triples" and task == "ner":
        raise ConfigError(
            f"training.select_on is {name!r} but task is ner, which finds no triples; use entities/{rule_name}"
        )
    return kind, rule_name


def check_figure(dev: Sequence[Document], kind: str, rule: str) -> None:
    """Find out before training, not after its first epoch, whether dev documents can be scored.

    Args:
        dev: Annotated documents.
        kind: ``entities`` or ``triples``.
        rule: Name of a matching rule.

    Raises:
        GprelError: If there is nothing of this kind to score, or only some of the documents are annotated with it.
    """
    try:
        evaluate(dev, dev, (rule,)).f1(kind, rule)
    except GprelError as error:
        raise type(error)(f"the dev split cannot select the best epoch: {error}") from error
