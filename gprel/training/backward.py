"""The gradients of one batch, as the settings ask for them."""

from collections.abc import Callable

from accelerate import Accelerator

from gprel.config import TrainingConfig
from gprel.features.batch import Batch
from gprel.heads import Loss
from gprel.model import Extractor
from gprel.training.adversarial import adversarial_backward


def backward(
    accelerator: Accelerator,
    wrapped: Callable[[Batch], Loss],
    model: Extractor,
    batch: Batch,
    settings: TrainingConfig,
    share: float = 1.0,
) -> Loss:
    """Add the gradients of a batch, times what it counts in the update.

    Args:
        accelerator: Runs the passes in its precision.
        wrapped: The model as prepared by it.
        model: The model itself.
        batch: The batch.
        settings: Say whether there is an adversarial step.
        share: Gradients are multiplied by this.

    Returns:
        The plain loss.
    """
    if settings.fgm:
        words = model.encoder.model.get_input_embeddings()
        return adversarial_backward(accelerator, wrapped, batch, words, settings.fgm, share)
    with accelerator.autocast():  # accelerate makes it part of the model, but not of a sharded one
        loss = wrapped(batch)
    accelerator.backward(share * loss.total)
    return loss
