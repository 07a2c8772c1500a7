from collections.abc import Callable

import pytest
import torch

from gprel.config import RunConfig
from gprel.document import Document
from gprel.model import Extractor
from gprel.training.build import build
from gprel.training.optim import build_optimizer, build_schedule


@pytest.fixture
def model(fast_config: RunConfig, documents: list[Document]) -> Extractor:
    return build(fast_config, documents, [])


@pytest.fixture
def settings_of(model: Extractor) -> Callable[..., tuple[float, float]]:
    """Learning rate and weight decay of a parameter."""
    config = RunConfig().override(["training.encoder_lr=2e-5", "training.head_lr=1e-3", "training.weight_decay=0.05"])
    groups = build_optimizer(model, config.training).param_groups

    def find(name: str) -> tuple[float, float]:
        wanted = model.get_parameter(name)
        (group,) = [group for group in groups if any(weight is wanted for weight in group["params"])]
        return group["lr"], group["weight_decay"]

    return find


def test_every_parameter_is_in_one_group(model: Extractor) -> None:
    groups = build_optimizer(model, RunConfig().training).param_groups
    ids = [id(weight) for group in groups for weight in group["params"]]
    assert sorted(ids) == sorted(id(weight) for weight in model.parameters())


def test_new_weights_learn_faster_and_biases_do_not_decay(
    model: Extractor, settings_of: Callable[..., tuple[float, float]]
) -> None:
    for name, weight in model.named_parameters():
        lr = 2e-5 if name.startswith("encoder.model.") else 1e-3
        assert settings_of(name) == (lr, 0.05 if weight.ndim > 1 else 0.0), name
    assert settings_of("encoder.shapes.weight") == (1e-3, 0.05)  # new, though it lies in the encoder
    assert settings_of("head.entities.row.bias") == (1e-3, 0.0)


def test_a_rate_that_equals_the_heads_keeps_its_weights_decay(model: Extractor) -> None:
    config = RunConfig().override(["training.encoder_lr=1e-3", "training.head_lr=1e-3"])
    groups = build_optimizer(model, config.training).param_groups
    assert all((group["weight_decay"] > 0) == (weight.ndim > 1) for group in groups for weight in group["params"])
    assert sum(len(group["params"]) for group in groups) == len(list(model.parameters()))


def test_frozen_weights_are_left_out(model: Extractor) -> None:
    model.encoder.model.requires_grad_(False)
    groups = build_optimizer(model, RunConfig().training).param_groups
    assert {group["lr"] for group in groups} == {RunConfig().training.head_lr}


@pytest.mark.parametrize(
    ("warmup", "expected"),
    [(0.0, [1.0, 0.75, 0.5, 0.25, 0.0]), (0.5, [0.0, 0.5, 1.0, 0.5, 0.0])],
)
def test_the_rate_rises_and_falls(warmup: float, expected: list[float]) -> None:
    optimizer = torch.optim.AdamW([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    schedule = build_schedule(optimizer, 4, warmup)
    rates = [schedule.get_last_lr()[0]]
    for _ in range(4):
        optimizer.step()
        schedule.step()
        rates.append(schedule.get_last_lr()[0])
    assert rates == expected
