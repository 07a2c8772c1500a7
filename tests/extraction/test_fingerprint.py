"""What tells whether an extraction can be taken up again."""

import os
from pathlib import Path

import pytest

from gprel.extraction.fingerprint import fingerprint


@pytest.fixture
def model(tmp_path: Path) -> Path:
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "config.json").write_text("{}", encoding="utf-8")
    (folder / "model.safetensors").write_bytes(bytes(range(256)) * 20_000)
    return folder


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "in"
    folder.mkdir()
    for name in ("a.jsonl", "b.jsonl"):
        (folder / name).write_text('{"text": "x"}\n', encoding="utf-8")
    return folder


def test_it_stays_as_long_as_nothing_changes(model: Path, source: Path) -> None:
    sources = [str(source), str(source / "a.jsonl"), str(source / "*.jsonl"), "-"]
    first = fingerprint(model, sources, {"types": None, "min_score": 1.5})
    assert first == fingerprint(model, sources, {"types": None, "min_score": 1.5})
    assert (first["types"], first["min_score"], first["input -"]) == ("none", "1.5", "-")
    assert first[f"input {source}"].startswith("2 files (")
    assert first[f"input {source / 'a.jsonl'}"].startswith("14 bytes, changed 20")


@pytest.mark.parametrize("name", ["config.json", "model.safetensors"])
def test_a_changed_model(model: Path, name: str) -> None:
    before = fingerprint(model, [], {})["model"]
    data = (model / name).read_bytes()
    (model / name).write_bytes(bytes(255 - byte for byte in data))  # as long as before
    assert fingerprint(model, [], {})["model"] != before
    (model / name).write_bytes(data)
    (model / "notes.md").write_text("seen", encoding="utf-8")
    assert fingerprint(model, [], {})["model"] == before


def test_a_model_of_the_hub_has_its_name() -> None:
    assert fingerprint("owner/name", [], {})["model"] == "owner/name"


def test_changed_inputs(model: Path, source: Path) -> None:
    one, pattern = str(source / "a.jsonl"), str(source / "*.jsonl")

    def parts() -> list[str]:
        made_of = fingerprint(model, [one, str(source), pattern], {}, [source / "out.jsonl"])
        return [made_of[f"input {name}"] for name in (one, str(source), pattern)]

    before = parts()
    (source / "out.jsonl").write_text("what is written is not read", encoding="utf-8")
    assert parts() == before
    os.utime(one, (1, 1))
    changed = parts()
    assert all(old != new for old, new in zip(before, changed, strict=True))
    (source / "c.jsonl").write_text("more", encoding="utf-8")
    assert [old == new for old, new in zip(changed, parts(), strict=True)] == [True, False, False]
