"""Write documents in another format: all of them or nothing, and what the format cannot hold is counted."""

import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from gprel.document import Document
from gprel.errors import ConfigError, DataError
from gprel.formats import Writer


@dataclass(frozen=True, slots=True)
class Conversion:
    """What was written.

    Attributes:
        n_documents: Documents written.
        n_entities: Entities in them.
        n_triples: Relations in them.
        lost: What the format cannot hold, by plural names, for example ``{"scores": 12}``.
    """

    n_documents: int
    n_entities: int
    n_triples: int
    lost: Counter[str]


def convert(documents: Iterable[Document], write: Writer, out: Path) -> Conversion:
    """Write documents to a file or folder that appears once it is complete.

    Args:
        documents: A stream; the writer decides whether it is held.
        write: Writer of the format.
        out: File, which is replaced if it exists, or folder, which must not hold anything.

    Raises:
        ConfigError: If ``out`` is a folder that holds something.
        DataError: If ``out`` cannot be written, or the documents cannot be read.
    """
    n_documents = n_entities = n_triples = 0

    def counted() -> Iterator[Document]:
        nonlocal n_documents, n_entities, n_triples
        for document in documents:
            n_documents += 1
            n_entities += len(document.entities or ())
            n_triples += len(document.relations or ())
            yield document

    with replacing(out) as path:
        lost = write(counted(), path)
    return Conversion(n_documents, n_entities, n_triples, +lost)


@contextmanager
def replacing(out: Path) -> Iterator[Path]:
    """A path to write to that takes the place of ``out`` when the block ends well, and vanishes when it does not.

    It has the same name in a temporary folder beside: on the same disk, so that one move is enough, and with the
    suffix that the writer may look at.

    Args:
        out: File or folder; an existing file is replaced, a folder must be empty.

    Raises:
        ConfigError: If ``out`` is a folder that holds something.
        DataError: If it cannot be written.
    """
    if out.is_dir() and any(out.iterdir()):
        raise ConfigError(f"{out} is a folder that holds files, which are not replaced; name another one or empty it")
    try:
        folder = Path(tempfile.mkdtemp(prefix=".gprel-", dir=out.parent))
    except OSError as error:
        raise DataError(f"{out} cannot be written ({error.strerror}); check its folder {out.parent}") from error
    try:
        yield folder / out.name
        if out.is_dir():
            out.rmdir()  # empty; not every system moves a folder onto another
        os.replace(folder / out.name, out)
    except OSError as error:
        raise DataError(f"writing {out} failed ({error}); nothing was written") from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)
