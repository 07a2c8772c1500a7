"""Documents with findings as lines: JSON objects, or tab-separated triples."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from gprel.document import Document
from gprel.formats import BadLine, jsonl
from gprel.formats.sink import to_json

if TYPE_CHECKING:
    from gprel.evaluation import Calibration

Lines = Callable[[Mapping[str, Any]], Iterator[bytes]]
"""Turns a record into lines of UTF-8, each with its line end."""


def to_record(
    document: Document,
    extra: Mapping[str, Any] | None = None,
    *,
    calibration: "Calibration | None" = None,
    fields: Sequence[str] | None = None,
) -> dict[str, Any]:
    """A document as JSON-ready values, with a ``prob`` beside every score that has one.

    Args:
        document: The document with its findings.
        extra: Fields of the input that are passed through, behind those of the document; a field of the same name as
            one of the document's does not replace it.
        calibration: How scores become probabilities.
        fields: Fields to keep, in this order; ``None`` for all.
    """
    record = jsonl.to_record(document)
    if calibration is not None:
        _add_probabilities(record, document, calibration)
    record = {**record, **{name: value for name, value in (extra or {}).items() if name not in record}}
    return record if fields is None else {name: record[name] for name in fields if name in record}


def json_lines(record: Mapping[str, Any]) -> Iterator[bytes]:
    """A record as one line of JSON."""
    try:
        yield (to_json(record) + "\n").encode()
    except UnicodeEncodeError:  # a lone surrogate in a field that is passed through; escaped it came, escaped it goes
        yield (json.dumps(record) + "\n").encode()


def bad_line(bad: BadLine) -> bytes:
    """A piece of input that could not be read as one line of JSON."""
    record = {"source": bad.source, bad.unit: bad.line, "reason": bad.reason, "content": bad.content}
    return (json.dumps(record, ensure_ascii=False) + "\n").encode("utf-8", "backslashreplace")


def triple_lines(record: Mapping[str, Any]) -> Iterator[bytes]:
    """Tab-separated triples: id, surfaces with the relation between them, score and, where there is one, probability.

    Where mentions repeat, equal triples are one line with the best score of them.
    """
    best: dict[tuple[str, ...], Mapping[str, Any]] = {}
    surfaces = [" ".join(record["text"][e["start"] : e["end"]].split()) for e in record.get("entities", ())]
    name = " ".join(str(record.get("id", "")).split())
    for relation in record.get("relations", ()):
        arguments = surfaces[relation["subject"]], surfaces[relation["object"]]
        key: tuple[str, ...] = (name, arguments[0], " ".join(relation["type"].split()), arguments[1])
        if key not in best or _score(relation) > _score(best[key]):
            best[key] = relation
    for key, relation in best.items():
        # A column of its own: that of the score means the same whatever the model.
        columns = (*key, f"{_score(relation):.2f}", *([f"{relation['prob']:.4f}"] if "prob" in relation else []))
        yield ("\t".join(columns) + "\n").encode("utf-8", "backslashreplace")


def _add_probabilities(record: dict[str, Any], document: Document, calibration: "Calibration") -> None:
    scores = {
        ("entities", "entities"): [entity.score for entity in document.entities or ()],
        ("triples", "relations"): [relation.score for relation in document.relations or ()],
    }
    for (kind, name), of_kind in scores.items():
        for score, values in zip(of_kind, record.get(name, ()), strict=True):
            probability = calibration.probability(score, kind)
            if probability is not None:
                values["prob"] = round(probability, 4)


def _score(relation: Mapping[str, Any]) -> float:
    return float(relation.get("score", 0.0))
