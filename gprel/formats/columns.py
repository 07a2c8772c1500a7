"""Columns in the manner of CoNLL: a word first and a tag last on every line, an empty line behind every sentence.

Tags are ``O`` or a prefix and a type, as in ``B-PER``. The schemes BIO (IOB2), IOB1, BIOES, BILOU and BMES are all
read without being named: ``B``, ``S`` and ``U`` begin an entity, ``I``, ``M``, ``E`` and ``L`` go on with one of the
same type, and begin one where there is none, as in conlleval; ``E``, ``L``, ``S`` and ``U`` end it. BIO is written.

Columns in between are passed over. They are separated by blanks or, on lines with a tab, by tabs alone.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import Literal, NamedTuple, get_args

from gprel.document import Document, Entity, Span
from gprel.errors import ConfigError, DataError
from gprel.formats.sink import create, unheld
from gprel.formats.source import BadLine, OnError, numbered, read_lines, reject
from gprel.formats.unit import look_ahead
from gprel.formats.words import in_words, join_words

Unit = Literal["auto", "word", "character"]
_DOCUMENT_START = "-DOCSTART-"
_PREFIXES = "BIMELSU"
_GOING_ON = "IMEL"
_ENDING = "ELSU"


class _Row(NamedTuple):
    """A word and its tag, ``None`` where the line has none."""

    word: str
    tag: str | None


def read_file(path: Path, *, on_error: OnError | None = None, unit: Unit = "auto") -> Iterator[Document]:
    """Read sentences; the id counts them from 1.

    A line without a tag counts as outside; a sentence without any tag is not annotated. Lines that begin with
    ``-DOCSTART-`` and comments (``# ...`` before a sentence, without a tag) are passed over. All lines with a tag have
    as many columns as the first one. With ``on_error`` a bad line is left out of its sentence.

    Args:
        path: The file.
        on_error: Takes the bad lines.
        unit: What a line holds. Words are joined by blanks and kept as spans; characters are joined without blanks.
            "auto" looks at the first sentences: characters stand alone, and are mostly Chinese, Japanese or Korean.

    Raises:
        ConfigError: If ``unit`` is unknown.
        DataError: With file and line, at a bad line if ``on_error`` is ``None``; if the file is empty; at once if it
            is missing.
    """
    _check(unit)
    return _documents(_sentences(read_lines(path), str(path), on_error), unit)


def _check(unit: Unit) -> None:
    if unit not in get_args(Unit):
        raise ConfigError(f"unit is {unit!r}, expected one of: {', '.join(get_args(Unit))}")


def _documents(sentences: Iterator[list[_Row]], unit: Unit) -> Iterator[Document]:
    ahead: list[list[_Row]] = []
    if unit == "auto":
        ahead, unit = look_ahead(sentences, lambda sentence: (row.word for row in sentence))
    for number, sentence in enumerate(chain(ahead, sentences), start=1):
        yield _document(sentence, str(number), is_words=unit == "word")


def _sentences(lines: Iterator[str], source: str, on_error: OnError | None) -> Iterator[list[_Row]]:
    sentence: list[_Row] = []
    n_columns = 0  # of the first line with a tag
    for number, line in numbered(lines, source, on_error):
        columns = _split(line)
        if not columns or columns[0] == _DOCUMENT_START:
            if sentence:
                yield sentence
            sentence = []
        elif sentence or not line.startswith("# ") or _is_tag(columns[-1]):
            try:
                sentence.append(_row(line, columns, n_columns))
                n_columns = n_columns or (len(columns) if len(columns) > 1 else 0)
            except DataError as error:
                reject(BadLine(source, number, str(error), line), on_error)
    if sentence:
        yield sentence


def _split(line: str) -> list[str]:
    """The columns of a line; none if it is empty."""
    # Only blanks and tabs: an ideographic or no-break space alone on its line is a character of the text.
    line = line.rstrip(" \t")
    if not line:
        return []
    if "\t" in line[1:]:
        first, *rest = line.split("\t")
        return [first.strip(" ") or first[:1], *(column.strip(" ") for column in rest)]
    if line[0].isspace():
        return [line[0], *line[1:].split()]  # the character of this line is itself a blank
    return [column for column in line.split(" ") if column]


@lru_cache(1024)  # a file has few tags and many lines
def _is_tag(column: str) -> bool:
    is_typed = len(column) > 2 and column[0] in _PREFIXES and column[1] == "-"
    return column == "O" or (is_typed and not any(map(str.isspace, column)))


def _row(line: str, columns: list[str], n_columns: int) -> _Row:
    word, *rest = columns
    is_indented = line[0].isspace() and "\t" not in line[1:] and len(rest) > 1
    if is_indented or not word or (len(word) > 1 and not rest and any(map(str.isspace, word))):
        raise DataError(f"expected a word or character first and a tag last, with blanks or tabs between, got {line!r}")
    if rest and not _is_tag(rest[-1]):
        raise DataError(
            f"expected a tag in the last column (O, or one of {', '.join(_PREFIXES)} and a type as in B-PER), "
            f"got {line!r}"
        )
    if rest and n_columns not in (0, len(columns)):
        raise DataError(f"expected {n_columns} columns as on the lines above, got {len(columns)} on {line!r}")
    return _Row(word, rest[-1] if rest else None)


def _document(sentence: list[_Row], id_: str, *, is_words: bool) -> Document:
    if is_words:
        text, spans = join_words(row.word for row in sentence)
    else:
        text, start, characters = "".join(row.word for row in sentence), 0, []
        for row in sentence:
            characters.append(Span(start, start + len(row.word)))
            start += len(row.word)
        spans = tuple(characters)
    is_annotated = any(row.tag is not None for row in sentence)
    entities = entities_of([row.tag or "O" for row in sentence], spans) if is_annotated else None
    return Document(text, entities, id=id_, words=spans if is_words else None)


def entities_of(tags: Sequence[str], spans: Sequence[Span]) -> tuple[Entity, ...]:
    """Entities from the tags of words or characters, in any of the schemes.

    Args:
        tags: ``O``, or a prefix and a type.
        spans: Where the tagged words stand.
    """
    entities: list[Entity] = []
    open_type = ""  # type of the entity that may go on
    for tag, span in zip(tags, spans, strict=True):
        prefix, type_ = tag[0], tag[2:]
        if type_ and prefix in _GOING_ON and type_ == open_type:
            entities[-1] = Entity(entities[-1].start, span.end, type_)
        elif type_:
            entities.append(Entity(span.start, span.end, type_))
        open_type = "" if prefix in _ENDING else type_
    return tuple(entities)


def write_file(documents: Iterable[Document], path: Path, *, unit: Unit = "auto") -> Counter[str]:
    """Write two columns, words or characters and BIO tags, separated by a blank.

    Args:
        documents: The documents; each is a sentence, and its entities are read back in text order.
        path: The file.
        unit: What a line holds, as for :func:`read_file`; "auto" decides by the words of the first documents.

    Returns:
        What :func:`~gprel.formats.words.in_words` (for words) and :func:`~gprel.formats.sink.unheld` count; "nested
        entities" and "overlapping entities", which are left out: the longest of those that begin first is kept;
        "entity types" that had a blank, "unknown annotation" that is read as "no entities", "ids" that are not the
        number of the sentence, and "documents" without any text, which are left out.

    Raises:
        ConfigError: If ``unit`` is unknown.
        DataError: If the file exists or cannot be written.
    """
    _check(unit)
    lost: Counter[str] = Counter()
    rest, ahead = iter(documents), list[Document]()
    if unit == "auto":
        ahead, unit = look_ahead(rest, lambda document: in_words(document, Counter(), fits=_fits).words)
    n_written = 0
    with create(path) as file:
        for document in chain(ahead, rest):
            rows = list(_rows(document, lost, is_words=unit == "word"))
            if not rows:
                lost["documents"] += 1
                continue
            # The mark at the beginning of a file is not read, so text that begins with one needs two.
            mark = "\ufeff" if not n_written and rows[0].word[0] == "\ufeff" else ""
            file.write(mark + "".join(f"{row.word} {row.tag}\n" for row in rows) + "\n")
            n_written += 1
            if document.id != str(n_written):
                lost["ids"] += 1
    return lost


def _fits(word: str) -> bool:
    return _DOCUMENT_START not in word and not any(map(str.isspace, word))


def _rows(document: Document, lost: Counter[str], *, is_words: bool) -> Iterator[_Row]:
    counts = unheld(document)
    if document.entities is None:
        counts["unknown annotation"] = 1
    lost.update(counts)
    if is_words:
        counted = in_words(replace(document, relations=None), lost, fits=_fits)
        words, entities, ranges = counted.words, counted.entities or (), counted.ranges
    else:
        # A line cannot hold the end of a line.
        words = tuple(document.text.replace("\n", " ").replace("\r", " "))
        entities = document.entities or ()
        ranges = tuple((entity.start, entity.end) for entity in entities)
        changed = Counter({"texts": "".join(words) != document.text, "words": document.words is not None})
        lost.update(+changed)
    tags = ["O"] * len(words)
    for index in _flat(ranges, lost):
        start, end = ranges[index]
        type_ = "_".join(entities[index].type.split()) or "_"
        if type_ != entities[index].type:
            lost["entity types"] += 1
        tags[start:end] = [f"B-{type_}", *[f"I-{type_}"] * (end - start - 1)]
    return map(_Row, words, tags)


def _flat(ranges: Sequence[tuple[int, int]], lost: Counter[str]) -> list[int]:
    """Which of the ranges are kept so that no two overlap; the others are counted."""
    kept: list[int] = []
    stop = 0
    for index in sorted(range(len(ranges)), key=lambda index: (ranges[index][0], -ranges[index][1])):
        start, end = ranges[index]
        if start >= stop:
            kept.append(index)
            stop = end
        else:
            lost["nested entities" if end <= stop else "overlapping entities"] += 1
    return kept
