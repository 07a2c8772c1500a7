"""Tables as values, for whoever prints or writes them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PlainTable:
    """A table without any markup.

    Attributes:
        title: What it shows.
        columns: Names of the columns; the first ones hold names, the others mostly numbers.
        rows: The cells.
        notes: Sentences that belong below it.
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()
