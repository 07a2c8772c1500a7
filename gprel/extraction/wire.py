"""Pools and shares as they travel between machines: JSON and plain bytes, never pickled."""

import json
from dataclasses import asdict, astuple
from typing import Any

from gprel.extraction.item import Item
from gprel.extraction.journal import Counts
from gprel.extraction.pool import Pool
from gprel.extraction.run import Share
from gprel.formats import BadLine, jsonl


def pool_to_bytes(pool: Pool) -> bytes:
    """A pool as bytes; its documents must not be annotated."""
    items = [(item.source, item.number, item.unit, jsonl.to_record(item.document), item.extra) for item in pool.items]
    return json.dumps([items, [astuple(bad) for bad in pool.bad]], ensure_ascii=False).encode()


def pool_from_bytes(data: bytes) -> Pool:
    """The inverse of :func:`pool_to_bytes`."""
    items, bad = json.loads(data)
    return Pool(
        [Item(source, number, unit, jsonl.from_record(record), extra) for source, number, unit, record, extra in items],
        [BadLine(*values) for values in bad],
    )


def share_to_row(share: Share) -> dict[str, Any]:
    """A share as a row of columns."""
    return {"lines": share.lines, "errors": share.errors, "counts": json.dumps(asdict(share.counts))}


def share_from_row(row: dict[str, Any]) -> Share:
    """The inverse of :func:`share_to_row`."""
    return Share(row["lines"], row["errors"], Counts(**json.loads(row["counts"])))
