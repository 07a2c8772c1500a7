"""Models in other forms: ONNX folders that run without torch, in float32 or with 8-bit weights."""

from gprel.export.compare import Comparison, compare_backends
from gprel.export.export import export_onnx

__all__ = ["Comparison", "compare_backends", "export_onnx"]
