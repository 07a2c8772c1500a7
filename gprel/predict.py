"""Documents in, documents out: windows, batches, extraction, and back to characters."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING

from gprel.document import Document, Entity, Relation
from gprel.features import Example, Featurizer
from gprel.features.packing import pack
from gprel.schema import Schema
from gprel.tokens import Extraction

if TYPE_CHECKING:
    from gprel.features.batch import Batch

POOL = 32  # batches of documents that are sorted by length together

Mention = tuple[int, int, str]  # start, end, type


@dataclass
class PredictionLog:
    """What happened during prediction.

    Attributes:
        n_documents: Documents predicted.
        n_windows: Windows they were cut into.
        n_capped: Windows that reached the cap on candidates or triples.
        n_dropped: Candidates and triples left out there.
    """

    n_documents: int = 0
    n_windows: int = 0
    n_capped: int = 0
    n_dropped: int = 0

    def lines(self) -> list[str]:
        """What a user should know, if anything."""
        if not self.n_capped:
            return []
        return [
            f"{self.n_capped:,} of {self.n_windows:,} windows reached the cap on candidates or triples; the "
            f"{self.n_dropped:,} worst-scored were left out (an undertrained model predicts too much; raise "
            "head.max_candidates or head.max_triples if the text really holds so many)"
        ]


def predict(
    documents: Iterable[Document],
    extract: Callable[["Batch"], list[Extraction]],
    featurizer: Featurizer,
    *,
    batch_size: int = 32,
    log: PredictionLog | None = None,
) -> Iterator[Document]:
    """Annotate documents with what a model finds, in order, holding a few batches in memory.

    Args:
        documents: Any number of documents; annotation they carry is neither seen nor kept.
        extract: What the model does with a batch.
        featurizer: How text becomes tokens; the one the model was trained with.
        batch_size: Windows per batch.
        log: Collects what happened.

    Yields:
        Each document with predicted entities and, where the method predicts any, relations.
    """
    from gprel.features.batch import Collator  # with torch, which the rest of this file does without

    collate = Collator(featurizer.tokenizer.pad_token_id or 0)
    yield from predict_windows(
        documents, lambda windows: extract(collate(windows)), featurizer, batch_size=batch_size, log=log
    )


def predict_windows(
    documents: Iterable[Document],
    extract: Callable[[Sequence[Example]], list[Extraction]],
    featurizer: Featurizer,
    *,
    batch_size: int = 32,
    log: PredictionLog | None = None,
) -> Iterator[Document]:
    """The same as :func:`predict` for a model that pads its batches itself."""
    log = PredictionLog() if log is None else log
    stream = iter(documents)
    while pool := [document.without_annotation() for document in islice(stream, POOL * batch_size)]:
        examples = featurizer.examples(pool)
        found: list[list[tuple[Example, Extraction]]] = [[] for _ in pool]
        for chosen in pack([len(example.input_ids) for example in examples], max_windows=batch_size):
            batch = [examples[i] for i in chosen]
            for example, extraction in zip(batch, extract(batch), strict=True):
                found[example.document].append((example, extraction))
                log.n_capped += extraction.n_dropped > 0
                log.n_dropped += extraction.n_dropped
        log.n_documents += len(pool)
        log.n_windows += len(examples)
        for document, parts in zip(pool, found, strict=True):
            yield to_document(document, parts, featurizer.schema)


def to_document(document: Document, parts: Sequence[tuple[Example, Extraction]], schema: Schema) -> Document:
    """Put what was found in the windows of one document back on its characters.

    The same entity or triple found in two windows is one; the better score wins.

    Args:
        document: The document without annotation.
        parts: Its windows and what was found in each; none for a text without tokens.
        schema: Names of the ids.
    """
    entities: dict[Mention, float] = {}
    triples: dict[tuple[Mention, str, Mention], float] = {}
    for example, extraction in parts:
        mentions = []
        for entity in extraction.entities:
            start, end = example.offsets[entity.span.first][0], example.offsets[entity.span.last][1]
            mention = (start, end, schema.entity_types[entity.type_id])
            mentions.append(mention)
            entities[mention] = max(entity.score, entities.get(mention, entity.score))
        for triple in extraction.triples or ():
            relation = schema.relation_types[triple.relation_id]
            key = (mentions[triple.subject], relation, mentions[triple.object])
            triples[key] = max(triple.score, triples.get(key, triple.score))
    ordered = sorted(entities)
    position = {mention: i for i, mention in enumerate(ordered)}
    has_relations = bool(schema.relation_types) if not parts else parts[0][1].triples is not None
    linked = sorted((position[s], relation, position[o], score) for (s, relation, o), score in triples.items())
    return replace(
        document,
        entities=tuple(Entity(*mention, score=entities[mention]) for mention in ordered),
        relations=tuple(Relation(r, s, o, score) for s, r, o, score in linked) if has_relations else None,
        arguments_only=any(extraction.arguments_only for _, extraction in parts),
    )


def oracle(documents: Sequence[Document], featurizer: Featurizer) -> list[Document]:
    """What a perfect model behind these features would return: gold through tokens and back.

    Scoring this against the documents gives the best F1 that any model can reach.
    """
    found: list[list[tuple[Example, Extraction]]] = [[] for _ in documents]
    for example in featurizer.examples(documents):
        triples = example.gold.triples if featurizer.schema.relation_types else None
        found[example.document].append((example, Extraction(example.gold.entities, triples)))
    bare = [document.without_annotation() for document in documents]
    return [to_document(document, parts, featurizer.schema) for document, parts in zip(bare, found, strict=True)]
