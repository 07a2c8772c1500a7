"""The settings of a run: typed, one sentence per field, read from YAML and written beside every result."""

from gprel.config.ranges import HEADS_OF_TASK
from gprel.config.settings import (
    DataConfig,
    EncoderConfig,
    FeaturesConfig,
    HeadConfig,
    HeadName,
    RunConfig,
    TrainingConfig,
)

__all__ = [
    "HEADS_OF_TASK",
    "DataConfig",
    "EncoderConfig",
    "FeaturesConfig",
    "HeadConfig",
    "HeadName",
    "RunConfig",
    "TrainingConfig",
]
