"""A user's own annotated data, in any format: a folder of splits, one file, or one brat folder."""

from collections.abc import Iterable
from pathlib import Path

from gprel.corpora.card import SPLITS, Split
from gprel.corpora.corpus import Corpus, split_by_text
from gprel.corpora.files import read_file
from gprel.document import Document
from gprel.errors import DataError
from gprel.formats import recognize
from gprel.formats.placing import Occurrences

_NAMES: dict[Split, tuple[str, ...]] = {
    "train": ("train",),
    "dev": ("dev", "valid", "val", "validation"),
    "test": ("test",),
}


def load_own(path: Path, splits: Iterable[Split], occurrences: Occurrences = "every") -> Corpus:
    """Load own data.

    A folder holds ``train``, ``dev`` (or ``valid``, ``val``, ``validation``) and ``test``, of which some may be
    missing: files of any suffix, or brat folders. Anything else is one file or one brat folder: it is divided 80/10/10
    with a fixed seed if ``train`` is asked for; if not, it is each split as a whole.

    Raises:
        DataError: If a folder has none of these, or two of them for one split; if a file cannot be read or is too
            small to divide.
    """
    if path.is_dir() and not _is_brat(path):
        return _load_folder(path, splits, occurrences)
    documents, said = _read(path, "all", occurrences)
    chosen: dict[Split, list[Document]] = dict.fromkeys(splits, documents)
    kind = "folder" if path.is_dir() else "file"
    if "train" not in chosen:
        said.insert(0, f"{path} is one {kind} and all of it is taken; a model trained on it has seen most of it")
    else:
        dev, test, train = split_by_text(documents, (0.1, 0.1), str(path))
        parts: dict[Split, list[Document]] = {"train": train, "dev": dev, "test": test}
        chosen = {split: parts[split] for split in chosen}
        said.insert(
            0,
            f"{path} is one {kind}: divided with a fixed seed into {len(train):,} train, {len(dev):,} dev and "
            f"{len(test):,} test documents",
        )
    return _corpus(path, chosen, said)


def _load_folder(folder: Path, splits: Iterable[Split], occurrences: Occurrences) -> Corpus:
    found = {split: _find(folder, split) for split in SPLITS}
    if not any(found.values()):
        names = ", ".join(f"{split}.jsonl" for split in SPLITS)
        raise DataError(
            f"{folder} holds none of {names}; write at least one of them, in any format that gprel reads (the suffix "
            "may be another one), or name a brat folder"
        )
    chosen: dict[Split, list[Document]] = {}
    notes: list[str] = []
    for split in splits:
        path = found[split]
        if path is not None:
            chosen[split], said = _read(path, split, occurrences)
            notes += said
    return _corpus(folder, chosen, notes)


def _is_brat(folder: Path) -> bool:
    """Whether this is one brat folder: a document may be named like a split, its two files tell them apart."""
    if any(folder.glob("*.ann")):
        return True
    return not any(_find(folder, split) for split in SPLITS) and any(folder.rglob("*.ann"))


def _find(folder: Path, split: Split) -> Path | None:
    """The one file or folder of a split."""
    paths = sorted(path for path in folder.iterdir() if path.stem.lower() in _NAMES[split])
    if len(paths) > 1:
        names = ", ".join(path.name for path in paths)
        raise DataError(f"{folder} has several candidates for {split}: {names}; keep one of them there")
    return paths[0] if paths else None


def _read(path: Path, what: str, occurrences: Occurrences) -> tuple[list[Document], list[str]]:
    reading = read_file(path, recognize(path), occurrences)
    return reading.documents, reading.notes(what, occurrences)


def _corpus(path: Path, chosen: dict[Split, list[Document]], notes: list[str]) -> Corpus:
    for split, documents in chosen.items():
        n_unknown = sum(document.entities is None for document in documents)
        if n_unknown:
            notes.append(
                f'{split}: {n_unknown:,} of {len(documents):,} documents have no "entities": nothing is known of them'
            )
    return Corpus(
        name=str(path),
        title=path.resolve().name,
        train=chosen.get("train"),
        dev=chosen.get("dev"),
        test=chosen.get("test"),
        notes=tuple(notes),
    )
