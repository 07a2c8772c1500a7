"""Which windows share a batch."""

from collections.abc import Sequence


def pack(lengths: Sequence[int], *, max_tokens: int | None = None, max_windows: int | None = None) -> list[list[int]]:
    """Group windows of similar length into batches, longest first, so that little is padding.

    Args:
        lengths: Tokens of every window.
        max_tokens: Most tokens of a batch with its padding; a window that is longer by itself gets its own batch.
        max_windows: Most windows of a batch.

    Returns:
        Positions in ``lengths``; every one occurs once.
    """
    batches: list[list[int]] = []
    order = sorted(range(len(lengths)), key=lambda i: -lengths[i])
    most = 0
    for i in order:
        if not batches or len(batches[-1]) >= most:
            fitting = len(lengths) if max_tokens is None else max(1, max_tokens // max(1, lengths[i]))
            most = fitting if max_windows is None else min(fitting, max_windows)
            batches.append([])
        batches[-1].append(i)
    return batches
