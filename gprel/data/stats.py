"""What is in a stream of documents: lengths, labels, nesting, repeats; nothing but counts is kept."""

from bisect import bisect_right, insort
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from gprel.data.histogram import Histogram
from gprel.document import Document, Entity


@dataclass
class Stats:
    """Counts of the documents met so far; memory grows with the number of labels alone.

    Attributes:
        n_documents: Documents.
        characters: Lengths of the texts in characters.
        words: Lengths in words: those of the document, or parts between blanks where it comes without.
        entities: Entities by type.
        relations: Relations by type.
        unplaced: Triples by relation that have an argument which is not in the text.
        triples: Numbers of triples per document where relations are known: distinct by surfaces and relation, however
            often their arguments are mentioned, unplaced ones included.
        nested: Entities inside another one, or on the very span of an earlier one.
        overlapping: Entities that share some characters with another one, and neither is inside the other.
        repeated_mentions: Entities whose surface and type another entity of the document has, too.
        repeated_relations: Relations listed again between the same spans.
        unknown_entities: Documents of which no entities are known (not: none found).
        unknown_relations: Documents of which no relations are known.
        scored: Documents with a score: predictions rather than gold.
    """

    n_documents: int = 0
    characters: Histogram = field(default_factory=Histogram)
    words: Histogram = field(default_factory=Histogram)
    entities: Counter[str] = field(default_factory=Counter)
    relations: Counter[str] = field(default_factory=Counter)
    unplaced: Counter[str] = field(default_factory=Counter)
    triples: Histogram = field(default_factory=Histogram)
    nested: int = 0
    overlapping: int = 0
    repeated_mentions: int = 0
    repeated_relations: int = 0
    unknown_entities: int = 0
    unknown_relations: int = 0
    scored: int = 0

    def add(self, document: Document) -> None:
        """Count a document."""
        self.n_documents += 1
        self.characters.add(len(document.text))
        self.words.add(len(document.words if document.words is not None else document.text.split()))
        entities = document.entities or ()
        self.entities.update(entity.type for entity in entities)
        self.unknown_entities += document.entities is None
        self.nested += n_nested(entities)
        self.overlapping += n_overlapping(entities)
        mentions = Counter((document.surface(entity), entity.type) for entity in entities)
        self.repeated_mentions += sum(n for n in mentions.values() if n > 1)
        self._add_triples(document)
        scores = [entity.score for entity in entities] + [relation.score for relation in document.relations or ()]
        self.scored += any(score is not None for score in scores)

    def _add_triples(self, document: Document) -> None:
        self.unplaced.update(triple.relation for triple in document.unplaced)
        if document.relations is None:
            self.unknown_relations += 1
            return
        self.relations.update(relation.type for relation in document.relations)
        self.repeated_relations += len(document.relations) - len(set(document.triples()))
        surfaces = {(document.surface(s), relation, document.surface(o)) for s, relation, o in document.triples()}
        surfaces.update((triple.subject, triple.relation, triple.object) for triple in document.unplaced)
        self.triples.add(len(surfaces))

    def to_dict(self) -> dict[str, Any]:
        """All figures as JSON-ready values, labels by falling number."""
        return {
            "documents": self.n_documents,
            "characters": self.characters.to_dict(),
            "words": self.words.to_dict(),
            "entities": self.entities.total(),
            "nested_entities": self.nested,
            "overlapping_entities": self.overlapping,
            "repeated_mentions": self.repeated_mentions,
            "relations": self.relations.total(),
            "repeated_relations": self.repeated_relations,
            "triples": self.triples.total,
            "unplaced_triples": self.unplaced.total(),
            "triples_per_document": self.triples.to_dict(),
            "documents_by_triples": self.by_triples(),
            "unknown_entities": self.unknown_entities,
            "unknown_relations": self.unknown_relations,
            "scored_documents": self.scored,
            "entity_types": dict(self.entities.most_common()),
            "relation_types": dict((self.relations + self.unplaced).most_common()),
        }

    def by_triples(self) -> dict[str, int]:
        """Documents by their number of triples, in the bins that papers report."""
        few = {str(n): self.triples.buckets[n] for n in range(5)}
        return few | {"5+": self.triples.count - sum(few.values())}


def n_nested(entities: Sequence[Entity]) -> int:
    """The number of entities inside another one; of several on the same span all but one are."""
    nested, furthest = 0, 0
    # Sorted like this, whatever contains a span stands before it, so it is enough to know the furthest end so far.
    for _, end in sorted(((entity.start, entity.end) for entity in entities), key=lambda span: (span[0], -span[1])):
        nested += end <= furthest
        furthest = max(furthest, end)
    return nested


def n_overlapping(entities: Sequence[Entity]) -> int:
    """The number of entities that cross another one: they share characters, and each has some of its own."""
    spans = [(entity.start, entity.end) for entity in entities]
    mirrored = [(-end, -start) for start, end in spans]
    crossing = _begin_inside(spans) | {(-end, -start) for start, end in _begin_inside(mirrored)}
    return sum(span in crossing for span in spans)


def _begin_inside(spans: list[tuple[int, int]]) -> set[tuple[int, int]]:
    """The spans that begin inside another one and end behind it."""
    found: set[tuple[int, int]] = set()
    ends: list[int] = []  # of the spans that begin before the present one
    waiting: list[tuple[int, int]] = []  # spans with the present start
    for start, end in sorted(set(spans)):
        if waiting and waiting[-1][0] < start:
            for _, passed in waiting:
                insort(ends, passed)
            waiting = []
        first_behind = bisect_right(ends, start)
        if first_behind < len(ends) and ends[first_behind] < end:
            found.add((start, end))
        waiting.append((start, end))
    return found
