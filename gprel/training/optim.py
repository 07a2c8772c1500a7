"""Optimizer and learning-rate schedule."""

import torch
from torch.optim import AdamW
from torch.optim.lr_scheduler import LambdaLR
from transformers import get_linear_schedule_with_warmup

from gprel.config import TrainingConfig
from gprel.model import Extractor
from gprel.training.layers import levels_below_top


def build_optimizer(model: Extractor, config: TrainingConfig) -> AdamW:
    """AdamW with one learning rate for the pretrained weights and a higher one for the new ones.

    Biases and norms (tensors with one axis) do not decay. With ``layer_decay`` the top layer of the
    encoder gets ``encoder_lr``, each layer below it ``layer_decay`` times the one above, and the embeddings
    ``layer_decay ** n_layers`` times.

    Raises:
        ConfigError: If ``layer_decay`` is on and the encoder's layers cannot be told apart.
    """
    rates = {id(weight): config.encoder_lr for weight in model.encoder.model.parameters()}
    if config.layer_decay != 1:
        for name, level in levels_below_top(model.encoder.model).items():
            rates[id(model.encoder.model.get_parameter(name))] *= config.layer_decay**level
    groups: dict[tuple[float, bool, bool], list[torch.nn.Parameter]] = {}
    for weight in model.parameters():
        if weight.requires_grad:
            rate = rates.get(id(weight), config.head_lr)
            groups.setdefault((rate, id(weight) in rates, weight.ndim > 1), []).append(weight)
    return AdamW(
        [
            {
                "params": weights,
                "lr": rate,
                "weight_decay": config.weight_decay if decays else 0.0,
            }
            for (rate, _, decays), weights in groups.items()
        ],
        fused=True,  # several times faster than the default on CPU, too
    )


def build_schedule(optimizer: AdamW, n_steps: int, warmup: float) -> LambdaLR:
    """Rise linearly over the first ``warmup`` share of ``n_steps``, then fall linearly to 0."""
    schedule: LambdaLR = get_linear_schedule_with_warmup(optimizer, round(warmup * n_steps), n_steps)
    return schedule
