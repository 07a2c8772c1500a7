"""Levels of an encoder's weights, for every family that recipes use, against lists written by hand."""

import pytest
from transformers import (
    AlbertConfig,
    BertConfig,
    DebertaV2Config,
    DistilBertConfig,
    ElectraConfig,
    ModernBertConfig,
    MPNetConfig,
    PreTrainedConfig,
    RobertaConfig,
)

from gprel.config import RunConfig
from gprel.document import Document
from gprel.encoders import new_model
from gprel.errors import ConfigError
from gprel.training.build import build
from gprel.training.layers import levels_below_top
from gprel.training.optim import build_optimizer

N_LAYERS = 3
SHAPE = {"hidden_size": 16, "intermediate_size": 24, "num_attention_heads": 2, "num_hidden_layers": N_LAYERS}
COMMON = SHAPE | {"vocab_size": 30, "pad_token_id": 0}
RELATIVE = {"relative_attention": True, "position_buckets": 4, "norm_rel_ebd": "layer_norm"}
CONFIGS: dict[str, PreTrainedConfig] = {
    "bert": BertConfig(**COMMON),
    "roberta": RobertaConfig(**COMMON),
    "mpnet": MPNetConfig(**COMMON),
    "deberta": DebertaV2Config(**COMMON, **RELATIVE),
    "electra": ElectraConfig(**COMMON, embedding_size=8),
    "modernbert": ModernBertConfig(**COMMON, bos_token_id=1, eos_token_id=2, cls_token_id=1, sep_token_id=2),
    "distilbert": DistilBertConfig(vocab_size=30, dim=16, hidden_dim=24, n_heads=2, n_layers=N_LAYERS, pad_token_id=0),
}
LAYERS = {"distilbert": "transformer.layer", "modernbert": "layers"}
TOP = {"deberta": {"encoder.LayerNorm.weight", "encoder.LayerNorm.bias"}, "modernbert": {"final_norm.weight"}}


@pytest.mark.parametrize("family", CONFIGS)
def test_every_weight_has_its_level(family: str) -> None:
    model = new_model(CONFIGS[family])
    levels = levels_below_top(model)
    assert list(levels) == [name for name, _ in model.named_parameters()]
    layers = LAYERS.get(family, "encoder.layer")
    for name, level in levels.items():
        places = [k for k in range(N_LAYERS) if name.startswith(f"{layers}.{k}.")]
        if places:
            assert level == N_LAYERS - 1 - places[0], name
        else:
            assert level == (0 if name in TOP.get(family, set()) else N_LAYERS), name
    assert set(levels.values()) == set(range(N_LAYERS + 1))
    words = model.get_input_embeddings().weight
    assert [level for name, level in levels.items() if model.get_parameter(name) is words] == [N_LAYERS]


def test_layers_that_share_their_weights_cannot_decay() -> None:
    model = new_model(AlbertConfig(**COMMON, embedding_size=8))
    with pytest.raises(ConfigError, match=r"training\.layer_decay needs .*; albert has no list of 3 layers \(they may"):
        levels_below_top(model)


def rates_of(config: RunConfig, documents: list[Document]) -> dict[str, float]:
    model = build(config, documents, [])
    rates = {}
    for group in build_optimizer(model, config.training).param_groups:
        for weight in group["params"]:
            (name,) = [name for name, one in model.named_parameters() if one is weight]
            assert name not in rates
            rates[name] = group["lr"]
    assert set(rates) == {name for name, _ in model.named_parameters()}
    return rates


def test_rates_fall_from_the_top_layer_to_the_embeddings(fast_config: RunConfig, documents: list[Document]) -> None:
    rates = rates_of(fast_config.override(["training.encoder_lr=1e-3", "training.layer_decay=0.5"]), documents)
    assert rates["encoder.model.encoder.layer.1.output.dense.weight"] == 1e-3
    assert rates["encoder.model.encoder.layer.0.output.dense.bias"] == 5e-4
    assert rates["encoder.model.embeddings.word_embeddings.weight"] == 2.5e-4
    assert rates["encoder.shapes.weight"] == rates["head.entities.row.bias"] == fast_config.training.head_lr


def test_one_decays_nothing_and_asks_nothing_of_the_encoder(
    fast_config: RunConfig, documents: list[Document], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gprel.training.optim.levels_below_top", None)
    rates = rates_of(fast_config, documents)
    assert {rate for name, rate in rates.items() if name.startswith("encoder.model.")} == {3e-3}


def test_a_rate_that_equals_the_heads_keeps_its_weights_decay(
    fast_config: RunConfig, documents: list[Document]
) -> None:
    config = fast_config.override(["training.encoder_lr=1e-3", "training.head_lr=1e-3"])
    model = build(config, documents, [])
    groups = build_optimizer(model, config.training).param_groups
    assert all((group["weight_decay"] > 0) == (weight.ndim > 1) for group in groups for weight in group["params"])
    assert sum(len(group["params"]) for group in groups) == len(list(model.parameters()))
