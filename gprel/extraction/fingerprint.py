"""What an extraction is made of, in a few words each: enough to tell whether it can be taken up again."""

import datetime
import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path

from gprel import __version__
from gprel.extraction.remote import facts_of, find_urls, is_url
from gprel.extraction.sources.find import Found, find

_MODEL_FILES = (".json", ".safetensors", ".onnx", ".data", ".model", ".txt")
_WHOLE = 1 << 20  # bytes up to which a file is read whole; of larger ones blocks spread over it
_N_BLOCKS, _BLOCK = 64, 1 << 16


def fingerprint(
    model: str | Path, sources: Sequence[str], options: Mapping[str, object], exclude: Collection[Path] = ()
) -> dict[str, str]:
    """What an extraction is made of.

    Args:
        model: Folder of the model, or a hub id, of which the name alone counts.
        sources: Inputs as the user names them; files and folders by size and time of change, ``-`` by name alone.
        options: Whatever else the output depends on, by the name the user knows.
        exclude: Files of a folder or pattern that are not read.
    """
    made_of = {"gprel": __version__, "model": _model(model)}
    made_of |= {name: "none" if value is None else str(value) for name, value in options.items()}
    return made_of | {f"input {source}": _input(source, exclude) for source in sources}


def _model(model: str | Path) -> str:
    """A digest of a model's files: all of the small ones, samples of the weights, which training changes everywhere."""
    folder = Path(model)
    if not folder.is_dir():
        return str(model)
    digest = hashlib.sha256()
    for path in sorted(folder.iterdir()):
        if path.suffix in _MODEL_FILES and path.is_file():
            digest.update(f"{path.name}\0{path.stat().st_size}\0".encode())
            for block in _blocks(path):
                digest.update(block)
    return digest.hexdigest()[:16]


def _blocks(path: Path) -> Iterable[bytes]:
    size = path.stat().st_size
    with path.open("rb") as file:
        if size <= _WHOLE:
            yield file.read()
            return
        for number in range(_N_BLOCKS):
            file.seek(number * (size - _BLOCK) // (_N_BLOCKS - 1))
            yield file.read(_BLOCK)


def _input(source: str, exclude: Collection[Path]) -> str:
    if source == "-":
        return source
    if is_url(source):
        facts = "\n".join(f"{url} {facts_of(url)}" for url in find_urls(source))
        return f"files with the digest {hashlib.sha256(facts.encode()).hexdigest()[:16]}"
    found = [one for one in find(source, exclude) if isinstance(one, Found)]
    if [one.path for one in found] == [Path(source)] and not found[0].is_saved:
        return _file(found[0].path)
    paths = [path for one in found for path in (sorted(one.path.rglob("*.arrow")) if one.is_saved else [one.path])]
    digest = hashlib.sha256()
    for path in paths:
        digest.update(f"{path}\0{_file(path)}\0".encode("utf-8", "surrogateescape"))
    return f"{len(paths):,} files ({digest.hexdigest()[:16]})"


def _file(path: Path) -> str:
    facts = path.stat()
    changed = datetime.datetime.fromtimestamp(facts.st_mtime, datetime.UTC)
    return f"{facts.st_size:,} bytes, changed {changed:%Y-%m-%d %H:%M:%S.%f}"
