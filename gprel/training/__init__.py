"""Training: build a model from settings and data, fit it, keep the best epoch."""

from gprel.training.distributed import Follower, SilentReporter, Team, open_folder
from gprel.training.evaluate import score_model
from gprel.training.loop import TrainingResult, train
from gprel.training.reporter import Reporter
from gprel.training.run_folder import RunFolder
from gprel.training.signals import StoppedError
from gprel.training.trackers import check_trackers

__all__ = [
    "Follower",
    "Reporter",
    "RunFolder",
    "SilentReporter",
    "StoppedError",
    "Team",
    "TrainingResult",
    "check_trackers",
    "open_folder",
    "score_model",
    "train",
]
