"""Tell the format of a file or folder from the beginning of its content; a name decides only where content cannot."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from gprel.errors import DataError
from gprel.formats.source import check_file

# How much is read, in bytes: more only while the first record is not complete.
_SIZES = (1 << 16, 1 << 20, 1 << 23, 1 << 26)
_N_RECORDS = 50  # a first record without entities does not tell how entities are written
_TAG = re.compile(r"O|[BIMESLU]-\S+")
_ZLIB = (b"\x78\x01", b"\x78\x9c", b"\x78\xda")
_NAMES = (
    {"subject", "object"},
    {"head", "tail"},
)


def recognize(path: Path) -> str:
    """The name in ``FORMATS`` of what a file or folder holds.

    Only the beginning is read: the first records of a JSON list or of JSON lines, the first lines of anything else.

    Raises:
        DataError: If the path is missing, empty, may not be read, or holds nothing known; the message says what was
            seen.
    """
    if path.is_dir():
        if next(brat_files(path), None) is None:
            raise DataError(
                f"{path} is a folder without .ann and .txt files, expected a brat folder or a file; name one"
            )
        return "brat"
    check_file(path)
    if path.suffix == ".ann" or (path.suffix == ".txt" and path.with_suffix(".ann").is_file()):
        return "brat"
    for size in _SIZES:
        with path.open("rb") as file:
            data = file.read(size)
            is_whole = not file.read(1)
        found = _recognize_bytes(path, data, is_whole)
        if found is not None:
            return found
    raise DataError(
        f"the first record of {path} is longer than {_SIZES[-1]:,} bytes, too long to tell its format; name the format"
    )


def brat_files(folder: Path) -> Iterator[Path]:
    """The files that make a brat folder of this one and its subfolders."""
    return (path for path in folder.rglob("*") if path.suffix in (".ann", ".txt") and path.is_file())


def _recognize_bytes(path: Path, data: bytes, is_whole: bool) -> str | None:
    """The format, or ``None`` if more of the file is needed."""
    suffix = path.suffix.lower()
    if data.startswith(_ZLIB) or suffix == ".spacy":
        return "spacy"
    # A bad byte is the reader's to report, with its line.
    text = data.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace")
    stripped = text.lstrip()
    if not stripped:
        if not is_whole:
            return None
        raise DataError(f"{path} is empty; expected at least one line that is not blank")
    if stripped[0] in "[{":
        records = _list(path, text, is_whole) if stripped[0] == "[" else _lines(path, text, is_whole)
        if records is None:
            return None
        if any(isinstance(record, dict) for record in records) or (records and suffix != ".txt"):
            return _of_fields(path, _merged(records), stripped[0] == "[")
    return _of_lines(path, text if is_whole else text[: text.rfind("\n") + 1] or text)


def _list(path: Path, text: str, is_whole: bool) -> list[Any] | None:
    """The first records of a JSON list; none if it is no JSON list, ``None`` if the first one is not complete."""
    decoder = json.JSONDecoder()
    records: list[Any] = []
    at = text.index("[") + 1
    try:
        while len(records) < _N_RECORDS:
            at = _skip(text, at)
            if not records and text[at : at + 1] == "]":
                raise DataError(f"{path} is empty; expected a JSON list of records, got []")
            record, at = decoder.raw_decode(text, at)
            records.append(record)
            at = _skip(text, at)
            if text[at : at + 1] != ",":
                break
            at += 1
    except json.JSONDecodeError as error:
        if not records and not is_whole:
            return None
        if not records and path.suffix.lower() != ".txt":
            raise DataError(f"{path}:{error.lineno}: malformed JSON ({error.msg}); expected one JSON list") from None
    except RecursionError as error:
        raise DataError(f"{path}: JSON that cannot be read ({error}); expected a list of plain records") from None
    return records


def _lines(path: Path, text: str, is_whole: bool) -> list[Any] | None:
    """The first records of JSON lines, as :func:`_list`; a line that cannot be parsed is the reader's to report."""
    ends = text.count("\n")
    lines = text.split("\n") if is_whole else text.split("\n")[:-1]
    filled = [line for line in lines if line.strip()][:_N_RECORDS]
    if not filled and not is_whole:
        return None
    records = list(_parsed(filled))
    if not records and ends and _is_spread_out(text):
        raise DataError(f"{path} holds JSON objects that go over several lines; write one a line, or one JSON list")
    if not records and path.suffix.lower() != ".txt":
        return [{"text": ""}]  # broken lines of gprel's own format, which reports each of them
    return records


def _parsed(lines: list[str]) -> Iterator[Any]:
    for line in lines:
        try:
            yield json.loads(line)
        except (ValueError, RecursionError):
            continue


def _is_spread_out(text: str) -> bool:
    try:
        _, end = json.JSONDecoder().raw_decode(text, _skip(text, 0))
    except (ValueError, RecursionError):
        return False
    return "\n" in text[:end].strip()


def _skip(text: str, at: int) -> int:
    while at < len(text) and text[at] in " \t\r\n":
        at += 1
    return at


def _merged(records: list[Any]) -> dict[str, Any]:
    """All fields of the records, each with the first value that is not empty."""
    fields: dict[str, Any] = {}
    for record in records:
        for key, value in record.items() if isinstance(record, dict) else ():
            fields[key] = fields.get(key) or value
    return fields


def _of_fields(path: Path, fields: dict[str, Any], is_list: bool) -> str:
    for key, name in (
        ("sentText", "copyre"),
        ("triple_list", "triples"),
        ("spo_list", "duie"),
        ("relation_list", "tplinker"),
        ("entity_list", "tplinker"),
        ("vertexSet", "docred"),
        ("sentences", "dygie"),
        ("sentence", "genia"),
    ):
        if key in fields:
            return name
    if "tokens" in fields:
        items = [_first(fields.get(key)) for key in ("entities", "relations")]
        return "table_sequence" if any(isinstance(item, list) for item in items) else "tokens"
    if isinstance(fields.get("data"), dict):
        return "labelstudio"
    if "text" in fields or "data" in fields or path.suffix.lower() == ".jsonl":
        return _of_text(fields, is_list)
    seen = ", ".join(map(repr, list(fields)[:10])) or "no JSON object at all"
    raise DataError(f"{path} is in no format that is known; its first records have the fields: {seen}; name the format")


def _of_text(fields: dict[str, Any], is_list: bool) -> str:
    """Which of the formats whose records have a text; gprel's own where nothing speaks for another."""
    label = fields.get("label", fields.get("labels"))
    if isinstance(label, dict):
        return "cluener"
    entity, relation = _first(fields.get("entities")), _first(fields.get("relations"))
    if isinstance(label, list) or "data" in fields or "annotations" in fields:
        return "doccano"
    if _has(entity, "start_offset") or _has(relation, "from_id"):
        return "doccano"
    if _has(entity, "start_idx"):
        return "cmeee"
    # gprel's own format is lines; a list of bare texts is how CMeEE gives its test split.
    return "cmeee" if is_list and entity is None and "relations" not in fields else "jsonl"


def _has(value: object, key: str) -> bool:
    return isinstance(value, dict) and key in value


def _first(values: object) -> object:
    return values[0] if isinstance(values, list) and values else None


def _of_lines(path: Path, text: str) -> str:
    """The formats of plain lines: CSV by its header, columns by their tags, otherwise texts."""
    lines = [line.rstrip("\r") for line in text.split("\n") if line.strip()]
    header = {name.strip(' "\ufeff').lower() for name in re.split(r"[,;\t]", lines[0])}
    if path.suffix.lower() in (".csv", ".tsv") or any(names <= header for names in _NAMES):
        return "csv"
    rows = [line.split() for line in lines if not line.startswith(("#", "-DOCSTART-"))]
    n_tagged = sum(len(row) > 1 and _TAG.fullmatch(row[-1]) is not None for row in rows)
    # A line without a tag may occur; a text that happens to end in "O" must not make columns of all texts.
    if rows and n_tagged >= 0.9 * len(rows) and (n_tagged > 1 or rows[0][-1] != "O"):
        return "columns"
    if "\0" in text and path.suffix.lower() != ".txt":
        raise DataError(f"{path} is in no format that is known; it holds zero bytes, so it is no text; name the format")
    if path.suffix.lower() in (".json", ".jsonl"):
        raise DataError(
            f"{path} is in no format that is known; expected JSON by its name, got {lines[0][:60]!r}; name the format"
        )
    return "text"
