"""Work on the next value while the current one is used."""

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")
_END = object()


def ahead(values: Iterable[T]) -> Iterator[T]:
    """The same values in the same order, each made in a thread while the one before it is used.

    One value is made ahead, no more, so that memory stays bounded. An error comes up where its value would have.

    Args:
        values: Made one at a time, always in the same thread.
    """
    stream = iter(values)
    with ThreadPoolExecutor(1, thread_name_prefix="ahead") as thread:
        future = thread.submit(next, stream, _END)
        while (value := future.result()) is not _END:
            future = thread.submit(next, stream, _END)
            yield value  # type: ignore[misc]  # it is not the end, so it is a value
