"""The state of a run in one file, from which it goes on as if it had never stopped.

One safetensors file: the tensors of model, optimizer and moving average, and everything else as JSON in its header. It
is written beside its place, brought to the disk and renamed, so that a whole checkpoint is there at every moment.
"""

import json
import os
import random
import shutil
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from gprel.config import RunConfig
from gprel.errors import CheckpointError
from gprel.training.prepare import Parts
from gprel.training.run_folder import CHECKPOINT, check_same, to_disk
from gprel.training.sharded import load_whole_states, whole_states

VERSION = 1


class Checkpoints:
    """Writes and reads the checkpoint of one run.

    Args:
        folder: Folder of the run.
        config: Settings of the run.
        parts: What it trains with.
    """

    def __init__(self, folder: Path, config: RunConfig, parts: Parts) -> None:
        self.path = folder / CHECKPOINT
        self.config = config
        self.parts = parts
        self._last_time, self._n_steps = time.monotonic(), 0

    def is_due(self) -> bool:
        """Count a step, and say whether it is time for a checkpoint."""
        settings = self.config.training
        self._n_steps += 1
        minutes = (time.monotonic() - self._last_time) / 60
        by_time = 0 < settings.checkpoint_minutes <= minutes
        return by_time or 0 < settings.checkpoint_steps <= self._n_steps

    def save(self, progress: dict[str, Any]) -> None:
        """Write the state of the run in place of the earlier checkpoint.

        Args:
            progress: Where the run stands, as values that JSON can hold.

        Raises:
            CheckpointError: If it cannot be written, for example on a full disk; the earlier one is kept.
        """
        parts = self.parts
        if parts.whole:
            weights, state = whole_states(parts.model, parts.optimizer)
        else:
            weights, state = parts.model.state_dict(), parts.optimizer.state_dict()
        generators = self._generator_states()
        if not parts.team.is_main:
            return
        tensors, optimizer = _split_tensors(state)
        values = {
            "version": VERSION,
            "config": self.config.to_dict(),
            "data": parts.data,
            "is_sharded": parts.whole is not None,
            "n_parts": parts.micro_batches.n_parts,
            "optimizer": optimizer,
            "schedule": parts.schedule.state_dict(),
            "scaler": parts.accelerator.scaler.state_dict() if parts.accelerator.scaler else None,
            "python": random.getstate(),
            "numpy": _numpy_state(),
            "progress": progress,
        }
        tensors = {f"optimizer.{name}": tensor for name, tensor in tensors.items()}
        tensors |= {f"model.{name}": tensor for name, tensor in weights.items()}
        if parts.average:
            tensors |= {f"average.{name}": tensor for name, tensor in parts.average.state_dict().items()}
        tensors |= generators
        write_whole(self.path, tensors, {"gprel": json.dumps(values)})
        self._last_time, self._n_steps = time.monotonic(), 0

    def _generator_states(self) -> dict[str, Tensor]:
        """The states of torch's generators in every process."""
        gather, device = self.parts.team.gather, self.parts.accelerator.device
        states = {f"generator.cpu.{rank}": state for rank, state in enumerate(gather(torch.get_rng_state()))}
        if device.type == "cuda":
            of_gpus = gather(torch.cuda.get_rng_state(device))
            states |= {f"generator.cuda.{rank}": state for rank, state in enumerate(of_gpus)}
        return states

    def load(self) -> dict[str, Any] | None:
        """Bring model, optimizer, schedule and moving average back to where the checkpoint stands.

        Returns:
            The progress that was saved, and under ``generators`` the states to give :func:`restore_generators` right
            before the next step; ``None`` if there is no checkpoint.

        Raises:
            CheckpointError: If the file cannot be read, or the training data is not what it was.
            ConfigError: If the checkpoint was made with other settings.
        """
        if not self.path.is_file():
            return None
        tensors, values = _read(self.path)
        check_same(RunConfig.from_dict(values["config"]), self.config)
        parts = self.parts
        if values["data"] != parts.data:
            raise CheckpointError(
                f"the training data of {self.config.data.name} has changed since {self.path} was written; restore it, "
                "or begin anew with --overwrite"
            )
        was_sharded, is_sharded = bool(values.get("is_sharded")), parts.whole is not None
        if was_sharded != is_sharded:
            how = {True: "sharded (FSDP)", False: "whole"}
            raise CheckpointError(
                f"{self.path} was written with {how[was_sharded]} weights, this run has {how[is_sharded]} ones; start "
                "it as before, or begin anew with --overwrite"
            )
        of = {name: _with_prefix(tensors, f"{name}.") for name in ("model", "optimizer", "average", "generator")}
        state = _joined(of["optimizer"], values["optimizer"])
        if parts.whole:
            load_whole_states(parts.model, parts.optimizer, of["model"], state)
        else:
            parts.model.load_state_dict(of["model"])
            parts.optimizer.load_state_dict(state)
        parts.schedule.load_state_dict(values["schedule"])
        parts.micro_batches.n_parts = values["n_parts"]
        if parts.accelerator.scaler and values["scaler"]:
            parts.accelerator.scaler.load_state_dict(values["scaler"])
        if parts.average:
            parts.average.load_state_dict(of["average"])
        progress: dict[str, Any] = values["progress"]
        return progress | {
            "generators": (_with_suffix(of["generator"], parts.team.rank), values["python"], values["numpy"])
        }


def restore_generators(states: tuple[dict[str, Tensor], Any, Any]) -> None:
    """Set the random generators of Python, NumPy and torch as a checkpoint found them."""
    tensors, python, numpy = states
    random.setstate((python[0], tuple(python[1]), python[2]))
    np.random.set_state((numpy[0], np.array(numpy[1], dtype=np.uint32), *numpy[2:]))
    if "cpu" in tensors:  # there may be more processes than before
        torch.set_rng_state(tensors["cpu"])
    if "cuda" in tensors and torch.cuda.is_available():
        torch.cuda.set_rng_state(tensors["cuda"])


def write_whole(path: Path, tensors: dict[str, Tensor], metadata: dict[str, str]) -> None:
    """Write a safetensors file so that it is there as a whole or not at all, whatever happens.

    Raises:
        CheckpointError: If it cannot be written; a file that was there before is kept.
    """
    # A folder, because safetensors writes under a name of its own first, which it leaves behind when it is killed.
    new = path.with_name(path.name + ".new")
    try:
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir()
        save_file(_apart(tensors), new / path.name, metadata)
        to_disk(new / path.name)
        os.replace(new / path.name, path)
        new.rmdir()
        to_disk(path.parent)
    except (OSError, SafetensorError) as error:
        shutil.rmtree(new, ignore_errors=True)
        kept = "the one before it is kept" if path.is_file() else "there is none yet"
        raise CheckpointError(
            f"the checkpoint {path} cannot be written: {error}; {kept}. Free some space and run the same command with "
            "--resume"
        ) from error


def _apart(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """Tensors in one piece each; safetensors takes no two that share memory, as tied weights do."""
    seen: set[int] = set()
    result: dict[str, Tensor] = {}
    for name, tensor in tensors.items():
        place = tensor.untyped_storage().data_ptr()
        result[name] = (tensor.clone() if place in seen else tensor).contiguous()
        seen.add(place)
    return result


def _read(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    try:
        with safe_open(path, framework="pt") as file:
            values = json.loads((file.metadata() or {})["gprel"])
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (it is no dict)
        version = values["version"]
    except (OSError, SafetensorError, KeyError, TypeError, ValueError) as error:
        raise CheckpointError(
            f"the checkpoint {path} cannot be read: {error}; delete it to begin the run anew"
        ) from error
    if version != VERSION:
        raise CheckpointError(
            f"the checkpoint {path} has version {version}, this gprel reads {VERSION}; go on with the gprel that wrote "
            "it, or begin anew with --overwrite"
        )
    return tensors, values


def _split_tensors(state: dict[str, Any]) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """An optimizer's state as tensors by name and the rest as JSON values."""
    tensors = {
        f"{index}.{name}": value
        for index, values in state["state"].items()
        for name, value in values.items()
        if isinstance(value, Tensor)
    }
    rest = {
        str(index): {name: value for name, value in values.items() if not isinstance(value, Tensor)}
        for index, values in state["state"].items()
    }
    return tensors, {"state": rest, "param_groups": state["param_groups"]}


def _joined(tensors: dict[str, Tensor], values: dict[str, Any]) -> dict[str, Any]:
    """The state again; weights go by number, sharded ones by name, which may have dots."""
    state: dict[int | str, dict[str, Any]] = {_index(name): dict(rest) for name, rest in values["state"].items()}
    for name, tensor in tensors.items():
        weight, _, key = name.rpartition(".")
        state[_index(weight)][key] = tensor
    return {"state": state, "param_groups": values["param_groups"]}


def _index(name: str) -> int | str:
    return int(name) if name.isdigit() else name


def _with_prefix(tensors: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}


def _with_suffix(tensors: dict[str, Tensor], rank: int) -> dict[str, Tensor]:
    """The tensors of one process."""
    suffix = f".{rank}"
    return {name.removesuffix(suffix): tensor for name, tensor in tensors.items() if name.endswith(suffix)}


def _numpy_state() -> list[Any]:
    name, keys, *rest = np.random.get_state()
    return [name, np.asarray(keys).tolist(), *rest]
