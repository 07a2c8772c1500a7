"""A run's settings and training documents to a new model: here every ``auto`` is decided, and said."""

from collections.abc import Sequence
from typing import Any

from transformers import PreTrainedConfig, PreTrainedTokenizerFast

from gprel.config import RunConfig
from gprel.document import Document
from gprel.encoders import new_model, resolve
from gprel.errors import ConfigError, DataError
from gprel.features import N_SHAPES, Example, Featurizer, LostGold, written_in_characters
from gprel.model import Extractor, ExtractorConfig
from gprel.schema import Schema
from gprel.training.head import head_options
from gprel.training.start import TrainedEncoder


def build(config: RunConfig, documents: Sequence[Document], notes: list[str]) -> Extractor:
    """Build a model for a corpus: pretrained encoder, new head, schema from the training documents.

    Args:
        config: Settings.
        documents: Training documents.
        notes: Receives a sentence for every decision a user should know.

    Raises:
        ConfigError: If a setting does not fit the data.
        DataError: If the documents carry no annotation for the task.
    """
    schema = _schema(config, documents)
    started = TrainedEncoder.named(config.encoder.init) if config.encoder.init else None
    source = started or resolve(config.encoder.name)
    encoder_config, tokenizer = source.config(), source.tokenizer()
    _set_dropout(encoder_config, config.encoder.dropout)
    features = _features(config, documents, encoder_config, notes)
    featurizer = Featurizer(tokenizer, schema, **features)
    head_name, options = head_options(config, schema, documents, featurizer, notes)
    model = Extractor(
        ExtractorConfig(
            encoder=encoder_config.to_dict(),
            n_shapes=_n_shapes(config, tokenizer),
            head_name=head_name,
            head_options=options,
            labels=schema.to_dict(),
            features=features,
            architectures=["Extractor"],
        )
    )
    model.encoder.model = new_model(encoder_config) if config.encoder.random_init else source.model(encoder_config)
    if started:
        shapes = "with" if started.fill_shapes(model.encoder) else "without"
        notes.append(f"training begins with the encoder of {started.name}, {shapes} its shapes")
    model.tokenizer = tokenizer
    return model


def annotated(documents: Sequence[Document], task: str) -> tuple[list[Document], list[str]]:
    """Training documents whose annotation for the task is known: "unknown" must not be learned as "none".

    Args:
        documents: Training documents.
        task: ``re`` or ``ner``.

    Returns:
        Those documents, or all where none is annotated (:func:`build` then says what is missing), and notes.
    """
    missing = '"entities"' if task == "ner" else '"entities" or "relations"'
    known = [d for d in documents if d.entities is not None and (task == "ner" or d.relations is not None)]
    if not known or len(known) == len(documents):
        return list(documents), []
    n_unknown = len(documents) - len(known)
    note = f"train: {n_unknown:,} of {len(documents):,} documents have no {missing} and are left out; [] means none"
    return known, [note]


def _schema(config: RunConfig, documents: Sequence[Document]) -> Schema:
    schema = Schema.from_documents(documents)
    if not documents:
        raise DataError(f"the training split of {config.data.name} is empty")
    if not schema.entity_types:
        raise DataError(f"no training document of {config.data.name} has an entity; training needs annotated documents")
    if config.task == "re" and not schema.relation_types:
        raise ConfigError(f"no training document of {config.data.name} has a triple; train entities with --task ner")
    return schema if config.task == "re" else Schema(schema.entity_types)


def _features(
    config: RunConfig, documents: Sequence[Document], encoder: PreTrainedConfig, notes: list[str]
) -> dict[str, Any]:
    settings = config.features
    use_characters = settings.unit == "character"
    if settings.unit == "auto" and written_in_characters(document.text for document in documents[:1000]):
        use_characters = True
        notes.append("the text is written without blanks: characters are the tokens (features.unit)")
    max_tokens, limit = settings.max_tokens, _longest(encoder)
    if limit is not None and max_tokens > limit:
        notes.append(f"windows have {limit} tokens, the encoder's limit, instead of {max_tokens} (features.max_tokens)")
        max_tokens = limit
    return {
        "max_tokens": max_tokens,
        "stride": min(settings.stride, max_tokens // 2),
        "use_characters": use_characters,
        "use_word_edges": settings.word_edges,
    }


def _longest(encoder: PreTrainedConfig) -> int | None:
    """Positions the encoder has; RoBERTa and MPNet lose those up to the padding id."""
    positions = getattr(encoder, "max_position_embeddings", None)
    if positions is None:
        return None
    shifted = encoder.model_type in ("roberta", "xlm-roberta", "camembert", "mpnet")
    return int(positions) - (encoder.pad_token_id + 1 if shifted else 0)


def _n_shapes(config: RunConfig, tokenizer: PreTrainedTokenizerFast) -> int:
    wanted = config.encoder.use_shapes
    if wanted == "auto":
        lowercases = (
            tokenizer("Ab", add_special_tokens=False)["input_ids"]
            == tokenizer("ab", add_special_tokens=False)["input_ids"]
        )
        return N_SHAPES if lowercases else 0
    return N_SHAPES if wanted == "yes" else 0


def _set_dropout(encoder: PreTrainedConfig, dropout: float | None) -> None:
    if dropout is None:
        return
    names = [
        name for name in ("hidden_dropout_prob", "attention_probs_dropout_prob", "dropout") if hasattr(encoder, name)
    ]
    if not names:
        raise ConfigError(
            f"encoder.dropout cannot be set: {encoder.model_type} encoders do not call it by a known name"
        )
    for name in names:
        setattr(encoder, name, dropout)


def examples_of(model: Extractor, documents: Sequence[Document]) -> tuple[list[Example], LostGold]:
    """Documents as training examples of a model, and the gold that cannot be reached."""
    lost = LostGold()
    return model.featurizer().examples(documents, lost), lost
