"""What a format did to a document: the document that was to be written against the one that reading gives back."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from gprel.document import Document, Entity

_Triple = tuple[tuple[int, int, str], str, tuple[int, int, str]]


def checked_records(
    documents: Iterable[Document],
    to_record: Callable[[Document], dict[str, Any]],
    from_record: Callable[[object], Document],
    lost: Counter[str],
) -> Iterator[dict[str, Any]]:
    """Records to be written, each read again at once.

    Args:
        documents: What is written.
        to_record: Makes the record of a document.
        from_record: Reads it again.
        lost: Receives what reading does not give back.
    """
    for document in documents:
        record = to_record(document)
        lost.update(count_changes(document, from_record(record)))
        yield record


def count_changes(written: Document, read: Document) -> Counter[str]:
    """Count what is gone, what is new, and what is different.

    The order of entities and relations does not matter.

    Args:
        written: The document.
        read: The same document after writing and reading.

    Returns:
        Numbers above 0 by the names that all writers use: "texts", "ids", "words", "unknown annotation" and
        "arguments-only marks" count documents; "scores", "entities", "entity types", "relations", "repeated triples"
        and "unplaced triples" count things.
    """
    counts = {
        "texts": int(written.text != read.text),
        "ids": int(written.id != read.id),
        "words": int(written.words != read.words),
        "unknown annotation": int(_is_unclear(written, read)),
        "arguments-only marks": int(written.arguments_only != read.arguments_only),
        "scores": (_scores(written) - _scores(read)).total(),
        "unplaced triples": _difference(Counter(written.unplaced), Counter(read.unplaced)),
        **_entities(written, read),
        **_relations(written, read),
    }
    return Counter({name: count for name, count in counts.items() if count})


def _is_unclear(written: Document, read: Document) -> bool:
    """Whether "none" has become "unknown", or the other way round; what is gone or new counts on its own."""
    pairs = ((written.entities, read.entities), (written.relations, read.relations))
    return any((before is None) != (after is None) and not before and not after for before, after in pairs)


def _scores(document: Document) -> Counter[float]:
    scores = [entity.score for entity in document.entities or ()] + [
        triple.score for triple in document.relations or ()
    ]
    return Counter(score for score in scores if score is not None)


def _difference(these: Counter[object], those: Counter[object]) -> int:
    return (these - those).total() + (those - these).total()


def _entities(written: Document, read: Document) -> dict[str, int]:
    before, after = (Counter(map(_typed, document.entities or ())) for document in (written, read))
    before_spans, after_spans = (
        Counter(entity.span for entity in document.entities or ()) for document in (written, read)
    )
    lost_spans = (before_spans - after_spans).total()
    return {
        "entities": lost_spans + (after_spans - before_spans).total(),
        "entity types": (before - after).total() - lost_spans,
    }


def _relations(written: Document, read: Document) -> dict[str, int]:
    before, after = (_triples(document) for document in (written, read))
    lost, new = before - after, after - before
    repeated = sum(count for triple, count in lost.items() if triple in after)
    changed = _moved(lost, after, read) + _moved(new, before, written) - repeated
    return {"relations": changed, "repeated triples": repeated}


def _triples(document: Document) -> Counter[_Triple]:
    return Counter((_typed(subject), relation, _typed(object_)) for subject, relation, object_ in document.triples())


def _moved(triples: Counter[_Triple], others: Iterable[_Triple], document: Document) -> int:
    """How many of these triples are not there among the others, other than by a change of their entities' types."""
    there = {_untyped(triple) for triple in others}
    entities = set(map(_typed, document.entities or ()))
    return sum(
        count
        for triple, count in triples.items()
        if _untyped(triple) not in there or (triple[0] in entities and triple[2] in entities)
    )


def _typed(entity: Entity) -> tuple[int, int, str]:
    return entity.start, entity.end, entity.type


def _untyped(triple: _Triple) -> tuple[tuple[int, int], str, tuple[int, int]]:
    subject, relation, object_ = triple
    return subject[:2], relation, object_[:2]
