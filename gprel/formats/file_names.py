"""Ids of documents as paths of files, and back."""

from pathlib import Path

_RESERVED = {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(10))}
_N_NAME_BYTES = 250  # of the 255 that file systems allow, five are for the suffix and one to spare


def id_of(relative: Path) -> str:
    """The id of a document whose file has this path in its folder."""
    # Names that are not UTF-8 hold lone surrogates, which cannot be written anywhere.
    return relative.as_posix().encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def new_file(folder: Path, id_: str | None, number: int) -> Path:
    """Make an empty ``.txt`` file for a document.

    Args:
        folder: Folder that it stays in.
        id_: The document's id, which becomes the path in the folder if it is a safe one and not taken.
        number: Makes the name ``document-N`` otherwise.
    """
    if id_ is not None and _is_safe(id_):
        path = folder / f"{id_}.txt"
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch(exist_ok=False)
        except OSError:
            pass  # taken, in other case on some systems, or too long for this one
        else:
            return path
    name = f"document-{number}"
    while (folder / f"{name}.txt").exists():
        name += "-"
    path = folder / f"{name}.txt"
    path.touch(exist_ok=False)
    return path


def _is_safe(id_: str) -> bool:
    """Whether an id is a path inside the folder on Linux, macOS and Windows."""
    *folders, _ = parts = id_.split("/")
    return all(map(_is_name, parts)) and not any(name.lower().endswith((".txt", ".ann")) for name in folders)


def _is_name(part: str) -> bool:
    return (
        part.isprintable()
        and part == part.rstrip(" .") != ""
        and not set(part) & set('<>:"\\|?*')
        and part.split(".")[0].rstrip().lower() not in _RESERVED
        and len(part.encode()) <= _N_NAME_BYTES
    )
