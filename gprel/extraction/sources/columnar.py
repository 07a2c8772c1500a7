"""Parquet, Arrow IPC (Feather) and data sets saved by Hugging Face ``datasets``: rows of typed columns."""

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from gprel.errors import DataError
from gprel.extraction.item import Item
from gprel.extraction.sources.fields import Names, Place, to_item
from gprel.extraction.sources.json_ready import json_ready
from gprel.extraction.sources.packed import CountedFile
from gprel.formats import BadLine

ARROW_FILE = b"ARROW1"
ARROW_STREAM = b"\xff\xff\xff\xff"
PARQUET = b"PAR1"
_BATCH_BYTES = 1 << 24  # of values that are Python objects at a time
_MAX_ROWS = 1024
_N_SHOWN = 500  # characters of a value in the content of a bad row


def read_parquet(file: CountedFile, source: str, names: Names) -> Iterator[Item | BadLine]:
    """Rows of a Parquet file, in memory that grows with its largest pages alone."""
    return _rows(_parquet_batches(file), source, names)


def read_arrow(file: CountedFile, source: str, names: Names) -> Iterator[Item | BadLine]:
    """Rows of an Arrow file or stream, in memory that grows with its largest record batch alone."""
    return _rows(_arrow_batches(file), source, names)


def saved_files(folder: Path) -> list[Path]:
    """The Arrow files of a folder that ``save_to_disk`` wrote, those of all its splits in their order.

    Raises:
        DataError: If it names files that are not there, or was not written by it.
    """
    try:
        if (folder / "dataset_dict.json").is_file():
            splits = json.loads((folder / "dataset_dict.json").read_text("utf-8"))["splits"]
            return [file for split in splits for file in saved_files(folder / str(split))]
        state = json.loads((folder / "state.json").read_text("utf-8"))
        files = [folder / str(part["filename"]) for part in state["_data_files"]]
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise DataError(f"{folder} is no data set that can be read ({_first_line(error)}); save it again") from None
    gone = [file for file in files if not file.is_file() or folder.resolve() not in file.resolve().parents]
    if gone:
        raise DataError(f"{folder} names the file {gone[0].name!r}, which is not in it; save the data set again")
    return files


def columns_of(path: Path) -> list[str]:
    """The columns of an Arrow file.

    Raises:
        DataError: If it cannot be read; the message has the reason alone.
    """
    try:
        with path.open("rb") as file, _open_arrow(CountedFile(file, lambda _: None)) as reader:
            return list(reader.schema.names)
    except Exception as error:
        raise DataError(f"cannot be read ({_first_line(error)})") from None


def _parquet_batches(opened: CountedFile) -> Iterator[Any]:
    import pyarrow.parquet as pq

    # Read page by page: the defaults fetch a whole row group ahead.
    with pq.ParquetFile(opened, pre_buffer=False, buffer_size=1 << 20) as file:
        yield file.schema_arrow.names
        meta = file.metadata
        n_bytes = sum(meta.row_group(i).total_byte_size for i in range(meta.num_row_groups))
        n_rows = _BATCH_BYTES // max(1, n_bytes // max(1, meta.num_rows))
        yield from file.iter_batches(batch_size=min(_MAX_ROWS, max(1, n_rows)), use_threads=False)


def _arrow_batches(opened: CountedFile) -> Iterator[Any]:
    with _open_arrow(opened) as reader:
        yield reader.schema.names
        is_file = hasattr(reader, "num_record_batches")
        batches = map(reader.get_batch, range(reader.num_record_batches)) if is_file else reader
        for batch in batches:
            n_rows = min(_MAX_ROWS, max(1, _BATCH_BYTES // max(1, batch.nbytes // max(1, batch.num_rows))))
            for start in range(0, batch.num_rows, n_rows):
                yield batch.slice(start, n_rows)


def _open_arrow(opened: CountedFile) -> Any:  # noqa: ANN401  # Arrow has no types
    import pyarrow as pa

    is_file = opened.read(len(ARROW_FILE)) == ARROW_FILE
    opened.seek(0)
    return (pa.ipc.open_file if is_file else pa.ipc.open_stream)(opened)


def _rows(batches: Iterator[Any], source: str, names: Names) -> Iterator[Item | BadLine]:
    """Items of record batches, of which the column names come first."""
    place = Place(source, "record")
    number = 0
    try:
        columns = list(next(batches))
        twice = [name for name in columns if columns.count(name) > 1]
        if twice:
            raise DataError(f"the column {twice[0]!r} is there twice; rename one of them")
        if names.text not in columns:
            shown = ", ".join(map(repr, columns[:20])) or "none"
            raise DataError(f"there is no column {names.text!r} with the text (columns: {shown}); name it")
        for batch in batches:
            for values in _values(batch, columns):
                number += 1
                yield _item(values, place, number, names)
    except DataError as error:
        yield place.bad(number + 1, str(error))
    except Exception as error:  # Arrow raises many kinds, also plain OSError and ValueError, for damaged files
        reason = f"cannot be read from here on ({_first_line(error)}); write the file anew"
        yield place.bad(number + 1, reason)


def _item(values: dict[str, object], place: Place, number: int, names: Names) -> Item | BadLine:
    for name, value in values.items():
        if isinstance(value, Unreadable):
            return place.bad(number, f"the value of column {name!r} cannot be read ({value})", shown_row(values))
    return to_item(values, place, number, names, partial(shown_row, values))


def _values(batch: Any, columns: list[str]) -> Iterator[dict[str, object]]:  # noqa: ANN401
    """The rows of a batch; in the place of a value that Python has nothing for is the reason."""
    try:
        rows: list[dict[str, object]] = batch.to_pylist()
    except Exception:  # for example a year above 9999, or text that is not UTF-8
        rows = [
            dict(zip(columns, (_value(column, i) for column in batch.columns), strict=True))
            for i in range(batch.num_rows)
        ]
    yield from rows


def _value(column: Any, i: int) -> object:  # noqa: ANN401
    try:
        return column[i].as_py()
    except Exception as error:
        return Unreadable(_first_line(error))


class Unreadable(str):
    """Stands for a value that Python has nothing for, and says why."""

    __slots__ = ()


def shown_row(values: dict[str, object]) -> str:
    """A row as JSON, for the content of a bad record; what JSON cannot hold is shown as text."""

    def shown(value: object) -> object:
        try:
            return json_ready(value)
        except DataError:
            return ascii(value)[:_N_SHOWN]

    return json.dumps({name: shown(value) for name, value in values.items()}, ensure_ascii=True)


def _first_line(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}".strip().split("\n")[0][:300]
