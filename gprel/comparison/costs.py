"""What each method costs on one corpus: speed, memory; measured once and kept beside the runs."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from gprel.comparison.cells import Cell
from gprel.comparison.memory import peak_training_memory
from gprel.comparison.run import write_json
from gprel.comparison.speed import BLOCKS, N_EXTRACT, N_TRAIN, STEPS, extraction_speed, training_speed
from gprel.config.differences import flat
from gprel.corpora import Corpus
from gprel.provenance import provenance


def kept_costs(path: Path, cells: Mapping[str, Cell]) -> dict[str, Any] | None:
    """What was measured earlier, if it was with these settings.

    Args:
        path: Where it is kept.
        cells: One cell per method.
    """
    try:
        costs = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):  # never measured, or cut off while it was written
        return None
    return dict(costs) if isinstance(costs, dict) and costs.get("configs") == _configs(cells) else None


def measure_costs(path: Path, cells: Mapping[str, Cell], corpus: Corpus, note: Callable[[str], None]) -> dict[str, Any]:
    """Measure all methods and keep the result.

    Args:
        path: Where it is kept.
        cells: One finished cell per method; ratios are to the first one.
        corpus: Their corpus.
        note: Told what is measured.

    Raises:
        GprelError: If a model cannot be built or loaded.
    """
    name = next(iter(cells.values())).corpus.name
    note(f"{name}: training speed, {len(cells)} methods in turn")
    training = training_speed(cells, corpus)
    note(f"{name}: extraction speed, {len(cells)} methods in turn")
    extraction = extraction_speed(cells, corpus)
    note(f"{name}: peak memory, one process per method")
    memory = {method: peak_training_memory(cell.config, corpus.split("train")) for method, cell in cells.items()}
    costs: dict[str, Any] = {
        "seed": next(iter(cells.values())).seed,
        "blocks": BLOCKS,
        "steps_per_block": STEPS,
        "n_train": N_TRAIN,
        "n_extract": N_EXTRACT,
        "training_tokens": {method: speed.to_dict() for method, speed in training.items()},
        "extraction_documents": {method: speed.to_dict() for method, speed in extraction.items()},
        "peak_training_bytes": memory,
        **provenance(),
        "configs": _configs(cells),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    write_json(path, costs)
    return costs


def _configs(cells: Mapping[str, Cell]) -> dict[str, dict[str, object]]:
    return {method: flat(cell.config) for method, cell in cells.items()}
