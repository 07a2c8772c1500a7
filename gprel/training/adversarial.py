"""Adversarial training on word embeddings (FGM)."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from accelerate import Accelerator
from jaxtyping import Float
from torch import Tensor, nn

from gprel.features.batch import Batch
from gprel.heads import Loss

Hook = Callable[[nn.Module, Any, Tensor], Tensor]


def adversarial_backward(
    accelerator: Accelerator,
    model: Callable[[Batch], Loss],
    batch: Batch,
    embeddings: nn.Module,
    epsilon: float,
    share: float = 1.0,
) -> Loss:
    """Add the gradients of a batch, and of the same batch with its words moved to where the loss rises fastest.

    Miyato et al. 2017, "Adversarial Training Methods for Semi-Supervised Text Classification": with ``g`` the gradient
    of the loss at the word embeddings of one text, ``r = epsilon g / ||g||`` is added to them, and the loss of the
    moved text is added to the plain one. The norm runs over all tokens of a text, so that a text is moved alike in
    whatever batch, step of accumulation or process it is. The embedding's output is moved and not its weights: nothing
    needs restoring, and gradients that wait from earlier steps are not mistaken for this one's. Departure from the
    paper: embeddings are not normalized, as pretrained ones come with their own scale.

    Args:
        accelerator: Runs both backward passes; processes exchange gradients after the second one only.
        model: The model as prepared by it.
        batch: The batch.
        embeddings: The encoder's word embedding.
        epsilon: Length of the move, in units of the embeddings.
        share: Gradients are multiplied by this.

    Returns:
        The plain loss.
    """
    outputs: list[Tensor] = []
    with accelerator.no_sync(model), _hooked(embeddings, lambda _, __, output: _watched(output, outputs)):
        with accelerator.autocast():
            loss = model(batch)
        accelerator.backward(share * loss.total)
    (words,) = outputs  # an encoder looks its words up once
    move = epsilon * _directions(words.grad)
    with _hooked(embeddings, lambda _, __, output: output + move.to(output.dtype)):
        with accelerator.autocast():
            moved = model(batch)
        accelerator.backward(share * moved.total)
    return loss


@contextmanager
def _hooked(module: nn.Module, hook: Hook) -> Iterator[None]:
    handle = module.register_forward_hook(hook)
    try:
        yield
    finally:
        handle.remove()


def _watched(output: Tensor, outputs: list[Tensor]) -> Tensor:
    """Keep an embedding's output and its gradient, also where the embedding itself is frozen."""
    if not output.requires_grad:
        output = output.detach().requires_grad_()
    output.retain_grad()
    outputs.append(output)
    return output


def _directions(gradient: Tensor | None) -> Float[Tensor, "batch seq hidden"]:
    """The gradient of each text at length 1; none where it is 0, or has overflowed and the step is skipped anyway."""
    assert gradient is not None  # every head reads the states
    gradient = gradient.float()
    lengths = torch.linalg.vector_norm(gradient, dim=(1, 2), keepdim=True)
    is_usable = lengths.isfinite() & (lengths > 0)
    directions: Tensor = (gradient / lengths).where(is_usable, 0)
    return directions
