"""Hugging Face ``datasets``: a folder that ``save_to_disk`` wrote, or a set on the hub, with a mapping of columns.

Columns are given to the fields of a document: ``text`` (a string) or ``tokens`` (a list of words, joined by blanks);
``tags`` (one for each word, in BIO, BIOES or BMES, as strings or as class labels) or ``entities`` and ``relations``
(lists of objects as in gprel JSONL, or in positions of words as in SpERT's format); ``id``. Code from the hub is never
run.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

from gprel.document import Document
from gprel.errors import ConfigError, DataError
from gprel.formats import jsonl, tokens
from gprel.formats.check import as_id, as_list, as_string
from gprel.formats.columns import entities_of
from gprel.formats.source import BadLine, OnError, reject
from gprel.formats.words import join_words, parse_words

FIELDS: Mapping[str, Sequence[str]] = {
    "text": ("text", "sentence"),
    "tokens": ("tokens", "words"),
    "tags": ("ner_tags", "tags"),
    "entities": ("entities",),
    "relations": ("relations",),
    "id": ("id",),
}
"""The fields, and the names of columns that are taken for them where no columns are named."""

_HUB_ID = re.compile(r"[\w.-]+(/[\w.-]+)?")


class _Table(Protocol):
    """What is used of a ``Dataset`` and an ``IterableDataset``."""

    @property
    def column_names(self) -> list[str] | None: ...
    @property
    def features(self) -> Mapping[str, object] | None: ...
    @property
    def split(self) -> object: ...
    def with_format(self, type: None) -> "_Table": ...
    def select_columns(self, names: list[str]) -> "_Table": ...
    def __iter__(self) -> Iterator[Mapping[str, object]]: ...


def read_file(path: Path, *, on_error: OnError | None = None) -> Iterator[Document]:
    """Read a saved folder, or a set on the hub, with the usual names of columns; see :func:`read_dataset`.

    Raises:
        ConfigError: As :func:`read_dataset`.
        DataError: As :func:`read_dataset`.
    """
    return read_dataset(path.as_posix(), on_error=on_error)


def read_dataset(
    source: str,
    *,
    split: str | None = None,
    subset: str | None = None,
    columns: Mapping[str, str] | None = None,
    on_error: OnError | None = None,
) -> Iterator[Document]:
    """Read documents, as a stream; those without id are numbered from 1.

    Args:
        source: A folder written by ``save_to_disk``, or else the id of a set on the hub.
        split: Its split; needed where there are several.
        subset: Its subset (configuration) on the hub; needed where there are several.
        columns: The column of each field in ``FIELDS`` that is wanted; found by the usual names where ``None``.
        on_error: Takes the bad records, and reading goes on; without it reading stops at the first one.

    Raises:
        ConfigError: If a field is unknown, or fields do not go together, or the split is missing.
        DataError: If there is no such set or column, or the hub cannot be reached; with source and record at a bad
            record if ``on_error`` is ``None``.
    """
    _check_fields(columns or {})
    dataset = _pick_split(_open(source, subset), source, split)
    dataset = dataset.with_format(None)  # a saved set remembers that it was to give tensors
    used = _columns(dataset, source, columns)
    features = dataset.features or {}
    if dataset.column_names is not None:
        dataset = dataset.select_columns(list(dict.fromkeys(used.values())))
    types = {field: features.get(column) for field, column in used.items()}

    def make(row: Mapping[str, object]) -> Document:
        return _document({field: _decode(row.get(column), types[field]) for field, column in used.items()})

    return _documents(dataset, source, make, on_error)


def _open(source: str, subset: str | None) -> _Table | Mapping[str, _Table]:
    import datasets  # slow

    folder = Path(source)
    if folder.exists():
        if subset is not None:
            raise ConfigError(f"subset is {subset!r}, but {source} is a saved folder, which has none; leave it out")
        if not any((folder / name).is_file() for name in ("dataset_dict.json", "state.json")):
            raise DataError(f"{source} is no folder that save_to_disk wrote (no state.json and no dataset_dict.json)")
        hint = "save it again"
    elif _HUB_ID.fullmatch(source):
        hint = f"there is no folder of that name in {Path.cwd()} either; check the id and the connection"
    else:
        raise DataError(f"{source} does not exist; check the path (it is taken from {Path.cwd()})")
    opened: _Table | Mapping[str, _Table]
    try:
        if folder.exists():
            opened = datasets.load_from_disk(source)
        else:
            opened = datasets.load_dataset(source, subset, streaming=True)
    except Exception as error:  # of the hub client, the network, Arrow and each file format behind them
        raise DataError(f"{source} cannot be opened ({_first_line(error)}); {hint}") from error
    return opened


def _pick_split(dataset: _Table | Mapping[str, _Table], source: str, split: str | None) -> _Table:
    if not isinstance(dataset, Mapping):
        if split is not None and split != str(dataset.split):
            raise ConfigError(f"split is {split!r}, but {source} is one set without splits; leave it out")
        return dataset
    known = ", ".join(dataset) or "none"
    if split is None and len(dataset) != 1:
        raise ConfigError(f"{source} has several splits ({known}); name one of them")
    if split is not None and split not in dataset:
        raise ConfigError(f"split is {split!r}, but {source} has: {known}")
    return dataset[split if split is not None else next(iter(dataset))]


def _check_fields(columns: Mapping[str, str]) -> None:
    for field in columns:
        if field not in FIELDS:
            raise ConfigError(f"field {field!r} is given a column, but the fields are {', '.join(FIELDS)}")


def _columns(dataset: _Table, source: str, columns: Mapping[str, str] | None) -> dict[str, str]:
    """The column of each field that is read."""
    names = dataset.column_names
    if names is None:  # a stream that says nothing about itself
        names = list(next(iter(dataset), {}))
    shown = ", ".join(names) or "none"
    if columns is None:
        guesses = {field: next((n for n in usual if n in names), None) for field, usual in FIELDS.items()}
        used = {field: column for field, column in guesses.items() if column is not None}
        if "tokens" in used:
            used.pop("text", None)
        if "tags" in used:
            used = {field: column for field, column in used.items() if field not in ("entities", "relations")}
    else:
        used = dict(columns)
        for field, column in used.items():
            if column not in names:
                raise DataError(f"column {column!r} for {field} is not in {source} (columns: {shown})")
    if ("text" in used) == ("tokens" in used):
        raise ConfigError(
            f"expected a column for either text or tokens, got {', '.join(used) or 'none'} (columns of {source}: "
            f"{shown}); name them, for example tokens=words,tags=ner_tags"
        )
    if "tags" in used and ("tokens" not in used or {"entities", "relations"} & set(used)):
        raise ConfigError("tags go with tokens, and without entities and relations; leave out one or the other")
    return used


def _documents(
    dataset: _Table,
    source: str,
    make: Callable[[Mapping[str, object]], Document],
    on_error: OnError | None,
) -> Iterator[Document]:
    number = 0
    for number, row in enumerate(_rows(dataset, source), start=1):
        try:
            document = make(row)
        except DataError as error:
            content = json.dumps(row, default=repr)  # ASCII: the record may hold what cannot be written as UTF-8
            reject(BadLine(source, number, str(error), content, unit="record"), on_error)
        else:
            yield document if document.id is not None else replace(document, id=str(number))
    if not number:
        raise DataError(f"{source} is empty; expected at least one record")


def _rows(dataset: _Table, source: str) -> Iterator[Mapping[str, object]]:
    """The records; what stops them on the way is one clear error."""
    rows = iter(dataset)
    number = 0
    while True:
        try:
            row = next(rows)
        except StopIteration:
            return
        except Exception as error:  # as in _open
            raise DataError(f"{source} cannot be read behind record {number} ({_first_line(error)})") from error
        number += 1
        yield row


def _first_line(error: Exception) -> str:
    return f"{type(error).__name__}: {error}".strip().split("\n")[0][:300]


def _decode(value: object, feature: object) -> object:
    """A value with the names of its class labels, and its lists of structures as such, however they are stored."""
    if isinstance(getattr(feature, "names", None), list):
        return _label(value, feature)
    inner = getattr(feature, "feature", None)
    if isinstance(value, list):
        return [_decode(item, inner) for item in value]
    if not isinstance(value, dict):
        return value
    types = next((types for types in (feature, inner) if isinstance(types, dict)), {})
    fields = {key: _decode(item, types.get(key)) for key, item in value.items()}
    lists = [item for item in fields.values() if isinstance(item, list)]
    if not lists or len(lists) < len(fields):
        return fields
    if len({len(item) for item in lists}) > 1:
        raise DataError(f"the lists of {', '.join(fields)} differ in length; each is to have one value per item")
    return [dict(zip(fields, items, strict=True)) for items in zip(*lists, strict=True)]


def _label(value: object, feature: object) -> str | None:
    names: list[str] = getattr(feature, "names")  # noqa: B009  # of a ClassLabel, whose type mypy does not know
    if value is None:
        return None
    if not isinstance(value, int) or not 0 <= value < len(names):
        raise DataError(f"class label {value!r} is not one of 0 to {len(names) - 1}")
    return names[value]


def _document(fields: dict[str, Any]) -> Document:
    if "text" in fields:
        return jsonl.from_record(_typed(fields))
    if "tags" in fields:
        return _tagged(fields)
    record = _typed(fields)
    record["orig_id"] = record.pop("id", None)
    return tokens.from_record(record)


def _typed(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields, with the label of an entity or relation under the name ``type``."""
    record = dict(fields)
    for name in ("entities", "relations"):
        if isinstance(record.get(name), list):
            record[name] = [
                {"type": item["label"], **item} if isinstance(item, dict) and "label" in item else item
                for item in record[name]
            ]
    return record


def _tagged(fields: Mapping[str, Any]) -> Document:
    text, words = join_words(parse_words(fields["tokens"], '"tokens"'))
    id_ = as_id(fields.get("id"))
    if fields["tags"] is None:
        return Document(text, id=id_, words=words)
    tags = [_tag(tag) for tag in as_list(fields["tags"], '"tags"')]
    if len(tags) != len(words):
        raise DataError(f"there are {len(tags)} tags for {len(words)} tokens, expected one for each")
    return Document(text, entities_of(tags, words), id=id_, words=words)


def _tag(value: object) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        raise DataError(f"tag {value} is a number and the column has no names for it; store it as ClassLabel or text")
    tag = as_string(value, "a tag")
    if tag != "O" and not re.fullmatch(r"[BIMELSU]-.+", tag, re.DOTALL):
        raise DataError(f"tag {tag!r} is neither O nor one of B, I, M, E, L, S, U with a type, as in B-PER")
    return tag
