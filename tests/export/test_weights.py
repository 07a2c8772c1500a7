"""Weights out of a graph: quantized or not, named or only known by the bias behind them."""

import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from gprel.errors import CheckpointError, DependencyError
from gprel.export.weights import encoder_weights

MATRIX = np.array([[1, -2], [3, 4], [0, 5]], dtype=np.int8)


def save(path: Path, arrays: dict[str, Any], *nodes: Any) -> Path:
    initializers = [numpy_helper.from_array(np.asarray(array), name) for name, array in arrays.items()]
    output = helper.make_tensor_value_info("y", TensorProto.FLOAT, None)
    onnx.save(helper.make_model(helper.make_graph(list(nodes), "g", [], [output], initializers)), str(path))
    return path


def test_eight_bits_are_multiplied_out(tmp_path: Path) -> None:
    arrays = {
        "val_1_quantized": MATRIX,
        "val_1_scale": np.array([0.5, 2.0], dtype=np.float32),  # of each column
        "val_1_zero_point": np.zeros(2, dtype=np.int8),
        "encoder.words.weight_quantized": np.array([[130, 128]], dtype=np.uint8),
        "encoder.words.weight_scale": np.float32(0.1),  # of the tensor
        "encoder.words.weight_zero_point": np.uint8(128),
        "encoder.dense.bias": np.array([7, 8], dtype=np.float32),
        "entities.row.bias": np.zeros(2, dtype=np.float32),  # no part of the encoder
        "encoder.ids": np.zeros(3, dtype=np.int64),  # no weight
    }
    nodes = (
        helper.make_node("DynamicQuantizeLinear", ["x"], ["x8", "x_scale", "x_zero"]),
        helper.make_node("MatMulInteger", ["x8", "val_1_quantized", "x_zero", "val_1_zero_point"], ["i"]),
        helper.make_node("Cast", ["i"], ["f"], to=TensorProto.FLOAT),
        helper.make_node("Mul", ["x_scale", "val_1_scale"], ["scale"]),
        helper.make_node("Mul", ["f", "scale"], ["p"]),
        helper.make_node("Add", ["p", "encoder.dense.bias"], ["y"]),
    )
    found = encoder_weights(save(tmp_path / "a.onnx", arrays, *nodes))
    assert found.keys() == {"encoder.words.weight", "encoder.dense.bias", "encoder.dense.weight"}
    np.testing.assert_allclose(found["encoder.words.weight"], [[0.2, 0.0]], rtol=1e-6)
    np.testing.assert_allclose(found["encoder.dense.weight"], [[0.5, 1.5, 0.0], [-4.0, 8.0, 10.0]])  # torch turns them
    assert all(array.flags.writeable and array.dtype == np.float32 for array in found.values())


def test_float32(tmp_path: Path) -> None:
    arrays = {"val_1": MATRIX.astype(np.float32), "encoder.dense.bias": np.zeros(2, dtype=np.float32)}
    nodes = (
        helper.make_node("MatMul", ["x", "val_1"], ["p"]),
        helper.make_node("Add", ["encoder.dense.bias", "p"], ["z"]),
        helper.make_node("Add", ["z", "x"], ["y"]),
    )
    found = encoder_weights(save(tmp_path / "a.onnx", arrays, *nodes))
    np.testing.assert_array_equal(found["encoder.dense.weight"], MATRIX.T)


def test_no_graph(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=r"a\.onnx cannot be read: .*; export the model again"):
        encoder_weights(tmp_path / "a.onnx")


def test_without_onnx(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(DependencyError, match=r"are read with onnx, which is not installed: pip install gprel\[onnx\]"):
        encoder_weights(tmp_path / "a.onnx")
