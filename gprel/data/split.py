"""Divide documents into training, development and test parts, alike in their labels and without common texts."""

import hashlib
from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import Literal

from gprel.document import Document
from gprel.errors import ConfigError, DataError

PARTS = ("train", "dev", "test")
_NOWHERE = 255


@dataclass(frozen=True, slots=True)
class Shares:
    """How much of the data each part gets, in percent.

    Attributes:
        train: Training part, more than 0.
        dev: Development part; 0 makes none.
        test: Test part; 0 makes none.

    Raises:
        ConfigError: If they are not such numbers that add up to 100.
    """

    train: float = 80
    dev: float = 10
    test: float = 10

    def __post_init__(self) -> None:
        shares = self.in_order()
        if not (min(shares) >= 0 and self.train > 0 and abs(sum(shares) - 100) < 1e-6):
            raise ConfigError(
                f"shares are {'/'.join(f'{share:g}' for share in shares)}, expected percentages for train, dev and "
                "test that add up to 100, with a train part; for example 80/10/10 or 90/10/0"
            )

    def in_order(self) -> tuple[float, float, float]:
        """The shares of train, dev and test."""
        return self.train, self.dev, self.test

    @classmethod
    def parse(cls, text: str) -> "Shares":
        """Read ``"80/10/10"``.

        Raises:
            ConfigError: If it is anything else.
        """
        try:
            train, dev, test = map(float, text.split("/"))
        except ValueError:
            raise ConfigError(
                f"shares are {text!r}, expected three percentages for train, dev and test, for example 80/10/10"
            ) from None
        return cls(train, dev, test)


@dataclass(frozen=True, slots=True)
class SplitPlan:
    """Which document goes to which part.

    Attributes:
        parts: For each document in the order of the input, a position in ``PARTS``.
        n_texts: Number of distinct texts; documents with the same text go to the same part.
        balanced: What the parts are alike in: ``"relation"``, ``"entity type"`` where there are no relations, or
            ``"text"`` where nothing is annotated.
        labels: For each label, its number in train, dev and test; rare labels last.
    """

    parts: Sequence[int]
    n_texts: int
    balanced: Literal["relation", "entity type", "text"]
    labels: dict[str, tuple[int, int, int]]

    def sizes(self) -> tuple[int, int, int]:
        """The number of documents in train, dev and test."""
        counts = Counter(self.parts)
        return counts[0], counts[1], counts[2]


_Counts = tuple[tuple[str, int], ...]
"""How often each label occurs in a text; equal ones are one object, because the texts may be millions."""


def plan_split(documents: Iterable[Document], shares: Shares, *, seed: int = 0) -> SplitPlan:
    """Decide where each document goes (iterative stratification, Sechidis et al. 2011, over distinct texts).

    The rarest label is dealt out first, each of its texts to the part that still lacks most of it; on a draw train
    comes before dev and dev before test, so that what occurs once can be learned. No document is kept, only its labels
    and a hash of its text.

    Args:
        documents: The documents; a stream.
        shares: Size of the parts.
        seed: Equal seeds divide equal documents alike.

    Raises:
        DataError: If there are fewer distinct texts than parts.
    """
    group_of: dict[bytes, int] = {}
    groups = array("q")  # of each document
    relations: list[_Counts] = []  # of each group, as the next two
    entity_types: list[_Counts] = []
    sizes: list[int] = []
    known: dict[_Counts, _Counts] = {}
    for document in documents:
        key = hashlib.blake2b(document.text.encode(), digest_size=16).digest()
        group = group_of.setdefault(key, len(group_of))
        groups.append(group)
        if group == len(sizes):
            sizes.append(0)
            relations.append(())
            entity_types.append(())
        sizes[group] += 1
        relations[group] = _plus(relations[group], _relations(document), known)
        entity_types[group] = _plus(entity_types[group], (entity.type for entity in document.entities or ()), known)
    n_parts = sum(share > 0 for share in shares.in_order())
    if len(sizes) < n_parts:
        raise DataError(
            f"there are {len(sizes)} distinct texts for {n_parts} parts, expected at least one each; add documents"
        )
    balanced: Literal["relation", "entity type", "text"] = "text"
    if any(relations):
        balanced = "relation"
    elif any(entity_types):
        balanced = "entity type"
    labels = relations if balanced == "relation" else entity_types
    order = list(range(len(sizes)))
    Random(seed).shuffle(order)
    chosen = _deal(order, sizes, labels, shares)
    return SplitPlan(bytes(chosen[group] for group in groups), len(sizes), balanced, _per_part(labels, chosen))


def _relations(document: Document) -> Iterator[str]:
    yield from (relation.type for relation in document.relations or ())
    yield from (triple.relation for triple in document.unplaced)


def _plus(counts: _Counts, labels: Iterable[str], known: dict[_Counts, _Counts]) -> _Counts:
    total = Counter(dict(counts))
    total.update(labels)
    together = tuple(sorted(total.items()))
    return known.setdefault(together, together)


def _deal(order: Sequence[int], sizes: Sequence[int], labels: Sequence[_Counts], shares: Shares) -> bytearray:
    """The part of each group, given its number of documents and its labels; groups are taken in the given order."""
    fractions = [share / 100 for share in shares.in_order()]
    open_parts = [part for part, fraction in enumerate(fractions) if fraction > 0]
    left = Counter[str]()
    groups_of: dict[str, list[int]] = defaultdict(list)
    for group in order:
        for label, n in labels[group]:
            left[label] += n
            groups_of[label].append(group)
    wanted = {label: [fraction * n for fraction in fractions] for label, n in left.items()}
    wanted_documents = [fraction * sum(sizes) for fraction in fractions]
    chosen = bytearray([_NOWHERE]) * len(sizes)
    dealt: list[int] = []

    def put(group: int, lacking: Sequence[float]) -> None:
        # max() takes the first of equals: train before dev before test. Differences are rounded to be equal where they
        # should be.
        part = max(open_parts, key=lambda part: (round(lacking[part], 9), round(wanted_documents[part], 9)))
        chosen[group] = part
        dealt.append(group)
        wanted_documents[part] -= sizes[group]
        for label, n in labels[group]:
            wanted[label][part] -= n
            left[label] -= n

    for label in _rarest_first(left):
        for group in groups_of[label]:
            if chosen[group] == _NOWHERE:
                put(group, wanted[label])
    for group in order:
        if chosen[group] == _NOWHERE:
            put(group, wanted_documents)
    _fill_empty(chosen, dealt, open_parts)
    return chosen


def _rarest_first(left: Counter[str]) -> Iterator[str]:
    """The labels, always the one of which least is left to deal out; what is left changes between the steps."""
    waiting = sorted(left)
    while waiting:
        label = min(waiting, key=left.__getitem__)
        waiting.remove(label)
        yield label


def _fill_empty(chosen: bytearray, dealt: Sequence[int], parts: Sequence[int]) -> None:
    """Give each empty part the group that was dealt last to the largest: it has the most common labels, or none."""
    for part in parts:
        sizes = Counter(chosen)
        if not sizes[part]:
            largest = max(parts, key=sizes.__getitem__)
            chosen[next(group for group in reversed(dealt) if chosen[group] == largest)] = part


def _per_part(labels: Sequence[_Counts], chosen: Sequence[int]) -> dict[str, tuple[int, int, int]]:
    counts = [Counter[str]() for _ in PARTS]
    for group, part in zip(labels, chosen, strict=True):
        counts[part].update(dict(group))
    ranked = sum(counts, Counter()).most_common()
    return {label: (counts[0][label], counts[1][label], counts[2][label]) for label, _ in ranked}
