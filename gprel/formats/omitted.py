"""What of a document only gprel's own format holds, counted alike by all writers."""

from collections import Counter

from gprel.document import Document, Entity, Relation


def count_omitted(document: Document) -> Counter[str]:
    """Count what annotation tools have no place for: scores, words, triples without offsets, and unknown halves.

    A tool's file says what was annotated or that nothing was; that entities are known and relations are not (or the
    other way round) is ``"unknown annotation"``.

    Returns:
        Numbers above 0 by the names that all writers use.
    """
    items: list[Entity | Relation] = [*(document.entities or ()), *(document.relations or ())]
    counts = {
        "scores": sum(item.score is not None for item in items),
        "words": int(document.words is not None),
        "unplaced triples": len(document.unplaced),
        "unknown annotation": int((document.entities is None) != (document.relations is None)),
        "arguments-only marks": int(document.arguments_only),
    }
    return Counter({name: count for name, count in counts.items() if count})
