"""The folder of an exported model: its files, and what its ``config.json`` says beside a torch model's."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from gprel.errors import CheckpointError

MODEL = "model.onnx"  # token ids to token states and the factors of the entity grid
LINKS = "links.onnx"  # states of candidates to the factors of the link grids
CONFIG = "config.json"
SECTION = "onnx"  # of config.json
FORMAT = 1  # raised when a folder of an older gprel can no longer be read


@dataclass(frozen=True, slots=True)
class ExportedHead:
    """How the scores of an exported head are decoded; everything a head needs that is no weight.

    Attributes:
        has_relations: Whether there are links between entities.
        use_roles: The entity grid has the labels subject and object instead of entity types.
        max_candidates: Entities kept per window, best-scored first.
        max_width: Tokens of the widest entity; ``None`` for no limit.
        max_triples: Triples kept per window, best-scored first.
        allowed: (relation, subject type, object type) that may occur; ``None`` allows all.
    """

    has_relations: bool
    use_roles: bool
    max_candidates: int
    max_width: int | None
    max_triples: int
    allowed: tuple[tuple[int, int, int], ...] | None

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready values, the inverse of :meth:`from_dict`."""
        return {"format": FORMAT, **asdict(self)}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "ExportedHead":
        """Rebuild from :meth:`to_dict`; keys of a newer gprel are passed over.

        Raises:
            KeyError: If one is missing.
        """
        allowed = values["allowed"]
        return cls(
            bool(values["has_relations"]),
            bool(values["use_roles"]),
            int(values["max_candidates"]),
            None if values["max_width"] is None else int(values["max_width"]),
            int(values["max_triples"]),
            None if allowed is None else tuple((int(r), int(s), int(o)) for r, s, o in allowed),
        )


def read_config(folder: Path) -> tuple[dict[str, Any], ExportedHead]:
    """Read ``config.json`` of an exported model.

    Raises:
        CheckpointError: If the folder holds no exported model, it is not complete, or a newer gprel wrote it.
    """
    if not folder.is_dir():
        raise CheckpointError(f"model folder {folder} does not exist")
    missing = [name for name in (CONFIG, MODEL) if not (folder / name).is_file()]
    if missing:
        names = ", ".join(missing)
        raise CheckpointError(f"{folder} is not an exported model: {names} missing (gprel export MODEL --out FOLDER)")
    path = folder / CONFIG
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise CheckpointError(f"{path} is not JSON: {error}") from error
    section = values.get(SECTION) if isinstance(values, dict) else None
    if not isinstance(section, dict):
        raise CheckpointError(f"{path} has no section {SECTION!r}, which gprel export writes; export the model again")
    if section.get("format") != FORMAT:
        raise CheckpointError(
            f"{path} has format {section.get('format')!r}, this gprel reads {FORMAT}; export the model again"
        )
    try:
        head = ExportedHead.from_dict(section)
    except (KeyError, TypeError, ValueError) as error:
        raise CheckpointError(
            f"the section {SECTION!r} of {path} is damaged: {error!r}; export the model again"
        ) from error
    if head.has_relations and not (folder / LINKS).is_file():
        raise CheckpointError(f"{folder} is not a complete model: {LINKS} is missing; export it again")
    return values, head
