"""Check where results are to be written, before any work is done."""

from pathlib import Path

from gprel.errors import ConfigError


def check_output(path: Path, *, use_overwrite: bool, name: str = "--out") -> None:
    """Check that a file can be written.

    Args:
        path: The file.
        use_overwrite: Whether an existing file may be replaced.
        name: What the command calls it.

    Raises:
        ConfigError: If its folder does not exist, it is a folder, or it exists and may not be replaced.
    """
    check_parent(path, name)
    if path.is_dir():
        raise ConfigError(f"{name} {path} is a folder, expected a file")
    if path.exists() and not use_overwrite:
        raise ConfigError(f"{name} {path} exists; choose another file or pass --overwrite")


def check_output_folder(path: Path, *, name: str = "--out") -> None:
    """Check that a folder can be made; nothing in a folder is ever replaced.

    Args:
        path: The folder.
        name: What the command calls it.

    Raises:
        ConfigError: If the folder it is to be in does not exist, it is a file, or it holds something.
    """
    check_parent(path, name)
    if path.exists() and not path.is_dir():
        raise ConfigError(f"{name} {path} is a file, expected a folder that is new or empty")
    if path.is_dir() and any(path.iterdir()):
        raise ConfigError(f"{name} {path} is not empty; choose another folder or empty it (--overwrite replaces files)")


def check_not_input(out: Path, source: str, *, name: str = "--out") -> None:
    """Check that a command does not write what it reads.

    Args:
        out: The file to write.
        source: The input: a file, or ``-``.
        name: What the command calls ``out``.

    Raises:
        ConfigError: If they are the same file.
    """
    if source != "-" and out.exists() and Path(source).exists() and out.samefile(source):
        raise ConfigError(f"{name} {out} is the input; it would be emptied before it is read: choose another file")


def check_parent(path: Path, name: str) -> None:
    """Check that there is a folder for a file or folder.

    Raises:
        ConfigError: If there is none.
    """
    if not path.parent.is_dir():
        raise ConfigError(f"folder {path.parent} of {name} does not exist; make it first")
