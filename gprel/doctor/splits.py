"""The same text twice: within a split, with another annotation, or in train and test."""

from collections.abc import Hashable, Iterable, Sequence

from gprel.doctor.findings import Notebook, Place
from gprel.doctor.parts import Part
from gprel.document import Document, Entity

_SHOWN = 60  # characters of a text


def text_key(document: Document) -> str:
    """What makes two texts the same: everything but the number of blanks."""
    return " ".join(document.text.split())


def annotation_key(document: Document) -> tuple[Hashable, ...]:
    """What makes two annotations of the same text the same: spans without regard to blanks, types, triples."""
    entities = None if document.entities is None else frozenset(_entity_key(document, e) for e in document.entities)
    triples = None
    if document.relations is not None:
        linked = ((_entity_key(document, s), r, _entity_key(document, o)) for s, r, o in document.triples())
        triples = frozenset(linked)
    return entities, triples, frozenset(document.unplaced)


def check_repeated_texts(parts: Sequence[Part], notebook: Notebook) -> None:
    """Note texts that occur twice; each is compared with its first occurrence, train coming first."""
    seen: dict[str, tuple[str, Document, Place]] = {}
    for part in parts:
        for document, place in zip(part.documents, part.places, strict=True):
            key = text_key(document)
            if not key:
                continue
            if key not in seen:
                seen[key] = (part.name, document, place)
                continue
            name, first, first_place = seen[key]
            shown = repr(key if len(key) <= _SHOWN else key[: _SHOWN - 3] + "...")
            differs = _difference(first, document)
            if differs:
                notebook.add("contradiction", place, f"{shown} is at {first_place}, too, where {differs}")
            if name != part.name:
                notebook.add("leakage", place, f"{shown} is in {name}, too: {first_place}")
            elif not differs:
                notebook.add("duplicate_document", place, f"{shown} is at {first_place}, too")


def _entity_key(document: Document, entity: Entity) -> tuple[int, int, str]:
    n_start, n_end = (len("".join(document.text[:offset].split())) for offset in (entity.start, entity.end))
    return n_start, n_end, entity.type


def _difference(first: Document, second: Document) -> str | None:
    """The first thing in which two annotations differ; ``None`` if nothing, or if one of them is unknown."""
    if first.entities is None or second.entities is None:
        return None
    if annotation_key(first) == annotation_key(second):
        return None
    names = (_names(first), _names(second))
    only_first, only_second = (sorted(a - b) for a, b in (names, names[::-1]))
    if only_first:
        return f"there is also {only_first[0]}"
    return f"{only_second[0]} is missing" if only_second else "relations or positions differ"


def _names(document: Document) -> set[str]:
    triples: Iterable[str] = (f"{document.surface(s)!r} {r} {document.surface(o)!r}" for s, r, o in document.triples())
    unplaced = (f"{t.subject!r} {t.relation} {t.object!r}" for t in document.unplaced)
    return {f"{document.surface(e)!r} {e.type}" for e in document.entities or ()} | {*triples, *unplaced}
