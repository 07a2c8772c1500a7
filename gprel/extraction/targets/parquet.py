"""Parquet: a document a row, its entities and relations as lists of structures, in a schema that never changes.

Columns: ``id``, ``text``, ``entities`` (start, end, type, score, prob), ``relations`` (type, subject, object, score,
prob, where subject and object are positions in ``entities``), and ``extra``, a JSON object with all other fields.
What is unknown is null, what was not found is an empty list.
"""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from gprel.extraction.targets.new_file import new_path
from gprel.extraction.targets.target import Record
from gprel.formats.sink import to_json

COLUMNS = ("id", "text", "entities", "relations")
_MAX_ROWS = 10_000
_MAX_CHARACTERS = 1 << 25


def schema() -> Any:  # noqa: ANN401  # Arrow has no types
    """The schema of every file."""
    import pyarrow as pa

    found = [("score", pa.float64()), ("prob", pa.float64())]
    entity = pa.struct([("start", pa.int64()), ("end", pa.int64()), ("type", pa.string()), *found])
    relation = pa.struct([("type", pa.string()), ("subject", pa.int64()), ("object", pa.int64()), *found])
    return pa.schema(
        [
            pa.field("id", pa.string()),
            pa.field("text", pa.large_string()),
            pa.field("entities", pa.list_(entity)),
            pa.field("relations", pa.list_(relation)),
            pa.field("extra", pa.large_string()),
        ]
    )


def write(records: Iterable[Record], out: Path) -> Counter[str]:
    """Write a row a record, in groups of rows of bounded size; see :class:`gprel.extraction.targets.target.Write`.

    Raises:
        DataError: If the output cannot be written.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    of_file = schema()
    rows: list[dict[str, Any]] = []
    n_characters = 0
    with new_path(out) as part, pq.ParquetWriter(part, of_file, compression="zstd") as writer:
        for record in records:
            rows.append(_row(record))
            n_characters += len(record.get("text") or "")
            if len(rows) >= _MAX_ROWS or n_characters >= _MAX_CHARACTERS:
                writer.write_table(pa.Table.from_pylist(rows, of_file))
                rows, n_characters = [], 0
        writer.write_table(pa.Table.from_pylist(rows, of_file))
    return Counter()


def _row(record: Record) -> dict[str, Any]:
    row = {name: record.get(name) for name in COLUMNS}
    row["id"] = None if row["id"] is None else str(row["id"])
    extra = {name: value for name, value in record.items() if name not in COLUMNS}
    return {**row, "extra": to_json(extra) if extra else None}
