"""A repaired copy of the data, and a log of every change; what is there already is never touched."""

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from gprel.doctor.edges import trimmed, whole_characters, whole_words
from gprel.doctor.findings import Place
from gprel.doctor.labels import label_counts, merges
from gprel.doctor.parts import Data, Part
from gprel.doctor.splits import annotation_key, text_key
from gprel.document import Document, Entity, Relation, Span
from gprel.errors import ConfigError
from gprel.features.words import words_of, written_in_characters
from gprel.formats import jsonl
from gprel.formats.sink import write_json_lines

LOG = "fix-log.jsonl"


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that is different in the copy.

    Attributes:
        place: Where the original stands.
        what: What was done.
        before: What was there.
        after: What is there now; ``None`` where it was left out.
    """

    place: Place
    what: str
    before: Any
    after: Any = None

    def to_dict(self) -> dict[str, Any]:
        """The change as JSON-ready values."""
        return self.place.to_dict() | {"what": self.what, "before": self.before, "after": self.after}


@dataclass(frozen=True, slots=True)
class Repairs:
    """How documents are repaired.

    Attributes:
        entity_types: Entity types that are renamed, with their new names.
        relation_types: Relations that are renamed, likewise.
        edges: Extend entities that cut a word (and a character), only a character, or none.
    """

    entity_types: Mapping[str, str]
    relation_types: Mapping[str, str]
    edges: Literal["words", "characters", "none"]


def fix(data: Data, out: Path, *, use_words: bool = False) -> Counter[str]:
    """Write a repaired copy as gprel JSONL, one file for each part, and ``fix-log.jsonl`` with every change.

    Blanks at the edges of entities are trimmed; what is listed twice is dropped, in a document and within a part;
    labels are merged where one spelling is ten times as frequent; what could not be read is left out and logged.

    Args:
        data: The data.
        out: Folder for the copy; it must not exist, or be empty.
        use_words: Also extend entities to the edges of the words and characters they cut; only of characters in text
            that is written without blanks.

    Returns:
        Number of changes by what was done.

    Raises:
        ConfigError: If ``out`` holds anything, or is not a folder.
    """
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise ConfigError(f"{out} exists and is no empty folder; name a new one, for nothing is ever changed in place")
    out.mkdir(parents=True, exist_ok=True)
    entity_types, relation_types = map(merges, label_counts(data.documents))
    has_words = not written_in_characters(document.text for document in data.documents[:1000])
    edges: Literal["words", "characters"] = "words" if has_words else "characters"
    repairs = Repairs(entity_types, relation_types, edges if use_words else "none")
    log: list[Change] = []
    for part in data.parts:
        documents = _fixed_part(part, repairs, log)
        if documents:
            write_json_lines(map(jsonl.to_record, documents), out / f"{part.name}.jsonl")
    write_json_lines((change.to_dict() for change in log), out / LOG)
    return Counter(change.what for change in log)


def _fixed_part(part: Part, repairs: Repairs, log: list[Change]) -> list[Document]:
    log += [
        Change(Place(bad.source, bad.line, bad.unit), "unreadable, left out", bad.content, None) for bad in part.bad
    ]
    if part.failure is not None:
        log.append(Change(Place(str(part.path)), "not read to its end", part.failure, None))
    kept: list[Document] = []
    seen: set[Hashable] = set()
    for document, place in zip(part.documents, part.places, strict=True):
        fixed = fix_document(document, place, repairs, log)
        key = (text_key(fixed), annotation_key(fixed))
        if key in seen and key[0]:
            log.append(Change(place, "duplicate document dropped", jsonl.to_record(fixed)))
        else:
            kept.append(fixed)
        seen.add(key)
    return kept


def fix_document(document: Document, place: Place, repairs: Repairs, log: list[Change]) -> Document:
    """One repaired document.

    Args:
        document: The document.
        place: Where it stands, for the log.
        repairs: What to do.
        log: Takes the changes.
    """
    entities: tuple[Entity, ...] | None = None
    position: dict[int, int] = {}
    if document.entities is not None:
        words = words_of(document.text) if repairs.edges == "words" else []
        mended = [_fixed_entity(document, entity, words, place, repairs, log) for entity in document.entities]
        entities, position = _distinct(document, mended, place, log)
    relations = document.relations
    if relations is not None:
        relations = _fixed_relations(document, relations, position, place, repairs, log)
    unplaced = tuple(replace(t, relation=repairs.relation_types.get(t.relation, t.relation)) for t in document.unplaced)
    for before, after in zip(document.unplaced, unplaced, strict=True):
        if before != after:
            log.append(Change(place, "label merged", before.relation, after.relation))
    return replace(document, entities=entities, relations=relations, unplaced=unplaced)


def _fixed_entity(
    document: Document, entity: Entity, words: Sequence[Span], place: Place, repairs: Repairs, log: list[Change]
) -> Entity | None:
    before = _show(document, entity)
    span = trimmed(document.text, entity.span)
    if span is None:
        log.append(Change(place, "blank entity dropped", before))
        return None
    if span != entity.span:
        entity = replace(entity, start=span.start, end=span.end)
        log.append(Change(place, "blanks trimmed", before, _show(document, entity)))
    if repairs.edges != "none":
        whole = whole_words(words, whole_characters(document.text, span))
        if whole != span:
            before, entity = _show(document, entity), replace(entity, start=whole.start, end=whole.end)
            log.append(Change(place, f"extended to whole {repairs.edges}", before, _show(document, entity)))
    type_ = repairs.entity_types.get(entity.type, entity.type)
    if type_ != entity.type:
        log.append(Change(place, "label merged", entity.type, type_))
    return replace(entity, type=type_)


def _distinct(
    document: Document, entities: Sequence[Entity | None], place: Place, log: list[Change]
) -> tuple[tuple[Entity, ...], dict[int, int]]:
    """The entities that stay, each once, and the new position of every old one that has any."""
    at: dict[tuple[Span, str], int] = {}
    position: dict[int, int] = {}
    kept: list[Entity] = []
    for index, entity in enumerate(entities):
        if entity is None:
            continue
        key = (entity.span, entity.type)
        if key in at:
            log.append(Change(place, "duplicate entity dropped", _show(document, entity)))
        else:
            at[key] = len(kept)
            kept.append(entity)
        position[index] = at[key]
    return tuple(kept), position


def _fixed_relations(
    document: Document,
    relations: Iterable[Relation],
    position: Mapping[int, int],
    place: Place,
    repairs: Repairs,
    log: list[Change],
) -> tuple[Relation, ...]:
    kept: dict[tuple[str, int, int], Relation] = {}
    for relation in relations:
        shown = _show_relation(document, relation)
        if relation.subject not in position or relation.object not in position:
            log.append(Change(place, "relation of a blank entity dropped", shown))
            continue
        type_ = repairs.relation_types.get(relation.type, relation.type)
        if type_ != relation.type:
            log.append(Change(place, "label merged", relation.type, type_))
        fixed = replace(relation, type=type_, subject=position[relation.subject], object=position[relation.object])
        key = (fixed.type, fixed.subject, fixed.object)
        if key in kept:
            log.append(Change(place, "duplicate relation dropped", shown))
        else:
            kept[key] = fixed
    return tuple(kept.values())


def _show(document: Document, entity: Entity) -> dict[str, Any]:
    return {"start": entity.start, "end": entity.end, "type": entity.type, "text": document.surface(entity)}


def _show_relation(document: Document, relation: Relation) -> dict[str, Any]:
    assert document.entities is not None  # a document checks that its arguments exist
    subject, object_ = document.entities[relation.subject], document.entities[relation.object]
    return {"type": relation.type, "subject": _show(document, subject), "object": _show(document, object_)}
