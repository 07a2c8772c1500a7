"""brat standoff: offsets in characters of the file as it is, and every line that is not read is reported."""

import os
from pathlib import Path

import pytest

from gprel.document import Document, Entity, Relation, Span
from gprel.errors import DataError
from gprel.formats import BadLine, brat


def write(path: Path, data: str | bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return path


def read(path: Path) -> tuple[list[Document], list[BadLine]]:
    bad: list[BadLine] = []
    return list(brat.read_file(path, on_error=bad.append)), bad


def pair(folder: Path, text: str, ann: str) -> Path:
    write(folder / "a.txt", text)
    return write(folder / "a.ann", ann)


def test_entities_relations_and_notes(tmp_path: Path) -> None:
    ann = (
        "R1\tLive_In Arg1:T2 Arg2:T1\r\nT1\tLoc 12 16\tOslo\r\n\r\n"
        "T2\tPeop 0 3\tÅsa\r\n#1\tAnnotatorNotes T1\tsure?\r\n"
        "R2\tHas Arg2:T2 Arg1:T1\t\nR3\tCoref Anaphora:T1 Antecedent:T2\n"
    )
    pair(tmp_path, "Åsa lives 😀 Oslo.\n", ann)
    assert list(brat.read_file(tmp_path)) == [
        Document(
            "Åsa lives 😀 Oslo.\n",
            (Entity(12, 16, "Loc"), Entity(0, 3, "Peop")),
            (Relation("Live_In", 1, 0), Relation("Has", 0, 1), Relation("Coref", 0, 1)),
            id="a",
        )
    ]


def test_folders_are_read_in_order_with_unknown_and_empty_annotation(tmp_path: Path) -> None:
    for name in ("10", "9", "b/2", "a.b"):
        write(tmp_path / f"{name}.txt", name)
    write(tmp_path / "9.ann", "\ufeff\n")
    write(tmp_path / "annotation.conf", "[entities]")
    assert list(brat.read_file(tmp_path)) == [
        Document("9", (), (), id="9"),
        Document("10", id="10"),
        Document("a.b", id="a.b"),
        Document("b/2", id="b/2"),
    ]


@pytest.mark.parametrize("name", ["a.txt", "a.ann"])
def test_one_document(tmp_path: Path, name: str) -> None:
    pair(tmp_path, "Ada", "T1\tP 0 3\tAda\n")
    assert list(brat.read_file(tmp_path / name)) == [Document("Ada", (Entity(0, 3, "P"),), (), id="a")]


def test_text_is_the_file_as_it_is(tmp_path: Path) -> None:
    pair(tmp_path, "\ufeffAda\r\nByron\r\n", "T1\tP 1 11\tAda  Byron\nT2\tP 1 4;6 11\tAda Byron\nT3\tP 6 11\n")
    (document,) = brat.read_file(tmp_path)
    assert document.text == "\ufeffAda\r\nByron\r\n"
    assert document.entities == (Entity(1, 11, "P"), Entity(1, 11, "P"), Entity(6, 11, "P"))


BAD = {
    "T9\tP 0 3;8 12\tAda Oslo": "the span 0 3;8 12 is discontinuous, which no entity can be",
    "T9\tP 0 3;4 7\tAda and": "the span 0 3;4 7 is discontinuous",
    "T9\tP 0 3;2 7\tAda a and": "the span 0 3;2 7 is discontinuous",
    "T9\tP 0 3\tAda and": "the line says 'Ada and' is at 0 3, where the text has 'Ada'",
    "T9\tP 0 3\tIda": "the line says 'Ida' is at 0 3, where the text has 'Ada'",
    "T9\tP 0 99\tAda": "the offsets are 0..99 but the text has 13 characters",
    "T9\tP 3 3\t": "the offsets are 3..3",
    "T9\tP 3 0\tAda": "the offsets are 3..0",
    "T9\tP -1 3\tAda": "expected TYPE START END between two tabs, got 'P -1 3'",
    "T9\tP 0 " + "9" * 5000 + "\tAda": "expected TYPE START END between two tabs",
    "T9\tWork For 0 3\tAda": "expected TYPE START END between two tabs, got 'Work For 0 3'",
    "T9": "expected TYPE START END between two tabs, got ''",
    "T1\tP 4 7\tand": "the id T1 was given to another entity above; give each its own id",
    "E1\tBirth:T1 Child:T2": "this is an event; its trigger is kept",
    "*\tEquiv T1 T2": "this is an equivalence of entities",
    "A1\tNegation T1": "this is an attribute; a document has no place for it, so the line is left out",
    "M1\tNegation T1": "this is an attribute",
    "N1\tReference T1 Wikipedia:7\tAda": "this is a normalization",
    "Ada T1": "expected an id (T1, R1, ...), a tab and an annotation",
    "x\tP 0 3\tAda": "expected an id (T1, R1, ...), a tab and an annotation",
    "R1\tIn Arg1:T2 Arg2:T7": "the argument T7 is no entity that could be read, or several have this id",
    "R1\tIn Arg1:E1 Arg2:T2": "the argument E1 is no entity",
    "R1\tIn Arg1:T1": "expected TYPE Arg1:ID Arg2:ID behind the tab, got 'In Arg1:T1'",
    "R1\tIn Arg1:T1 Arg1:T2": "expected TYPE Arg1:ID Arg2:ID",
    "R1\tIn T1 T2": "expected TYPE Arg1:ID Arg2:ID",
    "R1\t": "expected TYPE Arg1:ID Arg2:ID behind the tab, got ''",
    "R1": "expected TYPE Arg1:ID Arg2:ID",
}


@pytest.mark.parametrize(("line", "reason"), BAD.items(), ids=range(len(BAD)))
def test_a_bad_line_is_named_and_the_rest_is_kept(tmp_path: Path, line: str, reason: str) -> None:
    path = pair(tmp_path, "Ada and Oslo.", f"T1\tP 0 3\tAda\n{line}\nT2\tL 8 12\tOslo\n")
    with pytest.raises(DataError) as error:
        list(brat.read_file(tmp_path))
    assert str(error.value).startswith(f"{path}:2: ")
    assert reason in str(error.value)
    documents, bad = read(tmp_path)
    assert documents == [Document("Ada and Oslo.", (Entity(0, 3, "P"), Entity(8, 12, "L")), (), id="a")]
    assert [(part.source, part.line, part.content) for part in bad] == [(str(path), 2, line)]


def test_relations_of_bad_entities_are_reported_too(tmp_path: Path) -> None:
    ann = "R1\tIn Arg1:T1 Arg2:T2\nT1\tP 0 3;8 12\tAda Oslo\nT2\tL 8 12\tOslo\nT2\tL 0 3\tAda\nR2\tIn Arg1:T2 Arg2:T2\n"
    pair(tmp_path, "Ada and Oslo.", ann)
    documents, bad = read(tmp_path)
    assert documents == [Document("Ada and Oslo.", (Entity(8, 12, "L"),), (), id="a")]
    assert [part.line for part in bad] == [1, 2, 4, 5]


def test_bytes_that_are_not_utf8(tmp_path: Path) -> None:
    write(tmp_path / "a.txt", b"one\ntw\xe9\n")
    write(tmp_path / "a.ann", "T1\tP 0 3\tone\n")
    write(tmp_path / "b.txt", "Ada")
    write(tmp_path / "b.ann", b"T1\tP 0 3\tAda\n#1\tNote T1\t\xe9\n")
    documents, bad = read(tmp_path)
    assert documents == [Document("Ada", (Entity(0, 3, "P"),), (), id="b")]
    assert [(part.source, part.line, part.content) for part in bad] == [
        (str(tmp_path / "a.txt"), 2, "one\ntw\\xe9\n"),
        (str(tmp_path / "b.ann"), 2, "#1\tNote T1\t\\xe9"),
    ]
    with pytest.raises(DataError, match=r"a\.txt:2: byte 0xe9 is not UTF-8, so the document is left out; save the"):
        list(brat.read_file(tmp_path))


def test_annotation_without_text(tmp_path: Path) -> None:
    write(tmp_path / "a.ann", "T1\tP 0 3\tAda\n")
    write(tmp_path / "b.txt", "b")
    documents, bad = read(tmp_path)
    assert documents == [Document("b", id="b")]
    assert [(str(part), part.content) for part in bad] == [
        (
            f"{tmp_path / 'a.ann'}:1: there is no text a.txt beside it; put it there, or remove this file",
            "T1\tP 0 3\tAda\n",
        )
    ]
    with pytest.raises(DataError, match=r"a\.ann:1: there is no text a\.txt beside it"):
        list(brat.read_file(tmp_path / "a.ann"))


def test_shared_task_files_are_reported(tmp_path: Path) -> None:
    for name in ("a.txt", "a.a1", "a.a2", "b.a1"):
        write(tmp_path / name, name)
    documents, bad = read(tmp_path)
    assert documents == [Document("a.txt", id="a")]
    assert [Path(part.source).name for part in bad] == ["a.a1", "a.a2", "b.a1"]
    assert bad[1].reason == "annotation in .a2 files is not read; join the lines of .a1 and .a2 in a.ann"


def test_a_file_that_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pair(tmp_path, "Ada", "T1\tP 0 3\tAda\n")
    write(tmp_path / "b.txt", "b")
    whole = Path.read_bytes

    def read_bytes(path: Path) -> bytes:
        if path.name in ("a.ann", "b.txt"):
            raise PermissionError(13, "Permission denied")
        return whole(path)

    monkeypatch.setattr(Path, "read_bytes", read_bytes)
    documents, bad = read(tmp_path)
    assert documents == []
    assert [str(part) for part in bad] == [
        f"{tmp_path / name}:1: cannot be read (Permission denied); check its permissions" for name in ("a.ann", "b.txt")
    ]


def test_nothing_to_read(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"is empty; expected a folder with \.txt and \.ann files"):
        brat.read_file(tmp_path)
    with pytest.raises(DataError, match=r"gone does not exist; check the path"):
        brat.read_file(tmp_path / "gone")
    with pytest.raises(DataError, match=r"has the suffix '\.csv', expected a folder, a \.txt or an \.ann file"):
        brat.read_file(write(tmp_path / "a.csv", "a"))


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such names")
def test_a_name_that_is_not_utf8(tmp_path: Path) -> None:
    try:
        write(tmp_path / os.fsdecode(b"\xe9.txt"), "a")
    except OSError:
        pytest.skip("this file system allows UTF-8 names alone")
    assert list(brat.read_file(tmp_path)) == [Document("a", id="\\xe9")]


def test_written_files(tmp_path: Path) -> None:
    text = "Ada\r\n\nByron met\n"
    entities = (Entity(0, 11, "P"), Entity(6, 11, "Last name"), Entity(11, 16, "X"))
    document = Document(text, entities, (Relation("part of", 1, 0),), id="b/1")
    counted = brat.write_file([document, Document("x", id="2")], tmp_path / "new")
    assert counted == {"entity types": 1, "relation types": 1}
    assert (tmp_path / "new/b/1.txt").read_bytes() == text.encode()
    assert (tmp_path / "new/b/1.ann").read_bytes().decode() == (
        "T1\tP 0 3;6 11\tAda Byron\nT2\tLast_name 6 11\tByron\nT3\tX 11 16\t met \nR1\tpart_of Arg1:T2 Arg2:T1\n"
    )
    assert not (tmp_path / "new/2.ann").exists()
    second, first = brat.read_file(tmp_path / "new")
    assert first.entities == (Entity(0, 11, "P"), Entity(6, 11, "Last_name"), Entity(11, 16, "X"))
    assert second == Document("x", id="2")


IDS = [
    *("../x", "/etc/x", "a/../../x", "C:\\x", "C:/x", "a\\b", "", None, ".", "..", "a//b", "a/", "aux"),
    *(
        "a/NUL",
        "Com1.x",
        "x ",
        "x.",
        "a\x00b",
        "a\nb",
        "x" * 300,
        "/".join(["x" * 200] * 40),
        "a?",
        "x.ann/y",
        "\ud800",
        "first",
        "a\u202eb",
    ),
]


@pytest.mark.parametrize("id_", IDS, ids=range(len(IDS)))
def test_ids_stay_in_the_folder(tmp_path: Path, id_: str | None) -> None:
    outside = set(tmp_path.parent.iterdir())
    folder = tmp_path / "in" / "new"
    documents = [Document("1", id="first"), Document("2", id=id_), Document("3", id="document-2")]
    assert brat.write_file(documents, folder) == {"ids": 2}
    read_back = list(brat.read_file(folder))
    assert {document.id: document.text for document in read_back} == {
        "first": "1",
        "document-2": "2",
        "document-3": "3",
    }
    assert [path.name for path in tmp_path.iterdir()] == ["in"]
    assert [path.name for path in (tmp_path / "in").iterdir()] == ["new"]
    assert set(tmp_path.parent.iterdir()) == outside


@pytest.mark.parametrize("id_", ["a.b", ".a", "a b", "名/😀", "-", "auxiliary", "a.txt", "~", "1-2_3,(4)"])
def test_ids_that_are_fine(tmp_path: Path, id_: str) -> None:
    documents = [Document("x", (), (), id=id_)]
    assert not brat.write_file(documents, tmp_path / "new")
    assert list(brat.read_file(tmp_path / "new")) == documents


def test_a_made_up_name_that_is_taken(tmp_path: Path) -> None:
    documents = [Document("1", id="document-2"), Document("2"), Document("3", id="document-2")]
    assert brat.write_file(documents, tmp_path / "new") == {"ids": 2}
    assert {document.id for document in brat.read_file(tmp_path / "new")} == {"document-2", "document-2-", "document-3"}


def test_nothing_is_written_over(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"^the folder .* cannot be made \(File exists\); name one that does not exist"):
        brat.write_file([], tmp_path)


def test_words_between_blanks_are_said_in_the_configuration(tmp_path: Path) -> None:
    words = (Span(0, 3), Span(4, 8), Span(9, 10))
    documents = [Document("Ada U.S. .", (Entity(4, 8, "L"),), (), "1", words), Document(" ", id="2", words=())]
    assert not brat.write_file(documents, tmp_path / "new")
    config = (tmp_path / "new/tools.conf").read_text(encoding="utf-8")
    assert config.endswith("\n[options]\nTokens\ttokenizer:whitespace\n")  # as brat knows it
    assert list(brat.read_file(tmp_path / "new")) == documents
    assert list(brat.read_file(tmp_path / "new/1.ann")) == documents[:1]
    (tmp_path / "new/1.ann").write_text("T1\tL 4 7\tU.S\n", encoding="utf-8")
    first, second = brat.read_file(tmp_path / "new")
    assert (first.words, second.words) == (None, ())  # somebody marked something else than words
    (tmp_path / "new/tools.conf").write_text("[options]\nTokens\ttokenizer:whitespace\n", encoding="utf-8")
    assert [document.words for document in brat.read_file(tmp_path / "new")] == [None, None]  # anybody's project


@pytest.mark.parametrize("other", [Document("b", id="2"), Document("a b", id="2", words=(Span(0, 3),))])
def test_words_of_some_documents_are_lost(tmp_path: Path, other: Document) -> None:
    counted = brat.write_file([Document("a", id="1", words=(Span(0, 1),)), other], tmp_path / "new")
    assert counted == {"words": 1 + (other.words is not None)}
    assert [document.words for document in brat.read_file(tmp_path / "new")] == [None, None]
    assert not (tmp_path / "new/tools.conf").exists()
