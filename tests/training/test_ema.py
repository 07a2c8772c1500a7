"""The moving average follows the weights in training, and is what is evaluated and kept."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from gprel.config import RunConfig
from gprel.document import Document
from gprel.model import Extractor
from gprel.training.build import build
from gprel.training.ema import MovingAverage

WEIGHT = "head.entities.project.weight"


@pytest.fixture
def model(fast_config: RunConfig, documents: list[Document]) -> Extractor:
    return build(fast_config, documents, [])


def test_average_follows_the_formula(model: Extractor) -> None:
    average = MovingAverage(model, 0.5)
    weight = model.state_dict()[WEIGHT]
    expected = weight.clone()
    for step in range(12):
        weight.add_(1.0)
        average.update(model)
        decay = min(0.5, (1 + step) / (10 + step)) if step else 0.0  # the first update copies
        expected = decay * expected + (1 - decay) * weight
        torch.testing.assert_close(average.model.state_dict()[WEIGHT], expected)


def test_the_trained_model_is_left_alone(model: Extractor) -> None:
    before = model.state_dict()[WEIGHT].clone()
    average = MovingAverage(model, 0.9)
    average.model.state_dict()[WEIGHT].zero_()
    assert torch.equal(model.state_dict()[WEIGHT], before)


def test_the_average_is_what_is_kept(fit: Callable[..., Any], documents: list[Document]) -> None:
    plain, averaged = (fit(f"training.ema={decay}", dev=documents) for decay in (0, 0.9))
    weights = [load_file(run.path / "model" / "model.safetensors")[WEIGHT] for run in (plain, averaged)]
    assert plain.recorder.losses == averaged.recorder.losses  # training itself is the same
    assert not torch.equal(*weights)
