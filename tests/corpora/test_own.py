"""A user's own data: a folder of splits, or one file that is divided."""

import json
from pathlib import Path
from typing import Any

import pytest

from gprel.corpora import SPLITS, load
from gprel.corpora.corpus import split_by_text
from gprel.document import Document
from gprel.errors import DataError


def write_lines(path: Path, records: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    return path


def texts(documents: list[Document] | None) -> list[str]:
    return [document.text for document in documents or []]


def test_own_folder(tmp_path: Path) -> None:
    write_lines(tmp_path / "train.jsonl", [{"text": "a", "entities": []}, {"text": "b"}])
    write_lines(tmp_path / "test.jsonl", [{"text": "c", "entities": []}])
    corpus = load(str(tmp_path))
    assert (texts(corpus.train), corpus.dev, texts(corpus.test)) == (["a", "b"], None, ["c"])
    assert corpus.title == tmp_path.name
    assert corpus.notes == ('train: 1 of 2 documents have no "entities": nothing is known of them',)
    assert load(str(tmp_path), splits=["test"]).train is None


def test_own_folder_without_files(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"holds none of train\.jsonl, dev\.jsonl, test\.jsonl; write at least one"):
        load(str(tmp_path))


def test_one_file_is_divided_only_for_training(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "my.jsonl", [{"text": str(n % 30), "entities": []} for n in range(40)])
    corpus = load(str(path))
    parts = [texts(corpus.split(split)) for split in SPLITS]
    assert sorted(parts[0] + parts[1] + parts[2]) == sorted(str(n % 30) for n in range(40))
    assert [len(set(part)) for part in parts] == [24, 3, 3]  # the same text is never on two sides
    assert corpus.notes[0].startswith(f"{path} is one file: divided with a fixed seed into")
    assert load(str(path)) == corpus
    whole = load(str(path), splits=["test"])
    assert len(whole.split("test")) == 40
    assert whole.notes[0] == f"{path} is one file and all of it is taken; a model trained on it has seen most of it"


def test_too_few_texts_to_divide(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "my.jsonl", [{"text": "a"}, {"text": "b"}, {"text": "b"}])
    with pytest.raises(DataError, match=r"my\.jsonl has 2 distinct texts, expected at least 3 to split; add documents"):
        load(str(path))


def test_parts_are_drawn_from_the_whole_range() -> None:
    held, rest = split_by_text([Document(str(n)) for n in range(100)], (0.1,), "x")
    assert (len(held), len(rest)) == (10, 90)
    assert texts(held) == sorted(texts(held), key=int)
    assert texts(held) != [str(n) for n in range(10)]


def test_all_bad_lines_are_reported_at_once(tmp_path: Path) -> None:
    path = tmp_path / "my.jsonl"
    path.write_text("\n".join(['{"text": "a"}', "{", *["[]"] * 6]), encoding="utf-8")
    with pytest.raises(DataError) as error:
        load(str(path), splits=["test"])
    lines = str(error.value).split("\n")
    assert lines[0] == "7 lines cannot be read; mend or remove them:"
    assert lines[1].startswith(f"{path}:2: malformed JSON")
    assert [line.split(": ")[0] for line in lines[2:6]] == [f"{path}:{n}" for n in range(3, 7)]
    assert lines[6:] == ["..."]
    path.write_text('{"text": "a"}\n{', encoding="utf-8")
    with pytest.raises(DataError, match=r"my\.jsonl:2: malformed JSON"):
        load(str(path))


def test_splits_in_any_format(tmp_path: Path) -> None:
    (tmp_path / "train.txt").write_text("Ada B-Peop\nleft O\n", encoding="utf-8")
    (tmp_path / "valid.json").write_text(
        '[{"text": "Ada left", "triple_list": [["Ada", "r", "Bob"]]}]', encoding="utf-8"
    )
    (tmp_path / "test").mkdir()
    (tmp_path / "test" / "a.txt").write_text("Ada left\n", encoding="utf-8")
    (tmp_path / "test" / "a.ann").write_text("T1\tPeop 0 3\tAda\n", encoding="utf-8")
    corpus = load(str(tmp_path))
    assert [len(corpus.split(split)) for split in SPLITS] == [1, 1, 1]
    for split in ("train", "test"):
        (document,) = corpus.split(split)
        assert [document.surface(entity) for entity in document.entities or ()] == ["Ada"]
    assert [note for note in corpus.notes if note.startswith("dev")] == [
        "dev: 1 of 1 triples have an argument that is not in the text: they count as gold and cannot be found"
    ]


@pytest.mark.parametrize("name", ["dev", "valid", "val", "validation", "Dev"])
def test_names_of_the_dev_split(tmp_path: Path, name: str) -> None:
    write_lines(tmp_path / f"{name}.jsonl", [{"text": "a", "entities": []}])
    assert texts(load(str(tmp_path)).dev) == ["a"]


def test_two_files_for_one_split(tmp_path: Path) -> None:
    write_lines(tmp_path / "dev.jsonl", [{"text": "a"}])
    write_lines(tmp_path / "val.json", [{"text": "b"}])
    with pytest.raises(DataError, match=r"has several candidates for dev: dev\.jsonl, val\.json; keep one of them"):
        load(str(tmp_path))


def test_a_brat_folder_is_divided(tmp_path: Path) -> None:
    for n, folder in enumerate(("", "", "", "deep/", "deep/", "deep/")):
        (tmp_path / folder).mkdir(exist_ok=True)
        (tmp_path / f"{folder}{n}.txt").write_text(f"Ada {n}", encoding="utf-8")
        (tmp_path / f"{folder}{n}.ann").write_text("T1\tPeop 0 3\tAda\n", encoding="utf-8")
    corpus = load(str(tmp_path))
    assert sum(len(corpus.split(split)) for split in SPLITS) == 6
    assert corpus.notes[0].startswith(f"{tmp_path} is one folder: divided with a fixed seed into 4 train, 1 dev and 1")
    for n in range(3):
        (tmp_path / f"{n}.txt").unlink()
        (tmp_path / f"{n}.ann").unlink()
    assert sum(len(load(str(tmp_path)).split(split)) for split in SPLITS) == 3  # subfolders alone


def test_a_brat_document_that_is_named_like_a_split(tmp_path: Path) -> None:
    (tmp_path / "test.txt").write_text("Ada left", encoding="utf-8")
    (tmp_path / "test.ann").write_text("T1\tPeop 0 3\tAda\n", encoding="utf-8")
    assert texts(load(str(tmp_path), splits=["test"]).test) == ["Ada left"]


def test_strings_of_own_data_are_placed_as_asked(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "my.json", [{"text": "a b a", "triple_list": [["a", "r", "b"]]}])
    for occurrences, n in (("every", 2), ("first", 1)):
        corpus = load(str(path), splits=["test"], occurrences=occurrences)
        assert len(corpus.split("test")[0].relations or ()) == n
        assert "1 of 1 triples have an argument that occurs more than once" in corpus.notes[1]
