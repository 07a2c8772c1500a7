"""The model: an encoder, a head, and all that is needed to use them, in one folder."""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, ClassVar, Self, TypeVar

import torch
from huggingface_hub.dataclasses import strict
from jaxtyping import Float
from torch import Tensor
from transformers import AutoConfig, AutoTokenizer, PreTrainedConfig, PreTrainedModel, PreTrainedTokenizerFast
from transformers.configuration_utils import SubConfigSpec

from gprel.document import Document
from gprel.encoders import new_model
from gprel.errors import CheckpointError, ConfigError
from gprel.features import Featurizer
from gprel.features.batch import Batch
from gprel.heads import HEADS, Head, Loss, Thresholds
from gprel.nn.encoder import ShapedEncoder
from gprel.nn.mask import TokenMask
from gprel.nn.precision import autocast, pick_precision
from gprel.predict import PredictionLog, predict
from gprel.schema import Schema
from gprel.tokens import Extraction

Result = TypeVar("Result")
_HUB_ID = re.compile(r"\w[\w.-]*/[\w.-]+")
_HUB_OPTIONS = ("cache_dir", "force_download", "local_files_only", "revision", "token")  # for the tokenizer, too


@strict
class ExtractorConfig(PreTrainedConfig):
    """What an :class:`Extractor` is made of; written as ``config.json``.

    Attributes:
        encoder: Config of the encoder.
        n_shapes: Shapes whose embedding is added to the words; 0 for none.
        head_name: Name of the head.
        head_options: Keyword arguments of the head.
        labels: The schema.
        features: Keyword arguments of the featurizer.
        thresholds: Scores above which an entity type or a relation is predicted, where not 0.
        calibration: How scores become probabilities (see :class:`gprel.evaluation.Calibration`); ``None`` if nobody
            fitted it.
    """

    model_type = "gprel"
    sub_configs_defaults: ClassVar[dict[str, SubConfigSpec]] = {
        "encoder": SubConfigSpec(config_class=AutoConfig, model_type="bert")
    }

    encoder: PreTrainedConfig | dict | None = None  # type: ignore[type-arg]
    n_shapes: int = 0
    head_name: str = "gplinker"
    head_options: dict | None = None  # type: ignore[type-arg]
    labels: dict | None = None  # type: ignore[type-arg]
    features: dict | None = None  # type: ignore[type-arg]
    thresholds: dict | None = None  # type: ignore[type-arg]
    calibration: dict | None = None  # type: ignore[type-arg]


class Extractor(PreTrainedModel):
    """Text in, entities and triples out.

    Args:
        config: What to build; the weights are random until loaded.

    Raises:
        ConfigError: If there is no head of that name, or the config tells of no encoder.

    Attributes:
        schema: Labels and their ids.
        tokenizer: The encoder's tokenizer; set by :meth:`from_pretrained`, or by whoever builds a new model.
        precision: ``bf16``, ``fp16`` or ``no``: what extraction computes in; the fastest the processor has by default.
    """

    config_class = ExtractorConfig
    base_model_prefix = ""
    supports_gradient_checkpointing = True

    def __init__(self, config: ExtractorConfig) -> None:
        super().__init__(config)
        self.schema = Schema.from_dict(config.labels or {"entity_types": []})
        if config.head_name not in HEADS:
            known = ", ".join(HEADS)
            raise ConfigError(f"head {config.head_name!r} is unknown (known: {known}); a newer gprel may have it")
        if not isinstance(config.encoder, PreTrainedConfig):
            raise ConfigError(f"the config's encoder is {config.encoder!r}, expected the config of an encoder")
        self.encoder = ShapedEncoder(new_model(config.encoder), config.n_shapes)
        self.head: Head = HEADS[config.head_name](config.encoder.hidden_size, **(config.head_options or {}))
        self.tokenizer: PreTrainedTokenizerFast | None = None
        self.precision: str | None = None
        self.post_init()  # type: ignore[no-untyped-call]

    def _init_weights(self, module: torch.nn.Module) -> None:
        """Keep what the modules drew when they were built; the encoder has its own rule."""

    def get_input_embeddings(self) -> torch.nn.Module:
        """The encoder's word embedding."""
        embeddings: torch.nn.Module = self.encoder.model.get_input_embeddings()
        return embeddings

    def forward(self, batch: Batch) -> Loss:
        """The training loss. Called as ``model(batch)``: distributed training synchronizes gradients only so."""
        return self._head(batch, lambda states, mask: self.head.loss(states, mask, batch.targets))

    @torch.inference_mode()
    def extract_batch(self, batch: Batch) -> list[Extraction]:
        """What is found in each example of a batch."""
        inputs = {name: getattr(batch, name).to(self.device) for name in Batch._fields if name != "targets"}
        batch = Batch(**inputs, targets={})
        self.precision = self.precision or pick_precision("auto", self.device)
        with autocast(self.precision, self.device):
            return self._head(batch, lambda states, mask: self.head.extract(states, mask, self._thresholds()))

    def _head(self, batch: Batch, call: Callable[[Tensor, TokenMask], Result]) -> Result:
        """Encode, then run the head in float32: log-sum-exps and thresholds do not bear bfloat16."""
        states = self.encoder(batch.input_ids, batch.valid, batch.shapes)
        with torch.autocast(states.device.type, enabled=False):
            return call(states.float(), TokenMask(batch.valid, batch.starts, batch.ends))

    def extract(
        self, texts: Iterable[str | Document], *, batch_size: int = 32, log: PredictionLog | None = None
    ) -> list[Document]:
        """Find entities and triples.

        Args:
            texts: Texts, or documents (whose words, if any, bound the entities).
            batch_size: Windows per batch.
            log: Collects what happened, such as capped windows.

        Returns:
            One document per text, in order, with character offsets and scores.
        """
        if isinstance(texts, str):
            raise ConfigError("extract() takes a list of texts; put the text into a list: extract([text])")
        documents = (text if isinstance(text, Document) else Document(text) for text in texts)
        was_training = self.training
        self.eval()  # type: ignore[no-untyped-call]
        try:
            return list(predict(documents, self.extract_batch, self.featurizer(), batch_size=batch_size, log=log))
        finally:
            self.train(was_training)

    def featurizer(self) -> Featurizer:
        """How this model turns documents into tokens.

        Raises:
            CheckpointError: If the model has no tokenizer.
        """
        if self.tokenizer is None:
            raise CheckpointError("this model has no tokenizer; load it with from_pretrained or set model.tokenizer")
        return Featurizer(self.tokenizer, self.schema, **(self.config.features or {}))

    def limit_width(self, max_width: int) -> None:
        """Predict no entity of more tokens than this; saved with the model.

        Global Pointers score a span by its ends alone, so on text unlike the training text the beginning of one name
        may be joined to the end of another, sentences away.
        """
        self.head.max_width = max_width
        self.config.head_options = {**(self.config.head_options or {}), "max_width": max_width}

    def _thresholds(self) -> Thresholds:
        tuned: Mapping[str, Mapping[str, float]] = self.config.thresholds or {}

        def values(labels: tuple[str, ...], kind: str) -> Float[Tensor, " labels"]:
            chosen = tuned.get(kind, {})
            return torch.tensor([chosen.get(label, 0.0) for label in labels], device=self.device)

        return Thresholds(values(self.schema.entity_types, "entities"), values(self.schema.relation_types, "relations"))

    def save_pretrained(self, save_directory: str | Path, **options: Any) -> None:  # type: ignore[override]
        """Write config, weights (safetensors), schema, thresholds and tokenizer into a folder.

        Raises:
            ConfigError: For ``push_to_hub=True``, which would upload the folder before the tokenizer is in it.
        """
        if options.pop("push_to_hub", False):
            raise ConfigError(
                "save_pretrained(push_to_hub=True) would leave the tokenizer out; call push_to_hub(repo_id)"
            )
        super().save_pretrained(save_directory, **options)
        if self.tokenizer is not None:
            self.tokenizer.save_pretrained(save_directory)

    @classmethod
    def from_pretrained(cls, path: str | Path, *arguments: Any, **options: Any) -> Self:  # type: ignore[override]
        """Load a model folder, or a model from the hub; never runs code that lies beside the weights.

        Args:
            path: Folder written by :meth:`save_pretrained`, or a hub id.
            *arguments: Passed on to transformers.
            **options: Passed on to transformers.

        Raises:
            CheckpointError: If there is no such model, it is incomplete, or it was not written by gprel.
        """
        _check_folder(path)
        options = {"dtype": torch.float32, **options, "use_safetensors": True, "output_loading_info": True}
        hub_options = {name: options[name] for name in _HUB_OPTIONS if name in options}
        try:
            loaded: Any = super().from_pretrained(str(path), *arguments, **options)
            tokenizer: Any = AutoTokenizer.from_pretrained(str(path), trust_remote_code=False, **hub_options)
        except Exception as error:  # a damaged file raises whatever its reader likes: KeyError, SafetensorError, ...
            where = "" if Path(path).exists() else "there is no such folder here, and the model hub answered: "
            reason = f"{where}{type(error).__name__}: {str(error).strip()}".splitlines()[0]
            raise CheckpointError(f"model {path} cannot be loaded: {reason}") from error
        model: Self
        model, report = loaded
        if missing := sorted(report["missing_keys"]):
            raise CheckpointError(
                f"the weights of model {path} lack {len(missing)} of the tensors its config asks for (first: "
                f"{missing[0]}); they would be random: config.json and model.safetensors are not of one model"
            )
        model.tokenizer = tokenizer
        return model


def _check_folder(name: str | Path) -> None:
    """A folder on this machine must hold a gprel model; ``owner/name`` may be on the hub."""
    path = Path(name)
    if not path.exists():
        if _HUB_ID.fullmatch(str(name)):
            return
        raise CheckpointError(f"model folder {path} does not exist")
    missing = [name for name in ("config.json", "model.safetensors", "tokenizer.json") if not (path / name).is_file()]
    if missing:
        names = ", ".join(missing)
        raise CheckpointError(f"{path} is not a gprel model: {names} missing (gprel train writes OUT/model)")
    try:
        values = json.loads((path / "config.json").read_text(encoding="utf-8"))
    except ValueError as error:
        raise CheckpointError(f"{path / 'config.json'} is not JSON: {error}") from error
    model_type = values.get("model_type") if isinstance(values, dict) else None
    if model_type != "gprel":
        raise CheckpointError(
            f"{path} holds a model of type {model_type!r}, expected 'gprel'; it may be an encoder to train from"
        )


AutoConfig.register("gprel", ExtractorConfig)
