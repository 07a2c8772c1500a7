"""Data with places: documents, what could not be read, and the line or record that each of them stands in."""

from dataclasses import dataclass, replace
from pathlib import Path

from gprel.corpora import CORPORA, SPLITS, read_card
from gprel.corpora.files import reader_named
from gprel.corpora.request import Request, data_folder, find_file, locate
from gprel.doctor.findings import Place
from gprel.document import Document
from gprel.errors import ConfigError, DataError
from gprel.formats import FORMATS, BadLine, recognize
from gprel.formats.source import read_json_list


@dataclass(frozen=True, slots=True)
class Part:
    """One file of the data, mostly a split.

    Attributes:
        name: Name of the split, or of the file without its suffix.
        path: The file or folder.
        documents: What could be read.
        places: Where each document stands.
        bad: What could not be read.
        failure: Why reading stopped before the end, if it did.
    """

    name: str
    path: Path
    documents: list[Document]
    places: list[Place]
    bad: list[BadLine]
    failure: str | None = None


@dataclass(frozen=True, slots=True)
class Data:
    """What the doctor looks at.

    Attributes:
        title: Name for the report.
        parts: Its splits or files, train first.
        rule: Match rule that scores on it are given by.
        notes: What a reader of the report should know.
    """

    title: str
    parts: tuple[Part, ...]
    rule: str = "strict"
    notes: tuple[str, ...] = ()

    @property
    def documents(self) -> list[Document]:
        """The documents of all parts."""
        return [document for part in self.parts for document in part.documents]


def read_data(
    source: str,
    *,
    format_name: str | None = None,
    variant: str | None = None,
    fold: int | None = None,
    data_dir: Path | None = None,
) -> Data:
    """Read a corpus by name, or a file or a folder of splits, keeping what is wrong beside what is right.

    Args:
        source: Name in ``CORPORA``, a file, a folder that holds ``train``, ``dev`` and ``test`` files of
            any format, or a folder that is itself in some format.
        format_name: Name in ``FORMATS``; recognized from the content where ``None``.
        variant: Edition of a named corpus; the first one where ``None``.
        fold: Fold of a named corpus; 0 where ``None``.
        data_dir: Folder that holds the named corpora; ``$GPREL_DATA`` where ``None``.

    Raises:
        ConfigError: If the format or the variant does not exist, or an option belongs to named corpora only.
        DataError: If there is nothing by that name, or two files are the same split.
    """
    if format_name is not None and format_name not in FORMATS:
        raise ConfigError(f"format {format_name!r} does not exist; choose one of: {', '.join(FORMATS)}")
    if source in CORPORA:
        return _named(source, variant, fold, data_dir)
    path = Path(source)
    if not path.exists():
        raise DataError(
            f"{source!r} is neither a corpus (known: {', '.join(CORPORA)}) nor a file or folder; check the name"
        )
    if variant is not None or fold is not None:
        raise ConfigError(f"variant and fold are for named corpora, got own data at {source}; leave them out")
    files = _splits_of(path) if path.is_dir() else {}
    files = files or {path.resolve().stem: path}
    return Data(path.resolve().name, tuple(read_part(name, file, format_name) for name, file in files.items()))


def _splits_of(folder: Path) -> dict[str, Path]:
    """The files of a folder that are named after a split, whatever their suffix, and folders of that name.

    Raises:
        DataError: If two files are the same split.
    """
    found: dict[str, Path] = {}
    for split in SPLITS:
        paths = sorted(path for path in folder.iterdir() if path.stem == split)
        if len(paths) > 1:
            names = ", ".join(path.name for path in paths)
            raise DataError(f"{folder} holds more than one {split} split: {names}; keep one of them")
        if paths:
            found[split] = paths[0]
    return found


def _named(name: str, variant: str | None, fold: int | None, data_dir: Path | None) -> Data:
    card = read_card(name, fold or 0)
    if variant is not None and variant not in card.variants:
        raise ConfigError(f"variant is {variant!r}, but {name} has: {', '.join(card.variants)}")
    request = Request(card, variant or next(iter(card.variants)), SPLITS, fold or 0, data_dir, "every", False)
    root = data_folder(card, data_dir)
    parts, notes = [], []
    for split in SPLITS:
        if split not in request.files:
            continue
        file = request.files[split]
        path = find_file(root, file)
        if path is None:
            notes.append(f"{split}: {file.path} is not in {root}")
        else:
            is_own = path == root / file.path
            parts.append(read_part(split, path, request.edition.format if is_own else None))
    if not parts:
        locate(request, SPLITS)  # says what to do
        raise DataError(f"none of the splits of {name} is in {root}; name a file, or another folder with --data-dir")
    return Data(request.corpus({}, ()).title, tuple(parts), request.edition.rule, tuple(notes))


def read_part(name: str, path: Path, format_name: str | None = None) -> Part:
    """Read one file to its end, whatever is wrong in it.

    Args:
        name: What to call it.
        path: The file or folder.
        format_name: Name in ``FORMATS``, or a card's own; recognized from the content where ``None``.
    """
    documents: list[Document] = []
    positions: list[int] = []  # of every document among all items, bad ones included
    bad: list[BadLine] = []
    failure = None
    try:
        reader = reader_named(format_name or recognize(path))
        for document in reader(path, on_error=bad.append):
            documents.append(document)
            positions.append(len(documents) + len(bad))
    except DataError as error:
        failure = str(error)
    return Part(name, path, documents, _places(path, documents, positions, bad, failure), bad, failure)


def _places(
    path: Path, documents: list[Document], positions: list[int], bad: list[BadLine], failure: str | None
) -> list[Place]:
    """Lines or records where each holds exactly one item, which is checked by counting; else documents are counted.

    Where documents are blocks of lines, the first line of each counts.
    """
    n_items = len(documents) + len(bad)
    by_document = [Place(str(path), i, "document", d.id) for i, d in enumerate(documents, start=1)]
    if path.is_dir() or failure is not None:
        return by_document
    if _n_records(path) == n_items:
        return [replace(p, number=i, unit="record") for p, i in zip(by_document, positions, strict=True)]
    lines, blocks = _line_numbers(path)
    if len(lines) == n_items:
        return [replace(p, number=lines[i - 1], unit="line") for p, i in zip(by_document, positions, strict=True)]
    if len(blocks) == len(documents):
        return [replace(p, number=line, unit="line") for p, line in zip(by_document, blocks, strict=True)]
    return by_document


def _n_records(path: Path) -> int | None:
    """Length of the JSON list in a file; ``None`` if it holds none."""
    with path.open("rb") as file:
        if not file.read(4096).removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"["):
            return None
    try:
        return len(read_json_list(path))
    except DataError:  # a text that begins with a bracket
        return None


def _line_numbers(path: Path) -> tuple[list[int], list[int]]:
    """Numbers of the lines that are not blank, and of those among them that follow a blank one or the file's start."""
    lines: list[int] = []
    blocks: list[int] = []
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            if line.strip(b"\xef\xbb\xbf \t\r\n"):
                if not lines or lines[-1] != number - 1:
                    blocks.append(number)
                lines.append(number)
    return lines, blocks
