"""How a running extraction looks on the terminal."""

import time
from types import TracebackType
from typing import Self

from rich.progress import (
    BarColumn,
    Progress,
    SpinnerColumn,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from gprel.extraction.journal import Counts

from .console import stderr


class ExtractionBar:
    """Draws how many documents are done, how many a second, and, where the input's size is known, what remains.

    Args:
        n_bytes: Size of the input; ``None`` where it is not known.
    """

    def __init__(self, n_bytes: int | None) -> None:
        self._began: tuple[float, int] | None = None  # time and documents done when the first pool was begun
        rest = (BarColumn(), TaskProgressColumn(), TimeRemainingColumn()) if n_bytes else ()
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("extracting"),
            *rest,
            TextColumn("{task.fields[figures]}"),
            TimeElapsedColumn(),
            console=stderr,
            transient=True,
            disable=not stderr.is_terminal,
            speed_estimate_period=300,  # a pool takes seconds, and the estimate needs several of them
        )
        self._task = self._progress.add_task("", total=n_bytes, figures="")

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def read(self, n_bytes: int) -> None:
        """Move the bar by bytes of input."""
        self._progress.update(self._task, advance=n_bytes)

    def report(self, counts: Counts) -> None:
        """Show what was done."""
        now = time.monotonic()
        figures = f"{counts.n_documents:,} documents"
        if self._began is None:
            self._began = now, counts.n_documents
        elif now > self._began[0]:
            figures += f", {(counts.n_documents - self._began[1]) / (now - self._began[0]):,.0f} a second"
        if counts.n_bad:
            figures += f", {counts.n_bad:,} bad"
        self._progress.update(self._task, figures=figures)
