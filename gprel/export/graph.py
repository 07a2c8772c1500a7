"""A model as two ONNX graphs: token ids to states and entity factors; states of candidates to link factors."""

from copy import deepcopy
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from gprel.errors import DependencyError
from gprel.export.quiet import quiet
from gprel.heads import GlobalPointer, GPLinker
from gprel.nn.encoder import ShapedEncoder
from gprel.nn.grid import Grid
from gprel.nn.pointer import EfficientPointer, StandardPointer

if TYPE_CHECKING:
    from onnx import ModelProto

_OPSET = 20  # has LayerNormalization and Gelu as operators of their own
_AXES = {0: torch.export.Dim.DYNAMIC, 1: torch.export.Dim.DYNAMIC}
_PARTS = ("query", "key", "row", "column")

Pointer = EfficientPointer | StandardPointer


class _Entities(nn.Module):
    """Encoder and entity pointer."""

    def __init__(self, encoder: ShapedEncoder, entities: Pointer) -> None:
        super().__init__()
        self.encoder = encoder
        self.entities = entities

    def forward(
        self, input_ids: Int[Tensor, "batch seq"], valid: Bool[Tensor, "batch seq"], shapes: Int[Tensor, "batch seq"]
    ) -> tuple[Tensor, ...]:
        """The states, then the factors."""
        states = self.encoder(input_ids, valid, shapes)
        return states, *_outputs(self.entities(states))


class _Links(nn.Module):
    """Link pointers, each on tokens of its own; a batch of one example, whose tokens are the candidates."""

    def __init__(self, pointers: list[Pointer]) -> None:
        super().__init__()
        self.pointers = nn.ModuleList(pointers)

    def forward(self, *states: Float[Tensor, "1 seq hidden"]) -> tuple[Tensor, ...]:
        """The factors of the one, then those of the other."""
        return tuple(part for one, of in zip(states, self.pointers, strict=True) for part in _outputs(of(one)))


def write_entities(encoder: ShapedEncoder, head: GlobalPointer | GPLinker, path: Path) -> None:
    """Write the graph from token ids to states and entity factors.

    Args:
        encoder: The encoder; it is left as it is.
        head: The head.
        path: File to write.

    Raises:
        DependencyError: If onnx or onnxscript is missing.
    """
    module = deepcopy(_Entities(encoder, head.entities)).cpu().eval()
    # The mask as a plain sum: other kinds of attention look at its values, which a graph of any length cannot.
    module.encoder.model.set_attn_implementation("eager")
    valid = torch.ones(3, 7, dtype=torch.bool)
    valid[1, 4:] = False
    ids = torch.full((3, 7), 5)
    names = _names("entities", head.entities)
    _write(module, (ids, valid, torch.ones_like(ids)), ["input_ids", "valid", "shapes"], ["states", *names], path)


def write_links(head: GPLinker, hidden: int, path: Path) -> None:
    """Write the graph from candidates' states to the factors of the links.

    Args:
        head: The head.
        hidden: Width of the states.
        path: File to write.

    Raises:
        DependencyError: If onnx or onnxscript is missing.
    """
    pointers = {"first": head.firsts} | ({} if head.lasts is None else {"last": head.lasts})
    outputs = [name for role, pointer in pointers.items() for name in _names(f"{role}s", pointer)]
    inputs = tuple(torch.zeros(1, 5, hidden) for _ in pointers)
    module = deepcopy(_Links(list(pointers.values()))).cpu().eval()
    _write(module, inputs, [f"{role}_states" for role in pointers], outputs, path)


def _names(group: str, pointer: Pointer) -> list[str]:
    parts = _PARTS if isinstance(pointer, EfficientPointer) else _PARTS[:2]
    return [f"{group}_{part}" for part in parts]


def _outputs(grid: Grid) -> list[Tensor]:
    """What a label adds comes with labels last: numpy reads all labels of one token at once."""
    shares = [] if grid.row is None or grid.column is None else [grid.row.mT, grid.column.mT]
    return [grid.query, grid.key, *shares]


def _write(module: nn.Module, inputs: tuple[Tensor, ...], names: list[str], outputs: list[str], path: Path) -> None:
    try:
        import onnx
        import onnxscript  # noqa: F401  # torch's exporter needs it and says so less clearly
    except ImportError as error:
        raise DependencyError(
            f"an export needs {error.name}, which is not installed: pip install gprel[onnx]"
        ) from error
    axes = tuple({1: _AXES[1]} if len(tensor) == 1 else _AXES for tensor in inputs)
    shapes = (axes,) if isinstance(module, _Links) else axes  # its inputs are one argument, *states
    with quiet(), torch.inference_mode():
        program = torch.onnx.export(
            module,
            inputs,
            input_names=names,
            output_names=outputs,
            dynamic_shapes=shapes,
            opset_version=_OPSET,
            dynamo=True,
            verbose=False,
        )
    assert program is not None  # only the old exporter returns nothing
    model: ModelProto = program.model_proto
    _forget_sources(model)
    onnx.save(model, str(path))


def _forget_sources(model: "ModelProto") -> None:
    """Leave out where in which file of this machine every node came from."""
    for part in (model, model.graph, *model.graph.node, *model.graph.value_info, *model.graph.initializer):
        part.ClearField("metadata_props")
    for part in (*model.graph.input, *model.graph.output):
        part.ClearField("metadata_props")
