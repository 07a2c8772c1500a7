"""The encoder of an earlier gprel model as the beginning of a new one."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor
from transformers import AutoTokenizer, PreTrainedConfig, PreTrainedModel, PreTrainedTokenizerFast

from gprel.encoders import new_model
from gprel.errors import CheckpointError
from gprel.export.weights import encoder_weights
from gprel.extraction.default_model import NAME, default_model
from gprel.extraction.onnx_folder import CONFIG, MODEL, SECTION
from gprel.model import ExtractorConfig
from gprel.nn.encoder import ShapedEncoder

_WEIGHTS = "model.safetensors"
_MODEL, _SHAPES = "encoder.model.", "encoder.shapes.weight"


@dataclass(frozen=True, slots=True)
class TrainedEncoder:
    """The encoder of a gprel model; what :class:`gprel.encoders.EncoderSource` is for pretrained ones.

    Attributes:
        name: What the user called it.
        folder: Folder of the model, as trained or as exported; of an export in 8 bits the weights are those that the
            8 bits stand for.
    """

    name: str
    folder: Path

    @classmethod
    def named(cls, name: str) -> "TrainedEncoder":
        """The encoder of a model folder, or of the model that comes with gprel (``default``).

        Raises:
            CheckpointError: If there is no such model.
        """
        folder = default_model() if name == NAME else Path(name)
        if not folder.is_dir():
            raise CheckpointError(f"--init {name} does not exist; expected the folder of a gprel model, or {NAME}")
        missing = not (folder / CONFIG).is_file() or not any((folder / file).is_file() for file in (_WEIGHTS, MODEL))
        if missing:
            raise CheckpointError(f"--init {name} is no gprel model: it needs {CONFIG} and {_WEIGHTS} or {MODEL}")
        return cls(name, folder)

    def config(self) -> PreTrainedConfig:
        """The encoder's config.

        Raises:
            CheckpointError: If it cannot be read.
        """
        path = self.folder / CONFIG
        try:
            values = json.loads(path.read_text(encoding="utf-8"))
            if values.get("model_type") != "gprel":
                raise CheckpointError(
                    f"--init {self.name} holds a model of type {values.get('model_type')!r}, expected gprel; "
                    "pretrained encoders are named by --encoder"
                )
            if not isinstance(values.get("encoder"), dict):
                raise CheckpointError(f"{path} tells of no encoder")
            values.pop(SECTION, None)
            encoder = ExtractorConfig.from_dict(values).encoder
        except (AttributeError, OSError, TypeError, ValueError) as error:
            raise CheckpointError(f"{path} cannot be read: {error}") from error
        assert isinstance(encoder, PreTrainedConfig)  # what the dict became
        return encoder

    def tokenizer(self) -> PreTrainedTokenizerFast:
        """The encoder's tokenizer.

        Raises:
            CheckpointError: If it cannot be read.
        """
        try:
            tokenizer: Any = AutoTokenizer.from_pretrained(self.folder, trust_remote_code=False)
        except Exception as error:  # a damaged file raises whatever its reader likes
            raise CheckpointError(f"the tokenizer in {self.folder} cannot be read: {error}") from error
        found: PreTrainedTokenizerFast = tokenizer
        return found

    def model(self, config: PreTrainedConfig) -> PreTrainedModel:
        """The encoder with its trained weights, in float32.

        Raises:
            CheckpointError: If weights are missing or do not fit the config.
        """
        model = new_model(config)
        prefix = len(_MODEL)
        weights = {name[prefix:]: tensor for name, tensor in self._weights().items() if name.startswith(_MODEL)}
        wanted = model.state_dict()
        wrong = [name for name, tensor in wanted.items() if name not in weights or weights[name].shape != tensor.shape]
        if wrong:
            raise CheckpointError(
                f"--init {self.name} lacks {len(wrong)} of the encoder's {len(wanted)} tensors (first: {wrong[0]}); "
                "name the folder that gprel train wrote"
            )
        model.load_state_dict({name: weights[name] for name in wanted})
        return model

    def fill_shapes(self, encoder: ShapedEncoder) -> bool:
        """Take over what the model learned of capitals and digits; ``False`` where either of the two has none."""
        shapes = self._weights().get(_SHAPES)
        if encoder.shapes is None or shapes is None or shapes.shape != encoder.shapes.weight.shape:
            return False
        with torch.no_grad():
            encoder.shapes.weight.copy_(shapes)
        return True

    def _weights(self) -> dict[str, Tensor]:
        path = self.folder / _WEIGHTS
        if not path.is_file():
            return {name: torch.from_numpy(array) for name, array in encoder_weights(self.folder / MODEL).items()}
        try:
            with safe_open(path, framework="pt") as file:
                names: Any = file.keys()
                return {name: file.get_tensor(name) for name in names if name.startswith("encoder.")}
        except (OSError, SafetensorError) as error:
            raise CheckpointError(f"{path} cannot be read: {error}") from error
