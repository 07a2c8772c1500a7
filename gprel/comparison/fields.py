"""Checks of the values of a matrix file: each returns the value with its type, or says what it should have been."""

import difflib
import re
from collections.abc import Iterable, Mapping

import yaml

from gprel.errors import ConfigError

_NAME = re.compile(r"[A-Za-z0-9][\w.+-]*", re.ASCII)


def parse_yaml(text: str, source: str) -> object:
    """YAML as plain values; a key that stands twice is refused, because one of its values would be lost.

    Raises:
        ConfigError: If it is not YAML, or a key stands twice in one place.
    """
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        if root is not None:
            _refuse_repeated(root, source)
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ConfigError(f"{source} is not YAML: {error}") from None


def _refuse_repeated(node: yaml.Node, source: str) -> None:
    if isinstance(node, yaml.SequenceNode):
        for child in node.value:
            _refuse_repeated(child, source)
    if not isinstance(node, yaml.MappingNode):
        return
    lines: dict[str, int] = {}
    for key, child in node.value:
        line = key.start_mark.line + 1
        if key.value in lines:
            raise ConfigError(
                f"{source}:{line}: {key.value} stands here and in line {lines[key.value]}; keep one of them"
            )
        lines[key.value] = line
        _refuse_repeated(child, source)


def as_section(value: object, where: str, known: Iterable[str] | None = None) -> Mapping[str, object]:
    """A section with keys.

    Args:
        value: What the file holds.
        where: Its key, for messages.
        known: The keys it may have; ``None`` for names that the user chooses.

    Raises:
        ConfigError: If it is something else, has an unknown key (the nearest known one is named) or a name that
            cannot be the name of a folder.
    """
    if not isinstance(value, Mapping) or (known is None and not value):
        raise ConfigError(f"{where} is {value!r}, expected a section with keys")
    keys = None if known is None else list(known)
    for key in value:
        if keys is None and not (isinstance(key, str) and _NAME.fullmatch(key)):
            raise ConfigError(
                f"{where} has the name {key!r}, expected letters, digits, '_', '-', '.' and '+' (folders get this name)"
            )
        if keys is not None and key not in keys:
            near = difflib.get_close_matches(str(key), keys, n=1, cutoff=0.5)
            hint = f"did you mean {near[0]}?" if near else f"known: {', '.join(keys)}"
            raise ConfigError(f"unknown key {key} in {where}; {hint}")
    return value


def as_text(value: object, where: str) -> str:
    """A text that is not empty.

    Raises:
        ConfigError: If it is anything else.
    """
    if not isinstance(value, str) or not value.strip():
        raise ConfigError(f"{where} is {value!r}, expected a text")
    return value


def as_texts(value: object, where: str) -> tuple[str, ...]:
    """A list of texts.

    Raises:
        ConfigError: If it is anything else, or a text stands twice.
    """
    if not isinstance(value, list):
        raise ConfigError(f"{where} is {value!r}, expected a list such as [a, b]")
    texts = tuple(as_text(item, f"{where}[{index}]") for index, item in enumerate(value))
    _check_once(texts, where)
    return texts


def as_choices(value: object, where: str, known: Iterable[str], *, may_be_empty: bool = False) -> tuple[str, ...]:
    """A list of known names, at least one unless it may be empty.

    Raises:
        ConfigError: If it is anything else.
    """
    options = list(known)
    chosen = as_texts(value, where)
    for name in chosen:
        as_choice(name, where, options)
    if not chosen and not may_be_empty:
        raise ConfigError(f"{where} is empty, expected at least one of {', '.join(options)}")
    return chosen


def as_choice(value: object, where: str, known: Iterable[str]) -> str:
    """One of some known names.

    Raises:
        ConfigError: If it is anything else.
    """
    options = list(known)
    if not isinstance(value, str) or value not in options:
        raise ConfigError(f"{where} is {value!r}, expected one of {', '.join(options)}")
    return value


def as_flag(value: object, where: str) -> bool:
    """``true`` or ``false``.

    Raises:
        ConfigError: If it is anything else.
    """
    if not isinstance(value, bool):
        raise ConfigError(f"{where} is {value!r}, expected true or false")
    return value


def as_seeds(value: object, where: str) -> tuple[int, ...]:
    """Whole numbers from 0, each once.

    Raises:
        ConfigError: If it is anything else, or there is none.
    """
    if not isinstance(value, list) or not value:
        raise ConfigError(f"{where} is {value!r}, expected a list of seeds such as [42, 43, 44]")
    for item in value:
        if not isinstance(item, int) or isinstance(item, bool) or item < 0:
            raise ConfigError(f"{where} has {item!r}, expected whole numbers from 0")
    _check_once(value, where)
    return tuple(value)


def _check_once(values: Iterable[object], where: str) -> None:
    seen: set[object] = set()
    for value in values:
        if value in seen:
            raise ConfigError(f"{where} has {value!r} twice; name it once")
        seen.add(value)
