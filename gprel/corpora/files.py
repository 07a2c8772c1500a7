"""From a card to documents: read its files, compare them with the card, hold out what is to be held out."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from gprel.corpora.card import FileCard, Split
from gprel.corpora.corpus import Corpus, collect, split_by_text
from gprel.corpora.request import Request, locate
from gprel.document import Document
from gprel.formats import FORMATS, BadLine, Reader, docred, recognize
from gprel.formats.placing import Alignment, Occurrences

_PLACING = ("copyre", "duie", "tplinker", "triples")  # arguments are strings, to be placed in the text
_DROPPING = ("cmeee", "copyre", "tplinker")  # a record may hold an entity that has to be left out
CUTS: dict[str, Reader] = {
    "docred_windows": docred.read_windows,
    "docred_windows_nearest": partial(docred.read_windows, use_nearest=True),
    "docred_mixed": partial(docred.read_windows, with_sentences=True),
    "docred_mixed_nearest": partial(docred.read_windows, use_nearest=True, with_sentences=True),
}
"""Ways of reading that editions of a corpus have and users' own data do not, by the name in the card."""

_COUNTING = ("docred", "docred_sentences", *CUTS)  # entities have several mentions


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read from a file.

    Attributes:
        documents: The documents.
        alignment: How strings were placed in the texts; ``None`` where the format has offsets.
        dropped: Records of which a part was left out.
        counts: Counts that the documents do not show, by their names.
    """

    documents: list[Document]
    alignment: Alignment | None
    dropped: list[BadLine]
    counts: Counter[str]

    def notes(self, key: str, occurrences: Occurrences) -> list[str]:
        """What is to be said about it, whatever a card says."""
        said = alignment_notes(key, self.alignment, occurrences) if self.alignment else []
        if self.dropped:
            n = len(self.dropped)
            said.append(f"{key}: a part of {n:,} record{'s' * (n > 1)} is left out, first {self.dropped[0]}")
        return said


def reader_named(name: str) -> Reader:
    """The reader of a format, or of a way of reading that only editions have."""
    return CUTS[name] if name in CUTS else FORMATS[name].read


def read_file(path: Path, format_: str, occurrences: Occurrences) -> Reading:
    """Read a file.

    Raises:
        DataError: If it cannot be read.
    """
    alignments: list[Alignment] = []
    dropped: list[BadLine] = []
    counts: Counter[str] = Counter()
    options: dict[str, Any] = {}
    if format_ in _PLACING:
        options |= {"occurrences": occurrences, "on_alignment": alignments.append}
    if format_ in _DROPPING:
        options |= {"on_dropped": dropped.append}
    if format_ in _COUNTING:
        options |= {"on_counts": counts.update}
    documents = collect(partial(reader_named(format_), path, **options))
    return Reading(documents, alignments[0] if alignments else None, dropped, counts)


def read(request: Request, key: str, path: Path) -> tuple[list[Document], list[str]]:
    """The documents of one file of a corpus and what is to be said about them.

    Raises:
        DataError: If the file cannot be read.
    """
    card = request.files[key]
    format_ = request.edition.format
    notes = []
    if not path.as_posix().endswith(card.path):
        seen = recognize(path)
        # All editions of a corpus of whole documents come from the same files.
        format_ = format_ if format_.startswith(seen) else seen
        notes.append(f"{key}: {card.path} is not there; {path} was read as {format_}")
    reading = read_file(path, format_, request.occurrences)
    return reading.documents, notes + deviations(key, card, reading) + reading.notes(key, request.occurrences)


def deviations(key: str, card: FileCard, reading: Reading) -> list[str]:
    """A note for every count that is not what the card says."""
    documents, alignment = reading.documents, reading.alignment
    counts = {
        "documents": len(documents),
        "sentences": len(documents),
        "entities": sum(len(document.entities or ()) for document in documents),
        "relations": sum(len(document.relations or ()) for document in documents),
    }
    if alignment is not None:
        counts["triples"] = alignment.triples
        counts["distinct triples"] = alignment.triples - alignment.repeated
    counts |= reading.counts
    return [
        f"{key}: {card.path} has {counts[what]:,} {what}, its card says {expected:,}; "
        "scores on it may not be comparable"
        for what, expected in ((name.replace("_", " "), count) for name, count in card.counts.items())
        if what in counts and counts[what] != expected
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


def load_as_split(
    request: Request, select: Callable[[Split, list[Document]], tuple[list[Document], list[str]]] | None = None
) -> Corpus:
    """Load a corpus whose files are its splits; where the card says so, a dev split is held out of train.

    Args:
        request: What is loaded.
        select: Chooses among the documents of a file, and says what it left out.

    Raises:
        DataError: If a file is missing or cannot be read.
    """
    paths = locate(request, request.splits)
    is_held_out = bool(request.card.held_out) and bool({"train", "dev"} & set(request.splits)) and not _has_dev(request)
    if is_held_out:
        paths = locate(request, ["train"]) | paths
    documents: dict[Split, list[Document]] = {}
    notes: list[str] = []
    for split in ("train", "dev", "test"):
        if split in paths:
            documents[split], said = read(request, split, paths[split])
            notes += said
            if select is not None:
                documents[split], said = select(split, documents[split])
                notes += said
    if is_held_out:
        n_all = len(documents["train"])
        documents["dev"], documents["train"] = split_by_text(
            documents["train"], (request.card.held_out,), str(paths["train"])
        )
        of_what = "fold's" if request.card.n_folds else "file's"
        notes.append(
            f"dev is held out: {len(documents['dev']):,} of the {of_what} {n_all:,} training sentences, "
            "drawn with a fixed seed; train is the rest"
        )
    return request.corpus({split: documents[split] for split in request.splits if split in documents}, notes)


def _has_dev(request: Request) -> bool:
    return "dev" in locate(request, ["dev"])
