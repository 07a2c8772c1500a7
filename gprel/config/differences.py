"""Settings as flat lists, to say in which of them runs differ."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import pairwise

from gprel.config import RunConfig


def flat(config: RunConfig) -> dict[str, object]:
    """Every setting by its full name; where the corpora are is no setting of a run, and left out."""
    here = replace(config, data=replace(config.data, data_dir=None))
    return flat_values(here.to_dict())


def flat_values(values: Mapping[str, object]) -> dict[str, object]:
    """Nested sections as one level, with full names such as ``training.epochs``."""
    return dict(_flat(values, ""))


def _flat(values: Mapping[str, object], prefix: str) -> Iterator[tuple[str, object]]:
    for key, value in values.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def changes(old: RunConfig, new: RunConfig) -> list[str]:
    """What differs between two runs, for example ``training.epochs 15 -> 10``."""
    before, after = flat(old), flat(new)
    return [f"{name} {before[name]} -> {value}" for name, value in after.items() if before[name] != value]


def differing(configs: Mapping[str, RunConfig]) -> dict[str, dict[str, object]]:
    """The settings that are not the same for all.

    Args:
        configs: Settings by method.

    Returns:
        For each such setting, the value of every method.
    """
    return differing_values({method: flat(config) for method, config in configs.items()})


def differing_values(flats: Mapping[str, Mapping[str, object]]) -> dict[str, dict[str, object]]:
    """The values that are not the same for all.

    Args:
        flats: Flat values by whose they are.

    Returns:
        For each such value, that of everyone; ``None`` for who has none.
    """
    names = dict.fromkeys(name for values in flats.values() for name in values)
    rows = {name: {who: values.get(name) for who, values in flats.items()} for name in names}
    return {name: row for name, row in rows.items() if any(row[one] != row[other] for one, other in pairwise(row))}
