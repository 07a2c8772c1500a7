"""The model that is part of the package."""

from pathlib import Path

from gprel.errors import CheckpointError

NAME = "default"
"""What the command line calls it."""


def default_model() -> Path:
    """The folder of the model that comes with gprel.

    Raises:
        CheckpointError: If this copy of gprel has none.
    """
    folder = Path(__file__).resolve().parents[1] / "default_model"
    if not (folder / "config.json").is_file():
        raise CheckpointError(
            f"this copy of gprel comes without a model ({folder} is missing): name one with --model, for example "
            "runs/last/model, where gprel train writes one"
        )
    return folder
