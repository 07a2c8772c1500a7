"""Reservoir sampling: fair, seeded, in order, and never holding more than it returns."""

from collections import Counter
from collections.abc import Iterator

import pytest

from gprel.data import sample
from gprel.document import Document
from gprel.errors import ConfigError


def numbered(n: int) -> Iterator[Document]:
    return (Document(str(i)) for i in range(n))


def test_in_order_without_repeats() -> None:
    drawn = [int(document.text) for document in sample(numbered(1000), 50, seed=1)]
    assert drawn == sorted(set(drawn))
    assert len(drawn) == 50


def test_seeds() -> None:
    assert sample(numbered(100), 5, seed=7) == sample(numbered(100), 5, seed=7)
    assert sample(numbered(100), 5, seed=7) != sample(numbered(100), 5, seed=8)


@pytest.mark.parametrize("n", [0, 3, 4])
def test_short_streams_are_taken_whole(n: int) -> None:
    assert sample(numbered(n), 4) == list(numbered(n))


def test_every_document_has_the_same_chance() -> None:
    counts = Counter(document.text for seed in range(4000) for document in sample(numbered(10), 3, seed=seed))
    assert len(counts) == 10
    assert max(abs(n - 1200) for n in counts.values()) < 150  # more than five standard deviations


def test_the_stream_is_not_held() -> None:
    alive = 0

    class Counted(Document):
        def __del__(self) -> None:
            nonlocal alive
            alive -= 1

    most = 0

    def stream() -> Iterator[Document]:
        nonlocal alive, most
        for i in range(500):
            alive += 1
            most = max(most, alive)
            yield Counted(str(i))

    sample(stream(), 10)
    assert most <= 13


def test_no_documents_at_all() -> None:
    with pytest.raises(ConfigError, match=r"a sample of 0 documents was asked for, expected at least 1"):
        sample(numbered(3), 0)
