"""RDF as N-Triples and Turtle, with the place and score of everything that is said.

Entities with one type and normalized surface are one resource::

    <urn:gprel:entity/Person/ada%20lovelace> a <urn:gprel:type/Person> ; rdfs:label "Ada Lovelace" .
    <urn:gprel:entity/Person/ada%20lovelace> <urn:gprel:relation/born_in> <urn:gprel:entity/Place/london> .

Where it was found is told by reification: every triple of a document is an ``rdf:Statement`` that was derived
(``prov:wasDerivedFrom``) from the document and names the two mentions, which have the offsets::

    <urn:gprel:statement/1/0> a rdf:Statement ; rdf:subject ... ; rdf:predicate ... ; rdf:object ... ;
        prov:wasDerivedFrom <urn:gprel:document/news-1> ; <urn:gprel:vocabulary/score> 3.5e+00 ;
        <urn:gprel:vocabulary/subjectMention> <urn:gprel:mention/1/0> ; ...
    <urn:gprel:mention/1/0> a <urn:gprel:vocabulary/Mention> ; <urn:gprel:vocabulary/of> <urn:gprel:entity/...> ;
        <urn:gprel:vocabulary/start> 0 ; <urn:gprel:vocabulary/end> 12 ; rdf:value "Ada Lovelace" ; ...
    <urn:gprel:document/news-1> a <urn:gprel:vocabulary/Document> ; dcterms:identifier "news-1" .

The numbers in the names of statements and mentions are positions of documents in the output, from 1, and of findings in
their document, from 0. Both forms are written chunk by chunk, so that any number of documents fits into memory; what
several chunks say alike, such as the label of an entity, is said again, which changes nothing in RDF.
"""

import re
from collections import Counter
from collections.abc import Iterable
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from gprel.errors import ConfigError, DependencyError
from gprel.extraction.targets.findings import Findings, findings_of
from gprel.extraction.targets.names import identifier, segment
from gprel.extraction.targets.new_file import new_bytes
from gprel.extraction.targets.target import Record, Write

if TYPE_CHECKING:
    from rdflib import Graph

DEFAULT_BASE = "urn:gprel:"
"""What the IRIs begin with where nobody chose."""
_VOCABULARY = "vocabulary/"
_CHUNK = 256  # documents
_BASE = re.compile(r'[A-Za-z][A-Za-z0-9+.-]*:[^\s<>"{}|\\^`\x00-\x20]*')


def write(
    records: Iterable[Record], out: Path, *, form: Literal["nt", "turtle"], base: str = DEFAULT_BASE
) -> Counter[str]:
    """Write what was found as RDF; see above and :class:`gprel.extraction.targets.target.Write`.

    Args:
        records: The records.
        out: The file.
        form: ``"nt"`` for N-Triples, ``"turtle"`` for Turtle.
        base: What all IRIs begin with; see :func:`check_base`.

    Raises:
        DataError: If a record is none, or the output cannot be written.
        DependencyError: If ``rdflib`` is not installed.
    """
    _check_installed()
    found = (findings_of(record, number) for number, record in enumerate(records, start=1))
    omitted: Counter[str] = Counter()
    with new_bytes(out) as file:
        while chunk := list(islice(found, _CHUNK)):
            graph = _graph(chunk, base)
            data = graph.serialize(format=form, encoding="utf-8")
            if form == "nt":  # sorted: the order of a graph is none, and the same input is to give the same bytes
                data = b"".join(sorted(line + b"\n" for line in data.split(b"\n") if line))
            file.write(data)
    return omitted


def ntriples(base: str = DEFAULT_BASE) -> Write:
    """The writer of N-Triples, a triple a line.

    Raises:
        ConfigError: If the base is no beginning of an IRI.
    """
    check_base(base)
    return partial(write, form="nt", base=base)


def turtle(base: str = DEFAULT_BASE) -> Write:
    """The writer of Turtle, which says the same and is easier to read.

    Raises:
        ConfigError: If the base is no beginning of an IRI.
    """
    check_base(base)
    return partial(write, form="turtle", base=base)


def check_base(base: str) -> None:
    """Check what IRIs are to begin with.

    Raises:
        ConfigError: If it has no scheme, or a character that no IRI may have.
    """
    if not _BASE.fullmatch(base) or base[-1] not in ":/#":
        raise ConfigError(
            f"the base of IRIs is {base!r}, expected the beginning of an absolute IRI that ends with one of : / #, for "
            "example https://example.org/kg/"
        )


def _check_installed() -> None:
    try:
        import rdflib  # noqa: F401
    except ImportError:
        raise DependencyError("RDF needs a package that is missing: pip install gprel[rdf]") from None


def _graph(chunk: Iterable[Findings], base: str) -> "Graph":
    from rdflib import Graph
    from rdflib.namespace import DCTERMS, PROV, RDF, RDFS, XSD

    graph = Graph(bind_namespaces="none")
    for prefix, namespace in {"rdf": RDF, "rdfs": RDFS, "xsd": XSD, "prov": PROV, "dcterms": DCTERMS}.items():
        graph.bind(prefix, namespace)
    graph.bind("v", base + _VOCABULARY)
    graph.bind("r", base + "relation/")
    for findings in chunk:
        _add(graph, findings, base)
    return graph


def _add(graph: "Graph", findings: Findings, base: str) -> None:
    """Say what was found in one document."""
    from rdflib import Literal as Value
    from rdflib import URIRef
    from rdflib.namespace import DCTERMS, PROV, RDF, RDFS, XSD

    def iri(*parts: object) -> URIRef:
        return URIRef(base + "/".join(map(str, parts)))

    def own(name: str) -> URIRef:
        return URIRef(base + _VOCABULARY + name)

    def add_scores(node: URIRef, score: float | None, prob: float | None) -> None:
        for name, value in (("score", score), ("probability", prob)):
            if value is not None:
                graph.add((node, own(name), Value(float(value), datatype=XSD.double)))

    is_named = findings.id is not None
    document = iri("document", segment(findings.name)) if is_named else iri("document", "number", findings.number)
    graph.add((document, RDF.type, own("Document")))
    graph.add((document, DCTERMS.identifier, Value(findings.name)))
    entities: list[URIRef] = []
    for k, mention in enumerate(findings.mentions):
        entity = iri("entity", identifier(mention.type, mention.surface))
        type_, node = iri("type", segment(mention.type)), iri("mention", findings.number, k)
        entities.append(entity)
        graph.add((type_, RDFS.label, Value(mention.type)))
        graph.add((entity, RDF.type, type_))
        graph.add((entity, RDFS.label, Value(" ".join(mention.surface.split()) or mention.surface)))
        graph.add((node, RDF.type, own("Mention")))
        graph.add((node, own("of"), entity))
        graph.add((node, PROV.wasDerivedFrom, document))
        graph.add((node, own("start"), Value(mention.start)))
        graph.add((node, own("end"), Value(mention.end)))
        graph.add((node, RDF.value, Value(mention.surface)))
        add_scores(node, mention.score, mention.prob)
    for k, triple in enumerate(findings.triples or ()):
        relation, node = iri("relation", segment(triple.type)), iri("statement", findings.number, k)
        graph.add((relation, RDFS.label, Value(triple.type)))
        graph.add((entities[triple.subject], relation, entities[triple.object]))
        graph.add((node, RDF.type, RDF.Statement))
        graph.add((node, RDF.subject, entities[triple.subject]))
        graph.add((node, RDF.predicate, relation))
        graph.add((node, RDF.object, entities[triple.object]))
        graph.add((node, PROV.wasDerivedFrom, document))
        graph.add((node, own("subjectMention"), iri("mention", findings.number, triple.subject)))
        graph.add((node, own("objectMention"), iri("mention", findings.number, triple.object)))
        add_scores(node, triple.score, triple.prob)
