"""Labels that a user names: checked against those of the model, with the nearest known one in the message."""

import difflib
import math
from collections.abc import Iterable, Mapping

from gprel.errors import ConfigError
from gprel.schema import Schema


def check_labels(labels: Iterable[str], known: Iterable[str], what: str) -> None:
    """Check that a model knows labels.

    Args:
        labels: Labels that a user named.
        known: Labels of the model.
        what: What they are for in messages, for example ``"--types"``.

    Raises:
        ConfigError: If one is unknown; the message names the nearest known label, or some of them.
    """
    known = list(known)
    for label in labels:
        if label not in known:
            near = difflib.get_close_matches(label, known, n=1, cutoff=0.5)
            some = ", ".join(known[:20]) + (", ..." if len(known) > 20 else "")
            hint = f"did you mean {near[0]!r}?" if near else f"its labels are: {some or 'none of this kind'}"
            raise ConfigError(f"{what}: the model does not know the label {label!r}; {hint}")


def override_thresholds(
    schema: Schema, tuned: Mapping[str, Mapping[str, float]] | None, overrides: Mapping[str, float] | None
) -> dict[str, dict[str, float]]:
    """A model's thresholds with those of a user in their place, as ``{"entities": {...}, "relations": {...}}``.

    Args:
        schema: Labels of the model.
        tuned: The model's own thresholds, by kind and label; 0 where there is none.
        overrides: Thresholds of a user by label; a label that is both an entity type and a relation gets it for both.

    Raises:
        ConfigError: If a label is unknown or a threshold is not finite.
    """
    overrides = overrides or {}
    check_labels(overrides, (*schema.entity_types, *schema.relation_types), "--threshold")
    for label, value in overrides.items():
        if not math.isfinite(value):
            raise ConfigError(f"--threshold: {label}={value} is not a finite number")
    kinds = {"entities": schema.entity_types, "relations": schema.relation_types}
    return {
        kind: {**(tuned or {}).get(kind, {}), **{label: overrides[label] for label in labels if label in overrides}}
        for kind, labels in kinds.items()
    }
