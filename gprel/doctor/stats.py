"""How much there is in each part."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from gprel.data import Stats
from gprel.document import Document


@dataclass(frozen=True, slots=True)
class PartStats:
    """The size of one part.

    Attributes:
        name: Name of the part.
        counts: What its documents hold.
        n_bad: Lines or records that could not be read.
        n_without_entities: Documents that are annotated but have no entity.
    """

    name: str
    counts: Stats
    n_bad: int
    n_without_entities: int

    @property
    def relation_types(self) -> Counter[str]:
        """Triples by relation, those without a place in the text included."""
        return self.counts.relations + self.counts.unplaced

    def to_dict(self) -> dict[str, Any]:
        """The numbers as JSON-ready values."""
        own = {"name": self.name, "unreadable": self.n_bad, "without_entities": self.n_without_entities}
        return own | self.counts.to_dict()


def part_stats(name: str, documents: Sequence[Document], n_bad: int) -> PartStats:
    """Count what a part holds."""
    counts = Stats()
    for document in documents:
        counts.add(document)
    return PartStats(name, counts, n_bad, sum(document.entities == () for document in documents))
