"""Files elsewhere, by URL, through fsspec: ``s3://``, ``gs://``, ``hdfs://``, ``file://`` and what else it knows."""

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from gprel.errors import DataError, DependencyError

N_ATTEMPTS = 3
"""How often a transfer is tried, because stores of objects refuse some at random."""
_WAIT = 1.0  # seconds before the second attempt; twice as long before the next
_N_SHOWN = 300  # characters of a foreign message


def is_url(name: str) -> bool:
    """Whether a name is a URL, not a path."""
    return "://" in name


def find_urls(url: str) -> list[str]:
    """The files that a URL of a file, a folder or a pattern means, in the order of their names.

    Raises:
        DataError: If there is none, or the store cannot be reached.
        DependencyError: If a package for this kind of URL is missing.
    """
    with explained(url):
        store, path = open_store(url)
        if store.isfile(path):
            return [url]
        found = sorted(store.find(path) if store.isdir(path) else store.glob(path))
        hidden = ("_", ".")  # by which the writers of data sets mark what is none
        files = [one for one in found if not one.rsplit("/", 1)[-1].startswith(hidden) and store.isfile(one)]
        if not files:
            raise DataError(f"no file is at {url}; check the name")
        return [str(store.unstrip_protocol(one)) for one in files]


def facts_of(url: str) -> tuple[int, str]:
    """Size of a file in bytes and what changes when the file does.

    Raises:
        DataError: If there is no such file.
        DependencyError: As :func:`find_urls`.
    """
    with explained(url):
        store, path = open_store(url)
        return int(store.size(path) or 0), str(store.ukey(path))


@contextmanager
def fetched(url: str) -> Iterator[Path]:
    """A copy of a file on this machine, of the same name, for as long as it is needed.

    Raises:
        DataError: If it cannot be fetched.
        DependencyError: As :func:`find_urls`.
    """
    with tempfile.TemporaryDirectory(prefix="gprel-") as folder:
        copy = Path(folder) / url.rsplit("/", 1)[-1]
        with explained(url):
            store, path = open_store(url)
            transfer(store.get_file, path, str(copy))
        yield copy


def transfer(action: Any, *arguments: Any) -> None:  # noqa: ANN401  # fsspec has no types
    """Do something with a store, again if it fails.

    Raises:
        Exception: What the last attempt raised.
    """
    for attempt in range(N_ATTEMPTS):
        try:
            action(*arguments)
            return
        except FileNotFoundError:
            raise
        except Exception:
            if attempt == N_ATTEMPTS - 1:
                raise
            time.sleep(_WAIT * 2**attempt)


def open_store(url: str) -> tuple[Any, str]:
    """The store of a URL and the path in it."""
    import fsspec

    store, path = fsspec.core.url_to_fs(url)
    return store, str(path)


@contextmanager
def explained(url: str) -> Iterator[None]:
    """Errors of a store as gprel's own.

    Raises:
        DataError: For anything that goes wrong there.
        DependencyError: If a package for this kind of URL is missing.
    """
    try:
        yield
    except (DataError, DependencyError):
        raise
    except ImportError as error:
        raise DependencyError(f"{url} needs a package that is missing: {_shown(error)}") from None
    except Exception as error:  # of any package
        raise DataError(f"{url} cannot be reached ({_shown(error)}); check the name and your access to it") from error


def _shown(error: Exception) -> str:
    return f"{type(error).__name__}: {error}".split("\n")[0][:_N_SHOWN]
