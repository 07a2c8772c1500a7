r"""brat standoff: a folder of texts ``NAME.txt``, each with its annotation ``NAME.ann`` beside it.

Lines of an ``.ann`` file: ``T1<tab>TYPE START END<tab>SURFACE`` is an entity, ``R1<tab>TYPE Arg1:T1 Arg2:T2`` a
relation. Offsets count the characters of the ``.txt`` file as they are, ``\r`` and a byte order mark included.

An entity that goes over line ends is written in fragments (``0 5;6 12``), because brat knows no other way, and such
fragments are read as one entity; every other discontinuous span is reported. So is each line with what a document
cannot hold: events (E), equivalences (*), attributes (A, M) and normalizations (N). Notes (#) are remarks of
annotators to each other and are passed over.

brat has no words. Where those of all documents are the parts of the text between blanks, as in most corpora, the writer
says so in the folder's ``tools.conf``, which tells brat the same, and they are read back.
"""

import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path

from gprel.document import Document, Entity, Relation, Span
from gprel.errors import DataError
from gprel.formats.file_names import id_of, new_file
from gprel.formats.omitted import count_omitted
from gprel.formats.source import BadLine, OnError, decode_lines, numbered, reject

_ENTITY = re.compile(r"(\S+)\s+([0-9]{1,18}\s+[0-9]{1,18}(?:;[0-9]{1,18}\s+[0-9]{1,18})*)\s*")
_LINE_END = re.compile("[\\n\\r\\v\\f\\x1c-\\x1e\\x85\\u2028\\u2029]")  # all that end a line for brat, which is Python
_PIECE = re.compile(_LINE_END.pattern.replace("[", "[^") + "+")
_CANNOT_HOLD = {
    "E": "an event; its trigger is kept as an entity, its arguments are not",
    "*": "an equivalence of entities",
    "A": "an attribute",
    "M": "an attribute",
    "N": "a normalization",
}
_CONFIG = "tools.conf"
_HAS_WORDS = "# gprel: the words of all texts are their parts between blanks"  # projects of others may not mean it
_SHARED_TASK = (".a1", ".a2")  # the same lines in two files, as BioNLP shared tasks give them


def read_file(path: Path, *, on_error: OnError | None = None) -> Iterator[Document]:
    """Read a folder with its subfolders, or one document named by its ``.txt`` or ``.ann`` file.

    Documents come in the order of their ids, in which 9 is before 10; an id is the path in the folder without suffix.
    A text without ``.ann`` file is not annotated. A bad line costs the entity or relation of this line alone, and the
    relations of such an entity.

    Raises:
        DataError: With file, line and reason, at the first bad line or file if ``on_error`` is ``None``; at once if
            the path is missing or there is nothing to read.
    """
    if not path.exists():
        raise DataError(f"{path} does not exist; check the path (it is taken from {Path.cwd()})")
    if path.is_dir():
        suffixes = (".txt", ".ann", *_SHARED_TASK)
        stems = {str(file.with_suffix("")) for file in path.rglob("*") if file.suffix in suffixes and file.is_file()}
        if not stems:
            raise DataError(f"{path} is empty; expected a folder with .txt and .ann files")
        named = [(id_of(Path(stem).relative_to(path)), stem) for stem in stems]
        return _documents(sorted(named, key=lambda pair: _in_order(pair[0])), _has_words(path), on_error)
    if path.suffix not in (".txt", ".ann"):
        raise DataError(f"{path} has the suffix {path.suffix!r}, expected a folder, a .txt or an .ann file")
    return _documents([(id_of(Path(path.stem)), str(path.with_suffix("")))], _has_words(path.parent), on_error)


def _has_words(folder: Path) -> bool:
    config = folder / _CONFIG
    try:
        return config.read_bytes().decode("utf-8", "replace").startswith(_HAS_WORDS)
    except OSError:
        return False


def _words(text: str, entities: Iterable[Entity]) -> tuple[Span, ...] | None:
    """The parts between blanks; ``None`` if somebody marked something else."""
    words = tuple(Span(*match.span()) for match in re.finditer(r"\S+", text))
    starts, ends = {word.start for word in words}, {word.end for word in words}
    return words if all(entity.start in starts and entity.end in ends for entity in entities) else None


def _in_order(id_: str) -> list[tuple[int, str]]:
    parts = re.split(r"([0-9]+)", id_)
    return [(int(part), part) if i % 2 and len(part) < 19 else (0, part) for i, part in enumerate(parts)]


def _documents(named: list[tuple[str, str]], has_words: bool, on_error: OnError | None) -> Iterator[Document]:
    for id_, stem in named:
        text = _text(stem, on_error)
        if text is None:
            continue
        ann = Path(f"{stem}.ann")
        if not ann.is_file():
            yield Document(text, id=id_, words=_words(text, ()) if has_words else None)
            continue
        data = _bytes(ann, on_error)
        if data is not None:
            entities, relations = _annotation(text, data, str(ann), on_error)
            yield Document(text, entities, relations, id=id_, words=_words(text, entities) if has_words else None)


def _text(stem: str, on_error: OnError | None) -> str | None:
    """The text of a document, or ``None`` where it was reported that there is none."""
    path = Path(f"{stem}.txt")
    for suffix in _SHARED_TASK if path.is_file() else ():
        part = Path(stem + suffix)
        if part.is_file():
            reason = f"annotation in {suffix} files is not read; join the lines of .a1 and .a2 in {path.stem}.ann"
            reject(BadLine(str(part), 1, reason, _shown(_bytes(part, on_error))), on_error)
    if not path.is_file():
        others = [Path(stem + suffix) for suffix in (".ann", *_SHARED_TASK) if Path(stem + suffix).is_file()]
        reason = f"there is no text {path.name} beside it; put it there, or remove this file"
        for other in others:
            reject(BadLine(str(other), 1, reason, _shown(_bytes(other, on_error))), on_error)
        return None
    data = _bytes(path, on_error)
    if data is None:
        return None
    try:
        return data.decode("utf-8")  # nothing else: offsets count every character of the file
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        reason = f"byte 0x{data[error.start]:02x} is not UTF-8, so the document is left out; save the file as UTF-8"
        reject(BadLine(str(path), line, reason, _shown(data)), on_error)
        return None


def _bytes(path: Path, on_error: OnError | None) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError as error:
        reject(BadLine(str(path), 1, f"cannot be read ({error.strerror}); check its permissions", ""), on_error)
        return None


def _shown(data: bytes | None) -> str:
    return (data or b"").decode("utf-8", "backslashreplace")


def _annotation(
    text: str, data: bytes, source: str, on_error: OnError | None
) -> tuple[tuple[Entity, ...], tuple[Relation, ...]]:
    entities: dict[str, Entity] = {}
    listed: list[tuple[int, str]] = []  # relations, which may stand before their entities
    unsure: set[str] = set()
    bad: list[BadLine] = []
    is_empty = not data.decode("utf-8", "surrogateescape").removeprefix("\ufeff").strip()
    for number, line in [] if is_empty else numbered(decode_lines(io.BytesIO(data)), source, bad.append):
        key, _, rest = line.partition("\t")
        if line.startswith("R"):
            listed.append((number, line))
        elif line.strip() and not line.startswith("#"):
            try:
                if not line.startswith("T"):
                    raise DataError(_refusal(line))
                entity = _entity(text, rest)
                if key in entities:
                    unsure.add(key)
                    raise DataError(f"the id {key} was given to another entity above; give each its own id")
                entities[key] = entity
            except DataError as error:
                bad.append(BadLine(source, number, str(error), line))
    positions = {key: index for index, key in enumerate(entities) if key not in unsure}
    relations = []
    for number, line in listed:
        try:
            relations.append(_relation(line.partition("\t")[2], positions))
        except DataError as error:
            bad.append(BadLine(source, number, str(error), line))
    for part in sorted(bad, key=lambda part: part.line):
        reject(part, on_error)
    return tuple(entities.values()), tuple(relations)


def _refusal(line: str) -> str:
    kind = _CANNOT_HOLD.get(line[0])
    if kind is None or "\t" not in line:
        return "expected an id (T1, R1, ...), a tab and an annotation; correct the line or remove it"
    return f"this is {kind}; a document has no place for it, so the line is left out"


def _entity(text: str, rest: str) -> Entity:
    head, _, surface = rest.partition("\t")
    match = _ENTITY.fullmatch(head)
    if match is None:
        raise DataError(f"expected TYPE START END between two tabs, got {head!r}")
    type_, offsets = match.groups()
    fragments = []
    for fragment in offsets.split(";"):
        start, end = map(int, fragment.split())
        if not start < end <= len(text):
            raise DataError(
                f"the offsets are {start}..{end} but the text has {len(text)} characters; "
                "offsets are half-open character positions with 0 <= start < end <= length"
            )
        fragments.append((start, end))
    for (_, end), (start, _) in pairwise(fragments):
        gap = text[end:start]
        if gap.strip() or not _LINE_END.search(gap):
            raise DataError(f"the span {offsets} is discontinuous, which no entity can be; mark one stretch of text")
    expected = " ".join(text[start:end] for start, end in fragments)
    if surface and _in_one_line(surface) != _in_one_line(expected):
        raise DataError(f"the line says {surface!r} is at {offsets}, where the text has {expected!r}")
    return Entity(fragments[0][0], fragments[-1][1], type_)


def _in_one_line(surface: str) -> str:
    return _LINE_END.sub(" ", surface)


def _relation(rest: str, positions: dict[str, int]) -> Relation:
    type_, *arguments = rest.split() or [""]
    roles = [argument.rpartition(":")[::2] for argument in arguments]
    if len(roles) != 2 or not all(role and id_ for role, id_ in roles) or roles[0][0] == roles[1][0]:
        raise DataError(f"expected TYPE Arg1:ID Arg2:ID behind the tab, got {rest!r}")
    if roles[1][0] == "Arg1" or roles[0][0] == "Arg2":
        roles.reverse()  # other roles go by their order
    for _, id_ in roles:
        if id_ not in positions:
            raise DataError(f"the argument {id_} is no entity that could be read, or several have this id")
    return Relation(type_, *(positions[id_] for _, id_ in roles))


def write_file(documents: Iterable[Document], path: Path) -> Counter[str]:
    """Write a folder with a ``.txt`` and, where anything is annotated, an ``.ann`` file for each document.

    An id becomes the path in the folder; one that is missing, taken, or no safe path on every system is replaced by
    ``document-N`` and counted under ``"ids"``. Blanks in types, which brat does not allow, become ``_`` and are
    counted under ``"entity types"`` and ``"relation types"``. An entity that begins or ends with a line end, which
    brat cannot mark, is written in one piece; gprel reads it, brat shows an error for its line.

    Returns:
        What was left out or changed, see :class:`gprel.formats.format.Writer`. The order of documents is not kept.

    Raises:
        DataError: If there is something at this path already, or the folder cannot be made.
    """
    try:
        path.mkdir(parents=True)
    except OSError as error:
        raise DataError(f"the folder {path} cannot be made ({error.strerror}); name one that does not exist") from None
    omitted: Counter[str] = Counter()
    are_between_blanks = True
    for number, document in enumerate(documents, start=1):
        omitted.update(count_omitted(document))
        are_between_blanks &= document.words == _words(document.text, document.entities or ())
        txt = new_file(path, document.id, number)
        omitted += Counter({"ids": int(id_of(txt.relative_to(path))[:-4] != document.id)})
        txt.write_bytes(document.text.encode())
        if document.entities is not None or document.relations is not None:
            txt.with_suffix(".ann").write_bytes("".join(_lines(document, omitted)).encode())
    if are_between_blanks and omitted.pop("words", 0):
        (path / _CONFIG).write_bytes(f"{_HAS_WORDS}\n[options]\nTokens\ttokenizer:whitespace\n".encode())
    return omitted


def _lines(document: Document, omitted: Counter[str]) -> Iterator[str]:
    for number, entity in enumerate(document.entities or (), start=1):
        surface = document.surface(entity)
        offsets = f"{entity.start} {entity.end}"
        if not (_LINE_END.match(surface[0]) or _LINE_END.match(surface[-1])):
            pieces = list(_PIECE.finditer(surface))
            offsets = ";".join(f"{entity.start + piece.start()} {entity.start + piece.end()}" for piece in pieces)
            surface = " ".join(piece.group() for piece in pieces)
        yield f"T{number}\t{_type(entity.type, 'entity types', omitted)} {offsets}\t{_in_one_line(surface)}\n"
    for number, relation in enumerate(document.relations or (), start=1):
        type_ = _type(relation.type, "relation types", omitted)
        yield f"R{number}\t{type_} Arg1:T{relation.subject + 1} Arg2:T{relation.object + 1}\n"


def _type(type_: str, name: str, omitted: Counter[str]) -> str:
    allowed = re.sub(r"\s", "_", type_)
    omitted += Counter({name: int(allowed != type_)})
    return allowed
