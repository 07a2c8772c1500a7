"""Every ``auto`` that building a model decides, and the notes that say so."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import BertTokenizer, MPNetConfig, PreTrainedConfig, RobertaConfig, T5Config

from gprel.document import Document, Entity, Relation
from gprel.encoders import new_model, resolve, tiny_config, tiny_tokenizer
from gprel.errors import ConfigError, DataError
from gprel.features import N_SHAPES
from gprel.model import Extractor
from gprel.training.build import _longest, _set_dropout, annotated, examples_of

Build = Callable[..., Extractor]

ONE_WORD = Document("Ann met Bob", (Entity(0, 3, "E"), Entity(8, 11, "E")), (Relation("met", 0, 1),))
WIDE = Document("Ann Lee met Bob", (Entity(0, 7, "E"), Entity(12, 15, "E")), (Relation("met", 0, 1),))
WITH_BYSTANDER = replace(ONE_WORD, entities=(*(ONE_WORD.entities or ()), Entity(4, 7, "E")))
TYPED = Document("Ann met Acme", (Entity(0, 3, "Peop"), Entity(8, 12, "Org")), (Relation("met", 0, 1),))
CHINESE = Document("小明去北京", (Entity(0, 2, "Peop"), Entity(3, 5, "Loc")), (Relation("去", 0, 1),))

ROLES = "entities have no types and all take part in triples: subjects and objects are learned instead"
NO_LASTS = "every training entity is one word or token wide: last tokens are not linked (head.lasts)"
CHARACTERS = "the text is written without blanks: characters are the tokens (features.unit)"


@pytest.fixture(scope="module")
def encoder_folder(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """A folder with a tiny encoder, cased or uncased, that has room for few positions."""

    def write(*, lowercases: bool = True, positions: int = 40) -> Path:
        folder = tmp_path_factory.mktemp("encoder")
        tokenizer = tiny_tokenizer()
        config = tiny_config(tokenizer)
        config.max_position_embeddings = positions
        new_model(config).save_pretrained(folder)
        vocabulary = [*tokenizer.get_vocab(), *"ABCDEFGHIJKLMNOPQRSTUVWXYZ"]
        if not lowercases:
            tokenizer = BertTokenizer(vocab={p: i for i, p in enumerate(vocabulary)}, do_lower_case=False)
        tokenizer.save_pretrained(folder)
        return folder

    return write


@pytest.mark.parametrize(
    ("documents", "setting", "expected", "is_noted"),
    [
        ([ONE_WORD], "auto", True, True),
        ([WITH_BYSTANDER], "auto", False, False),
        ([ONE_WORD, WITH_BYSTANDER], "auto", False, False),
        ([TYPED], "auto", False, False),
        ([ONE_WORD], "types", False, False),
        ([WITH_BYSTANDER], "roles", True, False),
    ],
)
def test_roles(
    make: Build, notes: list[str], documents: list[Document], setting: str, expected: bool, is_noted: bool
) -> None:
    model = make(*documents, settings=(f"head.entity_labels={setting}",))
    assert model.config.head_options["use_roles"] is expected
    assert any(note.startswith(ROLES) for note in notes) is is_noted


def test_roles_need_one_type(make: Build) -> None:
    with pytest.raises(ConfigError, match=r"head\.entity_labels is roles but there are 2 entity types; use types"):
        make(TYPED, settings=("head.entity_labels=roles",))


@pytest.mark.parametrize(
    ("documents", "settings", "expected", "is_noted"),
    [
        ([ONE_WORD], (), False, True),
        ([ONE_WORD, WIDE], (), True, False),
        ([ONE_WORD], ("features.word_edges=false",), True, False),
        ([ONE_WORD], ("head.lasts=yes",), True, False),
        ([WIDE], ("head.lasts=no",), False, False),
        ([CHINESE], (), True, False),
    ],
)
def test_lasts(
    make: Build, notes: list[str], documents: list[Document], settings: tuple[str, ...], expected: bool, is_noted: bool
) -> None:
    model = make(*documents, settings=settings)
    assert any(name.startswith("head.lasts.") for name, _ in model.named_parameters()) is expected
    assert (NO_LASTS in notes) is is_noted


def test_words_of_the_document_decide_what_one_word_is(make: Build) -> None:
    assert make(WIDE).config.head_options["use_lasts"]
    words = tuple(entity.span for entity in WIDE.entities or ())
    assert not make(replace(WIDE, words=words)).config.head_options["use_lasts"]


@pytest.mark.parametrize(
    ("document", "setting", "expected", "is_noted"),
    [
        (CHINESE, "auto", True, True),
        (CHINESE, "word", False, False),
        (TYPED, "auto", False, False),
        (TYPED, "character", True, False),
    ],
)
def test_unit(make: Build, notes: list[str], document: Document, setting: str, expected: bool, is_noted: bool) -> None:
    model = make(document, settings=(f"features.unit={setting}",))
    assert model.featurizer().use_characters is expected
    assert (CHARACTERS in notes) is is_noted


@pytest.mark.parametrize(
    ("setting", "lowercases", "expected"),
    [
        ("auto", True, N_SHAPES),
        ("auto", False, 0),
        ("yes", False, N_SHAPES),
        ("no", True, 0),
    ],
)
def test_shapes(
    make: Build, encoder_folder: Callable[..., Path], setting: str, lowercases: bool, expected: int
) -> None:
    folder = encoder_folder(lowercases=lowercases)
    model = make(TYPED, settings=(f"encoder.name={folder}", f"encoder.use_shapes={setting}"))
    assert model.config.n_shapes == expected


def test_windows_end_at_the_limit_of_the_encoder(
    make: Build, notes: list[str], encoder_folder: Callable[..., Path]
) -> None:
    model = make(TYPED, settings=(f"encoder.name={encoder_folder(positions=40)}",))
    assert (model.config.features["max_tokens"], model.config.features["stride"]) == (40, 20)
    assert notes == [
        "windows have 40 tokens, the encoder's limit, instead of 512 (features.max_tokens)",
        NO_LASTS,
    ]
    long = Document(" ".join([TYPED.text] * 20))
    # Windows end with sentences, so the longest need not be full.
    assert 30 < max(len(example.input_ids) for example in examples_of(model, [long])[0]) <= 40
    assert [found.text for found in model.extract([long])] == [long.text]


def test_shorter_windows_need_no_note(make: Build, notes: list[str]) -> None:
    model = make(WIDE, settings=("features.max_tokens=20", "features.stride=4", "head.entity_labels=types"))
    assert (model.config.features["max_tokens"], model.config.features["stride"], notes) == (20, 4, [])


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        (tiny_config(tiny_tokenizer()), 512),
        (RobertaConfig(max_position_embeddings=514, pad_token_id=1), 512),
        (MPNetConfig(max_position_embeddings=514, pad_token_id=1), 512),
        (T5Config(), None),
    ],
)
def test_positions_an_encoder_really_has(config: PreTrainedConfig, expected: int | None) -> None:
    assert _longest(config) == expected


def test_encoder_dropout(make: Build) -> None:
    encoder = make(TYPED, settings=("encoder.dropout=0.3",)).encoder.model.config
    assert (encoder.hidden_dropout_prob, encoder.attention_probs_dropout_prob) == (0.3, 0.3)
    encoder = make(TYPED, settings=("encoder.dropout=null",)).encoder.model.config
    assert (encoder.hidden_dropout_prob, encoder.attention_probs_dropout_prob) == (0.1, 0.1)


def test_encoder_without_a_known_dropout() -> None:
    with pytest.raises(
        ConfigError, match=r"encoder\.dropout cannot be set: t5 encoders do not call it by a known name"
    ):
        _set_dropout(T5Config(), 0.1)


def test_pretrained_weights_are_used_unless_random_ones_are_asked_for(
    make: Build, encoder_folder: Callable[..., Path]
) -> None:
    folder = encoder_folder()
    pretrained = resolve(str(folder)).model().state_dict()
    for is_random in (False, True):
        model = make(TYPED, settings=(f"encoder.name={folder}", f"encoder.random_init={is_random}"))
        name = "embeddings.word_embeddings.weight"
        assert torch.equal(model.encoder.model.state_dict()[name], pretrained[name]) is not is_random


def test_argument_types_seen_in_training_bind_relations(make: Build) -> None:
    assert make(TYPED).config.head_options["allowed"] == [[0, 1, 0]]  # met: Peop, Org
    assert "allowed" not in make(TYPED, settings=("head.use_argument_types=false",)).config.head_options
    assert "allowed" not in make(ONE_WORD).config.head_options


def test_options_reach_the_head(make: Build) -> None:
    settings = ("head.pointer=standard", "head.size=8", "head.max_candidates=7", "head.max_triples=9", "head.loss=bce")
    options: dict[str, Any] = make(WIDE, settings=settings).config.head_options
    chosen = {name: options[name] for name in ("pointer", "size", "max_candidates", "max_triples", "loss")}
    assert chosen == {"pointer": "standard", "size": 8, "max_candidates": 7, "max_triples": 9, "loss": "bce"}


def test_ner_leaves_relations_out(make: Build) -> None:
    model = make(TYPED, settings=("task=ner",))
    assert (model.config.head_name, model.schema.relation_types) == ("global_pointer", ())
    assert [document.relations for document in model.extract([TYPED])] == [None]


@pytest.mark.parametrize(
    ("documents", "error", "message"),
    [
        ([], DataError, "the training split of demo is empty"),
        (
            [Document("Ann")],
            DataError,
            "no training document of demo has an entity; training needs annotated documents",
        ),
        (
            [Document("Ann", (Entity(0, 3, "E"),))],
            ConfigError,
            "no training document of demo has a triple; train entities with --task ner",
        ),
    ],
)
def test_data_without_what_the_task_needs(
    make: Build, documents: list[Document], error: type[Exception], message: str
) -> None:
    with pytest.raises(error) as raised:
        make(*documents)
    assert str(raised.value) == message


def test_annotated() -> None:
    entities_only = replace(TYPED, relations=None)
    bare = TYPED.without_annotation()
    assert annotated([TYPED, entities_only, bare], "ner") == (
        [TYPED, entities_only],
        ['train: 1 of 3 documents have no "entities" and are left out; [] means none'],
    )
    assert annotated([TYPED, replace(TYPED, relations=())], "re") == ([TYPED, replace(TYPED, relations=())], [])
    assert annotated([bare, entities_only], "re") == ([bare, entities_only], [])  # nothing to train on: build says so
