"""Two processes that work together, made by forking: no interpreter starts anew, so it takes a second."""

import json
import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from accelerate.state import AcceleratorState, PartialState
from accelerate.utils import DistributedType
from torch import distributed as dist
from torch.multiprocessing import start_processes

FSDP = {
    "ACCELERATE_USE_FSDP": "true",
    "FSDP_VERSION": "2",
    "FSDP_AUTO_WRAP_POLICY": "TRANSFORMER_BASED_WRAP",
    "FSDP_STATE_DICT_TYPE": "FULL_STATE_DICT",
    "FSDP_RESHARD_AFTER_FORWARD": "true",
}


def together(function: Callable[..., Any], folder: Path, *arguments: Any, use_fsdp: bool = False) -> list[Any]:
    """What ``function(*arguments)`` returns in each of two processes, as JSON holds it."""
    folder.mkdir(parents=True, exist_ok=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    start_processes(_run, (function, folder, port, use_fsdp, arguments), nprocs=2, start_method="fork")
    return [json.loads((folder / f"{rank}.json").read_text()) for rank in range(2)]


def _run(
    rank: int, function: Callable[..., Any], folder: Path, port: int, use_fsdp: bool, arguments: tuple[Any, ...]
) -> None:
    names = {"RANK": rank, "LOCAL_RANK": rank, "WORLD_SIZE": 2, "LOCAL_WORLD_SIZE": 2}
    os.environ |= {
        name: str(value) for name, value in {**names, "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port}.items()
    }
    os.environ["ACCELERATE_USE_CPU"] = "1"
    torch.set_num_threads(1)
    AcceleratorState._reset_state(reset_partial_state=True)
    if use_fsdp:  # accelerate knows it for GPUs only, torch for both
        os.environ |= FSDP
        PartialState(cpu=True)
        PartialState._shared_state["distributed_type"] = DistributedType.MULTI_GPU
        del os.environ["ACCELERATE_USE_CPU"]
    result = function(*arguments)
    (folder / f"{rank}.json").write_text(json.dumps(result))
    dist.destroy_process_group()
