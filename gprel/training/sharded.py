"""Weights that are split over processes (FSDP), and whole again for evaluation and for the model that is kept."""

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from accelerate.utils import DistributedType
from torch import Tensor
from torch.distributed.checkpoint.state_dict import (
    StateDictOptions,
    get_model_state_dict,
    get_state_dict,
    set_state_dict,
)

from gprel.config import TrainingConfig
from gprel.errors import ConfigError
from gprel.model import Extractor


def is_sharded(accelerator: Any) -> bool:  # noqa: ANN401 - accelerate has no types
    """Whether an accelerate config asked for FSDP."""
    return bool(accelerator.distributed_type == DistributedType.FSDP)


def check_sharded(accelerator: Any, settings: TrainingConfig) -> None:  # noqa: ANN401
    """Refuse what needs whole weights, and leave number formats to autocast, as everywhere else.

    Raises:
        ConfigError: If FSDP is of the first version, or a setting does not go with it.
    """
    if not accelerator.is_fsdp2:
        raise ConfigError("the accelerate config has fsdp_version 1, expected 2 (see configs/accelerate/fsdp.yaml)")
    if settings.ema:
        raise ConfigError(
            f"training.ema is {settings.ema} but the weights are sharded (FSDP), which cannot do it; set it to 0"
        )
    # Heads compute in float32, with weights in float32.
    accelerator.state.fsdp_plugin.mixed_precision_policy = None


class WholeCopy:
    """A copy of a model whose weights are in one piece in every process.

    Args:
        model: The model before it is sharded.
        device: Where the copy lives.
    """

    def __init__(self, model: Extractor, device: Any) -> None:  # noqa: ANN401
        self.model: Extractor = deepcopy(model).to(device)

    def follow(self, sharded: Extractor) -> Extractor:
        """Collect the weights in training; all processes have to call it.

        Returns:
            The copy.
        """
        self.model.load_state_dict(get_model_state_dict(sharded, options=StateDictOptions(full_state_dict=True)))
        return self.model


def whole_states(sharded: Extractor, optimizer: Any) -> tuple[dict[str, Tensor], dict[str, Any]]:  # noqa: ANN401
    """Collect the weights in training and the optimizer's state for a checkpoint; all processes have to call it.

    Args:
        sharded: The model in training.
        optimizer: Its optimizer, as prepared by accelerate.

    Returns:
        Both states by names of weights, on the CPU; only the main process gets them.
    """
    options = StateDictOptions(full_state_dict=True, cpu_offload=True)
    states: tuple[Any, Any] = get_state_dict(sharded, optimizer.optimizer, options=options)
    return states


def load_whole_states(
    sharded: Extractor,
    optimizer: Any,  # noqa: ANN401
    weights: Mapping[str, Tensor],
    state: Mapping[str, Any],
) -> None:
    """Bring back what :func:`whole_states` collected; every process gives the whole and keeps its part."""
    set_state_dict(
        sharded,
        optimizer.optimizer,
        model_state_dict=dict(weights),
        optim_state_dict=dict(state),
        options=StateDictOptions(full_state_dict=True),
    )
