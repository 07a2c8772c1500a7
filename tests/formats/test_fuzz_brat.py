"""brat folders in which everything is wrong: each bad line or file is an error, and what is good is read."""

import json
from pathlib import Path

import pytest

from gprel.document import Document, Entity, Relation
from gprel.errors import DataError
from gprel.formats import BadLine, brat

TEXT = "Ann met Bob\nin Rome 😀."
GOOD = ["T1\tPeop 0 3\tAnn", "T2\tPeop 8 11\tBob", "R1\tmet Arg1:T1 Arg2:T2"]
LAST = "T99\tLoc 15 19\tRome"
BAD = [
    *("T3\tLoc -4 19\tRome", "T3\tLoc 19 15\tRome", "T3\tLoc 15 15\t", "T3\tLoc 15 100\tRome", "T3\tLoc 100 104\tRome"),
    *("T3\tLoc 15.0 19\tRome", "T3\tLoc x 19\tRome", "T3\tLoc 15 1٩\tRome", f"T3\tLoc 15 1{'0' * 400}\tRome"),
    *("T3\tLoc 14 18\tRome", "T3\tLoc 15 19\trome", "T3\tLoc 15 19\tRome ", "T3\tLoc 15 19\tRome\tRome"),
    *("T3\tLoc 15\tRome", "T3\t15 19\tRome", "T3\tLoc\tRome", "T3\t\tRome", "T3", "T3\t", "T3 Loc 15 19 Rome", "T"),
    *("T3\tLo\tc 15 19\tRome", "T3\tLo c 15 19\tRome", "T3\tLoc 15 17;18 19\tRo e", "T3\tLoc 15 19;0 3\tRome Ann"),
    *("T3\tLoc 15 17;17 19\tRo me", "T3\tLoc 15 19;\tRome", "t3\tLoc 15 19\tRome"),
    *(
        "R2\tmet Arg1:T1 Arg2:T77",
        "R2\tmet Arg1:T1",
        "R2\tmet",
        "R2\t",
        "R2",
        "R",
        "R2\tmet T1 T2",
        "R2\tmet Arg1:T1 Arg1:T2",
    ),
    *("R2\tmet Arg1: Arg2:T2", "R2\tmet Arg1:T1 Arg2:T2 Arg3:T2", "R2\tmet Arg1:R1 Arg2:T2", "R2 met Arg1:T1 Arg2:T2"),
    *("E1\tMove:T1 Who:T2", "A1\tNegated T1", "M1\tNegated T1", "N1\tReference T1 Wikipedia:1\tx", "*\tEquiv T1 T2"),
    *("X1\tLoc 15 19\tRome", "\tLoc 15 19\tRome", "[" * 1000, '{"text": "a"}', "\0", "\0" * 1000, "é", "😀"),
    *("T3\tLoc 15 19\tR\0me", "T3\tLoc 15 19\t\ufeffRome", "\ufeffT3\tLoc 15 19\tRome", "a" * 100_000),
]


def folder(path: Path, ann: bytes, text: bytes = TEXT.encode()) -> Path:
    path.mkdir()
    (path / "d.txt").write_bytes(text)
    (path / "d.ann").write_bytes(ann)
    return path


def read(path: Path) -> tuple[list[Document], list[BadLine]]:
    bad: list[BadLine] = []
    documents = list(brat.read_file(path, on_error=bad.append))
    for part in bad:
        assert part.line > 0
        assert part.reason
        json.dumps([part.source, part.reason, part.content], ensure_ascii=False).encode()
    if bad:
        with pytest.raises(DataError) as error:
            list(brat.read_file(path))
        assert str(error.value) == str(bad[0])
    return documents, bad


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_every_bad_line_is_an_error_and_costs_itself_alone(end: str, tmp_path: Path) -> None:
    for number, line in enumerate(BAD):
        path = folder(tmp_path / str(number), end.join([*GOOD, line, LAST, ""]).encode())
        (document,), bad = read(path)
        assert [(part.source, part.line, part.content) for part in bad] == [(str(path / "d.ann"), 4, line)]
        assert document.entities is not None
        assert [document.surface(entity) for entity in document.entities] == ["Ann", "Bob", "Rome"]
        assert document.relations == (Relation("met", 0, 1),)


def test_all_bad_lines_at_once(tmp_path: Path) -> None:
    (document,), bad = read(folder(tmp_path / "a", "\n".join([GOOD[0], *BAD, *GOOD[1:], LAST]).encode()))
    assert [(part.line, part.content) for part in bad] == list(enumerate(BAD, start=2))
    assert len(document.entities or ()) == 3


def test_a_relation_of_an_id_that_two_entities_have_is_an_error(tmp_path: Path) -> None:
    (document,), bad = read(folder(tmp_path / "a", "\n".join([*GOOD, "T2\tLoc 15 19\tRome"]).encode()))
    assert [part.line for part in bad] == [3, 4]
    assert document.entities == (Entity(0, 3, "Peop"), Entity(8, 11, "Peop"))


@pytest.mark.parametrize("junk", [b"\xff", b"\xed\xa0\x80", b"\xe9", b"\0"])
def test_bytes_that_do_not_belong_there(junk: bytes, tmp_path: Path) -> None:
    good = [*GOOD, LAST]
    whole = "\n".join(good).encode()
    for at in range(0, len(whole), 10):
        (document,), bad = read(folder(tmp_path / str(at), whole[:at] + junk + whole[at:]))
        n_relations, n_entities = len(document.relations or ()), len(document.entities or ())
        lost = {part.content[:2] for part in bad if part.line != whole[:at].count(b"\n") + 1}
        assert lost <= {"R1"}  # its entity may be in the damaged line
        assert n_entities + n_relations + len(bad) == len(good)


def test_a_file_that_is_cut_off_anywhere(tmp_path: Path) -> None:
    good = [*GOOD, LAST]
    whole = "\n".join(good).encode()
    for end in range(1, len(whole), 5):
        (document,), bad = read(folder(tmp_path / str(end), whole[:end]))
        n_items = len(document.entities or ()) + len(document.relations or ())
        assert n_items + len(bad) == len(whole[:end].decode().strip().split("\n"))


@pytest.mark.parametrize(
    ("text", "n_documents"),
    [
        (b"", 1),
        (TEXT.encode()[:5], 1),
        (TEXT.encode("utf-16"), 0),
        ("é".encode("latin-1") + TEXT.encode(), 0),
        (b"\xed\xa0\x80" + TEXT.encode(), 0),
        (b"\0" * 40, 1),
        (b"\xef\xbb\xbf" + TEXT.encode(), 1),
    ],
)
def test_a_text_that_is_not_the_annotated_one(text: bytes, n_documents: int, tmp_path: Path) -> None:
    path = folder(tmp_path / "a", "\n".join([*GOOD, LAST]).encode(), text)
    (path / "ok.txt").write_text("x")
    documents, bad = read(path)
    assert [document.id for document in documents] == ["d", "ok"][1 - n_documents :]
    assert {Path(part.source).name for part in bad} == {"d.ann" if n_documents else "d.txt"}
    read_items = sum(len(d.entities or ()) + len(d.relations or ()) for d in documents)
    assert read_items + len(bad) == 4 or not n_documents


def test_names_that_leave_the_folder_do_not(tmp_path: Path) -> None:
    ids = [
        "../x",
        "../../x",
        "/etc/x",
        "a/../../x",
        "..",
        ".",
        "a/",
        "",
        "C:\\x",
        "nul",
        "a\0b",
        "x" * 300,
        "..\\x",
        "~/x",
    ]
    out = tmp_path / "deep" / "out"
    counts = brat.write_file([Document(id_ or "text", id=id_) for id_ in ids], out)
    assert counts == {"ids": len(ids) - 1}  # "~" is an ordinary name
    assert [path.name for path in tmp_path.iterdir()] == ["deep"]
    assert [path.name for path in out.parent.iterdir()] == ["out"]
    documents, bad = read(out)
    assert (sorted(document.text for document in documents), bad) == (sorted(id_ or "text" for id_ in ids), [])


def test_folders_and_dead_links_in_place_of_files(tmp_path: Path) -> None:
    path = folder(tmp_path / "a", b"")
    (path / "b.txt").mkdir()
    (path / "c.ann").mkdir()
    (path / "c.txt").write_text("c")
    (path / "e.txt").symlink_to(path / "gone")
    (path / "e.ann").write_text(GOOD[0])
    documents, bad = read(path)
    assert [document.id for document in documents] == ["c", "d"]
    assert [Path(part.source).name for part in bad] == ["e.ann"]
