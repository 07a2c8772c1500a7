import json
from collections.abc import Callable, Sequence
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from torch.optim import SGD

from gprel.document import Document, Entity
from gprel.errors import ConfigError, DataError, GprelError
from gprel.evaluation import Evaluation, evaluate
from gprel.evaluation.counts import Counts, Tally
from gprel.model import Extractor
from gprel.training import loop, prepare
from gprel.training.optim import build_schedule

Fit = Callable[..., Any]

WEIGHT = "head.entities.project.weight"  # any weight that every step moves


def scored(f1: int) -> Evaluation:
    """An evaluation whose strict F1 of triples is this number."""
    return Evaluation(1, ("strict",), None, {"strict": Tally(Counts(f1, 100, 100))})


@pytest.fixture
def dev_scores(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[torch.Tensor]]:
    """Replace dev evaluation by given scores; the returned list receives a weight of every epoch's model."""

    def replace(*f1s: int) -> list[torch.Tensor]:
        remaining = iter(f1s)
        seen: list[torch.Tensor] = []

        def score(model: Extractor, documents: Sequence[Document], **_: Any) -> tuple[Evaluation, list[Document]]:
            seen.append(model.get_parameter(WEIGHT).detach().clone())
            return scored(next(remaining)), []

        monkeypatch.setattr(loop, "score_model", score)
        return seen

    return replace


def test_two_documents_are_learned_by_heart(fit: Fit, documents: list[Document]) -> None:
    run = fit()
    found = Extractor.from_pretrained(run.result.model_path).extract([d.text for d in documents])
    evaluation = evaluate(documents, found)
    assert (evaluation.f1("entities", "strict"), evaluation.f1("triples", "strict")) == (100.0, 100.0)
    assert all(e.score is not None and e.score > 0 for d in found for e in d.entities or ())


def test_the_reporter_is_told_everything(with_dev: Any) -> None:
    recorder, epochs = with_dev.recorder, with_dev.config.training.epochs
    assert recorder.n_steps == len(recorder.losses) == epochs
    assert [number for number, _ in recorder.epochs] == list(range(1, epochs + 1))
    assert [number for number, is_best in recorder.epochs if is_best][-1] == with_dev.result.best_epoch
    before = recorder.notes[: recorder.notes_before_start]
    assert "train: gold entities: 7, of which 0 (0.00 %) cannot be reached" in before
    assert "dev: gold triples: 3, of which 0 (0.00 %) cannot be reached" in before


def test_the_seed_decides_everything(fit: Fit) -> None:
    settings = ("training.epochs=2", "training.batch_size=1", "encoder.dropout=0.1", "head.dropout=0.1")
    one, two, other = fit(*settings), fit(*settings), fit(*settings, "training.seed=1")
    assert one.recorder.losses == two.recorder.losses
    assert one.weights == two.weights
    assert one.recorder.losses != other.recorder.losses
    assert one.weights != other.weights


def test_two_batches_of_four_are_one_of_eight(fit: Fit, monkeypatch: pytest.MonkeyPatch) -> None:
    """With plain gradient descent the first update is the gradient, so the weights compare gradients."""
    sentences = [Document(f"{a} b {c} d", (Entity(0, 1, "A"), Entity(4, 5, "B"))) for a in "efgh" for c in "xy"]
    monkeypatch.setattr(prepare, "build_optimizer", lambda model, settings: SGD(model.parameters(), lr=0.1))
    settings = ("task=ner", "training.epochs=1", "training.warmup=0", "training.max_grad_norm=1e9")
    whole = fit(*settings, "training.batch_size=8", train_on=sentences)
    parts = fit(*settings, "training.batch_size=4", "training.accumulation=2", train_on=sentences)
    assert (len(whole.recorder.losses), len(parts.recorder.losses)) == (1, 2)
    expected, got = (load_file(run.result.model_path / "model.safetensors") for run in (whole, parts))
    half = fit(*settings, "training.batch_size=4", train_on=sentences[:4])
    other = load_file(half.result.model_path / "model.safetensors")
    assert any(not torch.allclose(other[name], expected[name], atol=1e-5) for name in expected)  # updates are visible
    for name in expected:
        torch.testing.assert_close(got[name], expected[name], rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("accumulation", [1, 2, 3])
def test_the_learning_rate_falls_to_zero_with_the_last_update(
    fit: Fit, documents: list[Document], monkeypatch: pytest.MonkeyPatch, accumulation: int
) -> None:
    kept = []

    def keep(*arguments: Any) -> Any:
        kept.append(build_schedule(*arguments))
        return kept[0]

    monkeypatch.setattr(prepare, "build_schedule", keep)
    settings = ("training.epochs=2", "training.batch_size=1", f"training.accumulation={accumulation}")
    fit(*settings, train_on=[*documents, *documents])  # 4 batches: 2 + 2, or 3 and a rest of 1
    updates = 2 * -(-4 // accumulation)
    assert (kept[0].last_epoch, set(kept[0].get_last_lr())) == (updates, {0.0})


def test_the_best_epoch_is_kept(fit: Fit, documents: list[Document], dev_scores: Callable[..., Any]) -> None:
    weights = dev_scores(10, 50, 50, 20)
    run = fit("training.epochs=4", dev=documents)
    assert (run.result.best_epoch, run.result.dev) == (2, scored(50))
    kept = Extractor.from_pretrained(run.result.model_path).get_parameter(WEIGHT)
    assert [torch.equal(kept, weight) for weight in weights] == [False, True, False, False]
    assert [is_best for _, is_best in run.recorder.epochs] == [True, True, False, False]
    lines = [json.loads(line) for line in (run.path / "metrics.jsonl").read_text().splitlines()]
    assert [(line["epoch"], line["is_best"]) for line in lines] == [(1, True), (2, True), (3, False), (4, False)]


def test_a_dev_score_of_zero_still_leaves_a_model(
    fit: Fit, documents: list[Document], dev_scores: Callable[..., Any]
) -> None:
    dev_scores(0, 0)
    run = fit("training.epochs=2", dev=documents)
    assert run.result.best_epoch == 1
    assert Extractor.from_pretrained(run.result.model_path).schema.relation_types == ("Live_In", "Work_For")


def test_patience_stops_early(fit: Fit, documents: list[Document], dev_scores: Callable[..., Any]) -> None:
    dev_scores(10, 50, 50, 40, 90)
    run = fit("training.epochs=9", "training.patience=2", dev=documents)
    assert (len(run.recorder.epochs), run.result.best_epoch) == (4, 2)
    assert run.recorder.notes[-1] == "stopped: dev triples/strict F1 has not risen for 2 epochs"


def test_without_dev_the_last_epoch_is_kept(fit: Fit) -> None:
    run = fit("training.epochs=3", "training.patience=1")
    assert (run.result.best_epoch, run.result.dev, run.facts["dev"]) == (3, None, None)
    assert "there is no dev split: the last epoch is kept" in run.recorder.notes
    assert run.facts["selected_on"] == "nothing: the last epoch"


def test_unknown_annotation_is_not_learned_as_none(fit: Fit, documents: list[Document]) -> None:
    unknown = [Document("Eve Stone lives in Oslo ."), Document(documents[0].text, documents[0].entities)]
    run = fit("training.epochs=1", train_on=[*documents, *unknown])
    assert run.facts["n_train"] == 2
    note = 'train: 2 of 4 documents have no "entities" or "relations" and are left out; [] means none'
    assert note in run.recorder.notes[: run.recorder.notes_before_start]
    run = fit("task=ner", "training.epochs=1", train_on=[*documents, *unknown])
    assert run.facts["n_train"] == 3
    assert 'train: 1 of 4 documents have no "entities" and are left out; [] means none' in run.recorder.notes


def test_a_loss_that_is_no_number(fit: Fit) -> None:
    with pytest.raises(GprelError) as error:
        fit("training.encoder_lr=1e30", "training.head_lr=1e30", "training.warmup=0", "training.max_grad_norm=1e30")
    assert str(error.value).startswith("the loss is nan at step ")
    assert str(error.value).endswith(
        "lower training.encoder_lr and training.head_lr, or set training.mixed_precision=no"
    )


def test_a_failed_run_leaves_no_trace_in_the_next(fit: Fit) -> None:
    settings = ("training.epochs=2", "training.batch_size=1", "training.accumulation=2")
    clean = fit(*settings)
    with pytest.raises(GprelError, match="the loss is"):
        fit(*settings, "training.head_lr=1e30", "training.epochs=9", "training.max_grad_norm=1e30", "training.warmup=0")
    assert fit(*settings).weights == clean.weights


@pytest.mark.skipif(torch.cuda.is_available(), reason="fp16 is fine on a GPU")
def test_fp16_needs_a_gpu(fit: Fit) -> None:
    with pytest.raises(ConfigError, match=r"mixed_precision is fp16 but this machine trains on its CPU; use bf16, no"):
        fit("training.mixed_precision=fp16")


def test_bf16_is_written_down(fit: Fit) -> None:
    assert fit("training.mixed_precision=bf16", "training.epochs=1").facts["precision"] == "bf16"


def test_text_without_tokens(fit: Fit) -> None:
    with pytest.raises(GprelError, match="no training document of Sample has a single token"):
        fit("task=ner", train_on=[Document("\x00\x00", (Entity(0, 1, "A"),))])


def test_a_dev_split_that_cannot_be_scored_is_found_before_training(fit: Fit, documents: list[Document]) -> None:
    bare = [Document(d.text, d.entities) for d in documents]
    with pytest.raises(ConfigError, match=r"the dev split cannot select the best epoch: there is no F1 of triples"):
        fit(dev=bare)
    with pytest.raises(DataError, match=r"the dev split cannot .*: gold document 1 .* has relations=None \(unknown\)"):
        fit(dev=[documents[0], bare[1]])
    assert fit("task=ner", "training.epochs=1", dev=bare).result.best_epoch == 1


def test_spans_far_wider_than_any_seen_are_not_predicted(fit: Fit, documents: list[Document]) -> None:
    """Twice the width of the widest training entity is the limit; it is saved with the model."""
    model = Extractor.from_pretrained(fit().result.model_path)
    gold = [e for example in model.featurizer().examples(documents) for e in example.gold.entities]
    limit = 2 * max(e.span.last - e.span.first + 1 for e in gold)
    assert model.head.max_width == limit
    model.config.thresholds = {"entities": dict.fromkeys(model.schema.entity_types, -100.0)}  # everything passes
    [document] = model.extract(["a b " * 30])
    assert max(len(document.surface(e).split()) for e in document.entities or ()) == limit
    model.limit_width(1)
    [document] = model.extract(["a b " * 30])
    assert {document.surface(e) for e in document.entities or ()} == {"a", "b"}


@pytest.mark.parametrize(
    ("task", "head", "kind"),
    [
        ("re", "casrel", "triples"),
        ("re", "pfn", "triples"),
        ("re", "pfn", "entities"),
        ("ner", "pfn", "entities"),
        ("ner", "bert_crf", "entities"),
    ],
)
def test_every_baseline_learns_two_sentences(
    fit: Fit, documents: list[Document], task: str, head: str, kind: str
) -> None:
    run = fit(f"task={task}", f"head.name={head}", "head.partition_size=40", "training.epochs=60", dev=documents)
    assert run.result.dev is not None
    assert run.result.dev.f1(kind, "strict") == 100
    assert (run.result.dev.entities is None) == (head == "casrel")
