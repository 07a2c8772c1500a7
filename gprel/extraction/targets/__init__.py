"""Where findings go: one module for each form, all of them from records to a file or folder that appears when whole."""

from dataclasses import replace
from pathlib import Path

from gprel.errors import ConfigError
from gprel.extraction.targets import brat, graph, jsonl, parquet, rdf, triples_csv
from gprel.extraction.targets.target import Record, Target, Write

__all__ = ["TARGETS", "Record", "Target", "Write", "target_of"]

TARGETS: dict[str, Target] = {
    "jsonl": Target("gprel's own: one JSON object a document", jsonl.write, (".jsonl", ".ndjson")),
    "parquet": Target(
        "Parquet: a document a row, with nested columns", parquet.write, (".parquet",), is_packable=False
    ),
    "edges": Target("CSV: an edge of the graph a row, mentions merged", graph.write_edges, (".edges.csv",)),
    "csv": Target("CSV: a triple a row, with types, offsets and scores", triples_csv.write, (".csv",)),
    "tsv": Target("the same with tabs", triples_csv.write_tsv, (".tsv",)),
    "brat": Target("brat standoff: a folder", brat.write, (), is_packable=False, is_folder=True),
    "ntriples": Target("RDF as N-Triples, with provenance", rdf.ntriples(), (".nt",), with_base=rdf.ntriples),
    "turtle": Target("RDF as Turtle, with provenance", rdf.turtle(), (".ttl",), with_base=rdf.turtle),
    "graphml": Target("GraphML: a graph, mentions merged", graph.write_graphml, (".graphml",)),
}
"""Forms of output by the name that users give them."""

_PACKED = (".gz", ".zst")


def target_of(path: Path, name: str | None = None, *, base: str | None = None) -> Target:
    """The form of an output.

    Args:
        path: The output.
        name: Name in ``TARGETS``; by the ending of the path where ``None``.
        base: What IRIs begin with, for the forms of RDF.

    Raises:
        ConfigError: If the name or ending is unknown, the form cannot be packed as the ending says, or the base is no
            beginning of an IRI or is given for another form.
    """
    if name is not None and name not in TARGETS:
        raise ConfigError(f"the form of the output is {name!r}, expected one of: {', '.join(TARGETS)}")
    packing = path.suffix.lower() if path.suffix.lower() in _PACKED else ""
    target = TARGETS[name] if name is not None else _by_ending(path, packing)
    if packing and not target.is_packable:
        raise ConfigError(
            f"{path} ends with {packing}, but this form ({target.about}) is never packed; drop the ending"
        )
    if base is None:
        return target
    if target.with_base is None:
        raise ConfigError(f"a base of IRIs ({base!r}) is for ntriples and turtle; leave it out, or choose one of them")
    return replace(target, write=target.with_base(base))


def _by_ending(path: Path, packing: str) -> Target:
    unpacked = path.name.lower().removesuffix(packing)
    for target in TARGETS.values():  # edges before CSV, whose ending it has, too
        if unpacked.endswith(target.suffixes):
            return target
    endings = ", ".join(suffix for target in TARGETS.values() for suffix in target.suffixes)
    raise ConfigError(
        f"{path} does not say by its ending which form of output is meant (known: {endings}; most also with .gz or "
        f".zst); choose one of these endings, or name the form: {', '.join(TARGETS)}"
    )
