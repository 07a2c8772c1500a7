"""A graph of things: mentions with one type and normalized surface merged, and the triples between them."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from gprel.extraction.targets.findings import Mention, findings_of
from gprel.extraction.targets.names import identifier
from gprel.extraction.targets.target import Record


@dataclass(slots=True)
class Evidence:
    """How often something was found, where, and how surely.

    Attributes:
        weight: How often.
        score: Its best score; ``None`` where there are none.
        documents: Ids of the documents in order, each once; ``#`` and a position where there is no id.
    """

    weight: int = 0
    score: float | None = None
    documents: dict[str, None] = field(default_factory=dict)

    def add(self, score: float | None, document: str) -> None:
        """Count it once more."""
        self.weight += 1
        if score is not None:
            self.score = score if self.score is None else max(score, self.score)
        self.documents[document] = None


@dataclass(slots=True)
class Node:
    """A thing.

    Attributes:
        type: Its entity type.
        surfaces: How often it was called what.
        evidence: Its mentions.
    """

    type: str
    surfaces: Counter[str] = field(default_factory=Counter)
    evidence: Evidence = field(default_factory=Evidence)

    @property
    def label(self) -> str:
        """What it was called most, the first of several."""
        return self.surfaces.most_common(1)[0][0]


@dataclass(slots=True)
class Merged:
    """The graph, in the order in which its parts were met first.

    Attributes:
        nodes: Things by their name.
        edges: Evidence for triples, by the names of subject, relation and object.
    """

    nodes: dict[str, Node] = field(default_factory=dict)
    edges: dict[tuple[str, str, str], Evidence] = field(default_factory=dict)

    def node_of(self, mention: Mention) -> str:
        """The name of the thing that a mention means; it is made if it is new."""
        name = identifier(mention.type, mention.surface)
        self.nodes.setdefault(name, Node(mention.type))
        return name


def merge(records: Iterable[Record]) -> Merged:
    """The graph of all records; memory grows with the graph and the ids of its documents, not with their texts.

    Raises:
        DataError: If a record is none.
    """
    merged = Merged()
    for number, record in enumerate(records, start=1):
        findings = findings_of(record, number)
        names = [merged.node_of(mention) for mention in findings.mentions]
        for name, mention in zip(names, findings.mentions, strict=True):
            node = merged.nodes[name]
            node.surfaces[" ".join(mention.surface.split()) or mention.surface] += 1
            node.evidence.add(mention.score, findings.name)
        for triple in findings.triples or ():
            key = names[triple.subject], triple.type, names[triple.object]
            merged.edges.setdefault(key, Evidence()).add(triple.score, findings.name)
    return merged
