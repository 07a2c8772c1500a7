"""CSV and TSV: a triple a row, with types, offsets and scores; an entity a row from models without triples."""

import csv
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path

from gprel.extraction.targets.findings import Findings, Mention, findings_of
from gprel.extraction.targets.new_file import new_text
from gprel.extraction.targets.target import Record

COLUMNS = (
    *("id", "subject", "subject_type", "subject_start", "subject_end", "relation"),
    *("object", "object_type", "object_start", "object_end", "score", "prob"),
)
_Cell = str | int | float


def write(records: Iterable[Record], out: Path, *, delimiter: str = ",") -> Counter[str]:
    """Write all triples below a header; see :class:`gprel.extraction.targets.target.Write`.

    A document without id has ``#`` and its position in the output as id. Where a model finds no triples, every entity
    is a row with the columns of the relation and object left empty.

    Raises:
        DataError: If a record is none, or the output cannot be written.
        DependencyError: If a package is missing.
    """
    omitted: Counter[str] = Counter()
    with new_text(out) as file:
        # All strings in quotes: Python before 3.13 leaves a carriage return without, which no reader takes.
        writer = csv.writer(file, delimiter=delimiter, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\n")
        writer.writerow(COLUMNS)
        for number, record in enumerate(records, start=1):
            findings = findings_of(record, number)
            writer.writerows(_rows(findings))
            omitted += count_unlinked(findings)
    return omitted


write_tsv = partial(write, delimiter="\t")
"""The same with tabs."""


def count_unlinked(findings: Findings) -> Counter[str]:
    """What a list of triples says nothing of: entities in no triple, and documents without any row."""
    if findings.triples is None:
        return Counter({"documents without entities": int(not findings.mentions)})
    linked = {position for triple in findings.triples for position in (triple.subject, triple.object)}
    return Counter(
        {
            "documents without triples": int(not findings.triples),
            "entities in no triple": len(findings.mentions) - len(linked),
        }
    )


def _rows(findings: Findings) -> Iterator[tuple[_Cell, ...]]:
    if findings.triples is None:
        for mention in findings.mentions:
            yield findings.name, *_cells(mention), *[""] * 5, *_scores(mention.score, mention.prob)
    for triple in findings.triples or ():
        subject, object_ = (findings.mentions[i] for i in (triple.subject, triple.object))
        yield findings.name, *_cells(subject), triple.type, *_cells(object_), *_scores(triple.score, triple.prob)


def _cells(mention: Mention) -> tuple[_Cell, ...]:
    return mention.surface, mention.type, mention.start, mention.end


def _scores(*values: float | None) -> Iterator[_Cell]:
    return ("" if value is None else value for value in values)
