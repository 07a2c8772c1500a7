"""What is measured of the model that comes with gprel, on documents it never saw."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from gprel.corpora import load
from gprel.document import Document
from gprel.evaluation import KINDS, Counts, evaluate, rule_named
from gprel.evaluation.cooccurrence import cooccurrence
from gprel.evaluation.counts import compare_keys, keyed_items
from gprel.evaluation.outcomes import Item, triple_outcomes
from gprel.evaluation.significance import DocumentCounts, bootstrap_interval
from gprel.extraction.backend import Backend
from gprel.formats import jsonl
from gprel.predict import predict_windows

EDITIONS = ("sentences", "windows")
SAMPLE = Path(__file__).parent / "default_sample.jsonl"
RULE = "strict"


def held_out(edition: str, data_dir: str | None) -> list[Document]:
    """The test documents of the recipe, cut in one of the ways of its corpus."""
    corpus = load("redocred", variant=edition, low_resource=True, splits=("test",), data_dir=data_dir)
    return corpus.split("test")


def sample() -> list[Document]:
    """The sentences that were written for this project, with their annotation."""
    return list(jsonl.read_file(SAMPLE))


def measure(backend: Backend, documents: Sequence[Document], of: Callable[[Document], str]) -> dict[str, Any]:
    """Scores of a model with its own thresholds.

    Args:
        backend: The model.
        documents: Annotated documents.
        of: Which article a document is a part of; intervals are over articles, whose parts are not independent.
    """
    found = extract(backend, documents)
    scores = {kind: _scores(documents, found, kind, [of(document) for document in documents]) for kind in KINDS}
    pairs = cooccurrence(documents, found)
    return {
        "n_documents": len(documents),
        "n_articles": len({of(document) for document in documents}),
        **scores,
        "cooccurrence": {
            "n_pairs": pairs.n_pairs,
            "pair_rate": round(pairs.pair_rate, 2),
            "n_documents": pairs.n_documents,
            "document_rate": round(pairs.document_rate, 2),
        },
    }


def measure_sample(backend: Backend) -> dict[str, Any]:
    """Scores on the project's own sentences, and what goes wrong there."""
    documents = sample()
    found = extract(backend, documents)
    evaluation = evaluate(documents, found, (RULE,))
    failures = []
    for document, guess in zip(documents, found, strict=True):
        wrong = [
            {"what": outcome.name, "expected": _triple(outcome.gold), "got": _triple(outcome.predicted)}
            for outcome in triple_outcomes(document, guess, rule_named(RULE))
            if outcome.name != "correct"
        ]
        failures += [{"text": document.text, "wrong": wrong}] if wrong else []
    return {kind: round(evaluation.f1(kind, RULE), 2) for kind in KINDS} | {
        "n_documents": len(documents),
        "failures": failures,
    }


def extract(backend: Backend, documents: Iterable[Document]) -> list[Document]:
    """What a model finds."""
    return list(predict_windows(documents, backend.extract, backend.featurizer))


def article(document: Document) -> str:
    """The title of the article that a sentence or window is from."""
    return str(document.id).rpartition(":")[0]


def _triple(item: Item | None) -> str | None:
    return None if item is None else f"{item.texts[0]} | {item.label} | {item.texts[-1]}"


def _scores(gold: Sequence[Document], found: Sequence[Document], kind: str, articles: Sequence[str]) -> dict[str, Any]:
    rule = rule_named(RULE)
    sides = (keyed_items(gold, rule, kind, "gold"), keyed_items(found, rule, kind, "predicted"))
    rows = {title: row for row, title in enumerate(dict.fromkeys(articles))}
    labels: dict[str, Any] = {}
    for title, truth, guess in zip(articles, *(side or [] for side in sides), strict=True):
        for label in {item.label for item in (*truth, *guess)}:
            keys = ({item.key for item in items if item.label == label} for items in (truth, guess))
            counts = compare_keys(*keys)
            table = labels.setdefault(label, np.zeros((len(rows), 3), dtype=np.int64))
            table[rows[title]] += (counts.n_correct, counts.n_predicted, counts.n_gold)
    total = sum(labels.values(), np.zeros((len(rows), 3), dtype=np.int64))
    return {"micro": _figures(total), "per_type": {label: _figures(table) for label, table in sorted(labels.items())}}


def _figures(table: DocumentCounts) -> dict[str, Any]:
    counts = Counts(*(int(n) for n in table.sum(axis=0)))
    low, high = bootstrap_interval(table)
    return {
        "precision": round(counts.precision, 2),
        "recall": round(counts.recall, 2),
        "f1": round(counts.f1, 2),
        "f1_interval": [round(low, 2), round(high, 2)],
        "n_correct": counts.n_correct,
        "n_predicted": counts.n_predicted,
        "n_gold": counts.n_gold,
    }
