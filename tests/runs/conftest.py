"""Run folders written by hand."""

import json
import os
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from gprel.config import RunConfig

EPOCHS = [
    {"epoch": 1, "steps": 10, "loss": 4.5, "seconds": 3.0, "is_best": True, "dev": {"entities": {"strict": 40.0}}},
    {
        "epoch": 2,
        "steps": 20,
        "loss": 2.25,
        "seconds": 6.5,
        "is_best": True,
        "dev": {"entities": {"strict": 70.0, "partial": 75.0}, "triples": {"strict": 30.5, "partial": 33.0}},
    },
    {
        "epoch": 3,
        "steps": 30,
        "loss": 1.125,
        "seconds": 9.0,
        "is_best": False,
        "dev": {"entities": {"strict": 69.0, "partial": 74.0}, "triples": {"strict": 29.0, "partial": 31.0}},
    },
]

STEPS = [{"step": 10, "loss": 5.0}, {"step": 20, "loss": 3.0}, {"step": 30, "loss": 1.5}]


@pytest.fixture
def write_run(tmp_path: Path) -> Callable[..., Path]:
    """Write a run folder: ``write_run("a", "training.seed=1", status="done")``."""

    def write(
        name: str,
        *settings: str,
        lines: Sequence[Mapping[str, Any]] = (*STEPS, *EPOCHS),
        age: float = 0.0,
        **facts: Any,
    ) -> Path:
        path = tmp_path / name
        path.mkdir(parents=True)
        (path / "config.yaml").write_text(RunConfig().override(settings).to_yaml(), encoding="utf-8")
        known = {"commit": "abc", "selected_on": "dev triples/strict micro F1", "status": "running"}
        (path / "run.json").write_text(json.dumps(known | facts), encoding="utf-8")
        (path / "metrics.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
        if age:
            for file in path.iterdir():
                os.utime(file, (time.time() - age, time.time() - age))
        return path

    return write
