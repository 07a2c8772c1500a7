"""Two processes are one: the same losses, gradients, weights, scores and decisions."""

import json
import signal
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from accelerate.state import AcceleratorState
from safetensors.torch import load_file
from transformers import BertModel

from gprel.config import RunConfig
from gprel.corpora import Corpus, load
from gprel.document import Document
from gprel.errors import CheckpointError, ConfigError
from gprel.evaluation import Evaluation
from gprel.model import Extractor
from gprel.predict import PredictionLog
from gprel.training import Follower, RunFolder, StoppedError, Team, distributed, loop, open_folder, score_model, train
from gprel.training.prepare import prepare
from gprel.training.sharded import check_sharded

from .two import together

EXACT = (
    "encoder.name=tiny",
    "encoder.dropout=0",
    "head.dropout=0",
    "training.encoder_lr=3e-3",
    "training.head_lr=1e-2",
    "training.mixed_precision=no",
    "training.epochs=2",
)
BY_WINDOWS = ("training.batch_size=5", "training.accumulation=2")  # 5 = 3 + 2, and a last batch of fewer
BY_TOKENS = ("training.tokens_per_batch=64", "training.accumulation=3")  # most windows are alone, some processes idle


@dataclass
class Listener:
    """Keeps what a run reports."""

    notes: list[str] = field(default_factory=list)
    losses: list[float] = field(default_factory=list)
    epochs: list[tuple[int, bool, float | None]] = field(default_factory=list)
    stop_after: int = 0

    def note(self, text: str) -> None:
        self.notes.append(text)

    def start(self, n_steps: int, n_done: int) -> None:
        self.n_done = n_done

    def step(self, loss: float, tokens_per_second: float) -> None:
        self.losses.append(loss)
        if len(self.losses) == self.stop_after:
            signal.raise_signal(signal.SIGTERM)

    def epoch(self, number: int, loss: float, evaluation: Evaluation | None, is_best: bool) -> None:
        self.epochs.append((number, is_best, evaluation.f1("triples", "strict") if evaluation else None))


def corpus() -> Corpus:
    demo = load("demo", splits=("train", "dev"))
    return Corpus("sample", "Sample", demo.split("train")[:23], demo.split("dev")[:7], None)


def run(path: Path, settings: Sequence[str], **options: Any) -> dict[str, Any]:
    """A whole run, and what this process saw of it."""
    config = RunConfig().override([*EXACT, *settings])
    listener = Listener(**options)
    folder = open_folder(Team(), path, config, use_resume=True)
    end = None
    try:
        train(config, corpus(), folder, listener, use_resume=True)
    except StoppedError as stop:
        end = str(stop)
    return {"losses": listener.losses, "epochs": listener.epochs, "end": end, "notes": listener.notes}


def gradients(path: Path, settings: Sequence[str]) -> dict[str, list[float]]:
    """The gradients that the first update is made from."""
    config = RunConfig().override([*EXACT, *settings, "training.max_grad_norm=1e9"])
    parts = prepare(config, corpus(), Follower(path), Listener(), "")
    kept: dict[str, list[float]] = {}

    def step() -> None:
        for name, weight in parts.model.named_parameters():
            assert weight.grad is not None
            kept[name] = weight.grad.flatten().tolist()

    parts.optimizer.step = step
    parts.schedule.step = lambda: None
    for shard, batch in parts.batches(1, 0):
        loop._step(parts, batch, shard, config.training)
        if kept:
            break
    return kept


@pytest.fixture(autouse=True)
def _alone() -> None:
    AcceleratorState._reset_state(reset_partial_state=True)


def check_same(one: dict[str, Any], two: dict[str, Any]) -> None:
    assert two["losses"] == pytest.approx(one["losses"], rel=1e-5)
    assert [epoch[:2] for epoch in two["epochs"]] == [list(epoch[:2]) for epoch in one["epochs"]]
    assert [epoch[2] for epoch in two["epochs"]] == pytest.approx([epoch[2] for epoch in one["epochs"]])


def check_same_weights(one: Path, two: Path) -> None:
    expected, got = (load_file(path / "model" / "model.safetensors") for path in (one, two))
    assert expected.keys() == got.keys()
    for name, weight in expected.items():
        torch.testing.assert_close(got[name], weight, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("settings", [BY_WINDOWS, BY_TOKENS], ids=["windows", "tokens"])
def test_gradients_are_those_of_one_process(tmp_path: Path, settings: tuple[str, ...]) -> None:
    expected = gradients(tmp_path, settings)
    for got in together(gradients, tmp_path / "results", tmp_path, settings):
        assert got.keys() == expected.keys()
        for name, values in expected.items():
            assert got[name] == pytest.approx(values, rel=1e-4, abs=1e-5), name


def test_a_run_is_that_of_one_process(tmp_path: Path) -> None:
    settings = (*BY_TOKENS, "training.ema=0.9")
    one = run(tmp_path / "one", settings)
    main, other = together(run, tmp_path / "results", tmp_path / "two", settings)
    check_same(one, main)
    assert (other["losses"], other["epochs"]) == (main["losses"], main["epochs"])  # to the last bit: they decide alike
    check_same_weights(tmp_path / "one", tmp_path / "two")
    facts = [json.loads((tmp_path / name / "run.json").read_text()) for name in ("one", "two")]
    assert [fact["n_processes"] for fact in facts] == [1, 2]
    assert facts[0]["padding"] == facts[1]["padding"]
    logs = [(tmp_path / name / "metrics.jsonl").read_text().splitlines() for name in ("one", "two")]
    assert len(logs[0]) == len(logs[1])  # the other process wrote nothing


def randomly(path: Path, *, has_signal: bool = False) -> dict[str, Any]:
    """A run with dropout; where there is a signal, one process gets it that does not write the checkpoint."""
    settings = ("encoder.dropout=0.1", "head.dropout=0.1", "training.batch_size=4")
    return run(path, settings, stop_after=4 if has_signal and Team().rank else 0)


def stopped(path: Path) -> dict[str, Any]:
    return randomly(path, has_signal=True)


@pytest.mark.slow
@pytest.mark.parametrize("use_fsdp", [False, True], ids=["whole weights", "sharded weights"])
def test_both_processes_stop_and_go_on_with_their_own_random_numbers(tmp_path: Path, use_fsdp: bool) -> None:
    whole = together(randomly, tmp_path / "1", tmp_path / "whole", use_fsdp=use_fsdp)
    first = together(stopped, tmp_path / "2", tmp_path / "cut", use_fsdp=use_fsdp)
    second = together(randomly, tmp_path / "3", tmp_path / "cut", use_fsdp=use_fsdp)
    for expected, begun, finished in zip(whole, first, second, strict=True):
        assert begun["end"].startswith("stopped by SIGTERM in epoch 1, step 5")  # it came while step 4 was told
        assert begun["losses"] + finished["losses"] == expected["losses"]
    check_same_weights(tmp_path / "whole", tmp_path / "cut")


@pytest.mark.slow
def test_sharded_and_whole_weights_have_checkpoints_of_their_own(tmp_path: Path) -> None:
    together(stopped, tmp_path / "1", tmp_path / "run", use_fsdp=True)
    with pytest.raises(CheckpointError, match=r"was written with sharded \(FSDP\) weights, this run has whole ones"):
        randomly(tmp_path / "run")


@pytest.mark.slow
@pytest.mark.parametrize(
    "settings",
    [BY_WINDOWS, (*BY_TOKENS, "training.gradient_checkpointing=true"), (*BY_WINDOWS, "training.fgm=0.5")],
)
def test_sharded_weights_are_whole_in_the_end(tmp_path: Path, settings: tuple[str, ...]) -> None:
    one = run(tmp_path / "one", settings)
    main, other = together(run, tmp_path / "results", tmp_path / "two", settings, use_fsdp=True)
    check_same(one, main)
    check_same(one, other)
    check_same_weights(tmp_path / "one", tmp_path / "two")
    assert Extractor.from_pretrained(tmp_path / "two" / "model").schema.relation_types


def refused(path: Path, setting: str) -> str:
    with pytest.raises(ConfigError) as error:
        run(path, (setting,))
    return str(error.value)


def test_what_needs_whole_weights_is_refused(tmp_path: Path) -> None:
    for text in together(refused, tmp_path / "results", tmp_path / "run", "training.ema=0.9", use_fsdp=True):
        assert text == "training.ema is 0.9 but the weights are sharded (FSDP), which cannot do it; set it to 0"


def test_the_first_version_of_fsdp_is_refused() -> None:
    accelerator = SimpleNamespace(is_fsdp2=False)
    with pytest.raises(ConfigError, match="the accelerate config has fsdp_version 1, expected 2"):
        check_sharded(accelerator, RunConfig().training)


def test_gradient_checkpointing_changes_nothing_but_memory(tmp_path: Path) -> None:
    expected = gradients(tmp_path, BY_WINDOWS)
    got = gradients(tmp_path, (*BY_WINDOWS, "training.gradient_checkpointing=true"))
    assert got.keys() == expected.keys()
    for name, values in expected.items():
        assert got[name] == pytest.approx(values, rel=1e-4, abs=1e-6), name


def test_an_encoder_without_gradient_checkpointing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(BertModel, "supports_gradient_checkpointing", False)
    with pytest.raises(ConfigError, match="gradient_checkpointing is on but bert encoders have none; switch it off"):
        gradients(tmp_path, ("training.gradient_checkpointing=true",))


def predicted(path: Path, n: int) -> list[Any]:
    model, documents = Extractor.from_pretrained(path), corpus().split("train")[:n]
    log = PredictionLog()
    evaluation, found = score_model(model, documents, log=log, team=Team())
    return [evaluation.to_dict(), [_plain(document) for document in found], log.n_documents, log.n_windows]


def _plain(document: Document) -> list[Any]:
    entities = [(e.start, e.end, e.type, round(e.score or 0, 3)) for e in document.entities or ()]
    relations = [(r.type, r.subject, r.object, round(r.score or 0, 3)) for r in document.relations or ()]
    return [document.text, document.id, entities, relations]


@pytest.mark.parametrize("n", [7, 1])
def test_documents_are_shared_and_come_back_in_order(tmp_path: Path, n: int) -> None:
    run(tmp_path / "run", ("training.epochs=6", "training.batch_size=2"))
    expected = predicted(tmp_path / "run" / "model", n)
    assert any(entities for _, _, entities, _ in expected[1])
    for got in together(predicted, tmp_path / "results", tmp_path / "run" / "model", n):
        assert got == json.loads(json.dumps(expected))


def spoken(path: Path) -> list[bool]:
    Team()
    first = distributed.may_speak()
    return [first, distributed.may_speak()]


def test_only_the_first_of_all_failures_is_told(tmp_path: Path) -> None:
    one, two = together(spoken, tmp_path, tmp_path)
    assert (one[0], two[0]) in {(True, False), (False, True)}
    assert (one[1], two[1]) == (False, False)


@pytest.mark.parametrize(("rank", "expected"), [("0", True), ("1", False)])
def test_before_processes_meet_the_main_one_tells(monkeypatch: pytest.MonkeyPatch, rank: str, expected: bool) -> None:
    monkeypatch.setenv("RANK", rank)
    assert distributed.may_speak() is expected


def test_more_processes_than_gpus(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch.accelerator, "is_available", lambda: True)
    monkeypatch.setenv("LOCAL_WORLD_SIZE", "4")
    monkeypatch.delenv("ACCELERATE_USE_CPU", raising=False)
    with pytest.raises(ConfigError, match="4 processes need 4 GPUs, this machine has 2; lower --processes, or train"):
        distributed.check_devices()
    monkeypatch.setenv("ACCELERATE_USE_CPU", "1")
    distributed.check_devices()


def test_a_follower_writes_nothing(tmp_path: Path) -> None:
    follower = Follower(tmp_path / "run")
    follower.update(status="done")
    follower.log(step=1)
    follower.cut_log(0)
    follower.remove_checkpoint()
    assert (follower.log_bytes(), follower.is_done, list(tmp_path.iterdir())) == (0, False, [])
    assert {name for name in vars(Follower) if name[0] != "_"} <= {name for name in vars(RunFolder) if name[0] != "_"}
