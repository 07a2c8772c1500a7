"""Re-DocRED without its training file, and relations by names that people can read."""

import json
from pathlib import Path
from typing import Any

import pytest

from gprel.corpora import load, read_card


def record(title: str, relation: str = "P19") -> dict[str, Any]:
    ada = {"name": "Ada", "pos": [0, 1], "sent_id": 0, "type": "PER"}
    oslo = {"name": "Oslo", "pos": [2, 3], "sent_id": 0, "type": "LOC"}
    labels = [{"h": 0, "t": 1, "r": relation, "evidence": [0]}]
    sentences = [["Ada", "left", "Oslo", "."], [title, "is", "short", "."]]
    return {"title": title, "sents": sentences, "vertexSet": [[ada], [oslo]], "labels": labels}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "redocred").mkdir()
    for split, n in (("dev", 10), ("test", 8)):
        records = [record(f"{split}: {i}", "P19" if i else "P0") for i in range(n)]
        (tmp_path / "redocred" / f"{split}_revised.json").write_text(json.dumps(records), encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(("variant", "n_parts"), [("sentences", 2), ("documents", 1), ("windows", 1), ("mixed", 3)])
def test_whole_articles_are_held_out(folder: Path, variant: str, n_parts: int) -> None:
    corpus = load("redocred", variant=variant, low_resource=True, data_dir=folder)
    assert corpus.title == f"Re-DocRED low-resource ({variant})"
    parts = [corpus.split("train"), corpus.split("dev"), corpus.split("test")]
    assert [len(part) for part in parts] == [12 * n_parts, 2 * n_parts, 4 * n_parts]
    titles = [{" ".join(str(document.id).split(":")[:2]) for document in part} for part in parts]
    assert [len(of) for of in titles] == [12, 2, 4]
    assert len(set.union(*titles)) == 18
    assert corpus.notes[0] == "Re-DocRED low-resource: never comparable with published scores"
    assert corpus.notes[-1].startswith("of the 18 official dev and test documents, drawn with a fixed seed, 4 of test")
    again = load("redocred", variant=variant, low_resource=True, data_dir=folder, splits=["test"])
    assert (again.test, again.train) == (corpus.test, None)


def test_every_edition_holds_out_the_same_articles(folder: Path) -> None:
    held_out = [
        {
            document.text[:5]
            for document in load("redocred", variant=v, low_resource=True, data_dir=folder).split("test")
        }
        | {
            str(document.id).rsplit(":", 1)[0]
            for document in load("redocred", variant=v, low_resource=True, data_dir=folder).split("test")
        }
        for v in ("sentences", "windows", "mixed-nearest")
    ]
    assert held_out[0] >= held_out[1]
    assert held_out[2] == held_out[0]


def test_a_title_in_both_files_is_never_trained_on_and_tested(folder: Path) -> None:
    path = folder / "redocred" / "dev_revised.json"
    records = [record(f"test: {i}") for i in range(8)] + [record(f"dev: {i}") for i in range(5)]
    path.write_text(json.dumps(records), encoding="utf-8")
    corpus = load("redocred", variant="documents", low_resource=True, data_dir=folder)
    train, dev, test = ({document.id for document in corpus.split(split)} for split in ("train", "dev", "test"))
    assert not test & (train | dev)
    assert not train & dev


def test_relations_have_names(folder: Path) -> None:
    corpus = load("redocred", splits=["dev"], data_dir=folder)
    found = [relation.type for document in corpus.split("dev") for relation in document.relations or ()]
    assert found == ["P0", *["place of birth (P19)"] * 9]  # the card does not know P0
    names = read_card("redocred").facts["relations"]
    assert len(names) == len(set(names.values())) == 96
    assert not any("," in name for name in names.values())  # --relations A,B
