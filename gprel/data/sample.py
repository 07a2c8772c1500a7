"""Draw some documents from a stream whose length nobody knows."""

from collections.abc import Iterable
from random import Random

from gprel.document import Document
from gprel.errors import ConfigError


def sample(documents: Iterable[Document], n: int, *, seed: int = 0) -> list[Document]:
    """Draw documents without replacement, each with the same chance (reservoir sampling, Vitter 1985, algorithm R).

    Args:
        documents: A stream; no more than ``n`` of its documents are held at any time.
        n: How many to draw.
        seed: Equal seeds draw equal documents from equal streams.

    Returns:
        The drawn documents in the order of the stream; all of them where there are no more than ``n``.

    Raises:
        ConfigError: If ``n`` is less than 1.
    """
    if n < 1:
        raise ConfigError(f"a sample of {n} documents was asked for, expected at least 1")
    random = Random(seed)
    drawn: list[tuple[int, Document]] = []
    for index, document in enumerate(documents):
        if index < n:
            drawn.append((index, document))
        elif (place := random.randrange(index + 1)) < n:
            drawn[place] = (index, document)
    return [document for _, document in sorted(drawn, key=lambda pair: pair[0])]
