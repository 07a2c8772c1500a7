"""Columns: words or characters with tags in any of the usual schemes."""

from pathlib import Path

import pytest

from gprel.document import Document, Entity, Relation, Span
from gprel.errors import ConfigError, DataError
from gprel.formats import BadLine, columns


def write(path: Path, text: str) -> Path:
    path.write_bytes(text.encode())
    return path


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_characters(tmp_path: Path, ending: str) -> None:
    lines = ["\ufeff小 B-PER", "明 I-PER", "在 O", "青 B-LOC", "城 I-LOC", "", "", "大 B-ORG", "山 B-ORG", "人 I-ORG"]
    assert list(columns.read_file(write(tmp_path / "a", ending.join(lines)))) == [
        Document("小明在青城", (Entity(0, 2, "PER"), Entity(3, 5, "LOC")), id="1"),
        Document("大山人", (Entity(0, 1, "ORG"), Entity(1, 3, "ORG")), id="2"),
    ]


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
@pytest.mark.parametrize("separator", [" ", "\t", "   "])
def test_words_with_columns_in_between(tmp_path: Path, ending: str, separator: str) -> None:
    rows = [
        "-DOCSTART- -X- -X- O",
        "",
        "Åsa NNP I-NP I-PER",
        "Berg NNP I-NP I-PER",
        "left VBD I-VP O ",
        "",
        "# NN I-NP O",
        "1 CD I-NP O",
        "-DOCSTART- -X- -X- O",
        "Oslo NNP I-NP I-LOC",
        "Rome NNP I-NP B-LOC",
    ]
    lines = [row.replace(" ", separator) for row in rows]
    assert list(columns.read_file(write(tmp_path / "a", ending.join(lines)))) == [
        Document("Åsa Berg left", (Entity(0, 8, "PER"),), id="1", words=(Span(0, 3), Span(4, 8), Span(9, 13))),
        Document("# 1", (), id="2", words=(Span(0, 1), Span(2, 3))),
        Document("Oslo Rome", (Entity(0, 4, "LOC"), Entity(5, 9, "LOC")), id="3", words=(Span(0, 4), Span(5, 9))),
    ]


@pytest.mark.parametrize(
    ("tags", "entities"),
    [
        ("B-P I-P O B-P B-L", ((0, 2, "P"), (3, 4, "P"), (4, 5, "L"))),  # BIO
        ("I-P I-P B-P O I-L", ((0, 2, "P"), (2, 3, "P"), (4, 5, "L"))),  # IOB1
        ("B-P E-P S-P B-L E-L", ((0, 2, "P"), (2, 3, "P"), (3, 5, "L"))),  # BIOES
        ("B-P I-P L-P U-P U-P", ((0, 3, "P"), (3, 4, "P"), (4, 5, "P"))),  # BILOU
        ("B-P M-P M-P E-P S-P", ((0, 4, "P"), (4, 5, "P"))),  # BMES
        ("I-P I-L L-L I-L O", ((0, 1, "P"), (1, 3, "L"), (3, 4, "L"))),  # inconsistent: a new one begins
        ("E-P E-P M-P S-P I-P", ((0, 1, "P"), (1, 2, "P"), (2, 3, "P"), (3, 4, "P"), (4, 5, "P"))),
        ("B-P-Q I-P-Q I-P O O", ((0, 2, "P-Q"), (2, 3, "P"))),
    ],
)
def test_schemes(tmp_path: Path, tags: str, entities: tuple[tuple[int, int, str], ...]) -> None:
    lines = [f"字 {tag}" for tag in tags.split()]
    (document,) = columns.read_file(write(tmp_path / "a", "\n".join(lines)))
    assert document.entities == tuple(Entity(*entity) for entity in entities)


def test_entity_without_begin_is_one_as_in_conlleval(tmp_path: Path) -> None:
    lines = "一 I-PER\n二 I-PER\n三 I-LOC\n四 O\n五 I-LOC\n六 B-LOC\n\n七 I-LOC\n"
    first, second = columns.read_file(write(tmp_path / "a", lines))
    assert first.entities == (Entity(0, 2, "PER"), Entity(2, 3, "LOC"), Entity(4, 5, "LOC"), Entity(5, 6, "LOC"))
    assert second.entities == (Entity(0, 1, "LOC"),)


def test_characters_that_are_blank_and_lines_without_tag_survive(tmp_path: Path) -> None:
    lines = "一 B-PER\n  I-PER\n二 I-PER\n\u3000\n O\n三\n\u3000 B-LOC\n \n四 O\n"
    first, second = columns.read_file(write(tmp_path / "a", lines))
    assert first == Document("一 二\u3000 三\u3000", (Entity(0, 3, "PER"), Entity(6, 7, "LOC")), id="1")
    assert second == Document("四", (), id="2")


def test_blanks_in_words_survive_between_tabs(tmp_path: Path) -> None:
    lines = "5 000\tCD\tO\nNew\xa0York\tNN\tS-LOC\n \t\tO\n\t O\n"
    (document,) = columns.read_file(write(tmp_path / "a", lines.replace("\t O\n", "")))
    assert document.text == "5 000 New\xa0York  "
    assert document.words == (Span(0, 5), Span(6, 14), Span(15, 16))
    assert document.entities == (Entity(6, 14, "LOC"),)


def test_comments_are_passed_over_before_sentences(tmp_path: Path) -> None:
    lines = "# id 1\tdomain=news\n# text = a\nAda _ _ B-PER\n# _ _ O\n\n# id 2\n# B-PER\nLovelace _ _ O\n"
    bad: list[BadLine] = []
    first, second = columns.read_file(write(tmp_path / "a", lines), on_error=bad.append)
    assert (first.text, second.text) == ("Ada #", "Lovelace")
    assert [part.line for part in bad] == [7]
    assert "expected 4 columns as on the lines above, got 2 on '# B-PER'" in str(bad[0])


def test_a_sentence_without_any_tag_is_not_annotated(tmp_path: Path) -> None:
    assert list(columns.read_file(write(tmp_path / "a", "Ada\nwrote\n\nBut\nLovelace B-PER\n"))) == [
        Document("Ada wrote", id="1", words=(Span(0, 3), Span(4, 9))),
        Document("But Lovelace", (Entity(4, 12, "PER"),), id="2", words=(Span(0, 3), Span(4, 12))),
    ]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (
            "小 PER",
            "expected a tag in the last column (O, or one of B, I, M, E, L, S, U and a type as in B-PER), got '小 PER'",
        ),
        ("小 B-", "expected a tag in the last column"),
        ("小 X-PER", "expected a tag in the last column"),
        ("小 S", "expected a tag in the last column"),
        ("小 B-PER x", "expected a tag in the last column"),
        ("小\tB-PER SON", "expected a tag in the last column"),
        ("小\tB-PER\tSON", "expected a tag in the last column"),
        ("小 明 O", "expected 2 columns as on the lines above, got 3 on '小 明 O'"),
        (" 小 O", "expected a word or character first and a tag last, with blanks or tabs between, got ' 小 O'"),
        ("\t小\tO", "expected a word or character first and a tag last"),
        ("小\xa0O", "expected a word or character first and a tag last"),
    ],
)
def test_bad_line(tmp_path: Path, line: str, reason: str) -> None:
    path = write(tmp_path / "a", f"一 O\n{line}\n二 O\n")
    with pytest.raises(DataError) as error:
        list(columns.read_file(path))
    assert str(error.value).startswith(f"{path}:2: ")
    assert reason in str(error.value)
    bad: list[BadLine] = []
    assert [document.text for document in columns.read_file(path, on_error=bad.append)] == ["一二"]
    assert [(part.line, part.content) for part in bad] == [(2, line)]


@pytest.mark.parametrize(
    ("lines", "text"),
    [
        ("小 O\n明 O\n2020 O\n年 O\n12 O\n月 O\n在 O\nOK O\n城 O\n。 O\n", "小明2020年12月在OK城。"),
        ("小明 O\n在 O\n青城 O\n工作 O\n。 O\n", "小明 在 青城 工作 。"),
        ("a O\nb O\n: O\n1 O\n", "a b : 1"),
        ("I O\nam O\n小 O\n", "I am 小"),
        ("한 B-LOC\n국 I-LOC\n어 O\n", "한국어"),
        ("한국 B-LOC\n어 O\n", "한국 어"),
    ],
)
def test_words_or_characters(tmp_path: Path, lines: str, text: str) -> None:
    path = write(tmp_path / "a", lines)
    (document,) = columns.read_file(path)
    assert document.text == text
    assert (document.words is None) == (" " not in document.text)
    (as_words,) = columns.read_file(path, unit="word")
    (as_characters,) = columns.read_file(path, unit="character")
    assert as_words.text.replace(" ", "") == as_characters.text
    assert as_characters.words is None


def test_only_the_beginning_decides(tmp_path: Path) -> None:
    path = write(tmp_path / "a", "字 O\n\n" * 2000 + "word O\nother O\n")
    assert list(columns.read_file(path))[-1] == Document("wordother", (), id="2001")
    path = write(tmp_path / "b", "字 O\n\n" * 400 + "word O\nother O\n\n" * 2000)
    assert list(columns.read_file(path))[-1].text == "word other"


@pytest.mark.parametrize("unit", ["Word", ""])
def test_unknown_unit(tmp_path: Path, unit: str) -> None:
    with pytest.raises(ConfigError, match=rf"^unit is '{unit}', expected one of: auto, word, character"):
        columns.read_file(tmp_path / "a", unit=unit)  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match=rf"^unit is '{unit}', expected one of"):
        columns.write_file([], tmp_path / "a", unit=unit)  # type: ignore[arg-type]


def test_bio_is_written_and_the_rest_counted(tmp_path: Path) -> None:
    entities = (
        Entity(4, 8, "Sur name", 1.5),
        Entity(0, 8, "PER"),
        Entity(0, 8, "ORG"),
        Entity(4, 13, "X"),
        Entity(14, 18, "Home town"),
    )
    document = Document("Åsa Berg left Oslo.", entities, (Relation("r", 0, 1, 2.0),))
    unknown = Document("Bare", None, ())
    assert columns.write_file([document, Document(" \n"), unknown], tmp_path / "a") == {
        "nested entities": 2,
        "overlapping entities": 1,
        "entity types": 1,
        "relations": 1,
        "scores": 2,
        "texts": 2,
        "words": 3,
        "ids": 2,
        "documents": 1,
        "unknown annotation": 2,
    }
    content = (tmp_path / "a").read_text(encoding="utf-8")
    assert content == "Åsa B-PER\nBerg I-PER\nleft O\nOslo B-Home_town\n. O\n\nBare O\n\n"


def test_chinese_is_written_by_character(tmp_path: Path) -> None:
    written = [
        Document("小明 in\t青城\u3000", (Entity(0, 2, "PER"), Entity(6, 8, "LOC")), id="1"),
        Document("\ufeff大山", (), id="2"),
        Document("一\n二", (), id="3", words=(Span(0, 1), Span(2, 3))),
    ]
    assert columns.write_file(written, tmp_path / "a") == {"texts": 1, "words": 1}
    assert (
        (tmp_path / "a").read_text(encoding="utf-8").startswith("小 B-PER\n明 I-PER\n  O\ni O\nn O\n\t O\n青 B-LOC\n")
    )
    read = list(columns.read_file(tmp_path / "a"))
    assert read == [*written[:2], Document("一 二", (), id="3")]
    assert columns.write_file(written[:1], tmp_path / "b", unit="word") == {"texts": 1, "words": 1}
    assert (tmp_path / "b").read_text(encoding="utf-8") == "小 B-PER\n明 I-PER\nin O\n青 B-LOC\n城 I-LOC\n\n"


def test_a_byte_order_mark_in_the_text_survives(tmp_path: Path) -> None:
    for unit in ("word", "character"):
        text = "\ufeff a" if unit == "word" else "\ufeffa"
        columns.write_file([Document(text, ()), Document(text, ())], tmp_path / unit, unit=unit)  # type: ignore[arg-type]
        assert [document.text for document in columns.read_file(tmp_path / unit, unit=unit)] == [text, text]  # type: ignore[arg-type]


def test_words_that_a_line_cannot_hold_are_split(tmp_path: Path) -> None:
    document = Document("New York -DOCSTART-", (), id="1", words=(Span(0, 8), Span(9, 19)))
    assert columns.write_file([document], tmp_path / "a") == {"texts": 1, "words": 1}
    assert [read.text for read in columns.read_file(tmp_path / "a")] == ["New York - DOCSTART -"]


@pytest.mark.parametrize(
    ("split", "counts"), [("train", (20864, 33992)), ("dev", (2318, 3819)), ("test", (4636, 7707))]
)
def test_real_files(data_dir: Path, split: str, counts: tuple[int, int]) -> None:
    documents = list(columns.read_file(data_dir / "peoples_daily" / f"example.{split}"))
    assert (len(documents), sum(len(document.entities or ()) for document in documents)) == counts
    assert all(document.words is None for document in documents)
