"""Labels over all splits: how often they occur, and which are spelled in two ways."""

import re
from collections import Counter
from collections.abc import Sequence
from difflib import SequenceMatcher

from gprel.doctor.findings import Notebook, Place
from gprel.doctor.parts import Part
from gprel.document import Document

DOMINANT = 10  # times as frequent: from here on the rarer of two spellings is the wrong one
NEAR_DOMINANT = 20
NEAR = 0.85  # difflib's ratio: one letter in seven may differ


def label_counts(documents: Sequence[Document]) -> tuple[Counter[str], Counter[str]]:
    """How often each entity type and each relation occurs, most frequent first when iterated by ``most_common``."""
    entities = Counter(entity.type for document in documents for entity in document.entities or ())
    relations = Counter(relation.type for document in documents for relation in document.relations or ())
    relations.update(triple.relation for document in documents for triple in document.unplaced)
    return entities, relations


def merges(counts: Counter[str]) -> dict[str, str]:
    """Labels that are surely another spelling of a frequent one, with that one."""
    result = {}
    for labels in _groups(counts):
        best, *others = sorted(labels, key=lambda label: (-counts[label], label))
        result.update({label: best for label in others if counts[best] >= DOMINANT * counts[label]})
    return result


def check_labels(parts: Sequence[Part], notebook: Notebook) -> None:
    """Note labels that look like misspelled others."""
    counts = label_counts([document for part in parts for document in part.documents])
    for what, of_kind in zip(("entity type", "relation"), counts, strict=True):
        for labels in _groups(of_kind):
            best, *others = sorted(labels, key=lambda label: (-of_kind[label], label))
            for label in others:
                notebook.add("label_typo", first_place(parts, label), f"{what} {_pair(of_kind, label, best)}")
        for label, frequent in _near(of_kind):
            notebook.add("near_label", first_place(parts, label), f"{what} {_pair(of_kind, label, frequent)}")


def _groups(counts: Counter[str]) -> list[list[str]]:
    by_form: dict[str, list[str]] = {}
    for label in counts:
        by_form.setdefault(re.sub(r"[\s_.-]+", "", label).casefold(), []).append(label)
    return [labels for labels in by_form.values() if len(labels) > 1]


def _near(counts: Counter[str]) -> list[tuple[str, str]]:
    """Rare labels with the frequent label that they nearly are; labels that differ in digits are codes, not typos."""
    in_group = {label for labels in _groups(counts) for label in labels}
    found = []
    for label, n in counts.items():
        for other in counts:
            if (
                counts[other] >= NEAR_DOMINANT * n
                and not {label, other} <= in_group
                and re.sub(r"\D", "", label) == re.sub(r"\D", "", other)
                and SequenceMatcher(None, label, other).ratio() >= NEAR
            ):
                found.append((label, other))
                break
    return found


def _pair(counts: Counter[str], label: str, other: str) -> str:
    return f"{label!r} ({counts[label]:,} times), like {other!r} ({counts[other]:,} times)"


def first_place(parts: Sequence[Part], label: str) -> Place:
    """Where a label that occurs in these parts occurs first."""
    for part in parts:
        for document, place in zip(part.documents, part.places, strict=True):
            if label in _labels_of(document):
                return place
    raise AssertionError(label)  # the label was counted in these parts


def _labels_of(document: Document) -> set[str]:
    entity_types = {entity.type for entity in document.entities or ()}
    return entity_types | {r.type for r in document.relations or ()} | {t.relation for t in document.unplaced}
