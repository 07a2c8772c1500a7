"""The encoder's weights out of an exported model: what a training can start from where only the export was kept."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float32

from gprel.errors import CheckpointError, DependencyError

if TYPE_CHECKING:
    from onnx import GraphProto, NodeProto

Weights = dict[str, Float32[np.ndarray, "..."]]

_ENCODER = "encoder."
_QUANTIZED, _BIAS = "_quantized", ".bias"
_PRODUCTS = ("MatMul", "MatMulInteger")
_BETWEEN = ("Cast", "Mul")  # what quantization puts between a product and its bias


def encoder_weights(path: Path) -> Weights:
    """The weights of the encoder under the names that torch gives them; those in 8 bits are multiplied out.

    An exporter keeps the names of biases, norms and embeddings, but turns matrices and calls them by numbers: a matrix
    is recognized by the bias that is added to its product.

    Args:
        path: Entity graph, as :func:`gprel.export.export_onnx` writes it.

    Raises:
        CheckpointError: If the file is missing or is no graph.
        DependencyError: If onnx is missing.
    """
    try:
        import onnx
        from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
        from onnx import numpy_helper
    except ImportError as error:
        raise DependencyError(
            f"the weights of an exported model are read with {error.name}, which is not installed: "
            "pip install gprel[onnx]"
        ) from error
    try:
        graph = onnx.load(str(path)).graph
    except (OSError, DecodeError) as error:
        raise CheckpointError(f"{path} cannot be read: {error}; export the model again") from error
    arrays = _multiplied_out({tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer})
    named = {name: array for name, array in arrays.items() if name.startswith(_ENCODER)}
    matrices = {
        f"{bias.removesuffix(_BIAS)}.weight": arrays[matrix].T for bias, matrix in _products(graph) if matrix in arrays
    }
    return {name: np.array(array, np.float32, order="C") for name, array in (named | matrices).items()}


def _multiplied_out(arrays: Mapping[str, Any]) -> dict[str, Any]:
    """Floating-point arrays as they are, and those in 8 bits as what they stand for, both by their first names."""
    scales = {name.removesuffix(_QUANTIZED) + "_scale" for name in arrays if name.endswith(_QUANTIZED)}
    result = {name: array for name, array in arrays.items() if array.dtype == np.float32 and name not in scales}
    for name, array in arrays.items():
        if name.endswith(_QUANTIZED):
            name = name.removesuffix(_QUANTIZED)
            scale, zero = arrays[f"{name}_scale"], arrays[f"{name}_zero_point"]  # of the tensor, or of each column
            result[name] = (array.astype(np.float32) - zero.astype(np.float32)) * scale
    return result


def _products(graph: "GraphProto") -> Iterator[tuple[str, str]]:
    """The names of every bias and of the matrix that belongs to it."""
    makers = {output: node for node in graph.node for output in node.output}
    for node in graph.node:
        biases = [name for name in node.input if name.startswith(_ENCODER) and name.endswith(_BIAS)]
        if node.op_type == "Add" and biases:
            for name in node.input:
                product = _product(makers.get(name), makers)
                if product is not None:
                    yield biases[0], product.input[1].removesuffix(_QUANTIZED)


def _product(node: "NodeProto | None", makers: "Mapping[str, NodeProto]") -> "NodeProto | None":
    if node is None or node.op_type in _PRODUCTS:
        return node
    if node.op_type not in _BETWEEN:
        return None
    found = (_product(makers.get(name), makers) for name in node.input)
    return next((product for product in found if product is not None), None)
