"""ADE: ten folds without a development split, with or without the sentences whose entities overlap."""

from itertools import pairwise

from gprel.corpora.card import Split
from gprel.corpora.corpus import Corpus
from gprel.corpora.files import load_as_split
from gprel.corpora.request import Request
from gprel.document import Document


def load_ade(request: Request) -> Corpus:
    """Load one fold; a seeded tenth of its training sentences is held out as dev and never trained on.

    Raises:
        DataError: If a file is missing or cannot be read.
    """
    return load_as_split(request, _without_overlaps if request.variant == "flat" else None)


def _without_overlaps(split: Split, documents: list[Document]) -> tuple[list[Document], list[str]]:
    flat = [document for document in documents if not has_overlap(document)]
    n_left_out = len(documents) - len(flat)
    return flat, [f"{split}: {n_left_out:,} of {len(documents):,} sentences have overlapping entities and are left out"]


def has_overlap(document: Document) -> bool:
    """Whether two entities share a character."""
    entities = sorted((entity.start, entity.end) for entity in document.entities or ())
    return any(end > start for (_, end), (start, _) in pairwise(entities))
