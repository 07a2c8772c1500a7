"""Triples: arguments that are not in the text, are the wrong way round, or have types nobody expects."""

import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping

from gprel.doctor.findings import Notebook, Place
from gprel.document import Document, UnplacedTriple

Usage = Mapping[str, Counter[tuple[str, str]]]
"""For every relation, how often it links two types: (subject type, object type)."""

USUAL = 10  # how many times as frequent one direction must be for the other to look wrong
MANY = 20  # triples of a relation from which on a combination that occurs once stands out


def count_usage(documents: Iterable[Document]) -> Usage:
    """Count which types every relation links."""
    usage: dict[str, Counter[tuple[str, str]]] = {}
    for document in documents:
        for subject, relation, object_ in document.triples():
            usage.setdefault(relation, Counter())[subject.type, object_.type] += 1
    return usage


def check_relations(document: Document, place: Place, notebook: Notebook, usage: Usage) -> None:
    """Note doubtful triples of a document.

    Args:
        document: The document.
        place: Where it stands.
        notebook: Takes the cases.
        usage: Types that the relations link in the whole data.
    """
    for triple in document.unplaced:
        notebook.add("unplaced", place, _describe_unplaced(document, triple))
    seen: set[tuple[str, int, int]] = set()
    for relation in document.relations or ():
        assert document.entities is not None  # a document checks that its arguments exist
        subject, object_ = document.entities[relation.subject], document.entities[relation.object]
        name = f"{document.surface(subject)!r} {relation.type} {document.surface(object_)!r}"
        key = (relation.type, relation.subject, relation.object)
        if key in seen:
            notebook.add("duplicate_relation", place, name)
        seen.add(key)
        _check_types(relation.type, (subject.type, object_.type), name, place, notebook, usage)


def _check_types(
    relation: str, types: tuple[str, str], name: str, place: Place, notebook: Notebook, usage: Usage
) -> None:
    of_relation = usage[relation]
    n_here = of_relation[types]
    usual = max(of_relation, key=lambda pair: of_relation[pair])
    example = f"{name}: {types[0]} -> {types[1]}, mostly {usual[0]} -> {usual[1]}"
    if types != usual and types == usual[::-1] and of_relation[usual] >= USUAL * n_here:
        notebook.add("reversed", place, example)
    elif n_here == 1 and of_relation.total() >= MANY:
        notebook.add("rare_arguments", place, example)


def _describe_unplaced(document: Document, triple: UnplacedTriple) -> str:
    hints = []
    plain_text = _plain(document.text)
    for surface in dict.fromkeys((triple.subject, triple.object)):
        if surface.strip() not in document.text:
            is_near = _plain(surface) in plain_text
            how = "with other accents, case or blanks only" if is_near else "not in the text"
            hints.append(f"{surface!r} is {'there ' if is_near else ''}{how}")
    return f"{triple.subject!r} {triple.relation} {triple.object!r}: {'; '.join(hints)}"


def _plain(text: str) -> str:
    """The text without accents, case and blanks."""
    letters = unicodedata.normalize("NFKD", text)
    return "".join(c for c in letters if not unicodedata.combining(c) and not c.isspace()).casefold()
