"""What is to be loaded, and where its files are."""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from gprel.corpora.card import Card, FileCard, Split, VariantCard, cards_folder
from gprel.corpora.corpus import Corpus
from gprel.document import Document
from gprel.errors import ConfigError, DataError
from gprel.formats.placing import Occurrences


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be loaded.

    Attributes:
        card: The corpus, for one fold.
        variant: Its edition.
        splits: The splits.
        fold: The fold; only named in titles, the card has its files.
        data_dir: Folder that holds the corpora; where ``None``, that of the environment variable ``GPREL_DATA``, and
            without it the one that downloads go to.
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
    def edition(self) -> VariantCard:
        """The card of the edition."""
        return self.card.variants[self.variant]

    @property
    def files(self) -> Mapping[str, FileCard]:
        """The files of the edition."""
        return self.edition.files

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
            rule=self.edition.rule,
            report_split=self.card.report_split,
        )


def check_edition(card: Card, variant: str | None, fold: int | None) -> None:
    """Check that a corpus has an edition and a fold; ``None`` is left to others.

    Raises:
        ConfigError: If it has not.
    """
    if fold is not None and not 0 <= fold < card.n_folds:
        folds = f"0 to {card.n_folds - 1}" if card.n_folds else "no folds"
        raise ConfigError(f"fold is {fold}, but {card.name} has {folds}")
    if variant is not None and variant not in card.variants:
        raise ConfigError(f"variant is {variant!r}, but {card.name} has: {', '.join(card.variants)}")


def cache_folder() -> Path:
    """Where downloads go: ``gprel`` in ``XDG_CACHE_HOME``, or in ``~/.cache`` without that variable."""
    named = os.environ.get("XDG_CACHE_HOME")
    return (Path(named) if named else Path.home() / ".cache") / "gprel"


def data_folder(card: Card, data_dir: Path | None = None) -> Path:
    """The folder that the paths of a card start from."""
    if card.name == "demo":
        return cards_folder()
    named = data_dir or os.environ.get("GPREL_DATA")
    return Path(named) if named else cache_folder()


def find_file(root: Path, file: FileCard) -> Path | None:
    """The file at its own path, or the first that is there under another public name."""
    return next((root / name for name in (file.path, *file.also) if (root / name).is_file()), None)


def locate(request: Request, keys: Iterable[str], hint: str = "") -> dict[str, Path]:
    """The paths of some of the files; what the corpus lacks, and optional files that are not there, are left out.

    Args:
        request: What is loaded.
        keys: Names of the files in the card.
        hint: What else can be done if one is missing.

    Raises:
        DataError: If a file is missing; the message lists all that are expected.
    """
    card = request.card
    root = data_folder(card, request.data_dir)
    files = {key: request.files[key] for key in keys if key in request.files}
    found = {key: find_file(root, file) for key, file in files.items()}
    missing = [files[key].path for key, path in found.items() if path is None and not files[key].is_optional]
    if not missing:
        return {key: path for key, path in found.items() if path is not None}
    expected = ", ".join(file.path for file in files.values())
    to_fetch = [file.url for file in files.values() if file.path in missing]
    fetch = f"; `gprel data fetch {card.name}` downloads them" if all(to_fetch) else ""
    source = f"they come from {card.facts['source']} and are read unchanged{fetch}; {card.path} says more{hint}"
    if request.data_dir is None and not os.environ.get("GPREL_DATA") and len(missing) == len(files):
        raise DataError(
            f"{card.name} is not bundled: set GPREL_DATA or pass --data-dir to name the folder that holds "
            f"{expected}; {source}"
        )
    raise DataError(f"{card.name}: {', '.join(missing)} not found in {root} (expected there: {expected}); {source}")
