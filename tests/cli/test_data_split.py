"""``gprel data split`` and ``gprel data sample``."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from gprel.cli import data_split
from gprel.formats import FORMATS, jsonl

Command = Callable[..., Result]


@pytest.fixture
def documents(tmp_path: Path) -> Path:
    """A hundred sentences with one of two relations; ten texts occur twice."""
    lines = []
    for number in range(100):
        text = f"Ann met Bo {number % 90}"
        entities = [{"start": 0, "end": 3, "type": "Peop"}, {"start": 8, "end": 10, "type": "Peop"}]
        relations = [{"type": "met" if number % 2 else "knows", "subject": 0, "object": 1}]
        lines.append(json.dumps({"id": str(number), "text": text, "entities": entities, "relations": relations}))
    path = tmp_path / "in.jsonl"
    path.write_text("\n".join(lines) + "\n")
    return path


def ids(path: Path) -> list[str | None]:
    return [document.id for document in jsonl.read_file(path)]


def test_split(gprel: Command, documents: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    result = gprel("data", "split", documents, "--out", out)
    parts = {part: list(jsonl.read_file(out / f"{part}.jsonl")) for part in ("train", "dev", "test")}
    assert sorted(path.name for path in out.iterdir()) == ["dev.jsonl", "test.jsonl", "train.jsonl"]
    assert sorted(int(document.id or "") for part in parts.values() for document in part) == list(range(100))
    texts = [{document.text for document in part} for part in parts.values()]
    assert sum(map(len, texts)) == len(set.union(*texts)) == 90
    assert all(document.relations for part in parts.values() for document in part)
    rows = [line.replace("│", "").split() for line in result.stdout.splitlines()]
    assert ["met", "50"] in [row[:2] for row in rows]
    assert "10 documents repeat the text of another one and are in the same part as it" in result.stderr
    assert f"wrote {out / 'train.jsonl'}, {out / 'dev.jsonl'}, {out / 'test.jsonl'}" in result.stderr


def test_seeds(gprel: Command, documents: Path, tmp_path: Path) -> None:
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        gprel("data", "split", documents, "--out", tmp_path / name, "--seed", seed)
    a, b, c = (ids(tmp_path / name / "test.jsonl") for name in "abc")
    assert a == b
    assert a != c


def test_json(gprel: Command, documents: Path, tmp_path: Path) -> None:
    result = gprel("data", "split", documents, "--out", tmp_path / "out", "--shares", "90/10/0", "--json")
    values = json.loads(result.stdout)
    assert (values["distinct_texts"], values["balanced"]) == (90, "relation")
    assert values["labels"]["met"] == {"train": 45, "dev": 5, "test": 0}
    assert values["documents"] == {"train": 90, "dev": 10, "test": 0}
    assert list(values["files"]) == ["train", "dev"]


def test_files_of_an_earlier_split_are_kept_or_all_replaced(gprel: Command, documents: Path, tmp_path: Path) -> None:
    """A test file of an earlier split would share texts with the new training file."""
    out = tmp_path / "out"
    gprel("data", "split", documents, "--out", out)
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    result = gprel("data", "split", documents, "--out", out, "--shares", "90/10/0", exit_code=1)
    assert result.stderr == f"error: --out {out / 'train.jsonl'} exists; choose another file or pass --overwrite\n"
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before
    gprel("data", "split", documents, "--out", out, "--shares", "90/10/0", "--overwrite")
    assert sorted(path.name for path in out.iterdir()) == ["dev.jsonl", "train.jsonl"]


def test_bad_lines_are_set_aside_once(gprel: Command, documents: Path, tmp_path: Path) -> None:
    documents.write_text(documents.read_text() + '{"txt": 1}\n')
    result = gprel("data", "split", documents, "--out", tmp_path / "out", exit_code=3)
    errors = tmp_path / "out.errors.jsonl"
    assert [json.loads(line)["line"] for line in errors.read_text().splitlines()] == [101]
    assert result.stderr.endswith(f"1 line could not be read and was left out; it is in {errors}\n")
    assert sum(len(ids(path)) for path in (tmp_path / "out").iterdir()) == 100


def test_a_file_that_changes_between_the_readings(
    gprel: Command, documents: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan_split = data_split.plan_split

    def plan_and_change(*arguments: object, **options: object) -> object:
        plan = plan_split(*arguments, **options)  # type: ignore[arg-type]
        documents.write_text('{"text": "one"}\n')
        return plan

    monkeypatch.setattr(data_split, "plan_split", plan_and_change)
    result = gprel("data", "split", documents, "--out", tmp_path / "out", exit_code=1)
    assert "error: the input held 100 documents at the first reading and another number" in result.stderr
    assert list((tmp_path / "out").iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--out", "{folder}/a/b"), "folder {folder}/a of --out does not exist; make it first"),
        (("--out", "{folder}/in.jsonl"), "--out {folder}/in.jsonl is a file, expected a folder"),
        (("--out", "{folder}/x", "--shares", "80/20"), "shares are '80/20', expected three percentages"),
    ],
)
def test_wrong_settings(
    gprel: Command, documents: Path, tmp_path: Path, arguments: tuple[str, ...], message: str
) -> None:
    filled = [argument.format(folder=tmp_path) for argument in arguments]
    result = gprel("data", "split", documents, *filled, exit_code=1)
    assert f"error: {message.format(folder=tmp_path)}" in result.stderr


def test_the_input_is_not_one_of_the_outputs(gprel: Command, documents: Path, tmp_path: Path) -> None:
    path = documents.rename(tmp_path / "train.jsonl")
    result = gprel("data", "split", path, "--out", tmp_path, "--overwrite", exit_code=1)
    assert f"error: --out {path} is the input" in result.stderr


def test_sample(gprel: Command, documents: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    result = gprel("data", "sample", documents, 7, out)
    drawn = [int(id_ or "") for id_ in ids(out)]
    assert (len(drawn), drawn) == (7, sorted(drawn))
    assert result.stderr.startswith("drew 7 of 100 documents with seed 42\n7 documents, 14 entities, 7 triples\n")
    gprel("data", "sample", documents, 7, tmp_path / "same.jsonl")
    gprel("data", "sample", documents, 7, tmp_path / "other.jsonl", "--seed", 1)
    assert out.read_bytes() == (tmp_path / "same.jsonl").read_bytes()
    assert out.read_bytes() != (tmp_path / "other.jsonl").read_bytes()
    assert "exists; choose" in gprel("data", "sample", documents, 7, out, exit_code=1).stderr


def test_sample_of_more_than_there_is_in_another_format(gprel: Command, documents: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    result = gprel("data", "sample", documents, 1000, out, "--to", "tokens")
    assert f"{documents} has only 100 documents; all of them were taken" in result.stderr
    assert len(list(FORMATS["tokens"].read(out))) == 100


def test_a_sample_of_nothing(gprel: Command, documents: Path, tmp_path: Path) -> None:
    assert "than or equal to 1" in gprel("data", "sample", documents, 0, tmp_path / "out.jsonl", exit_code=2).stderr
