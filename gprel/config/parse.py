"""Plain values from YAML to typed settings."""

import dataclasses
import difflib
import typing
from collections.abc import Mapping
from typing import Any, Literal

from gprel.errors import ConfigError


def from_values(cls: type[Any], values: object, prefix: str) -> object:
    """Build a settings dataclass from nested plain values.

    Args:
        cls: The dataclass.
        values: What a file holds for it.
        prefix: Name of its section with a dot, for messages.

    Raises:
        ConfigError: If a key is unknown (the nearest known one is named) or a value has the wrong type.
    """
    if not isinstance(values, Mapping):
        raise ConfigError(f"{prefix.rstrip('.') or 'the config'} is {values!r}, expected a section with keys")
    hints = typing.get_type_hints(cls)
    for key in values:
        if key not in hints:
            near = difflib.get_close_matches(str(key), hints, n=1, cutoff=0.5)
            hint = f"did you mean {prefix}{near[0]}?" if near else f"known: {', '.join(hints)}"
            raise ConfigError(f"unknown setting {prefix}{key}; {hint}")
    arguments = {
        key: from_values(hints[key], value, f"{prefix}{key}.")
        if dataclasses.is_dataclass(hints[key])
        else _check(value, hints[key], f"{prefix}{key}")
        for key, value in values.items()
    }
    return cls(**arguments)


def _check(value: object, hint: Any, name: str) -> object:  # noqa: ANN401 - a type, a Literal or a union
    options = typing.get_args(hint)
    if typing.get_origin(hint) is Literal:
        if isinstance(value, bool):  # YAML reads a bare yes as True
            value = "yes" if value else "no"
        if value not in options:
            raise ConfigError(f"{name} is {value!r}, expected one of {', '.join(map(str, options))}")
        return value
    if typing.get_origin(hint) is tuple:  # tuple[X, ...]
        if not isinstance(value, list | tuple):
            raise ConfigError(f"{name} is {value!r}, expected a list such as [{_example(options[0])}]")
        return tuple(dict.fromkeys(_check(item, options[0], f"{name}[{i}]") for i, item in enumerate(value)))
    if options:  # X | None
        return None if value is None else _check(value, next(o for o in options if o is not type(None)), name)
    if hint is float and isinstance(value, int | str) and not isinstance(value, bool):
        try:  # YAML reads 3e-4 as a string
            return float(value)
        except ValueError:
            pass
    if not isinstance(value, hint) or (isinstance(value, bool) and hint is not bool):
        raise ConfigError(f"{name} is {value!r}, expected {hint.__name__}")
    return value


def _example(hint: Any) -> str:  # noqa: ANN401 - as above
    options = typing.get_args(hint)
    return str(options[0]) if options else str(hint.__name__)
