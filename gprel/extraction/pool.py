"""From a stream of texts to records, one pool after another.

A pool is the next few items of the stream, as many as a fixed rule says. Its windows are batched among themselves, so
that what is found in it depends on its own items alone: a run that is taken up again at the border of a pool makes the
same batches, and hence the same bytes, as one that was never stopped.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from gprel.extraction.backend import Backend
from gprel.extraction.item import Item
from gprel.extraction.record import to_record
from gprel.extraction.select import Selection
from gprel.features import Example
from gprel.features.packing import pack
from gprel.formats import BadLine
from gprel.predict import to_document
from gprel.tokens import Extraction

POOL_ITEMS = 1024
POOL_CHARACTERS = 1 << 18
TOKENS_PER_BATCH = 4096


@dataclass(frozen=True, slots=True)
class Pool:
    """The next items of a stream.

    Attributes:
        items: What could be read.
        bad: What could not.
    """

    items: list[Item] = field(default_factory=list)
    bad: list[BadLine] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.items) + len(self.bad)


def pools(
    stream: Iterable[Item | BadLine], *, max_items: int = POOL_ITEMS, max_characters: int = POOL_CHARACTERS
) -> Iterator[Pool]:
    """Cut a stream into pools.

    Args:
        stream: Items and bad lines in order.
        max_items: Items and bad lines of a pool.
        max_characters: A pool is full as soon as its texts have so many characters, however many that last one has.
    """
    pool, n_characters = Pool(), 0
    for item in stream:
        if isinstance(item, BadLine):
            pool.bad.append(item)
            n_characters += len(item.content)
        else:
            pool.items.append(item)
            n_characters += len(item.document.text)
        if len(pool) >= max_items or n_characters >= max_characters:
            yield pool
            pool, n_characters = Pool(), 0
    if len(pool):
        yield pool


@dataclass(frozen=True, slots=True)
class Prepared:
    """A pool that is ready for the model.

    Attributes:
        pool: The pool.
        examples: Windows of its items.
        batches: Positions in ``examples`` that share a batch.
    """

    pool: Pool
    examples: list[Example]
    batches: list[list[int]]

    def inputs(self) -> Iterator[list[Example]]:
        """The windows of every batch."""
        return ([self.examples[i] for i in batch] for batch in self.batches)


@dataclass(frozen=True, slots=True)
class Found:
    """What was found in a pool.

    Attributes:
        records: One for each item, in order, as JSON-ready values.
        n_entities: Entities in them.
        n_triples: Triples in them.
        n_windows: Windows the texts were cut into.
        n_capped: Windows that reached the cap on candidates or triples.
        n_dropped: Candidates and triples left out there.
    """

    records: list[dict[str, Any]]
    n_entities: int
    n_triples: int
    n_windows: int
    n_capped: int
    n_dropped: int


@dataclass(frozen=True)
class PoolRunner:
    """Finds what there is in a pool; holds no state, so that pools may run anywhere and in any order.

    Attributes:
        backend: The model.
        selection: What is kept of its findings.
        fields: Fields of a record; ``None`` for all.
        tokens_per_batch: Most tokens of a batch, padding included; a window that is longer gets its own.
    """

    backend: Backend
    selection: Selection = field(default_factory=Selection)
    fields: tuple[str, ...] | None = None
    tokens_per_batch: int = TOKENS_PER_BATCH

    def run_pool(self, items: Sequence[Item]) -> list[dict[str, Any]]:
        """The records of some items, one for each, in order."""
        return self.finish(self.prepare(Pool(list(items)))).records

    def prepare(self, pool: Pool) -> Prepared:
        """The part of the work that needs no model: tokens, windows, batches."""
        examples = self.backend.featurizer.examples([item.document for item in pool.items])
        lengths = [len(example.input_ids) for example in examples]
        return Prepared(pool, examples, pack(lengths, max_tokens=self.tokens_per_batch))

    def finish(self, prepared: Prepared) -> Found:
        """Run the model, batch by batch, and put what it finds back on the texts."""
        return self.gather(prepared, map(self.backend.extract, prepared.inputs()))

    def gather(self, prepared: Prepared, results: Iterable[Sequence[Extraction]]) -> Found:
        """Put what the model found in every batch back on the texts."""
        items, examples = prepared.pool.items, prepared.examples
        found: list[Extraction | None] = [None] * len(examples)
        for batch, of_batch in zip(prepared.batches, results, strict=True):
            for i, extraction in zip(batch, of_batch, strict=True):
                found[i] = extraction
        parts: list[list[tuple[Example, Extraction]]] = [[] for _ in items]
        n_capped = n_dropped = 0
        for example, of_window in zip(examples, found, strict=True):
            assert of_window is not None  # every window is in one batch
            parts[example.document].append((example, of_window))
            n_capped += of_window.n_dropped > 0
            n_dropped += of_window.n_dropped
        n_entities = n_triples = 0
        records = []
        for item, of_item in zip(items, parts, strict=True):
            document = self.selection.apply(to_document(item.document, of_item, self.backend.schema))
            n_entities += len(document.entities or ())
            n_triples += len(document.relations or ())
            records.append(to_record(document, item.extra, calibration=self.backend.calibration, fields=self.fields))
        return Found(records, n_entities, n_triples, len(examples), n_capped, n_dropped)
