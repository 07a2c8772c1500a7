"""How many of what size, in memory that does not grow with the number of values."""

from collections import Counter
from dataclasses import dataclass, field

_DIGITS = 12  # binary digits kept: exact below 4,096, at most 1/2,048 too low above


@dataclass
class Histogram:
    """Whole numbers >= 0, counted by size.

    Attributes:
        count: Number of values.
        total: Sum of the values.
        smallest: The smallest value; ``None`` where there is none, as for the largest.
        largest: The largest value.
        buckets: Number of values by size, sizes from 4,096 on rounded down to 12 binary digits.
    """

    count: int = 0
    total: int = 0
    smallest: int | None = None
    largest: int | None = None
    buckets: Counter[int] = field(default_factory=Counter)

    def add(self, value: int) -> None:
        """Count a value."""
        self.count += 1
        self.total += value
        self.smallest = value if self.smallest is None else min(self.smallest, value)
        self.largest = value if self.largest is None else max(self.largest, value)
        shift = max(0, value.bit_length() - _DIGITS)
        self.buckets[value >> shift << shift] += 1

    @property
    def mean(self) -> float | None:
        """The mean, exact; ``None`` without values."""
        return self.total / self.count if self.count else None

    def quantile(self, share: float) -> int | None:
        """The smallest size that at least a share of the values does not exceed; ``None`` without values.

        Args:
            share: From 0 to 1, for example 0.5 for the median.
        """
        n_below = 0
        for size, n in sorted(self.buckets.items()):
            n_below += n
            if n_below >= share * self.count:
                return size
        return None

    def to_dict(self) -> dict[str, float | int | None]:
        """The usual figures as JSON-ready values."""
        return {
            "min": self.smallest,
            "mean": None if self.mean is None else round(self.mean, 2),
            "median": self.quantile(0.5),
            "p95": self.quantile(0.95),
            "max": self.largest,
        }
