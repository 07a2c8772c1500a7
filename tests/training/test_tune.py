"""Tuning on a model that knows two sentences and is asked about others."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from gprel.config import RunConfig
from gprel.document import Document
from gprel.errors import ConfigError
from gprel.evaluation import Calibration, Counts, Platt
from gprel.model import Extractor
from gprel.training import score_model
from gprel.training.build import build
from gprel.training.tune import is_tuned, save_tuning, tune, using_thresholds

HEADS = ("gplinker", "pfn", "casrel", "global_pointer", "bert_crf")
NER = ("global_pointer", "bert_crf")


@pytest.fixture(scope="module", params=HEADS)
def model(
    request: pytest.FixtureRequest, run_in: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory
) -> Extractor:
    """A model that was trained for too short a time."""
    task = "ner" if request.param in NER else "re"
    path = tmp_path_factory.mktemp(request.param) / "run"
    run_in(path, f"head.name={request.param}", f"task={task}", "training.epochs=12", "training.select_on=auto")
    return loaded(path / "model")


def loaded(path: Path) -> Extractor:
    model = Extractor.from_pretrained(path)
    model.precision = "no"
    return model


def shaken(config: RunConfig, documents: list[Document]) -> Extractor:
    """Random weights, such that some of all there is passes at 0."""
    torch.manual_seed(1)
    model = build(config, documents, [])
    with torch.no_grad():
        for parameter in model.head.parameters():  # type: ignore[attr-defined]
            parameter.add_(torch.randn_like(parameter) * 0.3)
    model.precision = "no"
    return model.eval()  # type: ignore[no-untyped-call, no-any-return]


@pytest.fixture(scope="module")
def others(documents: list[Document]) -> list[Document]:
    """The two sentences, and others made of their names."""
    swaps = [("Ann Lee", "Bob"), ("Oslo", "Lima"), ("Acme", "Blue Fox Ltd"), ("Bob", "Carla Diaz"), ("lives", "is")]
    found = list(documents)
    for old, new in swaps:
        for document in documents:
            if old in document.text and new not in document.text:
                found.append(swapped(document, old, new))
    return found


def swapped(document: Document, old: str, new: str) -> Document:
    at, shift = document.text.index(old), len(new) - len(old)

    def moved(offset: int) -> int:
        return offset + shift if offset > at else offset

    entities = tuple(replace(e, start=moved(e.start), end=moved(e.end)) for e in document.entities or ())
    return replace(document, text=document.text.replace(old, new, 1), entities=entities)


def counts(evaluation: Any, kind: str) -> Counts:
    tally = evaluation.tally(kind, "strict")
    assert tally is not None
    micro: Counts = tally.micro
    return micro


@pytest.mark.parametrize("min_count", [1, 5])
def test_f1_never_falls_and_is_proved(model: Extractor, others: list[Document], min_count: int) -> None:
    gold = others
    tuning = tune(model, gold, "strict", min_count=min_count)
    assert model.config.thresholds is None
    for kind in tuning.scored_kinds:
        assert counts(tuning.tuned, kind).f1 >= counts(tuning.zero, kind).f1
    with using_thresholds(model, tuning.thresholds):
        evaluation, predicted = score_model(model, gold)
    assert predicted == tuning.predicted
    for kind, choice in tuning.choices.items():
        assert counts(evaluation, kind) == counts(tuning.tuned, kind)
        if model.config.head_name != "casrel":  # its spans change with the threshold: found near, not at, what it gives
            assert counts(tuning.tuned, kind) == choice.counts


def test_a_wanted_precision_is_reached_or_nothing_is_predicted(model: Extractor, others: list[Document]) -> None:
    tuning = tune(model, others, "strict", precision=0.5, min_count=1)
    for kind in tuning.scored_kinds:
        found = counts(tuning.tuned, kind)
        told = any("the precision reached is" in note for note in tuning.notes)
        assert found.n_predicted == 0 or found.precision >= 50 or told
    unreached = [label for choice in tuning.choices.values() for label in choice.unreached]
    assert all(any(label in note for note in tuning.notes) for label in unreached)


def test_a_learned_corpus_is_tuned_to_perfection(with_dev: Any, documents: list[Document]) -> None:
    model = loaded(with_dev.path / "model")
    tuning = tune(model, documents, "strict", min_count=1)
    assert counts(tuning.tuned, "triples").f1 == 100
    high = dict.fromkeys(model.schema.relation_types, 1e6)
    with using_thresholds(model, {"relations": high}):
        assert not any(document.relations for document in model.extract(documents))
    assert model.config.thresholds is None


def test_a_triple_scores_above_its_relations_threshold(documents: list[Document], fast_config: RunConfig) -> None:
    """Its arguments pass thresholds of their own, which may be lower than the relation's."""
    for head in ("gplinker", "pfn", "casrel"):
        model = shaken(fast_config.override([f"head.name={head}"]), documents)
        types = dict.fromkeys(model.schema.entity_types, -2.0)
        for limit in (-1.0, 0.0, 0.2):
            with using_thresholds(
                model, {"entities": types, "relations": dict.fromkeys(model.schema.relation_types, limit)}
            ):
                found = model.extract(documents)
            scores = [r.score for d in found for r in d.relations or () if r.score is not None]
            assert all(score > limit for score in scores), head


def test_nothing_to_tune(fast_config: RunConfig, documents: list[Document]) -> None:
    model = build(fast_config, documents, [])
    bare = [document.without_annotation() for document in documents]
    with pytest.raises(ConfigError, match=rf"nothing can be tuned on these {len(bare)} documents: of neither entities"):
        tune(model, bare, "strict")
    with pytest.raises(ConfigError, match="matching rule 'loose' does not exist"):
        tune(model, documents, "loose")


def test_only_what_is_annotated_is_tuned(fast_config: RunConfig, documents: list[Document]) -> None:
    model = shaken(fast_config, documents)
    tuning = tune(model, [replace(document, relations=None) for document in documents], "strict", min_count=1)
    assert (tuning.scored_kinds, set(tuning.choices)) == (("entities",), {"entities"})


def test_what_is_worse_in_truth_is_given_up(
    fast_config: RunConfig, documents: list[Document], monkeypatch: pytest.MonkeyPatch
) -> None:
    model = build(fast_config, documents, [])
    scored = [
        Document(d.text, tuple(replace(e, score=-1.0) for e in d.entities or ()), d.relations and ()) for d in documents
    ]

    def extract(texts: Any, **options: Any) -> list[Document]:
        low = any(-6.0 in of.values() for of in (model.config.thresholds or {}).values())
        found = scored if low else [replace(d, entities=()) for d in scored]  # what was promised is not there
        if model.config.thresholds is None or not model.config.thresholds:
            found = [replace(d, entities=tuple(replace(e, score=1.0) for e in d.entities[:1])) for d in scored]  # type: ignore[index]
        return found

    monkeypatch.setattr(model, "extract", extract)
    tuning = tune(model, documents, "strict", min_count=1)
    assert (tuning.thresholds, tuning.choices, tuning.tuned) == ({}, {}, tuning.zero)
    assert "gives less F1 of entities than 0: all stay 0" in tuning.notes[0]


# Saving


def test_saved_and_loaded(with_dev: Any, documents: list[Document], tmp_path: Path) -> None:
    model = loaded(with_dev.path / "model")
    model.save_pretrained(tmp_path)
    before = (tmp_path / "config.json").read_bytes()
    calibration = Calibration("strict", {"triples": Platt(1.5, 0.25)})
    thresholds = {"entities": {"Loc": 0.5}, "relations": {"Live_In": -0.25}}
    save_tuning(tmp_path, thresholds, calibration)
    tuned = loaded(tmp_path)
    assert is_tuned(tuned)
    assert not is_tuned(model)
    assert tuned.config.thresholds == thresholds
    assert Calibration.from_dict(tuned.config.calibration or {}) == calibration
    with using_thresholds(model, thresholds):
        assert tuned.extract(documents) == model.extract(documents)
    tuned.save_pretrained(tmp_path / "again")
    assert (tmp_path / "again" / "config.json").read_bytes().strip() == (tmp_path / "config.json").read_bytes().strip()
    save_tuning(tmp_path, {}, None)
    assert json.loads((tmp_path / "config.json").read_text()) == json.loads(before)


def test_a_config_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}", encoding="utf-8")
    (tmp_path / "config.json.new").mkdir()
    with pytest.raises(ConfigError, match=r"config\.json cannot be written: .*; pass --out to save a copy"):
        save_tuning(tmp_path, {}, None)
    assert (tmp_path / "config.json").read_text(encoding="utf-8") == "{}"
