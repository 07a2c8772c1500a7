"""A conversion is complete or it never happened."""

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from gprel.data import Conversion, convert, replacing
from gprel.document import Document, Entity, Relation
from gprel.errors import ConfigError, DataError
from gprel.formats import jsonl

ONE = Document("Ann sings", (Entity(0, 3, "Peop"), Entity(4, 9, "Act")), (Relation("does", 0, 1),))


def to_folder(documents: Iterable[Document], path: Path) -> Counter[str]:
    path.mkdir()
    for number, document in enumerate(documents):
        (path / f"{number}.txt").write_text(document.text)
    return Counter({"scores": 2, "ids": 0})


def failing(documents: Iterable[Document], path: Path) -> Counter[str]:
    path.write_text("half")
    raise OSError(28, "No space left on device")


def broken() -> Iterator[Document]:
    yield ONE
    raise DataError("in.jsonl:2: malformed")


def test_a_file(tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    assert convert([ONE, ONE], jsonl.write_file, out) == Conversion(2, 4, 2, Counter())
    assert list(jsonl.read_file(out)) == [ONE, ONE]
    convert([ONE], jsonl.write_file, out)
    assert list(jsonl.read_file(out)) == [ONE]
    assert list(tmp_path.iterdir()) == [out]


@pytest.mark.parametrize("exists", [False, True])
def test_a_folder(tmp_path: Path, exists: bool) -> None:
    out = tmp_path / "out"
    if exists:
        out.mkdir()
    done = convert([ONE], to_folder, out)
    assert done.lost == {"scores": 2}
    assert [path.name for path in out.iterdir()] == ["0.txt"]
    assert list(tmp_path.iterdir()) == [out]


@pytest.mark.parametrize("before", [None, "mine"])
def test_a_failure_leaves_everything_as_it_was(tmp_path: Path, before: str | None) -> None:
    out = tmp_path / "out.jsonl"
    if before is not None:
        out.write_text(before)
    with pytest.raises(DataError, match=r"in\.jsonl:2: malformed"):
        convert(broken(), jsonl.write_file, out)
    with pytest.raises(DataError, match=r"writing .*out\.jsonl failed \(.*No space left on device\); nothing was"):
        convert([ONE], failing, out)
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == ({"out.jsonl": before} if before else {})


def test_a_folder_with_files_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(ConfigError, match=r"is a folder that holds files, which are not replaced; name another one"):
        convert([ONE], to_folder, tmp_path)


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    out = tmp_path / "no" / "out.jsonl"
    with (
        pytest.raises(DataError, match=r"out\.jsonl cannot be written \(No such file or directory\); check its folder"),
        replacing(out),
    ):
        pass


def test_documents_are_written_as_they_are_read(tmp_path: Path) -> None:
    """The stream is consumed lazily: a document is on its way to the file before the next one is asked for."""
    events: list[str] = []

    def stream() -> Iterator[Document]:
        for number in range(3):
            events.append(f"read {number}")
            yield Document(str(number))

    def write(documents: Iterable[Document], path: Path) -> Counter[str]:
        path.touch()
        events.extend(f"wrote {document.text}" for document in documents)
        return Counter()

    convert(stream(), write, tmp_path / "out")
    assert events == ["read 0", "wrote 0", "read 1", "wrote 1", "read 2", "wrote 2"]
