"""A graph for other tools: GraphML by networkx, and a table of edges."""

import csv
import json
import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from gprel.errors import DependencyError
from gprel.extraction.targets.merged import Evidence, merge
from gprel.extraction.targets.new_file import new_bytes, new_text
from gprel.extraction.targets.target import Record

EDGE_COLUMNS = (
    *("source", "source_label", "source_type", "relation"),
    *("target", "target_label", "target_type", "weight", "score", "documents"),
)
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write_graphml(records: Iterable[Record], out: Path) -> Counter[str]:
    r"""Write a directed graph whose edges are the relations; see :class:`gprel.extraction.targets.target.Write`.

    Nodes have ``label``, ``type``, ``weight`` (mentions), ``score`` (the best) and ``documents`` (a JSON list of ids),
    edges ``relation``, ``weight``, ``score`` and ``documents``; between two nodes there is an edge for every relation.
    Characters that XML cannot hold become ``\ufffd`` and are counted.

    Raises:
        DataError: If a record is none, or the output cannot be written.
        DependencyError: If ``networkx`` is not installed.
    """
    try:
        import networkx as nx
    except ImportError:
        raise DependencyError("GraphML needs a package that is missing: pip install gprel[graph]") from None
    omitted: Counter[str] = Counter()

    def text(value: str) -> str:
        fit, n_changed = _NOT_XML.subn("\ufffd", value)
        omitted.update({"characters that XML cannot hold": n_changed} if n_changed else {})
        return fit

    merged = merge(records)
    graph = nx.MultiDiGraph()
    for name, node in merged.nodes.items():
        graph.add_node(name, label=text(node.label), type=text(node.type), **_attributes(node.evidence))
    for (subject, relation, object_), evidence in merged.edges.items():
        graph.add_edge(subject, object_, relation=text(relation), **_attributes(evidence))
    with new_bytes(out) as file:
        nx.write_graphml(graph, file, named_key_ids=True)
    return omitted


def _attributes(evidence: Evidence) -> dict[str, str | int | float]:
    score = {} if evidence.score is None else {"score": float(evidence.score)}
    return {"weight": evidence.weight, **score, "documents": _list(evidence)}


def write_edges(records: Iterable[Record], out: Path) -> Counter[str]:
    """Write a row for every edge of the same graph; see :func:`write_graphml`.

    Raises:
        DataError: If a record is none, or the output cannot be written.
        DependencyError: If a package is missing.
    """
    merged = merge(records)
    linked = {name for subject, _, object_ in merged.edges for name in (subject, object_)}
    with new_text(out) as file:
        writer = csv.writer(file, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\n")
        writer.writerow(EDGE_COLUMNS)
        for (subject, relation, object_), evidence in merged.edges.items():
            (label, type_), (other, other_type) = (
                (merged.nodes[name].label, merged.nodes[name].type) for name in (subject, object_)
            )
            score = "" if evidence.score is None else evidence.score
            row = (subject, label, type_, relation, object_, other, other_type, evidence.weight, score)
            writer.writerow((*row, _list(evidence)))
    return Counter({"entities in no triple": len(merged.nodes) - len(linked)})


def _list(evidence: Evidence) -> str:
    return json.dumps(list(evidence.documents))  # ASCII, so that any id fits into XML
