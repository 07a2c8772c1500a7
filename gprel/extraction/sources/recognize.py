"""How a file is to be read: by its content, and by its name only where content cannot tell."""

import json
from pathlib import Path

from gprel.errors import DataError
from gprel.extraction.sources.columnar import ARROW_FILE, ARROW_STREAM, PARQUET
from gprel.extraction.sources.fields import Names
from gprel.extraction.sources.find import unpacked_suffix
from gprel.extraction.sources.packed import HEAD_BYTES
from gprel.extraction.sources.table import split_header
from gprel.formats import recognize

Kind = str
"""``"text"``, ``"json lines"``, ``"json list"``, ``"table"``, ``"parquet"``, ``"arrow"``, or a name in ``FORMATS``."""

_TABLES = (".csv", ".tsv")
_COLUMNAR = {".parquet": "parquet", ".arrow": "arrow", ".feather": "arrow", ".ipc": "arrow"}
_TRIPLE_COLUMNS = {"text", "subject", "relation", "object"}
_FEATHER_1 = b"FEA1"
_MARK = b"\xef\xbb\xbf"


def kind_of_file(path: Path, magic: bytes, names: Names) -> Kind:
    """How a file that is not packed is to be read.

    A file of JSON whose records have the field of the text is read as such, so that its other fields travel along,
    whatever annotation they hold.

    Args:
        path: The file.
        magic: Its first bytes.
        names: Which fields are what.

    Raises:
        DataError: If it is empty or in no format that is known.
        OSError: If it cannot be read.
    """
    if magic.startswith(PARQUET):
        return "parquet"
    if magic.startswith((ARROW_FILE, ARROW_STREAM)):
        return "arrow"
    suffix = unpacked_suffix(path)
    if magic.startswith(_FEATHER_1):
        raise DataError("the file is Feather version 1, which is not read; save it as version 2")
    if suffix in _COLUMNAR:
        raise DataError(f"the file is no {suffix[1:]} file by its first bytes, got {magic!r}; write the file anew")
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    if suffix in _TABLES:
        return _table(head, names)
    opening = _opening(head)
    if opening in ("{", "["):
        record = first_record(head)
        is_meant = names != Names() and (record is not None or suffix != ".txt")
        if is_meant or (isinstance(record, dict) and names.text in record):
            return "json list" if opening == "[" else "json lines"
    found = recognize(path)
    if found == "csv":
        return _table(head, names)
    if found in ("jsonl", "cmeee"):
        return "json list" if opening == "[" else "json lines"
    return found


def kind_of_head(head: bytes, suffix: str, names: Names, *, is_file: bool) -> Kind | None:
    """How a stream is to be read; ``None`` if that takes a file.

    Args:
        head: Its beginning.
        suffix: What the file's name ends with.
        names: Which fields are what.
        is_file: It comes from a file; what comes from standard input is JSON lines or texts.
    """
    opening = _opening(head)
    if not is_file or not opening:
        return "json lines" if opening == "{" else "text"
    if suffix in _TABLES:
        return "table" if _table(head, names) == "table" else None
    if opening == "{":
        record = first_record(head)
        is_ours = record is None or names != Names() or (isinstance(record, dict) and names.text in record)
        return "json lines" if is_ours and (record is not None or suffix != ".txt") else None
    if suffix == ".txt" and opening != "[":
        return "text"
    return "json lines" if suffix in (".jsonl", ".ndjson") and opening != "[" else None


def first_record(head: bytes) -> object:
    """The first value of JSON lines or of a JSON list that can be parsed; ``None`` if there is none so near."""
    text = head.removeprefix(_MARK).decode("utf-8", "replace").lstrip()
    try:
        if text.startswith("["):
            value: object = json.JSONDecoder().raw_decode(text[1:].lstrip())[0]
            return value
        for line in text.split("\n"):
            try:
                return json.loads(line)
            except ValueError:
                continue
    except (ValueError, RecursionError):
        pass
    return None


def _opening(head: bytes) -> str:
    return head.removeprefix(_MARK).decode("utf-8", "replace").lstrip()[:1]


def _table(head: bytes, names: Names) -> Kind:
    """Whether a table is one of triples, of which all with one text are one document."""
    lines = [line for line in head.removeprefix(_MARK).decode("utf-8", "replace").split("\n") if line.strip()]
    try:
        _, columns = split_header(lines[0].rstrip("\r") if lines else "", names)
    except DataError:
        return "table"  # whose reader says what is wrong
    is_of_triples = names == Names() and {name.lower() for name in columns} >= _TRIPLE_COLUMNS
    return "csv" if is_of_triples else "table"
