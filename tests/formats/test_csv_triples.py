"""CSV of triples: rows become documents, and broken rows are reported."""

import csv
from pathlib import Path

import pytest

from gprel.document import Document, Entity, Relation, UnplacedTriple
from gprel.errors import DataError
from gprel.formats import BadLine, csv_triples


def write(path: Path, data: str | bytes) -> Path:
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return path


def read(path: Path) -> tuple[list[Document], list[BadLine]]:
    bad: list[BadLine] = []
    return list(csv_triples.read_file(path, on_error=bad.append)), bad


def placed(document: Document) -> list[tuple[int, str, int]]:
    return [(subject.start, name, object_.start) for subject, name, object_ in document.triples()]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_strings_are_placed_at_every_occurrence(tmp_path: Path, delimiter: str, end: str) -> None:
    rows = ["Text|subject| RELATION|object|note", '"Parisian art, art in Paris; ok"|Paris|has|art|?', "x|x|r|y|", ""]
    data = "\ufeff\n" + end.join(rows).replace("|", delimiter)
    first, second = csv_triples.read_file(write(tmp_path / "a.csv", data))
    assert first.entities == (Entity(9, 12, "Entity"), Entity(14, 17, "Entity"), Entity(21, 26, "Entity"))
    assert placed(first) == [(21, "has", 9), (21, "has", 14)]
    assert second == Document("x", (), (), unplaced=(UnplacedTriple("x", "r", "y"),))


def test_rows_of_one_text_are_one_document(tmp_path: Path) -> None:
    data = (
        "id,text,subject,relation,object,subject_type\n"
        "1,a b,a,r,b,T\n1,a b,b,s,a,U\n\n2,a b,,,,\n,a b,a,r,b,\n,c d,c,r,d,\n,c d,c,r,d,\n,a b,,,,\n,,,,,\n"
    )
    documents, bad = read(write(tmp_path / "a.csv", data))
    assert bad == []
    assert [(document.id, document.text, len(document.relations or ())) for document in documents] == [
        *[("1", "a b", 2), ("2", "a b", 0), (None, "a b", 1), (None, "c d", 1), (None, "a b", 0)]
    ]
    assert documents[0].entities == (
        *(Entity(0, 1, "Entity"), Entity(0, 1, "T"), Entity(2, 3, "Entity"), Entity(2, 3, "U")),
    )
    assert documents[1] == Document("a b", (), (), id="2")


HEADER = "text,subject,relation,object,subject_start,subject_end,object_start,object_end,object_type\n"


def test_offsets_and_strings(tmp_path: Path) -> None:
    data = HEADER + 'a 😀 a,a,r,"😀",4,5, 2,3,E\na 😀 a,a,s,😀,,,,,\n'
    (document,) = csv_triples.read_file(write(tmp_path / "a.csv", data))
    assert placed(document) == [(4, "r", 2), (0, "s", 2), (4, "s", 2)]
    assert [entity.type for entity in document.entities or ()] == ["Entity", "E", "Entity", "Entity"]


def test_quotes_line_ends_and_long_fields(tmp_path: Path) -> None:
    text = 'He said: "no",\r\nthen\rleft.\n' + "x" * 200_000
    path = tmp_path / "a.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, quoting=csv.QUOTE_ALL).writerows(
            [("text", "subject", "relation", "object"), (text, "He", "r", "no")]
        )
    csv.field_size_limit(131_072)
    (document,) = csv_triples.read_file(path)
    assert document.text == text
    assert placed(document) == [(0, "r", 10)]


BAD = {
    "a b,a,r": "the row has 3 fields, expected 9 as in the header",
    'a b,"a"x,r,b,,,,,': "the row cannot be read (',' expected after '\"'); quote fields that hold quotes",
    "a b\rc,a,r,b,,,,,": "the row cannot be read (new-line character seen in unquoted field",
    "a b,,r,b,,,,,": "the subject of the row is empty; remove the triple or name the subject",
    "a b,a, ,b,,,,,": "the relation of the row is empty",
    "a b,a,,b,0,1,2,3,": "the relation of the row is empty; name it, or empty the other fields, too",
    "a b,,,,0,1,2,3,": "the relation of the row is empty",
    "a b,a,r,b,0,1,,,": "object_start is '', expected a whole number; give all four offsets of a row or none",
    "a b,a,r,b,0.0,1,2,3,": "subject_start is '0.0', expected a whole number",
    "a b,a,r,b,-3,1,2,3,": "subject_start is '-3', expected a whole number",
    "a b,a,r,b,0,1,2,99,": "the object has the offsets 2..99 but the text has 3 characters",
    "a b,a,r,b,1,0,2,3,": "the subject has the offsets 1..0 but",
    "a b,a,r,b,0,1,1,3,": "the object is 'b' at 1..3, where the text has ' b'",
}


@pytest.mark.parametrize(("row", "reason"), BAD.items(), ids=range(len(BAD)))
def test_a_bad_row_is_named_and_reading_goes_on(tmp_path: Path, row: str, reason: str) -> None:
    path = write(tmp_path / "a.csv", f"{HEADER}first,,,,,,,,\n{row}\nlast,,,,,,,,\n")
    with pytest.raises(DataError) as error:
        list(csv_triples.read_file(path))
    assert str(error.value).startswith(f"{path}:3: ")
    assert reason in str(error.value)
    documents, bad = read(path)
    assert [document.text for document in documents] == ["first", "last"]
    assert [(part.line, part.content) for part in bad] == [(3, row)]


def test_a_bad_row_costs_its_document_and_nothing_is_lost(tmp_path: Path) -> None:
    rows = ["a b,a,r,b,,,,,", '"a b",,r,b,,,,,', "a b,b,r,a,,,,,", "c d,c,r,d,,,,,"]
    documents, bad = read(write(tmp_path / "a.csv", HEADER + "\n".join(rows)))
    assert [document.text for document in documents] == ["c d"]
    assert [(part.line, part.content) for part in bad] == [(3, "\n".join(rows[:3]))]


def test_one_id_with_two_texts(tmp_path: Path) -> None:
    data = "id,text,subject,relation,object\n1,a,,,\n1,b,,,\n2,b,,,\n"
    documents, bad = read(write(tmp_path / "a.csv", data))
    assert [document.id for document in documents] == ["2"]
    assert [str(part) for part in bad] == [
        f"{tmp_path / 'a.csv'}:3: the row has the id '1' of the row above but another text"
    ]


def test_a_quote_that_is_never_closed_takes_the_rest_of_the_file(tmp_path: Path) -> None:
    documents, bad = read(write(tmp_path / "a.csv", HEADER + 'a,,,,,,,,\n"b,,,,,,,,\nc,,,,,,,,\n'))
    assert [document.text for document in documents] == ["a"]
    assert [(part.line, part.content) for part in bad] == [(3, '"b,,,,,,,,\nc,,,,,,,,')]
    assert "unexpected end of data" in bad[0].reason


def test_bytes_that_are_not_utf8(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", HEADER.encode() + b'"a\nb",,,,,,,,\nc\xe9,,,,,,,,\nd,,,,,,,,\n')
    documents, bad = read(path)
    assert [document.text for document in documents] == ["a\nb", "d"]
    assert [(str(part), part.content) for part in bad] == [
        (f"{path}:4: byte 0xe9 is not UTF-8; save the file as UTF-8", "c\\xe9,,,,,,,,")
    ]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (
            "text|subject|relation|object\n",
            r"a\.csv:1: expected a header with the columns text, subject, relation, object",
        ),
        ("\ntext,subject,object\n", r"a\.csv:2: expected a header .* got 'text,subject,object'"),
        ("text,subject,relation,object\ra,b,c,d\r", r"a\.csv:1: expected a header .* got 'text"),
        (
            "text,Text,subject,relation,object\n",
            r"a\.csv:1: the header has the column 'text' twice; rename one of them",
        ),
        (b"\xff\xfet\0", r"a\.csv is UTF-16 by its first two bytes; save the file as UTF-8"),
        (b"\nt\xe9xt,subject\n", r"a\.csv:2: byte 0xe9 is not UTF-8; save the file as UTF-8"),
        ("text,subject,relation,object\n \n,,,\n", r"a\.csv is empty; expected at least one row below the header"),
    ],
)
def test_files_without_rows(tmp_path: Path, data: str | bytes, message: str) -> None:
    with pytest.raises(DataError, match=message):
        list(csv_triples.read_file(write(tmp_path / "a.csv", data)))


def test_written_rows(tmp_path: Path) -> None:
    documents = [
        Document("a b", (Entity(0, 1, "T"), Entity(2, 3, "U")), (Relation("r", 1, 0),), id="1"),
        Document("c", (Entity(0, 1, "T"),), (), id="1", unplaced=(UnplacedTriple("x", "r", "c"),)),
        Document("d"),
        Document("d", (), ()),
        Document("", (), (), unplaced=(UnplacedTriple("", "r", "c"), UnplacedTriple("c", "r", "c"))),
        Document("e e", (), (), unplaced=(UnplacedTriple("e", "r", "e"),)),
    ]
    path = tmp_path / "a.csv"
    counted = csv_triples.write_file(documents, path)
    assert counted == {"ids": 3, "entities": 1, "unknown annotation": 1, "unplaced triples": 2}
    assert path.read_text(encoding="utf-8").splitlines() == [
        '"id","text","subject","relation","object","subject_type","object_type","subject_start","subject_end",'
        '"object_start","object_end"',
        '"1","a b","b","r","a","U","T",2,3,0,1',
        '"1#2","c","x","r","c","","","","","",""',
        '"","d","","","","","","","","",""',
        '"#4","d","","","","","","","","",""',
        '"#5","","c","r","c","","","","","",""',
        '"","e e","","","","","","","","",""',
    ]
    first, *_ = csv_triples.read_file(path)
    assert first == documents[0]
    with pytest.raises(DataError, match=r"a\.csv exists already"):
        csv_triples.write_file(documents, path)
