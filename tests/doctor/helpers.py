"""Short ways to write documents and to read findings."""

from pathlib import Path

from gprel.doctor import Data, Part, Place, examine
from gprel.document import Document, Entity, Relation


def doc(text: str, *marked: tuple[str, str], relations: tuple[tuple[str, int, int], ...] = ()) -> Document:
    """A document whose entities are the first places of some surfaces, each with a type."""
    entities = tuple(Entity(text.index(s), text.index(s) + len(s), type_) for s, type_ in marked)
    return Document(text, entities, tuple(Relation(*relation) for relation in relations))


def data(**parts: list[Document]) -> Data:
    """Data in memory: parts by name, one document a line."""
    return Data(
        "data",
        tuple(
            Part(name, Path(name), documents, [Place(name, i) for i in range(1, len(documents) + 1)], [])
            for name, documents in parts.items()
        ),
    )


def found(**parts: list[Document]) -> dict[str, list[tuple[str, str]]]:
    """Cases by kind: place and example."""
    findings = examine(data(**parts), encoder=None).findings
    return {finding.kind: [(str(case.place), case.example) for case in finding.cases] for finding in findings}
