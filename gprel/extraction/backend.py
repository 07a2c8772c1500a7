"""What finds entities and triples in windows of text, whichever library computes it."""

from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol, get_args

from gprel.errors import ConfigError
from gprel.features import Example, Featurizer
from gprel.schema import Schema
from gprel.tokens import Extraction

if TYPE_CHECKING:
    from gprel.evaluation import Calibration

BackendName = Literal["auto", "torch", "onnx"]
Precision = Literal["auto", "bf16", "fp16", "no"]


class Backend(Protocol):
    """A loaded model, as the pipeline sees it.

    Attributes:
        schema: The labels the model knows.
        featurizer: How text becomes windows of tokens; the one the model was trained with.
        calibration: How scores become probabilities; ``None`` if nobody fitted that.
        has_relations: Whether the model finds triples, not entities alone.
        n_threads: How many batches are worth computing at once.
    """

    schema: Schema
    featurizer: Featurizer
    calibration: "Calibration | None"
    has_relations: bool
    n_threads: int

    def threads(self) -> AbstractContextManager[Executor]:
        """So many threads, each of which computes on a core of its own what it is given of :meth:`extract`."""
        ...

    def extract(self, examples: Sequence[Example]) -> list[Extraction]:
        """Pad the windows to one batch and find what is in them; one result for each, in order."""
        ...


def open_backend(
    model: str | Path,
    *,
    backend: BackendName = "auto",
    precision: Precision = "auto",
    thresholds: Mapping[str, float] | None = None,
) -> Backend:
    """Load a model; the library that runs it is imported only now.

    Args:
        model: Folder of a model, or a hub id (torch alone).
        backend: ``torch``, ``onnx``, or ``auto``: ``onnx`` where the folder holds ``model.onnx`` and no weights for
            torch (``model.safetensors``).
        precision: What torch computes in; ``auto`` takes the fastest the processor has.
        thresholds: Scores above which a label is predicted, by label; the model's own hold for all others.

    Raises:
        ConfigError: If the backend does not exist, or a threshold is for a label that the model does not know.
        CheckpointError: If there is no such model, or it is not complete.
    """
    if resolve(model, backend) == "onnx":
        from gprel.extraction.onnx_backend import OnnxBackend

        return OnnxBackend(Path(model), thresholds=thresholds)
    from gprel.extraction.torch_backend import TorchBackend

    return TorchBackend.open(model, precision=precision, thresholds=thresholds)


def resolve(model: str | Path, backend: BackendName) -> Literal["torch", "onnx"]:
    """The backend that a model is run by; see :func:`open_backend`.

    Raises:
        ConfigError: If there is no such backend.
    """
    if backend not in get_args(BackendName):
        raise ConfigError(f"backend is {backend!r}, expected one of: {', '.join(get_args(BackendName))}")
    if backend != "auto":
        return backend
    folder = Path(model)
    is_exported = (folder / "model.onnx").is_file() and not (folder / "model.safetensors").is_file()
    return "onnx" if is_exported else "torch"
