"""A whole extraction, from a stream to lines: into a file that can be taken up again, or into a pipe."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Protocol

from gprel.extraction.ahead import ahead
from gprel.extraction.at_once import found_in
from gprel.extraction.item import Item
from gprel.extraction.journal import Counts, Journal
from gprel.extraction.pool import Found, Pool, PoolRunner, pools
from gprel.extraction.record import Lines, bad_line
from gprel.formats import BadLine

Report = Callable[[Counts], None]
"""Told after every pool what the extraction has seen so far."""


class Sink(Protocol):
    """Where an extraction goes that can be taken up again.

    Attributes:
        journal: How far it has come.
    """

    @property
    def journal(self) -> Journal: ...  # noqa: D102  # an attribute

    def put(self, lines: bytes, errors: bytes, counts: Counts) -> None:
        """Write what a pool gave; see :meth:`gprel.extraction.files.Writer.put`."""
        ...


@dataclass(frozen=True, slots=True)
class Share:
    """What a pool gave, as it is written.

    Attributes:
        lines: Lines of what was found.
        errors: Lines of what could not be read.
        counts: What the pool held.
    """

    lines: bytes
    errors: bytes
    counts: Counts


def share_of(pool: Pool, found: Found, lines: Lines) -> Share:
    """What a pool gave, whichever machine found it."""
    data = b"".join(line for record in found.records for line in lines(record))
    return Share(data, b"".join(map(bad_line, pool.bad)), _counts(pool, found))


def extract_to_file(
    stream: Iterable[Item | BadLine], runner: PoolRunner, lines: Lines, writer: Sink, report: Report
) -> Counts:
    """Extract from where a writer's journal says to the end of a stream; the writer is left to be finished.

    Args:
        stream: All items from the first one on; those that were done already are passed over.
        runner: Finds what there is in them.
        lines: Turns a record into what is written.
        writer: Writes it.
        report: Told after every pool.

    Returns:
        What the whole extraction has seen, earlier parts of it included.

    Raises:
        DataError: If a file cannot be written; what was written stays good.
    """
    rest = islice(stream, writer.journal.counts.n_read, None)
    return write_shares((share_of(pool, found, lines) for pool, found in _found_in(rest, runner)), writer, report)


def write_shares(shares: Iterable[Share], writer: Sink, report: Report) -> Counts:
    """Write what the pools behind a writer's journal gave, in their order; see :func:`extract_to_file`."""
    report(writer.journal.counts)
    for share in shares:
        writer.put(share.lines, share.errors, share.counts)
        report(writer.journal.counts)
    return writer.journal.counts


def extract_to_pipe(
    stream: Iterable[Item | BadLine],
    runner: PoolRunner,
    lines: Lines,
    write: Callable[[bytes], object],
    on_bad: Callable[[BadLine], None],
    report: Report,
) -> Counts:
    """Extract a stream into something that can only be written to.

    Args:
        stream: All items.
        runner: Finds what there is in them.
        lines: Turns a record into what is written.
        write: Writes it.
        on_bad: Takes what could not be read.
        report: Told after every pool.

    Returns:
        What the extraction has seen.
    """
    counts = Counts()
    report(counts)
    for pool, found in _found_in(stream, runner):
        for record in found.records:
            for line in lines(record):
                write(line)
        for bad in pool.bad:
            on_bad(bad)
        counts += _counts(pool, found)
        report(counts)
    return counts


def _found_in(stream: Iterable[Item | BadLine], runner: PoolRunner) -> Iterator[tuple[Pool, Found]]:
    """Pools with what was found in them; the next one is read and tokenized while the model works."""
    for prepared, found in found_in(ahead(map(runner.prepare, pools(stream))), runner):
        yield prepared.pool, found


def _counts(pool: Pool, found: Found) -> Counts:
    return Counts(
        n_read=len(pool),
        n_bad=len(pool.bad),
        n_entities=found.n_entities,
        n_triples=found.n_triples,
        n_windows=found.n_windows,
        n_capped=found.n_capped,
        n_dropped=found.n_dropped,
    )
