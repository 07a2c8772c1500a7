"""What the processes of one run tell each other."""

import json
import os
from collections.abc import Sequence
from pathlib import Path
from signal import Signals
from typing import Any, NamedTuple

import torch
from accelerate import PartialState
from torch import Tensor
from torch import distributed as dist

from gprel.config import RunConfig
from gprel.errors import ConfigError
from gprel.evaluation import Evaluation
from gprel.features.batch import Batch
from gprel.model import Extractor
from gprel.training.microbatch import StepLoss
from gprel.training.run_folder import RunFolder
from gprel.training.signals import StopSignals

_SPOKEN = "gprel/spoken"


class TeamStep(NamedTuple):
    """A step of all processes.

    Attributes:
        loss: Loss of the whole batch.
        n_tokens: Tokens of the batch.
        n_padded: The same with padding.
        stop: The signal to stop that any process received.
        is_due: Whether it is time for a checkpoint.
    """

    loss: StepLoss
    n_tokens: int
    n_padded: int
    stop: Signals | None
    is_due: bool


class Team:
    """All processes of a run; a single one is a team, too.

    Texts travel as bytes in tensors: nothing is pickled.

    Raises:
        ConfigError: If there are GPUs, but fewer than processes.

    Attributes:
        rank: Number of this process; 0 is the main one, which alone writes files.
        n_processes: Number of processes.
    """

    def __init__(self) -> None:
        check_devices()
        state = PartialState(cpu=_uses_cpu())
        self.rank: int = state.process_index
        self.n_processes: int = state.num_processes
        self.device: torch.device = state.device

    @property
    def is_main(self) -> bool:
        """Whether this is the main process."""
        return self.rank == 0

    def sums(self, values: Sequence[float]) -> list[float]:
        """Add up numbers over all processes; each of them gets the same sums."""
        if self.n_processes == 1:
            return list(values)
        total = torch.tensor(values, dtype=torch.float64, device=self.device)
        dist.all_reduce(total)
        return [float(value) for value in total.tolist()]

    def step(self, loss: StepLoss, batch: Batch, share: float, stop: Signals | None, *, is_due: bool) -> TeamStep:
        """Put together what the processes know of a step, so that all of them log and decide the same.

        Args:
            loss: Loss of this process's part of the batch.
            batch: That part.
            share: Its share of the batch's windows; 0 if it counts for nothing.
            stop: The signal to stop that this process received.
            is_due: Whether it is time for a checkpoint; the main process decides.
        """
        n_tokens, n_padded = (int(batch.valid.sum()), batch.valid.numel()) if share else (0, 0)
        if self.n_processes == 1:
            return TeamStep(loss, n_tokens, n_padded, stop, is_due)
        signals = [float(stop == signal) for signal in StopSignals.SIGNALS]
        losses = [share * value if share else 0.0 for value in (loss.total, *loss.parts.values())]
        known = [n_tokens, n_padded, is_due and self.is_main, *signals, *losses]
        all_tokens, all_padded, due, *rest = self.sums([float(value) for value in known])
        received = [signal for signal, count in zip(StopSignals.SIGNALS, rest, strict=False) if count]
        total, *parts = rest[len(signals) :]
        sums = StepLoss(total, dict(zip(loss.parts, parts, strict=True)))
        return TeamStep(sums, int(all_tokens), int(all_padded), received[0] if received else None, due > 0)

    def gather(self, own: Tensor) -> list[Tensor]:
        """Tensors of one shape, those of all processes in order, on the CPU."""
        if self.n_processes == 1:
            return [own]
        own = own.to(self.device).contiguous()
        everyones = [torch.empty_like(own) for _ in range(self.n_processes)]
        dist.all_gather(everyones, own)
        return [tensor.cpu() for tensor in everyones]

    def gather_json(self, value: object) -> list[Any]:
        """Values that JSON can hold, those of all processes in order."""
        if self.n_processes == 1:
            return [value]
        data = json.dumps(value).encode()
        lengths = [int(length) for length in self.gather(torch.tensor([len(data)]))]
        padded = torch.zeros(max(lengths), dtype=torch.uint8)
        padded[: len(data)] = torch.frombuffer(bytearray(data), dtype=torch.uint8)
        everyones = self.gather(padded)
        return [json.loads(bytes(text[:length].tolist())) for text, length in zip(everyones, lengths, strict=True)]


class Follower:
    """What a process that is not the main one has in place of a :class:`RunFolder`: it writes nothing.

    Args:
        path: The folder, which the main process keeps.
        is_done: Whether it holds a finished run.
    """

    def __init__(self, path: Path, *, is_done: bool = False) -> None:
        self.path = path
        self.is_done = is_done

    def update(self, **facts: object) -> None:
        """The main process writes them."""

    def log(self, **values: object) -> None:
        """The main process writes it."""

    def log_bytes(self) -> int:
        """Nothing was written here."""
        return 0

    def cut_log(self, n_bytes: int) -> None:
        """The main process does."""

    def save(self, model: Extractor) -> None:
        """The main process does."""

    def remove_checkpoint(self) -> None:
        """The main process does."""


class SilentReporter:
    """A reporter for processes other than the main one."""

    def note(self, text: str) -> None:
        """Say nothing."""

    def start(self, n_steps: int, n_done: int) -> None:
        """Say nothing."""

    def step(self, loss: float, tokens_per_second: float) -> None:
        """Say nothing."""

    def epoch(self, number: int, loss: float, evaluation: Evaluation | None, is_best: bool) -> None:
        """Say nothing."""


def open_folder(
    team: Team, path: Path, config: RunConfig, *, use_overwrite: bool = False, use_resume: bool = False
) -> RunFolder | Follower:
    """The folder of a run, which the main process opens while the others wait.

    Args:
        team: The processes.
        path: The folder.
        config: Resolved settings.
        use_overwrite: Replace an earlier run.
        use_resume: Go on with an earlier run.

    Raises:
        ConfigError: As :class:`RunFolder` does.
        CheckpointError: As :class:`RunFolder` does.
    """
    folder = RunFolder(path, config, use_overwrite=use_overwrite, use_resume=use_resume) if team.is_main else None
    (n_done,) = team.sums([float(folder is not None and folder.is_done)])
    return folder or Follower(path, is_done=n_done > 0)


def check_devices() -> None:
    """Refuse, before anything waits for anything, more processes than this machine has GPUs.

    Raises:
        ConfigError: If there are GPUs, but fewer than processes.
    """
    n_local = int(os.environ.get("LOCAL_WORLD_SIZE", "1"))
    n_gpus = torch.cuda.device_count()
    if 0 < n_gpus < n_local and not _uses_cpu():
        raise ConfigError(
            f"{n_local} processes need {n_local} GPUs, this machine has {n_gpus}; lower --processes, or train on the "
            "CPU with ACCELERATE_USE_CPU=1"
        )


def _uses_cpu() -> bool:
    # accelerate lets processes on a CPU work together only if it is told that there is no GPU.
    wanted = os.environ.get("ACCELERATE_USE_CPU", "").lower() in ("1", "true", "yes")
    return wanted or not torch.accelerator.is_available()


def may_speak() -> bool:
    """Whether a process that fails is the one to tell why: the first to fail of all, and only that one.

    When one process fails, the others lose contact with it and fail as well; and what is wrong with settings or data
    is wrong in all of them.
    """
    if not dist.is_initialized():  # settings or data, as in every process
        return os.environ.get("RANK", "0") == "0"
    try:
        store = dist.distributed_c10d._get_default_store()  # the one that brought the processes together
        return int(store.add(_SPOKEN, 1)) == 1
    except RuntimeError:  # the process that kept it is gone
        return False


def leave() -> None:
    """Part from the other processes at the end of a command."""
    if dist.is_initialized():
        dist.destroy_process_group()
