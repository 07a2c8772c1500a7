"""The settings of a run: typed, one sentence per field, read from YAML and written beside every result."""

import dataclasses
import typing
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import yaml

from gprel.config.parse import from_values
from gprel.config.ranges import check_ranges
from gprel.errors import ConfigError

HeadName = Literal["auto", "gplinker", "global_pointer", "casrel", "pfn", "bert_crf"]


@dataclass(frozen=True)
class DataConfig:
    """Which corpus is read, and how.

    Attributes:
        name: Name of a corpus, or a path to a ``.jsonl`` file or a folder with ``train/dev/test.jsonl``.
        data_dir: Folder that holds the corpora; ``None`` reads ``$GPREL_DATA``.
        variant: Edition of a corpus, for example ``exact`` or ``star``; ``None`` is its first one.
        fold: Fold of a corpus that comes in folds (ADE: 0 to 9).
        low_resource: Train NYT or Re-DocRED on the documented substitute for its missing train file.
        occurrences: Which occurrences of a gold string are labeled where a corpus gives no offsets.
        limit: Use only this many training documents (0 = all); a seeded sample.
    """

    name: str = "demo"
    data_dir: str | None = None
    variant: str | None = None
    fold: int | None = None
    low_resource: bool = False
    occurrences: Literal["every", "first"] = "every"
    limit: int = 0


@dataclass(frozen=True)
class FeaturesConfig:
    """How text becomes tokens.

    Attributes:
        max_tokens: Longest window in tokens, special tokens included; longer texts go through several windows.
        stride: Tokens that neighboring windows share.
        unit: What is never cut: ``word``, or ``character`` for text without blanks; ``auto`` goes by the training text.
        word_edges: Let entities begin and end only at the edges of words.
    """

    max_tokens: int = 512
    stride: int = 64
    unit: Literal["auto", "word", "character"] = "auto"
    word_edges: bool = True


@dataclass(frozen=True)
class EncoderConfig:
    """The pretrained encoder.

    Attributes:
        name: Hub id, local path, or alias (``minilm``, ``tiny``).
        use_shapes: Add an embedding of capitals and digits; ``auto`` does where the tokenizer lowercases.
        dropout: Dropout probability inside the encoder; ``None`` keeps what the encoder was trained with.
        random_init: Start from random weights (for ablations).
        init: Start from the encoder of this gprel model, whatever ``name`` says: its folder, or ``default``.
    """

    name: str = "minilm"
    use_shapes: Literal["auto", "yes", "no"] = "auto"
    dropout: float | None = None
    random_init: bool = False
    init: str | None = None


@dataclass(frozen=True)
class HeadConfig:
    """The prediction head.

    Attributes:
        name: ``gplinker``, ``casrel`` or ``pfn`` for triples, ``global_pointer``, ``bert_crf`` or ``pfn`` for entities
            alone; ``auto`` is ``gplinker`` or ``global_pointer``. Settings that a head does not have are passed over.
        pointer: ``efficient`` shares one grid between labels (Eq. 7), ``standard`` has one per label (Eq. 5).
        size: Width of a pointer's query and key.
        use_rope: Rotary positions in the entity pointer.
        loss: ``imbalance`` (Eq. 13), or ``bce`` for ablations.
        use_dense: Compute the loss from the full labels x n x n tensor: the slow reference.
        lasts: Link last tokens as well as first tokens; ``auto`` drops it where training entities are one token wide.
        entity_labels: ``types``, or ``roles`` (subject, object) for corpora without entity types; ``auto`` decides.
        use_argument_types: Allow a relation only between entity types it linked in training.
        dropout: Dropout probability on the encoder's output.
        max_candidates: Entities kept per window, best-scored first; an untrained model predicts thousands.
        max_triples: Triples kept per window, best-scored first.
        partition_size: Width of PFN's recurrence and tables.
        use_nested: Link last tokens in PFN too, as its authors do for nested entities.
        subject_vector: How CasRel sees a subject: the ``mean`` of its tokens (the paper), or of its first token and the
            one behind its last (``edges``, close to the authors' code).
    """

    name: HeadName = "auto"
    pointer: Literal["efficient", "standard"] = "efficient"
    size: int = 64
    use_rope: bool = True
    loss: Literal["imbalance", "bce"] = "imbalance"
    use_dense: bool = False
    lasts: Literal["auto", "yes", "no"] = "auto"
    entity_labels: Literal["auto", "types", "roles"] = "auto"
    use_argument_types: bool = True
    dropout: float = 0.1
    max_candidates: int = 100
    max_triples: int = 500
    partition_size: int = 300
    use_nested: bool = False
    subject_vector: Literal["mean", "edges"] = "mean"


@dataclass(frozen=True)
class TrainingConfig:
    """Optimization.

    Attributes:
        epochs: Passes over the training split.
        batch_size: Windows per step, in all processes together.
        tokens_per_batch: Tokens per step with their padding, instead of ``batch_size``; 0 goes by windows.
        accumulation: Steps whose gradients are summed before the weights move.
        encoder_lr: Peak learning rate of the encoder.
        head_lr: Peak learning rate of everything else.
        weight_decay: AdamW weight decay, not on biases and norms.
        warmup: Share of all steps with a rising learning rate; it falls linearly to 0 afterwards.
        max_grad_norm: Gradients are clipped to this norm.
        ema: Decay of the moving average of the weights that is evaluated and kept; 0 keeps the last step's weights.
        fgm: Length of the adversarial step on the word embeddings, which doubles the time of a step; 0 takes none.
        mixed_precision: ``auto`` picks bf16 where the processor has it.
        gradient_checkpointing: Compute the encoder's layers again in the backward pass: less memory, a third more time.
        checkpoint_minutes: Minutes between two checkpoints, from which ``--resume`` goes on; 0 writes none by time.
        checkpoint_steps: Steps between two checkpoints; 0 writes none by steps.
        patience: Stop after this many epochs without a better dev score; 0 never stops early.
        trackers: What else is told losses and dev scores: ``tensorboard``, ``wandb``; ``metrics.jsonl`` always is.
        select_on: Dev figure that picks the best epoch: ``triples/strict``, ``entities/strict``, ...; ``auto`` by task.
        seed: Seed of initialization, order and dropout.
    """

    epochs: int = 10
    batch_size: int = 16
    tokens_per_batch: int = 0
    accumulation: int = 1
    encoder_lr: float = 3e-4
    head_lr: float = 1e-3
    weight_decay: float = 0.01
    warmup: float = 0.1
    max_grad_norm: float = 1.0
    ema: float = 0.0
    fgm: float = 0.0
    mixed_precision: Literal["auto", "no", "bf16", "fp16"] = "auto"
    gradient_checkpointing: bool = False
    checkpoint_minutes: float = 10.0
    checkpoint_steps: int = 0
    patience: int = 0
    trackers: tuple[Literal["tensorboard", "wandb"], ...] = ()
    select_on: str = "auto"
    seed: int = 42


@dataclass(frozen=True)
class RunConfig:
    """Everything one training run depends on.

    Attributes:
        task: ``re`` for entities and triples, ``ner`` for entities.
        data: Which corpus is read.
        features: How text becomes tokens.
        encoder: The pretrained encoder.
        head: The prediction head.
        training: Optimization.
    """

    task: Literal["re", "ner"] = "re"
    data: DataConfig = field(default_factory=DataConfig)
    features: FeaturesConfig = field(default_factory=FeaturesConfig)
    encoder: EncoderConfig = field(default_factory=EncoderConfig)
    head: HeadConfig = field(default_factory=HeadConfig)
    training: TrainingConfig = field(default_factory=TrainingConfig)

    def __post_init__(self) -> None:
        check_ranges(self)

    def to_dict(self) -> dict[str, Any]:
        """The settings as plain values, as YAML and JSON give them back: the inverse of :meth:`from_dict`."""
        return _plain(dataclasses.asdict(self))

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "RunConfig":
        """Build from nested plain values.

        Raises:
            ConfigError: If a key is unknown (the nearest known one is named) or a value has the wrong type.
        """
        return typing.cast(RunConfig, from_values(cls, values, ""))

    @classmethod
    def load(cls, path: Path, overrides: Sequence[str] = ()) -> "RunConfig":
        """Read a YAML recipe and apply ``section.key=value`` overrides.

        Raises:
            ConfigError: If the file is missing or not YAML, or a setting is wrong.
        """
        try:
            values = yaml.safe_load(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise ConfigError(f"recipe {path} does not exist") from None
        except (yaml.YAMLError, UnicodeDecodeError, OSError) as error:
            raise ConfigError(f"recipe {path} cannot be read: {error}") from None
        if not isinstance(values, dict):
            raise ConfigError(f"recipe {path} holds {type(values).__name__}, expected sections such as 'training:'")
        return cls.from_dict(values).override(overrides)

    def override(self, settings: Sequence[str]) -> "RunConfig":
        """Replace single values, each given as ``section.key=value`` with a YAML value.

        Raises:
            ConfigError: If a setting has another form, is unknown, or has the wrong type.
        """
        values: dict[str, Any] = self.to_dict()
        for setting in settings:
            path, separator, text = setting.partition("=")
            if not separator:
                raise ConfigError(f"--set {setting!r} has no '='; write section.key=value, e.g. training.epochs=5")
            *sections, key = path.strip().split(".")
            node: Any = values
            for section in sections:
                node = node.get(section)
                if not isinstance(node, dict):
                    raise ConfigError(f"--set {path}: there is no section {section!r} (known: {_sections()})")
            try:
                node[key] = yaml.safe_load(text)
            except yaml.YAMLError as error:
                raise ConfigError(f"--set {setting!r} is not a YAML value: {error}") from None
        return self.from_dict(values)

    def to_yaml(self) -> str:
        """The settings as YAML, readable by :meth:`load`."""
        return str(yaml.safe_dump(self.to_dict(), sort_keys=False, allow_unicode=True))


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    """The same with lists in place of tuples."""
    return {
        key: _plain(value) if isinstance(value, dict) else list(value) if isinstance(value, tuple) else value
        for key, value in values.items()
    }


def _sections() -> str:
    return ", ".join(f.name for f in dataclasses.fields(RunConfig) if f.name != "task")
