"""Trackers: TensorBoard and Weights & Biases, through accelerate; ``metrics.jsonl`` is written in any case."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from accelerate.tracking import LOGGER_TYPE_TO_CLASS

from gprel.config import RunConfig
from gprel.config.differences import flat, flat_values
from gprel.errors import DependencyError, GprelError
from gprel.training.reporter import Meter, Reporter

PROJECT = "gprel"


def check_trackers(names: Sequence[str]) -> None:
    """Find out before a run begins whether trackers are installed; accelerate would pass over those that are not.

    Raises:
        DependencyError: If one is not.
    """
    for name in names:
        if find_spec(name) is None:
            raise DependencyError(f"training.trackers has {name}, which is not installed: pip install {name}")


@contextmanager
def tracking(config: RunConfig, folder: Path, meter: Meter, reporter: Reporter) -> Iterator[None]:
    """Hand everything that is logged on to the trackers of the settings, until the run ends, however it does.

    Args:
        config: Settings; the trackers keep them, too.
        folder: The run folder, in which the trackers keep their files.
        meter: Counts the run.
        reporter: Told if a tracker fails on the way, which does not end the run.

    Raises:
        DependencyError: If a tracker is not installed.
        GprelError: If a tracker cannot be started.
    """
    names = config.training.trackers
    check_trackers(names)
    open_ones = {name: _start(name, config, folder, meter.n_steps) for name in names}

    def track(what: str, values: Mapping[str, object], step: int) -> None:
        scalars = _scalars(what, values)
        for name, tracker in list(open_ones.items()):
            try:
                tracker.log(scalars, step=step)
            except Exception as error:  # whatever it is, hours of training are worth more than their picture
                del open_ones[name]
                reporter.note(f"tracker {name} failed and gets nothing more: {type(error).__name__}: {error}")

    meter.track = track if names else None
    try:
        yield
    finally:
        meter.track = None
        for name, tracker in open_ones.items():
            try:
                tracker.finish()
            except Exception as error:  # as above
                reporter.note(f"tracker {name} could not be closed: {type(error).__name__}: {error}")


def _start(name: str, config: RunConfig, folder: Path, n_steps: int) -> Any:  # noqa: ANN401 - accelerate has no types
    try:
        if name == "tensorboard":  # what was logged behind the checkpoint that a run goes on from is purged
            tracker = LOGGER_TYPE_TO_CLASS[name](name, folder, purge_step=n_steps + 1 if n_steps else None)
        else:
            tracker = LOGGER_TYPE_TO_CLASS[name](PROJECT, name=folder.resolve().name, dir=str(folder))
        tracker.start()
        settings = {key: value if isinstance(value, int | float) else str(value) for key, value in flat(config).items()}
        tracker.store_init_configuration(settings)
    except Exception as error:
        raise GprelError(f"tracker {name} cannot be started: {type(error).__name__}: {error}") from error
    return tracker


def _scalars(what: str, values: Mapping[str, object]) -> dict[str, float]:
    """The numbers of a line of the log, under names such as ``epoch/dev/triples/strict``."""
    return {
        f"{what}/{name.replace('.', '/')}": float(value)
        for name, value in flat_values(values).items()
        if isinstance(value, int | float) and name != what
    }
