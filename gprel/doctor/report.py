"""The doctor's report: values, and the same as plain tables for any page."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gprel.doctor.findings import SEVERITIES, Finding
from gprel.doctor.stats import PartStats
from gprel.plain_table import PlainTable

if TYPE_CHECKING:
    from gprel.doctor.reach import PartReach, Reach

_SIZES = (
    "part",
    "documents",
    "unreadable",
    "not annotated",
    "without entities",
    "characters: mean",
    "median",
    "longest",
    "entities",
    "relations",
    "unplaced triples",
)
_REACH = (
    "part",
    "tokens",
    "longest",
    "windows",
    "long documents",
    "tokens computed",
    "entities reachable",
    "triples reachable",
    "best entity F1",
    "best triple F1",
)
_MAX_LABELS = 40  # rows of a table of labels; the JSON report has all


@dataclass(frozen=True)
class Report:
    """What the doctor found.

    Attributes:
        title: Name of the data.
        parts: Sizes.
        findings: What is wrong or worth knowing, the worst first.
        reach: What an encoder can reach; ``None`` where it was not measured or nothing is annotated.
        notes: What a reader should know about the data.
    """

    title: str
    parts: tuple[PartStats, ...]
    findings: tuple[Finding, ...]
    reach: "Reach | None"
    notes: tuple[str, ...] = ()

    @property
    def is_serious(self) -> bool:
        """Whether there is a finding of severity ``error``."""
        return any(finding.severity == "error" for finding in self.findings)

    def verdict(self) -> str:
        """One sentence: how many findings of each severity there are."""
        counts = [sum(f.count for f in self.findings if f.severity == severity) for severity in SEVERITIES]
        if not any(counts):
            return "nothing found"
        return ", ".join(
            f"{n:,} {name}{'' if n == 1 else 's'}" for n, name in zip(counts, SEVERITIES, strict=True) if n
        )

    def tables(self) -> Iterator[PlainTable]:
        """The numbers as tables: sizes, labels, and what can be reached."""
        yield _sizes(self.parts)
        of_entities = [(part.name, part.counts.entities) for part in self.parts]
        of_relations = [(part.name, part.relation_types) for part in self.parts]
        for what, counts in (("entity types", of_entities), ("relations", of_relations)):
            if any(count for _, count in counts):
                yield _labels(what, counts)
        if self.reach is not None:
            yield _reach(self.reach)

    def to_dict(self) -> dict[str, Any]:
        """The report as JSON-ready values."""
        return {
            "data": self.title,
            "verdict": self.verdict(),
            "is_serious": self.is_serious,
            "notes": list(self.notes),
            "parts": [part.to_dict() for part in self.parts],
            "findings": [finding.to_dict() for finding in self.findings],
            "reach": None if self.reach is None else self.reach.to_dict(),
        }


def _sizes(parts: tuple[PartStats, ...]) -> PlainTable:
    rows = tuple(
        (
            part.name,
            f"{part.counts.n_documents:,}",
            f"{part.n_bad:,}",
            f"{part.counts.unknown_entities:,}",
            f"{part.n_without_entities:,}",
            f"{part.counts.characters.mean or 0:,.1f}",
            f"{part.counts.characters.quantile(0.5) or 0:,}",
            f"{part.counts.characters.largest or 0:,}",
            f"{part.counts.entities.total():,}",
            f"{part.counts.relations.total():,}",
            f"{part.counts.unplaced.total():,}",
        )
        for part in parts
    )
    return PlainTable("sizes", _SIZES, rows)


def _labels(what: str, parts: Sequence[tuple[str, Counter[str]]]) -> PlainTable:
    total = sum((counts for _, counts in parts), Counter[str]())
    ordered = sorted(total, key=lambda label: (-total[label], label))
    rows = tuple(
        (label, *(f"{counts[label]:,}" for _, counts in parts), f"{100 * total[label] / total.total():.1f} %")
        for label in ordered[:_MAX_LABELS]
    )
    notes = []
    if len(ordered) > 1:
        most, least = ordered[0], ordered[-1]
        notes.append(
            f"{len(ordered):,} {what}; {most} is {total[most] / total[least]:,.1f} times as frequent as {least}"
        )
    if len(ordered) > _MAX_LABELS:
        notes.append(f"the {len(ordered) - _MAX_LABELS:,} rarest are not shown")
    return PlainTable(what, (what, *(name for name, _ in parts), "share"), rows, tuple(notes))


def _reach(reach: "Reach") -> PlainTable:
    rows = tuple(
        (
            part.name,
            f"{part.n_tokens:,}",
            f"{part.longest:,}",
            f"{part.n_windows:,}",
            f"{part.n_long:,}",
            f"{part.n_window_tokens:,}",
            _share(part.lost.n_entities, part.lost.entities.total()),
            _share(part.lost.n_triples, part.lost.triples.total()),
            _percentage(part.entity_f1),
            _percentage(part.triple_f1),
        )
        for part in reach.parts
    )
    title = f"what encoder {reach.encoder} can reach (windows of {reach.max_tokens} tokens, {reach.stride} shared)"
    return PlainTable(title, _REACH, rows, (*reach.notes, *_losses(reach)))


def _losses(reach: "Reach") -> Iterator[str]:
    yield f"best F1: gold through tokens, windows and the head's own decoding, micro, rule {reach.rule}"
    for part in reach.parts:
        yield from (f"{part.name}: {line.strip()}" for line in part.lost.lines() if line.startswith(" "))
        if part.n_capped:
            yield _capped(part)


def _capped(part: "PartReach") -> str:
    return (
        f"{part.name}: the gold of {part.n_capped:,} windows alone exceeds the cap on candidates or triples; raise "
        "head.max_candidates or head.max_triples"
    )


def _share(n: int, n_lost: int) -> str:
    return f"{100 * (n - n_lost) / n:.2f} % of {n:,}" if n else "-"


def _percentage(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"
