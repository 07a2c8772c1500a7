"""The whole model: train, save, load, extract."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch
from transformers import PreTrainedConfig, PreTrainedTokenizerFast, RobertaConfig

from gprel.document import Document, Entity, Relation, Span
from gprel.encoders import tiny_config, tiny_tokenizer
from gprel.features.batch import Batch, Collator
from gprel.model import Extractor, ExtractorConfig
from gprel.predict import PredictionLog, oracle
from gprel.schema import Schema

from .byte_level import byte_level_tokenizer

GOLD = [
    Document(
        "Anna Berg lives in Rome.",
        (Entity(0, 9, "Peop"), Entity(19, 23, "Loc")),
        (Relation("Live_In", 0, 1), Relation("Knows", 0, 0)),
    ),
    Document(
        "In Köln, Bo met Anna Berg of New Rome 😀",
        (
            Entity(3, 7, "Loc"),
            Entity(9, 11, "Peop"),
            Entity(16, 25, "Peop"),
            Entity(29, 37, "Loc"),
            Entity(33, 37, "Loc"),
        ),
        (Relation("Knows", 1, 2), Relation("Live_In", 2, 3), Relation("Live_In", 1, 0)),
    ),
]
TEXTS = [document.text for document in GOLD]
SCHEMA = Schema.from_documents(GOLD)


def roberta_config(tokenizer: PreTrainedTokenizerFast) -> PreTrainedConfig:
    size = {"hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 128}
    return RobertaConfig(
        vocab_size=len(tokenizer), pad_token_id=1, bos_token_id=0, eos_token_id=2, type_vocab_size=1, **size
    )


def build(
    tokenizer: PreTrainedTokenizerFast | None = None,
    make_config: Callable[[PreTrainedTokenizerFast], PreTrainedConfig] = tiny_config,
    *,
    head_name: str = "gplinker",
    n_shapes: int = 4,
    **features: int,
) -> Extractor:
    torch.manual_seed(0)
    tokenizer = tiny_tokenizer(TEXTS) if tokenizer is None else tokenizer
    options = {"n_types": len(SCHEMA.entity_types)}
    if head_name == "gplinker":
        options["n_relations"] = len(SCHEMA.relation_types)
    config = ExtractorConfig(
        encoder=make_config(tokenizer).to_dict(),
        n_shapes=n_shapes,
        head_name=head_name,
        head_options=options,
        labels=SCHEMA.to_dict(),
        features={"max_tokens": 64, "stride": 16, **features},
    )
    model = Extractor(config)
    model.tokenizer = tokenizer
    model.precision = "no"
    return model


def training_batch(model: Extractor) -> Batch:
    assert model.tokenizer is not None
    collate = Collator(model.tokenizer.pad_token_id or 0, model.head.targets)
    return collate(model.featurizer().examples(GOLD))


def overfit(model: Extractor, steps: int = 150) -> Extractor:
    """Learn the gold by heart; dropout off, so that few steps do."""
    batch = training_batch(model)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    model.eval()
    for _ in range(steps):
        loss = model(batch).total
        if loss.item() < 0.01:
            break
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
    return model


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    """Threads wait for each other longer than so small a model computes, seconds per step on a shared machine."""
    n_threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(n_threads)


@pytest.fixture(scope="module")
def trained() -> Extractor:
    return overfit(build())


@pytest.fixture(scope="module")
def saved(trained: Extractor, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("model")
    trained.save_pretrained(folder)
    return folder


def load(folder: Path) -> Extractor:
    model = Extractor.from_pretrained(folder)
    model.precision = "no"
    return model


def bare(documents: list[Document]) -> list[tuple[set[tuple[Span, str]], set[tuple[Span, str, Span]]]]:
    """What was found, without scores."""
    return [
        ({(e.span, e.type) for e in d.entities or ()}, {(s.span, relation, o.span) for s, relation, o in d.triples()})
        for d in documents
    ]


# Training and extraction


def test_two_documents_are_learned_by_heart(trained: Extractor) -> None:
    found = trained.extract(TEXTS)
    assert bare(found) == bare(GOLD)
    assert [document.text for document in found] == TEXTS
    scores = [x.score for document in found for x in (*(document.entities or ()), *(document.relations or ()))]
    assert all(score is not None and score > 0 for score in scores)


@pytest.mark.parametrize("head_name", ["gplinker", "global_pointer"])
def test_every_parameter_gets_a_gradient(head_name: str) -> None:
    model = build(head_name=head_name)
    loss = model(training_batch(model))
    loss.total.backward()
    assert torch.equal(loss.total, torch.stack(list(loss.parts.values())).sum())
    assert [name for name, parameter in model.named_parameters() if parameter.grad is None] == []


def test_entities_alone_leave_relations_unknown() -> None:
    found = overfit(build(head_name="global_pointer")).extract(TEXTS)
    assert [entities for entities, _ in bare(found)] == [entities for entities, _ in bare(GOLD)]
    assert [document.relations for document in found] == [None, None]


def test_byte_level_tokenizers_work_from_training_to_loading(tmp_path: Path) -> None:
    model = build(byte_level_tokenizer(TEXTS), roberta_config, n_shapes=0)
    assert bare(oracle(GOLD, model.featurizer())) == bare(GOLD)
    found = overfit(model).extract(TEXTS)
    assert bare(found) == bare(GOLD)
    model.save_pretrained(tmp_path)
    assert load(tmp_path).extract(TEXTS) == found


def test_long_texts_go_through_windows(trained: Extractor) -> None:
    log = PredictionLog()
    [document] = trained.extract([" ".join(TEXTS * 10)], log=log)
    assert log.n_windows > 1
    assert max(e.end for e in document.entities or ()) > 300


@pytest.mark.parametrize("head_name", ["gplinker", "global_pointer"])
def test_padding_and_batches_change_nothing(trained: Extractor, head_name: str) -> None:
    """Triples of a model that knows some; and every score of an untrained one, for it to compare many."""
    model = trained
    if head_name == "global_pointer":
        model = build(head_name=head_name)
        model.head.max_candidates = 10_000
        model.config.thresholds = {"entities": dict.fromkeys(SCHEMA.entity_types, -1e6)}
    texts = [*TEXTS, "Anna", "Rome " * 20, TEXTS[0] * 3]
    together = model.extract(texts)
    assert sum(len(document.entities or ()) for document in together) > 10
    for others in ([model.extract([text])[0] for text in texts], model.extract(texts, batch_size=2)):
        assert bare(others) == bare(together)
        for left, right in zip(others, together, strict=True):
            scores = [[x.score for x in (*(d.entities or ()), *(d.relations or ()))] for d in (left, right)]
            assert scores[0] == pytest.approx(scores[1], abs=1e-4)


def test_documents_bring_their_words(trained: Extractor) -> None:
    document = Document(TEXTS[0], words=(Span(0, 9), Span(10, 24)))
    [found] = trained.extract([document])
    assert found.words == document.words
    assert all((e.start in (0, 10)) and (e.end in (9, 24)) for e in found.entities or ())


def test_any_iterable_of_texts_will_do(trained: Extractor) -> None:
    assert trained.extract(text for text in TEXTS) == trained.extract(TEXTS)
    assert trained.extract([]) == []


def test_texts_without_tokens_are_answered(trained: Extractor) -> None:
    assert [(d.entities, d.relations) for d in trained.extract(["", "\x00"])] == [((), ())] * 2


def test_extraction_leaves_the_mode_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    model = build()
    for mode in (True, False):
        model.train(mode)
        model.extract(["Anna"])
        assert model.training is model.encoder.training is mode

    def fail(batch: Batch) -> None:
        raise RuntimeError("stop")

    model.train()
    monkeypatch.setattr(model, "extract_batch", fail)
    with pytest.raises(RuntimeError, match="stop"):
        model.extract(["Anna"])
    assert model.training


def test_caps_are_told() -> None:
    model = build()
    model.head.max_candidates = 1
    model.config.thresholds = {"entities": dict.fromkeys(SCHEMA.entity_types, -100.0)}
    log = PredictionLog()
    model.extract(TEXTS, log=log)
    assert (log.n_documents, log.n_capped) == (2, 2)
    assert log.n_dropped > 0


# Saving and loading


def test_a_loaded_model_finds_the_same_with_the_same_scores(trained: Extractor, saved: Path) -> None:
    assert load(saved).extract(TEXTS) == trained.extract(TEXTS)


def test_a_folder_holds_all_that_is_needed_and_no_pickle(saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = {file.name for file in saved.iterdir()}
    assert {"config.json", "model.safetensors", "tokenizer.json"} <= names
    assert {Path(name).suffix for name in names} <= {".json", ".safetensors", ".txt"}
    monkeypatch.chdir(saved.parent)
    assert bare(Extractor.from_pretrained(saved.name).extract(TEXTS)) == bare(GOLD)


def test_a_loaded_model_knows_its_schema_and_features(saved: Path) -> None:
    model = load(saved)
    assert model.schema == SCHEMA
    assert (model.config.features["max_tokens"], model.config.features["stride"]) == (64, 16)
    assert not model.training
    assert {parameter.dtype for parameter in model.parameters()} == {torch.float32}


def test_saving_again_writes_the_same(saved: Path, tmp_path: Path) -> None:
    load(saved).save_pretrained(tmp_path)
    for name in ("config.json", "model.safetensors", "tokenizer.json"):
        assert (tmp_path / name).read_bytes() == (saved / name).read_bytes(), name


def test_thresholds_are_saved_and_applied(saved: Path, tmp_path: Path) -> None:
    model = load(saved)
    model.config.thresholds = {"entities": {"Loc": 1e6}, "relations": {"Knows": 1e6}}
    model.save_pretrained(tmp_path / "tuned")
    tuned = load(tmp_path / "tuned")
    assert tuned.config.thresholds == model.config.thresholds
    entities, triples = zip(*bare(tuned.extract(TEXTS)), strict=True)
    assert {label for found in entities for _, label in found} == {"Peop"}
    assert triples == (set(), set())  # Live_In needs a place
    tuned.config.thresholds = {"relations": {"Knows": 1e6}}
    [(_, first), (_, second)] = bare(tuned.extract(TEXTS))
    assert {relation for _, relation, _ in first | second} == {"Live_In"}


def test_low_thresholds_let_more_through(trained: Extractor, saved: Path) -> None:
    model = load(saved)
    model.config.thresholds = {"entities": {"Loc": -1e6}}
    model.head.max_candidates = 10_000
    n_found = sum(len(document.entities or ()) for document in model.extract(TEXTS))
    assert n_found > sum(len(document.entities or ()) for document in trained.extract(TEXTS))
