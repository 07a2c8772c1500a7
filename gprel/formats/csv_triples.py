"""CSV of triples: a header with the columns ``text, subject, relation, object``, then a triple a row.

Optional columns are ``id``, ``subject_type``, ``object_type`` and, all four or none of them in a row,
``subject_start``, ``subject_end``, ``object_start`` and ``object_end`` (half-open, in characters). Further columns are
passed over. The delimiter is the comma, semicolon or tab with which the header has these names.

Rows with the same id, or with the same text where there is no id, are one document if they follow each other. A row
without subject, relation and object is a text without triples.
"""

import csv
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from gprel.document import Document, Entity, Relation
from gprel.errors import DataError
from gprel.formats.changes import count_changes
from gprel.formats.placing import ENTITY_TYPE, StringTriple, occurs, parse_triple, place_triples
from gprel.formats.sink import create
from gprel.formats.source import BadLine, OnError, check_file, reject
from gprel.formats.words import split_words

_REQUIRED = ("text", "subject", "relation", "object")
_OFFSETS = ("subject_start", "subject_end", "object_start", "object_end")
_COLUMNS = ("id", *_REQUIRED, "subject_type", "object_type", *_OFFSETS)
_MAX_FIELD = 2**31 - 1  # characters; the largest number that csv takes on every system
_Marked = tuple[Entity, str, Entity]


@dataclass(frozen=True, slots=True)
class _Row:
    """A row of the file: its first line, its text as it stands, and its cells by column."""

    line: int
    raw: str
    cells: dict[str, str]

    def key(self) -> tuple[str, bool]:
        """What rows of one document have in common."""
        return self.cells.get("id") or self.cells["text"], bool(self.cells.get("id"))


def read_file(path: Path, *, on_error: OnError | None = None) -> Iterator[Document]:
    """Read documents; triples without offsets are placed at every occurrence of their strings.

    Occurrences as whole words win over those inside words. Entities come in text order and have the type ``"Entity"``
    where none is given. A bad row costs the document it belongs to, and all its rows are handed over.

    Raises:
        DataError: With file, line and reason, at the first bad row if ``on_error`` is ``None``; if the file is empty
            or has no such header; at once if it is missing.
    """
    check_file(path)
    return _documents(path, on_error)


def _documents(path: Path, on_error: OnError | None) -> Iterator[Document]:
    for _, group in groupby(_rows(path, on_error), key=_Row.key):
        first, *_ = rows = list(group)
        row = first
        try:
            triples = []
            for row in rows:
                if row.cells["text"] != first.cells["text"]:
                    raise DataError(f"the row has the id {row.cells['id']!r} of the row above but another text")
                triples.append(_triple(row.cells))
            document = _document(first.cells, triples)
        except DataError as error:
            content = "".join(row.raw for row in rows).rstrip("\r\n")
            reject(BadLine(str(path), row.line, str(error), content), on_error)
        else:
            yield document


def _rows(path: Path, on_error: OnError | None) -> Iterator[_Row]:
    """The rows below the header that can be told apart into cells and are not blank."""
    csv.field_size_limit(_MAX_FIELD)  # the default of 131,072 characters is less than a long document
    taken: list[bytes] = []
    with path.open("rb") as file:
        n_blank, header = _header(file, path)
        delimiter, names = _columns(header, f"{path}:{n_blank + 1}")

        def lines() -> Iterator[str]:
            for line in file:
                taken.append(line)
                yield line.decode("utf-8", "replace")

        reader = csv.reader(lines(), delimiter=delimiter, strict=True)
        is_empty = True
        while True:
            taken.clear()
            number = n_blank + 1 + reader.line_num + 1
            reason = None
            try:
                cells = next(reader)
                b"".join(taken).decode("utf-8")
            except StopIteration:
                break
            except csv.Error as error:
                reason = f"the row cannot be read ({error}); quote fields that hold quotes, delimiters or line ends"
            except UnicodeDecodeError as error:
                reason = f"byte 0x{b''.join(taken)[error.start]:02x} is not UTF-8; save the file as UTF-8"
            else:
                if not any(cells) or (len(cells) == 1 and not cells[0].strip()):
                    continue
                if len(cells) != len(names):
                    reason = f"the row has {len(cells)} fields, expected {len(names)} as in the header"
            is_empty = False
            raw = b"".join(taken).decode("utf-8", "backslashreplace")
            if reason is not None:
                reject(BadLine(str(path), number, reason, raw.rstrip("\r\n")), on_error)
            else:
                yield _Row(number, raw, dict(zip(names, cells, strict=True)))
    if is_empty:
        raise DataError(f"{path} is empty; expected at least one row below the header")


def _header(file: Iterable[bytes], path: Path) -> tuple[int, str]:
    """How many blank lines there are before the header, and the header."""
    for n_blank, line in enumerate(file):
        if line.startswith((b"\xff\xfe", b"\xfe\xff")):
            raise DataError(f"{path} is UTF-16 by its first two bytes; save the file as UTF-8")
        try:
            text = line.decode().removeprefix("\ufeff" if n_blank == 0 else "")
        except UnicodeDecodeError as error:
            byte = f"0x{line[error.start]:02x}"
            raise DataError(f"{path}:{n_blank + 1}: byte {byte} is not UTF-8; save the file as UTF-8") from None
        if text.strip():
            return n_blank, text.rstrip("\r\n")
    raise DataError(f"{path} is empty; expected a header with the columns {', '.join(_REQUIRED)}")


def _columns(header: str, place: str) -> tuple[str, list[str]]:
    """The delimiter and the names of the columns, in lower case."""
    for delimiter in ",;\t":
        try:
            names = [name.strip().lower() for name in next(csv.reader([header], delimiter=delimiter))]
        except csv.Error:
            continue
        if all(name in names for name in _REQUIRED):
            twice = [name for name in _COLUMNS if names.count(name) > 1]
            if twice:
                raise DataError(f"{place}: the header has the column {twice[0]!r} twice; rename one of them")
            return delimiter, names
    raise DataError(
        f"{place}: expected a header with the columns {', '.join(_REQUIRED)}, divided by commas, semicolons or tabs, "
        f"got {header[:200]!r}"
    )


def _triple(cells: dict[str, str]) -> _Marked | StringTriple | None:
    """The triple of a row: with offsets, without, or none."""
    surfaces = subject, relation, object_ = cells["subject"], cells["relation"], cells["object"]
    offsets = [cells.get(name, "").strip() for name in _OFFSETS]
    if not any(surfaces) and not any(offsets):
        return None
    types = [cells.get(name) or ENTITY_TYPE for name in ("subject_type", "object_type")]
    if not any(offsets):
        return parse_triple(surfaces, "the row", (types[0],), (types[1],))
    if not relation:
        raise DataError("the relation of the row is empty; name it, or empty the other fields, too")
    for name, offset in zip(_OFFSETS, offsets, strict=True):
        if not re.fullmatch("[0-9]{1,18}", offset):
            raise DataError(f"{name} is {offset!r}, expected a whole number; give all four offsets of a row or none")
    numbers = [int(offset) for offset in offsets]
    text = cells["text"]
    for role, surface, (start, end) in (("subject", subject, numbers[:2]), ("object", object_, numbers[2:])):
        if not start < end <= len(text):
            raise DataError(
                f"the {role} has the offsets {start}..{end} but the text has {len(text)} characters; "
                "offsets are half-open character positions with 0 <= start < end <= length"
            )
        if text[start:end] != surface:
            raise DataError(f"the {role} is {surface!r} at {start}..{end}, where the text has {text[start:end]!r}")
    return Entity(numbers[0], numbers[1], types[0]), relation, Entity(numbers[2], numbers[3], types[1])


def _document(cells: dict[str, str], triples: Iterable[_Marked | StringTriple | None]) -> Document:
    """The document of all triples of a text."""
    text = cells["text"]
    linked: list[_Marked] = []
    strings: list[StringTriple] = []
    for triple in triples:
        if isinstance(triple, StringTriple):
            strings.append(triple)
        elif triple is not None:
            linked.append(triple)
    placed, _ = place_triples(text, tuple(split_words(text)), strings)
    linked += placed.triples()
    entities = sorted(
        {entity for subject, _, object_ in linked for entity in (subject, object_)},
        key=lambda entity: (entity.start, entity.end, entity.type),
    )
    position = {entity: index for index, entity in enumerate(entities)}
    return Document(
        text=text,
        entities=tuple(entities),
        relations=tuple(Relation(name, position[subject], position[object_]) for subject, name, object_ in linked),
        id=cells.get("id") or None,
        unplaced=placed.unplaced,
    )


def write_file(documents: Iterable[Document], path: Path) -> Counter[str]:
    """Write triples with types and offsets; a document without triples is one row.

    A document whose rows could not be told from those of the one before it gets an id, which is counted.

    Returns:
        What reading the file does not give back, above all entities that are in no triple; see
        :class:`gprel.formats.format.Writer`. The order of entities does not count.

    Raises:
        DataError: If there is something at this path already.
    """
    changes: Counter[str] = Counter()
    previous = ("", False)
    with create(path) as file:
        # All strings in quotes: Python before 3.13 leaves a carriage return without, which no reader takes.
        writer = csv.writer(file, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\n")
        writer.writerow(_COLUMNS)
        for number, document in enumerate(documents, start=1):
            id_ = document.id or ("" if document.text else f"#{number}")  # a row of empty fields alone is blank
            while previous == (id_ or document.text, bool(id_)):
                id_ += f"#{number}"
            previous = (id_ or document.text, bool(id_))
            rows = _written(document, id_)
            writer.writerows(rows)
            read = [dict(zip(_COLUMNS, map(str, row), strict=True)) for row in rows]
            changes.update(count_changes(document, _document(read[0], map(_triple, read))))
    return changes


def _written(document: Document, id_: str) -> list[tuple[str | int, ...]]:
    """The rows of a document, at least one."""
    text = document.text
    rows: list[tuple[str | int, ...]] = [
        (id_, text, document.surface(s), name, document.surface(o), s.type, o.type, s.start, s.end, o.start, o.end)
        for s, name, o in document.triples()
    ]
    words = tuple(split_words(text)) if document.unplaced else None
    for triple in document.unplaced:
        parts = (triple.subject, triple.relation, triple.object)
        # Blank strings cannot be read, and strings that occur after all would be placed.
        if all(map(str.strip, parts)) and not all(occurs(part, text, words) for part in parts[::2]):
            rows.append((id_, text, *parts, *[""] * 6))
    return rows or [(id_, text, *[""] * 9)]
