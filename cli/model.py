"""Load a model for a command."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gprel.model import Extractor


def load_model(path: Path, precision: str = "auto") -> "Extractor":
    """Load a model folder onto the fastest device, without transformers' own progress bars."""
    import torch
    from transformers.utils import logging

    from gprel.memory import keep_freed_memory
    from gprel.model import Extractor
    from gprel.nn.precision import pick_precision

    keep_freed_memory()
    logging.disable_progress_bar()
    model = Extractor.from_pretrained(path)
    model.to(torch.device("cuda" if torch.cuda.is_available() else "cpu"))  # type: ignore[arg-type]
    model.precision = pick_precision(precision, model.device)
    return model
