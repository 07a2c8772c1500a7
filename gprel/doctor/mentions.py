"""Entities beside each other: the same one twice, two types, overlaps, and mentions that were forgotten."""

import re

from gprel.doctor.edges import describe
from gprel.doctor.findings import Notebook, Place
from gprel.document import Document, Entity
from gprel.features.words import words_of

MIN_SURFACE = 2  # characters; single ones stand everywhere, as numbers do


def check_mentions(document: Document, place: Place, notebook: Notebook, *, is_typed: bool) -> None:
    """Note how the entities of a document lie to each other, and unannotated repetitions of their surfaces.

    Args:
        document: The document.
        place: Where it stands.
        notebook: Takes the cases.
        is_typed: The data has more than one entity type, so that a shared one means something.
    """
    entities = sorted(document.entities or (), key=lambda entity: (entity.start, entity.end, entity.type))
    for i, entity in enumerate(entities):
        for other in entities[i + 1 :]:
            if other.start >= entity.end:
                break
            kind = _kind_of_pair(entity, other, is_typed)
            notebook.add(kind, place, f"{describe(document, entity)} and {describe(document, other)}")
    _check_repeated(document, place, notebook)


def _kind_of_pair(entity: Entity, other: Entity, is_typed: bool) -> str:
    """What is the matter with two entities that overlap, given in text order."""
    if entity.span == other.span:
        return "duplicate_entity" if entity.type == other.type else "two_types"
    if is_typed and entity.type == other.type:
        return "same_type_overlap"
    is_nested = other.end <= entity.end or other.start == entity.start
    return "nested" if is_nested else "crossing"


def _check_repeated(document: Document, place: Place, notebook: Notebook) -> None:
    first_of: dict[str, Entity] = {}
    for entity in document.entities or ():
        surface = document.surface(entity).strip()
        if len(surface) >= MIN_SURFACE and any(character.isalpha() for character in surface):
            first_of.setdefault(surface, entity)
    repeated = {surface: entity for surface, entity in first_of.items() if document.text.count(surface) > 1}
    if not repeated:
        return
    words = words_of(document.text)
    starts, ends = {word.start for word in words}, {word.end for word in words}
    spans = [(entity.start, entity.end) for entity in document.entities or ()]
    for surface, entity in repeated.items():
        forgotten = [
            match.start()
            for match in re.finditer(re.escape(surface), document.text)
            if match.start() in starts
            and match.end() in ends
            and not any(start < match.end() and match.start() < end for start, end in spans)
        ]
        if forgotten:
            places = ", ".join(map(str, forgotten))
            example = f"{surface!r} is {entity.type} at {entity.start} but not annotated at {places}"
            notebook.add("repeated_mention", place, example)
