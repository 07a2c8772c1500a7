"""RDF and graphs: other people's readers give back what was found, once for every thing."""

import csv
import json
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import networkx as nx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rdflib import Graph, Literal, URIRef
from rdflib.namespace import DCTERMS, PROV, RDF, RDFS

from gprel.extraction.targets import TARGETS, Record, rdf, target_of
from gprel.extraction.targets.names import identifier, normalized

from .records import ADA, EMPTY, ENTITIES_ONLY, records

HERE = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
BASE = "urn:gprel:"
V = BASE + "vocabulary/"


def _rdf(name: str, found: list[Record], folder: Path, base: str | None = None) -> Graph:
    path = folder / ("out" + TARGETS[name].suffixes[0])
    target_of(path, base=base).write(iter(found), path)
    return Graph().parse(path, format="nt" if name == "ntriples" else "turtle")


def test_things_are_the_same_by_type_and_normalized_surface() -> None:
    assert normalized(" Ａda\u00a0\n LOVELACE ") == normalized("ada lovelace") == "ada lovelace"
    assert normalized("Straße") == normalized("STRASSE")
    assert normalized(" \n") == " \n"
    assert identifier("a/b", "é c") == "a%2Fb/%C3%A9%20c"
    assert identifier("Person", "Ada") != identifier("Place", "Ada")


@pytest.mark.parametrize("name", ["ntriples", "turtle"])
def test_rdf_says_what_was_found_and_where(name: str, tmp_path: Path) -> None:
    graph = _rdf(name, [ADA, EMPTY], tmp_path, base="https://example.org/kg/")
    kg = "https://example.org/kg/"
    ada, london = URIRef(kg + "entity/Person/ada%20lovelace"), URIRef(kg + "entity/Place/london")
    assert (ada, URIRef(kg + "relation/lives%20in"), london) in graph
    assert (ada, RDF.type, URIRef(kg + "type/Person")) in graph
    assert set(graph.objects(ada, RDFS.label)) == {Literal("Ada Lovelace"), Literal("ada lovelace")}
    statements = sorted(graph.subjects(RDF.type, RDF.Statement))
    assert statements == [URIRef(kg + "statement/1/0"), URIRef(kg + "statement/1/1")]
    told: list[Any] = []
    for node in statements:
        mention = graph.value(node, URIRef(kg + "vocabulary/subjectMention"))
        assert graph.value(mention, URIRef(kg + "vocabulary/of")) == graph.value(node, RDF.subject) == ada
        document = graph.value(node, PROV.wasDerivedFrom)
        numbers = [graph.value(mention, URIRef(kg + "vocabulary/" + key)) for key in ("start", "end", "score")]
        score = graph.value(node, URIRef(kg + "vocabulary/score"))
        told.append((str(graph.value(document, DCTERMS.identifier)), *[float(x) for x in [*numbers, score]]))
    assert told == [("news/1", 0, 13, 3.5, 0.5), ("news/1", 18, 30, 1.25, 1.5)]
    assert (URIRef(kg + "document/number/2"), DCTERMS.identifier, Literal("#2")) in graph


@HERE
@given(st.lists(records(), max_size=4))
def test_rdflib_reads_both_forms_back_as_the_same_triples(tmp_path: Path, found: list[Record]) -> None:
    lines, turtle = (_rdf(name, found, tmp_path) for name in ("ntriples", "turtle"))
    assert set(lines) == set(turtle)
    expected = set()
    for record in found:
        names = [
            BASE + "entity/" + identifier(e["type"], record["text"][e["start"] : e["end"]]) for e in record["entities"]
        ]
        for r in record.get("relations", ()):
            expected.add((names[r["subject"]], r["type"], names[r["object"]]))
    told = {
        (str(s), unquote(str(p).removeprefix(BASE + "relation/")), str(o))
        for s, p, o in lines
        if str(p).startswith(BASE + "relation/")
    }
    assert told == expected
    assert len(set(lines.subjects(RDF.type, RDF.Statement))) == sum(len(x.get("relations", ())) for x in found)
    assert len(set(lines.subjects(RDF.type, URIRef(V + "Mention")))) == sum(len(x["entities"]) for x in found)
    assert len(set(lines.subjects(RDF.type, URIRef(V + "Document")))) == len(
        {x.get("id", i) for i, x in enumerate(found)}
    )


def test_rdf_in_several_chunks_is_one_graph(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = [{**ADA, "id": str(i)} for i in range(7)]
    whole = set(_rdf("turtle", found, tmp_path))
    monkeypatch.setattr(rdf, "_CHUNK", 2)
    assert set(_rdf("turtle", found, tmp_path)) == set(_rdf("ntriples", found, tmp_path)) == whole


def test_rdf_is_the_same_bytes_in_every_process(tmp_path: Path) -> None:
    script = (
        "import json, sys, pathlib; from gprel.extraction.targets import TARGETS\n"
        "for name in ('ntriples', 'turtle'):\n"
        "    TARGETS[name].write(json.loads(sys.argv[1]), pathlib.Path(sys.argv[2]) / name)"
    )
    outputs = []
    for seed in ("1", "2"):
        folder = tmp_path / seed
        folder.mkdir()
        command = [sys.executable, "-c", script, json.dumps([ADA, EMPTY, ENTITIES_ONLY]), str(folder)]
        subprocess.run(command, check=True, env={"PYTHONHASHSEED": seed})
        outputs.append([(folder / name).read_bytes() for name in ("ntriples", "turtle")])
    assert outputs[0] == outputs[1]


def test_graphml_merges_mentions(tmp_path: Path) -> None:
    TARGETS["graphml"].write(iter([ADA, {**ADA, "id": "b"}, ENTITIES_ONLY]), tmp_path / "a.graphml")
    graph = nx.read_graphml(tmp_path / "a.graphml", force_multigraph=True)
    ada, lovelace, london = "Person/ada", "Person/ada%20lovelace", "Place/london"
    assert dict(graph.nodes(data=True)) == {
        lovelace: {
            "label": "Ada Lovelace",
            "type": "Person",
            "weight": 4,
            "score": 3.5,
            "documents": '["news/1", "b"]',
        },
        london: {"label": "London", "type": "Place", "weight": 2, "score": 2.0, "documents": '["news/1", "b"]'},
        ada: {"label": "Ada", "type": "Person", "weight": 1, "score": 1.0, "documents": '["#3"]'},
    }
    assert [edge for *edge, _, data in graph.edges(keys=True, data=True)] == [[lovelace, london]]
    assert [data for *_, data in graph.edges(data=True)] == [
        {"relation": "lives in", "weight": 4, "score": 1.5, "documents": '["news/1", "b"]'}
    ]


@HERE
@given(st.lists(records(), max_size=4))
def test_networkx_and_csv_read_the_same_graph_back(tmp_path: Path, found: list[Record]) -> None:
    lost = TARGETS["graphml"].write(iter(found), tmp_path / "a.graphml")
    graph = nx.read_graphml(tmp_path / "a.graphml", force_multigraph=True)
    TARGETS["edges"].write(iter(found), tmp_path / "a.edges.csv")
    with (tmp_path / "a.edges.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    n_mentions, n_triples = (sum(len(x.get(key, ())) for x in found) for key in ("entities", "relations"))
    assert sum(data["weight"] for _, data in graph.nodes(data=True)) == n_mentions
    assert sum(data["weight"] for *_, data in graph.edges(data=True)) == n_triples
    assert sum(int(row["weight"]) for row in rows) == n_triples
    assert graph.number_of_edges() == len(rows)
    if not lost:
        told = {
            (row["source"], row["relation"].replace("\r\n", "\n").replace("\r", "\n"), row["target"]) for row in rows
        }
        assert {(s, data["relation"].replace("\r", "\n"), o) for s, o, data in graph.edges(data=True)} == told


def test_what_xml_cannot_hold_is_counted(tmp_path: Path) -> None:
    record = {"text": "\x00a", "entities": [{"start": 0, "end": 2, "type": "T"}], "relations": []}
    assert TARGETS["graphml"].write(iter([record]), tmp_path / "a.graphml") == {"characters that XML cannot hold": 1}
    ((name, data),) = nx.read_graphml(tmp_path / "a.graphml").nodes(data=True)
    assert (name, data["label"]) == ("T/%00a", "\ufffda")
