"""Forms of output: all of them whole or not there, and what they hold is read back."""

import csv
import gzip
import json
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gprel.errors import ConfigError, DataError, DependencyError
from gprel.extraction.item import Item
from gprel.extraction.sources import read_items
from gprel.extraction.targets import TARGETS, Record, target_of
from gprel.formats import jsonl, read_any

from .records import ADA, EMPTY, ENTITIES_ONLY, records

HERE = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)


def _path(folder: Path, name: str) -> Path:
    return folder / ("out" + (TARGETS[name].suffixes or ("",))[0])


def _write(name: str, found: list[Record], folder: Path) -> tuple[Path, Counter[str]]:
    path = _path(folder, name)
    if path.is_dir():
        path = folder / f"out{len(list(folder.iterdir()))}"
    return path, TARGETS[name].write(iter(found), path)


@pytest.mark.parametrize("name", TARGETS)
@pytest.mark.parametrize("found", [[], [EMPTY], [ENTITIES_ONLY], [ADA, EMPTY, ADA]])
def test_every_form_writes_any_number_of_anything(name: str, found: list[Record], tmp_path: Path) -> None:
    path, _ = _write(name, found, tmp_path)
    assert path.is_dir() == TARGETS[name].is_folder
    assert list(tmp_path.iterdir()) == [path]  # nothing is left beside it


@pytest.mark.parametrize("name", TARGETS)
def test_an_output_that_fails_is_not_there(name: str, tmp_path: Path) -> None:
    path = _path(tmp_path, name)

    def stopped() -> Iterator[Record]:
        yield ADA
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        TARGETS[name].write(stopped(), path)
    assert list(tmp_path.iterdir()) == []
    if not TARGETS[name].is_folder:
        path.write_text("earlier")
        with pytest.raises(KeyboardInterrupt):
            TARGETS[name].write(stopped(), path)
        assert path.read_text() == "earlier"
        TARGETS[name].write(iter([ADA]), path)
        assert path.read_bytes() != b"earlier"


@pytest.mark.parametrize("name", TARGETS)
def test_a_folder_that_is_missing_and_a_full_disk(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if not TARGETS[name].is_folder:  # whose parents are made
        with pytest.raises(DataError, match=r"out.* cannot be written \(.*No such file or directory"):
            TARGETS[name].write(iter([ADA]), _path(tmp_path / "gone", name))

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.replace", full)

    with pytest.raises(DataError, match=r"out.* cannot be written \(No space left on device\); mend that"):
        TARGETS[name].write(iter([ADA]), _path(tmp_path, name))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", [name for name, target in TARGETS.items() if target.is_packable])
def test_packed_output_has_the_same_content_and_always_the_same_bytes(name: str, tmp_path: Path) -> None:
    plain, _ = _write(name, [ADA, EMPTY], tmp_path)
    for suffix, unpack in (
        (".gz", gzip.decompress),
        (".zst", lambda x: zstandard.ZstdDecompressor().decompressobj().decompress(x)),
    ):
        path = plain.with_name(plain.name + suffix)
        target_of(path).write(iter([ADA, EMPTY]), path)
        first = path.read_bytes()
        assert unpack(first) == plain.read_bytes()
        target_of(path).write(iter([ADA, EMPTY]), path)
        assert path.read_bytes() == first


def test_forms_by_ending_and_name() -> None:
    for path, name in {
        "a.jsonl": "jsonl",
        "a.JSONL.gz": "jsonl",
        "a.edges.csv": "edges",
        "a.csv.zst": "csv",
        "a.tsv": "tsv",
        "a.parquet": "parquet",
        "a.nt.gz": "ntriples",
        "a.ttl": "turtle",
        "a.graphml": "graphml",
    }.items():
        assert target_of(Path(path)) is TARGETS[name]
    assert target_of(Path("folder"), "brat") is TARGETS["brat"]
    with pytest.raises(
        ConfigError, match=r"a\.xml does not say by its ending .* \(known: \.jsonl, .*name the form: jsonl"
    ):
        target_of(Path("a.xml"))
    with pytest.raises(ConfigError, match=r"the form of the output is 'xml', expected one of: jsonl, parquet"):
        target_of(Path("a.xml"), "xml")
    with pytest.raises(ConfigError, match=r"a\.parquet\.gz ends with \.gz, but this form .* is never packed"):
        target_of(Path("a.parquet.gz"))
    with pytest.raises(ConfigError, match=r"a base of IRIs \('urn:x:'\) is for ntriples and turtle"):
        target_of(Path("a.csv"), base="urn:x:")
    for base in ("kg/", "https://x.org/a b/", "https://x.org/kg"):
        with pytest.raises(ConfigError, match=f"the base of IRIs is {base!r}, expected"):
            target_of(Path("a.nt"), base=base)


@pytest.mark.parametrize("name", ["csv", "edges", "ntriples", "graphml", "brat"])
def test_a_record_that_lacks_what_a_form_needs_is_named(name: str, tmp_path: Path) -> None:
    without = {key: value for key, value in ADA.items() if key != "text"}
    with pytest.raises(
        DataError, match=r"record 2 is (no document|not complete) \(.*text.*do not leave these fields out"
    ):
        TARGETS[name].write(iter([ADA, without]), _path(tmp_path, name))
    wrong = {**ADA, "relations": [{"type": "r", "subject": 0, "object": 3}]}
    with pytest.raises(DataError, match=r"record 1 is .*3"):
        TARGETS[name].write(iter([wrong]), _path(tmp_path, name))


@pytest.mark.parametrize(("name", "package"), [("graphml", "networkx"), ("turtle", "rdflib"), ("jsonl", "zstandard")])
def test_a_missing_package_is_named(name: str, package: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(DependencyError, match=r"package that is missing: pip install gprel\[(graph|rdf|zstd)\]"):
        TARGETS[name].write(iter([ADA]), tmp_path / "x.zst")
    assert list(tmp_path.iterdir()) == []


@HERE
@given(st.lists(records(), max_size=4))
def test_json_lines_hold_everything(tmp_path: Path, found: list[Record]) -> None:
    path, lost = _write("jsonl", found, tmp_path)
    assert [json.loads(line) for line in path.read_text("utf-8").split("\n")[:-1]] == found
    assert not lost
    if found:
        assert [x.document.text for x in read_items([str(path)]) if isinstance(x, Item)] == [x["text"] for x in found]


@HERE
@given(st.lists(records(), max_size=4))
def test_parquet_holds_everything(tmp_path: Path, found: list[Record]) -> None:
    path, lost = _write("parquet", found, tmp_path)
    assert not lost

    def plain(row: dict[str, Any]) -> dict[str, Any]:
        items = {
            k: [{n: v for n, v in x.items() if v is not None} for x in row[k]]
            for k in ("entities", "relations")
            if row[k] is not None
        }
        known = {name: row[name] for name in ("id", "text") if row[name] is not None}
        return {**known, **items, **json.loads(row["extra"] or "{}")}

    assert [plain(row) for row in pq.read_table(path).to_pylist()] == found
    assert [x.document.text for x in read_items([str(path)]) if isinstance(x, Item)] == [x["text"] for x in found]


def test_parquet_is_written_in_groups(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gprel.extraction.targets.parquet._MAX_ROWS", 2)
    path, _ = _write("parquet", [ADA, EMPTY, ENTITIES_ONLY, {"entities": []}, {**ADA, "id": 7}], tmp_path)
    assert pq.ParquetFile(path).metadata.num_row_groups == 3
    assert pq.read_table(path)["id"].to_pylist() == ["news/1", None, None, None, "7"]


@HERE
@given(st.lists(records(), max_size=4))
@pytest.mark.parametrize("name", ["csv", "tsv"])
def test_tables_hold_triples_or_else_entities(name: str, tmp_path: Path, found: list[Record]) -> None:
    path, lost = _write(name, found, tmp_path)
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t" if name == "tsv" else ","))
    expected = []
    for number, record in enumerate(found, start=1):
        cells = [
            (record["text"][e["start"] : e["end"]], e["type"], str(e["start"]), str(e["end"]))
            for e in record["entities"]
        ]
        id_ = record.get("id", f"#{number}")
        if "relations" not in record:
            expected += [(id_, *cells[i], *[""] * 5, *_scores(e)) for i, e in enumerate(record["entities"])]
        for r in record.get("relations", ()):
            expected.append((id_, *cells[r["subject"]], r["type"], *cells[r["object"]], *_scores(r)))
    assert [tuple(row.values()) for row in rows] == expected
    linked = [
        {r[x] for r in record["relations"] for x in ("subject", "object")} for record in found if "relations" in record
    ]
    n_entities = sum(len(record["entities"]) for record in found if "relations" in record)
    assert lost["entities in no triple"] == n_entities - sum(map(len, linked))
    assert lost["documents without triples"] == sum(record.get("relations") == [] for record in found)


def _scores(item: dict[str, float]) -> list[str]:
    return [str(item[name]) if name in item else "" for name in ("score", "prob")]


def test_brat_is_read_back_and_names_stay_in_their_folder(tmp_path: Path) -> None:
    found = [ADA, {**EMPTY, "id": "../../away"}, ENTITIES_ONLY]
    path, lost = _write("brat", found, tmp_path)
    assert list(tmp_path.iterdir()) == [path]
    back = {document.text: document for document in read_any(path)}
    assert len(back) == 3
    ada = back[ADA["text"]]
    assert ada.id == "news/1"
    assert [(e.start, e.end, e.type) for e in ada.entities or ()] == [
        (0, 13, "Person"),
        (18, 30, "Person"),
        (34, 40, "Place"),
    ]
    assert len(ada.relations or ()) == 2
    assert lost["scores"] == 6
    assert lost["other fields"] == 1
    assert lost["ids"] == 2
    with pytest.raises(DataError, match=r"out cannot be written"):  # a folder that holds something is never replaced
        TARGETS["brat"].write(iter([ADA]), path)
    assert len(list(read_any(path))) == 3


def test_what_was_written_is_read_by_the_project(tmp_path: Path) -> None:
    path, _ = _write("jsonl", [ADA, ENTITIES_ONLY], tmp_path)
    documents = list(read_any(path))
    assert [jsonl.to_record(document)["text"] for document in documents] == [ADA["text"], "Ada"]
