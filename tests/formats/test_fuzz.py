"""Every place of a JSON record gone wrong, in every format: nothing is raised, and no record is lost.

Broken records stand between good ones, whose documents tell where each broken one ends.
"""

import copy
import json
import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from gprel.document import Document
from gprel.errors import DataError
from gprel.formats import FORMATS, BadLine, jsonl

MakeRecord = Callable[[str], dict[str, Any]]
JSON = [
    *("jsonl", "tokens", "table_sequence", "dygie", "genia", "triples", "copyre", "tplinker", "docred"),
    *("docred_sentences", "duie", "cmeee", "cluener", "doccano", "labelstudio"),
]
PATHS = ["tokens", "copyre", "docred_sentences"]  # one of each way to a file: whole, partly held, several documents
NAME, OTHER = "Ann00000", "Zoe00000"
NESTED: list[Any] = []
for _ in range(300):
    NESTED = [NESTED]
WRONG = [
    *(None, True, -1, 7, 10**400, 1.5, 0.0, math.nan, math.inf, "", " ", "x", "1", "\ud800", "\0"),
    *([], {}, [[]], [None], {"": 1}, [10**400], NESTED),
]


def test_every_json_format_is_here() -> None:
    assert {*JSON, "text", "columns", "csv", "brat", "spacy", "datasets"} == set(FORMATS)


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield from places(item, (*path, key))


def at(record: Any, path: tuple[Any, ...]) -> Any:
    for key in path:
        record = record[key]
    return record


def changed(record: Any, path: tuple[Any, ...], change: Callable[[Any, Any], None]) -> Any:
    """A copy of a record, with a change made to the container of a place."""
    result = copy.deepcopy(record)
    change(at(result, path[:-1]), path[-1])
    return result


def put(value: Any) -> Callable[[Any, Any], None]:
    return lambda container, key: container.__setitem__(key, value)


def remove(container: Any, key: Any) -> None:
    del container[key]


def rename(container: Any, key: Any) -> None:
    container[f"{key}\ud800"] = container.pop(key)


def variants(record: dict[str, Any]) -> Iterator[Any]:
    """The record with something wrong at each of its places: another value, none, or twice the same."""
    yield from WRONG
    for path in places(record):
        value = at(record, path)
        if not path:
            continue
        others: list[Any] = list(WRONG)
        if isinstance(value, str):
            others += [f"{value}\udc00", f" {value}", f"{value}\n", value[:-1]]
        elif isinstance(value, int):
            others += [value - 1, value + 1, -value - 1, value + 1000, float(value), str(value)]
        elif isinstance(value, list):
            others += [value * 2, value[::-1], value[:-1], [*value, None], dict(enumerate(value))]
        elif isinstance(value, dict):
            others += [list(value), list(value.values())]
        for other in others:
            yield changed(record, path, put(other))
        yield changed(record, path, remove)
        if isinstance(path[-1], str):
            yield changed(record, path, rename)


def events(name: str, path: Path) -> list[Document | BadLine]:
    """What is read and what is refused, in order."""
    taken: list[Document | BadLine] = []
    for document in FORMATS[name].read(path, on_error=taken.append):
        taken.append(document)
    return taken


def check(event: Document | BadLine, path: Path) -> None:
    if isinstance(event, Document):
        line = json.dumps(jsonl.to_record(event), ensure_ascii=False)
        assert line.encode()
        unscored = jsonl.from_record(json.loads(line))
        assert (unscored.text, unscored.words, unscored.unplaced) == (event.text, event.words, event.unplaced)
    else:
        assert event.source == str(path)
        assert event.line > 0
        assert event.reason
        assert event.content
        json.dumps([event.source, event.reason, event.content], ensure_ascii=False).encode()


def write_lines(records: list[str], path: Path) -> None:
    path.write_bytes(("\ufeff" + "\r\n".join(records) + "\r\n").encode("utf-8", "surrogateescape"))


def write_list(records: list[str], path: Path) -> None:
    path.write_bytes(("\ufeff [" + ",\r\n".join(records) + "]\n").encode("utf-8", "surrogateescape"))


def shown(record: str) -> str:
    return record.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def check_between(name: str, path: Path, broken: list[str], good: str) -> None:
    """Read broken records between good ones: each gives a document, or an error with its number and content."""
    groups: list[list[Document | BadLine]] = [[]]
    for event in events(name, path):
        check(event, path)
        if isinstance(event, Document) and NAME in event.text:
            groups.append([])
        else:
            groups[-1].append(event)
    assert groups.pop() == []
    assert len(groups) == len(broken)
    bad: list[BadLine] = []
    for index, (group, record) in enumerate(zip(groups, broken, strict=True)):
        assert group, f"nothing came of {record}"
        n_sentences = len(json.loads(record)["sents"]) if name == "docred_sentences" and len(group) > 1 else 1
        assert sum(isinstance(event, Document) for event in group) <= n_sentences
        for event in group:
            if isinstance(event, BadLine):
                bad.append(event)
                assert (event.line, event.content) == (2 * index + 1, shown(record))
    with pytest.raises(DataError) as error:
        list(FORMATS[name].read(path))
    assert str(error.value) == str(bad[0])


def separated(broken: list[str], good: str) -> list[str]:
    return [record for one in broken for record in (one, good)]


@pytest.mark.parametrize("name", JSON)
def test_a_record_that_is_wrong_at_any_place_costs_itself_alone(
    name: str, tmp_path: Path, json_samples: dict[str, list[MakeRecord]]
) -> None:
    broken = [json.dumps(variant) for make in json_samples[name] for variant in variants(make(OTHER))]
    assert len(broken) > 150
    good = json.dumps(json_samples[name][0](NAME))
    path = tmp_path / "a.json"
    write_lines(separated(broken, good), path)
    check_between(name, path, broken, good)
    if name != "jsonl":  # which is lines alone
        broken = broken[::7]
        write_list(separated(broken, good), path)
        check_between(name, path, broken, good)


def no_json(record: str) -> Iterator[str]:
    """Lines that hold the beginning of a record, more than one, or something else."""
    yield from (record[:n] for n in range(1, len(record), 10))
    for junk in ("\udcff", "\udced\udca0\udc80", "\udce9", "\0", "\t", "\ufeff", '"'):
        yield from (record[:n] + junk + record[n:] for n in range(0, len(record), 50))
    yield from (record + record, record + ",", record + "]", f"{record[:-1]},{record[1:]}", record.replace('"', "'"))
    yield from (
        "[" * 100_000,
        '{"a":' * 50_000,
        "9" * 5000,
        "null",
        "NaN",
        "-Infinity",
        "// x",
        "\0" * 10,
        "[]",
        "]",
        "é",
    )
    yield from ("[" * n + "]" * n for n in range(600, 1000, 9))  # about as deep as Python goes


@pytest.mark.parametrize("name", JSON)
def test_a_line_that_is_no_json_costs_itself_alone(
    name: str, tmp_path: Path, json_samples: dict[str, list[MakeRecord]]
) -> None:
    broken = list(no_json(json.dumps(json_samples[name][-1](OTHER), ensure_ascii=False)))
    good = json.dumps(json_samples[name][0](NAME))
    assert len(broken) > 60
    path = tmp_path / "a.json"
    write_lines(separated(broken, good), path)
    check_between(name, path, broken, good)


@pytest.mark.parametrize("name", PATHS)
def test_a_list_that_breaks_is_read_to_that_place(
    name: str, tmp_path: Path, json_samples: dict[str, list[MakeRecord]]
) -> None:
    make = json_samples[name][0]
    path = tmp_path / "a.json"
    before = [json.dumps(make(f"Eve{n:05d}")) for n in range(2)]
    for record in no_json(json.dumps(make(OTHER), ensure_ascii=False)):
        write_list([*before, record, json.dumps(make(NAME))], path)
        first, second, *rest = events(name, path)
        assert [event.text[:8] for event in (first, second) if isinstance(event, Document)] == ["Eve00000", "Eve00001"]
        for event in rest:
            check(event, path)
        bad = [event for event in rest if isinstance(event, BadLine)]
        assert all(part.unit == "record" and part.line >= 3 for part in bad)
        is_read = any(isinstance(event, Document) and NAME in event.text for event in rest)
        assert is_read or NAME in bad[-1].content
        assert OTHER in str(rest) or bad


@pytest.mark.parametrize("name", PATHS)
def test_a_list_that_is_cut_off_anywhere(name: str, tmp_path: Path, json_samples: dict[str, list[MakeRecord]]) -> None:
    path = tmp_path / "a.json"
    records = [json.dumps(json_samples[name][0](f"Eve{n:05d}")) for n in range(3)]
    write_list(records, path)
    whole = path.read_bytes()
    ends = [whole.index(record.encode()) + len(record) for record in records]
    documents = list(FORMATS[name].read(path))
    for n in range(5, len(whole) - 2, 10):
        path.write_bytes(whole[:n])
        *read, bad = events(name, path)
        assert read == documents[: sum(end <= n for end in ends)]
        assert isinstance(bad, BadLine)
        assert (bad.line, bad.unit) == (len(read) + 1, "record")
        assert "malformed JSON" in bad.reason
        with pytest.raises(DataError, match=rf"record {len(read) + 1}: malformed JSON"):
            list(FORMATS[name].read(path))
