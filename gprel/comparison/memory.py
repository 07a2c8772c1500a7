"""Peak memory of training, measured in a process of its own for each method."""

import importlib
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import torch

from gprel.comparison.speed import Trainer
from gprel.config import RunConfig
from gprel.document import Document
from gprel.memory import keep_freed_memory
from gprel.training.build import annotated

_STEPS = 2  # the second one has the optimizer's state beside everything else
_STATUS = Path("/proc/self/status")


def peak_training_memory(config: RunConfig, documents: Sequence[Document]) -> int | None:
    """Peak of a fresh process that trains on the longest documents of a corpus, in bytes.

    It is the memory of the accelerator where there is one, else that of the whole process, libraries included.

    Args:
        config: Settings.
        documents: Training documents.

    Returns:
        The peak, or ``None`` where the system does not tell.
    """
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(measure, config, list(documents)).result()


def measure(config: RunConfig, documents: Sequence[Document]) -> int | None:
    """What the process of its own does."""
    keep_freed_memory()  # as gprel's commands do
    known, _ = annotated(documents, config.task)
    longest = sorted(known, key=lambda document: len(document.text), reverse=True)[: config.training.batch_size]
    trainer = Trainer(config, known, longest)
    for _ in range(_STEPS):
        trainer.step()
    if trainer.device.type == "cuda":
        return torch.cuda.max_memory_allocated()
    return peak_of_process()


def peak_of_process() -> int | None:
    """Largest resident memory that this process ever had, in bytes; ``None`` where the system does not tell.

    Linux hands ``ru_maxrss`` on from the process that started this one, so it may be the parent's; ``VmHWM`` is not.
    """
    if _STATUS.is_file():
        for line in _STATUS.read_text(encoding="utf-8").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) << 10
    try:
        resource = importlib.import_module("resource")  # Windows has none
    except ImportError:
        return None
    peak = int(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
    return peak if sys.platform == "darwin" else peak << 10
