"""Settings as flat lists, to say in which of them runs differ."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from gprel.config import RunConfig

BUDGET = ("encoder.", "features.", "data.", "training.")
"""Settings that begin so are the budget: a method with another one is not compared on equal terms."""


def flat(config: RunConfig) -> dict[str, object]:
    """Every setting by its full name; where the corpora are is no setting of a run, and left out."""
    here = replace(config, data=replace(config.data, data_dir=None))
    return dict(_flat(here.to_dict(), ""))


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
    by_method = {method: flat(config) for method, config in configs.items()}
    names = next(iter(by_method.values())) if by_method else {}
    rows = {name: {method: values[name] for method, values in by_method.items()} for name in names}
    return {name: row for name, row in rows.items() if len(set(row.values())) > 1}
