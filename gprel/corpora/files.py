"""From a card to documents: find the files, read them, compare them with the card."""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from gprel.corpora.card import Card, FileCard, Split, VariantCard, cards_folder
from gprel.corpora.corpus import Corpus, collect
from gprel.document import Document
from gprel.errors import DataError
from gprel.formats import FORMATS
from gprel.formats.triples import Alignment, Occurrences
from gprel.formats.triples import read_file as read_triples


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be loaded.

    Attributes:
        card: The corpus, for one fold.
        variant: Its edition.
        splits: The splits.
        fold: The fold; only named in titles, the card has its files.
        data_dir: Folder that holds the corpora; the environment variable ``GPREL_DATA`` where ``None``.
        occurrences: Which occurrences of a triple's arguments are labeled.
        low_resource: Whether training goes on a substitute for a training file that cannot be had.
    """

    card: Card
    variant: str
    splits: tuple[Split, ...]
    fold: int
    data_dir: Path | None
    occurrences: Occurrences
    low_resource: bool

    @property
    def files(self) -> Mapping[str, FileCard]:
        """The files of the edition."""
        return self._variant.files

    @property
    def _variant(self) -> VariantCard:
        return self.card.variants[self.variant]

    def corpus(self, documents: Mapping[Split, list[Document]], notes: Iterable[str]) -> Corpus:
        """The corpus of these documents."""
        details = [self.variant] if len(self.card.variants) > 1 else []
        details += [f"fold {self.fold} of {self.card.n_folds}"] if self.card.n_folds else []
        title = self.card.title + (" low-resource" if self.low_resource else "")
        return Corpus(
            name=self.card.name,
            title=f"{title} ({', '.join(details)})" if details else title,
            train=documents.get("train"),
            dev=documents.get("dev"),
            test=documents.get("test"),
            notes=(*self.card.notes, *notes),
            card=self.card,
            language=self.card.language,
            unit=self.card.unit,
            rule=self._variant.rule,
            report_split=self.card.report_split,
        )


def locate(request: Request, keys: Iterable[str], hint: str = "") -> dict[str, Path]:
    """The paths of some of the files.

    Args:
        request: What is loaded.
        keys: Names of the files in the card.
        hint: What else can be done if one is missing.

    Raises:
        DataError: If no data folder is named or a file is missing; the message lists all that are expected.
    """
    card = request.card
    expected = {key: request.files[key].path for key in keys}
    source = f"they come from {card.facts['source']} and are read unchanged; {card.path} says more{hint}"
    if card.name == "demo":
        root = cards_folder()
    elif request.data_dir is not None or os.environ.get("GPREL_DATA"):
        root = request.data_dir or Path(os.environ["GPREL_DATA"])
    else:
        raise DataError(
            f"{card.name} is not bundled: set GPREL_DATA or pass --data-dir to name the folder that holds "
            f"{', '.join(expected.values())}; {source}"
        )
    missing = [path for path in expected.values() if not (root / path).is_file()]
    if missing:
        raise DataError(
            f"{card.name}: {', '.join(missing)} not found in {root} (expected there: {', '.join(expected.values())}); "
            f"{source}"
        )
    return {key: root / path for key, path in expected.items()}


def read(request: Request, key: str, path: Path) -> tuple[list[Document], list[str]]:
    """The documents of a file and what is to be said about them.

    Raises:
        DataError: If the file cannot be read.
    """
    alignments: list[Alignment] = []
    if request.card.format == "triples":
        reader = partial(read_triples, path, occurrences=request.occurrences, on_alignment=alignments.append)
    else:
        reader = partial(FORMATS[request.card.format].read, path)
    documents = collect(reader)
    alignment = alignments[0] if alignments else None
    notes = deviations(key, request.files[key], documents, alignment)
    return documents, notes + (alignment_notes(key, alignment, request.occurrences) if alignment else [])


def deviations(key: str, card: FileCard, documents: list[Document], alignment: Alignment | None) -> list[str]:
    """A note for every count that is not what the card says."""
    counts = {
        "sentences": len(documents),
        "entities": sum(len(document.entities or ()) for document in documents),
        "relations": sum(len(document.relations or ()) for document in documents),
    }
    if alignment is not None:
        counts["triples"] = alignment.triples
        counts["distinct_triples"] = alignment.triples - alignment.repeated
    return [
        f"{key}: {card.path} has {counts[what]:,} {what.replace('_', ' ')}, its card says {expected:,}; "
        "scores on it may not be comparable"
        for what, expected in card.counts.items()
        if counts[what] != expected
    ]


def alignment_notes(key: str, alignment: Alignment, occurrences: Occurrences) -> list[str]:
    """What is to be said about triples whose arguments came as strings."""
    labeled = "every occurrence is" if occurrences == "every" else "only the first occurrence is"
    sayings = (
        (alignment.ambiguous, f"have an argument that occurs more than once: {labeled} labeled"),
        (alignment.repeated, "are listed twice in one sentence and count once"),
        (alignment.not_word_bounded, "have an argument that occurs only inside words"),
        (alignment.unplaced, "have an argument that is not in the text: they count as gold and cannot be found"),
    )
    return [f"{key}: {n:,} of {alignment.triples:,} triples {saying}" for n, saying in sayings if n]


def load_as_split(request: Request) -> Corpus:
    """Load a corpus whose files are its splits.

    Raises:
        DataError: If a file is missing or cannot be read.
    """
    documents: dict[Split, list[Document]] = {}
    notes: list[str] = []
    paths = locate(request, request.splits)
    for split in request.splits:
        documents[split], said = read(request, split, paths[split])
        notes += said
    return request.corpus(documents, notes)
