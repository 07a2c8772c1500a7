"""How far each weight of an encoder lies below its top layer."""

from torch import nn
from transformers import PreTrainedModel

from gprel.errors import ConfigError


def levels_below_top(encoder: PreTrainedModel) -> dict[str, int]:
    """Levels between each weight and the top: 0 in the top layer, ``n`` (the number of layers) in the embeddings.

    The layers are the list of modules that is as long as the config says, whatever an architecture calls it. What comes
    before them, and every embedding (of relative positions too), is ``n`` levels below; what comes after, such as a
    final norm, is at the top.

    Args:
        encoder: Any transformers encoder.

    Raises:
        ConfigError: If the encoder has no such list: ALBERT's layers, for example, share their weights.
    """
    n_layers = encoder.config.num_hidden_layers
    lists = [name for name, module in encoder.named_modules() if _is_stack(module, n_layers)]
    if not lists:
        raise ConfigError(
            f"training.layer_decay needs an encoder with one module per layer; {encoder.config.model_type} has no list "
            f"of {n_layers} layers (they may share weights); set training.layer_decay=1"
        )
    prefix = f"{lists[0]}."  # outermost: named_modules walks from the outside in
    embeddings = {id(m.weight) for m in encoder.modules() if isinstance(m, nn.Embedding)}
    levels, is_before = {}, True
    for name, weight in encoder.named_parameters():
        if name.startswith(prefix):
            levels[name] = n_layers - 1 - int(name.removeprefix(prefix).split(".")[0])
            is_before = False
        else:
            levels[name] = n_layers if is_before or id(weight) in embeddings else 0
    return levels


def _is_stack(module: nn.Module, n_layers: int) -> bool:
    return isinstance(module, nn.ModuleList) and len(module) == n_layers
