"""Weights in 8 bits, activations quantized as they come: a quarter of the size, and faster on processors with VNNI."""

from pathlib import Path
from typing import TYPE_CHECKING

from gprel.errors import DependencyError
from gprel.export.quiet import quiet

if TYPE_CHECKING:
    from onnx import ModelProto


def quantize(source: Path, target: Path) -> None:
    """Write a copy of the entity graph whose encoder has 8-bit weights, embeddings included.

    Matrices have a scale per column: with one for all, CoNLL04 loses 0.9 triple F1 instead of nothing. The head and the
    embedding of shapes stay as they are: they are small, and thresholds are compared with what they add up to.

    Args:
        source: Graph in float32.
        target: File to write.

    Raises:
        DependencyError: If onnx or onnxruntime is missing.
    """
    try:
        import onnx
        from onnxruntime.quantization import QuantType, quantize_dynamic
    except ImportError as error:
        raise DependencyError(
            f"an export needs {error.name}, which is not installed: pip install gprel[onnx]"
        ) from error
    model = onnx.load(str(source))
    with quiet():
        quantize_dynamic(
            model,
            str(target),
            per_channel=True,
            weight_type=QuantType.QInt8,
            op_types_to_quantize=["MatMul", "Gather"],
            nodes_to_exclude=_kept(model),
        )


def _kept(model: "ModelProto") -> list[str]:
    """Nodes that stay in float32: all that come behind the states, and the embedding of shapes."""
    behind = {"states"}
    kept = []
    for node in model.graph.node:  # in topological order, as ONNX demands
        if behind.intersection(node.input) or "shapes" in node.input:
            kept.append(node.name)
        if behind.intersection(node.input):
            behind.update(node.output)
    return kept
