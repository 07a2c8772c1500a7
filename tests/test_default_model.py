"""The model that comes with gprel: it loads, and does on the project's own sentences what its card says."""

import json
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from gprel.errors import CheckpointError
from gprel.extraction.backend import open_backend
from gprel.extraction.default_model import default_model

ROOT = Path(__file__).resolve().parents[1]
RESULT = ROOT / "benchmarks" / "results" / "default-model.json"


@pytest.fixture
def folder() -> Path:
    try:
        return default_model()
    except CheckpointError as error:
        pytest.skip(str(error))


@pytest.fixture
def result() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(RESULT.read_text(encoding="utf-8"))
    return found


def test_it_reproduces_its_card(folder: Path, result: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(ROOT / "benchmarks")
    measured = import_module("default_measure").measure_sample(open_backend(folder))
    for kind in ("entities", "triples"):  # 8-bit arithmetic differs a little between processors
        assert measured[kind] == pytest.approx(result["sample"][kind], abs=3.0)


def test_the_card_is_what_was_measured(folder: Path, result: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(ROOT / "benchmarks")
    card = import_module("default_card")
    assert card.CARD.read_text(encoding="utf-8") == card.render(result)


def test_it_is_small_and_precise(folder: Path, result: dict[str, Any]) -> None:
    assert sum(path.stat().st_size for path in folder.iterdir()) < 30e6
    for of in result["test"].values():
        assert of["triples"]["micro"]["precision"] >= 70
        assert of["n_articles"] >= 250
