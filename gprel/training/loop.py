"""The training loop: Accelerate, one pass after another, the best epoch on dev is kept."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import torch
from accelerate import Accelerator, PartialState
from accelerate.state import AcceleratorState
from accelerate.utils import set_seed
from torch.utils.data import DataLoader

from gprel.config import RunConfig
from gprel.corpora import Corpus
from gprel.document import Document
from gprel.errors import ConfigError, GprelError
from gprel.evaluation import Evaluation
from gprel.features.batch import Collator, LengthBuckets
from gprel.model import Extractor
from gprel.nn.precision import pick_precision
from gprel.predict import PredictionLog
from gprel.training.adversarial import adversarial_backward
from gprel.training.build import annotated, build, examples_of
from gprel.training.ema import MovingAverage
from gprel.training.evaluate import check_figure, parse_figure, score_model
from gprel.training.optim import build_optimizer, build_schedule
from gprel.training.run_folder import RunFolder

LOG_EVERY = 20  # steps between two lines of metrics.jsonl
WIDER = 2  # an entity may be so many times as wide as the widest in the training text


class Reporter(Protocol):
    """Who is told how the run goes; the command line draws it."""

    def note(self, text: str) -> None:
        """A sentence the user should read."""
        ...

    def start(self, n_steps: int) -> None:
        """Training begins; it will take at most this many steps."""
        ...

    def step(self, loss: float, tokens_per_second: float) -> None:
        """One step is done; the loss is a moving average."""
        ...

    def epoch(self, number: int, loss: float, evaluation: Evaluation | None, is_best: bool) -> None:
        """One epoch is done."""
        ...


@dataclass(frozen=True)
class TrainingResult:
    """How a run ended.

    Attributes:
        model_path: Folder of the best model.
        best_epoch: The epoch it comes from, counted from 1.
        dev: Its scores on dev, if there is a dev split.
        seconds: Wall-clock time of training and dev evaluation.
    """

    model_path: Path
    best_epoch: int
    dev: Evaluation | None
    seconds: float


def train(config: RunConfig, corpus: Corpus, folder: RunFolder, reporter: Reporter) -> TrainingResult:
    """Train a model on a corpus and keep the epoch that is best on dev; test data is never seen.

    Args:
        config: Settings.
        corpus: Training documents, and dev documents where there are any.
        folder: Where everything is written.
        reporter: Told how it goes.

    Raises:
        GprelError: If the data does not fit the settings, or the loss is no number.
    """
    settings = config.training
    kind, rule = parse_figure(settings.select_on, config.task, corpus.rule)
    set_seed(settings.seed)
    device = PartialState().device
    precision = pick_precision(settings.mixed_precision, device)
    if precision == "fp16" and device.type == "cpu":
        raise ConfigError("training.mixed_precision is fp16 but this machine trains on its CPU; use bf16, no or auto")
    AcceleratorState._reset_state()  # a second run in the same process may use another precision
    accelerator = Accelerator(mixed_precision=precision, gradient_accumulation_steps=settings.accumulation)
    if corpus.dev:
        check_figure(corpus.dev, kind, rule)
    documents, left_out = annotated(corpus.split("train"), config.task)
    model = _prepare_model(config, documents, corpus, folder, reporter, left_out)
    examples, lost = examples_of(model, documents)
    for line in lost.lines():
        reporter.note(f"train: {line}")
    if not examples:
        raise GprelError(f"no training document of {corpus.title} has a single token")
    widest = max((e.span.last - e.span.first + 1 for example in examples for e in example.gold.entities), default=1)
    model.limit_width(WIDER * widest)
    selected_on = f"dev {kind}/{rule} micro F1" if corpus.dev else "nothing: the last epoch"
    folder.update(lost_train=lost.to_dict(), selected_on=selected_on, precision=precision)
    sampler = LengthBuckets([len(e.input_ids) for e in examples], settings.batch_size, settings.seed)
    collate = Collator(model.tokenizer.pad_token_id or 0, model.head.targets, settings.seed)  # type: ignore[union-attr]
    loader: Any = DataLoader(examples, batch_sampler=sampler, collate_fn=collate)  # type: ignore[arg-type]
    n_steps = settings.epochs * -(-len(loader) // settings.accumulation)
    optimizer: Any = build_optimizer(model, settings)
    schedule: Any = build_schedule(optimizer, n_steps, settings.warmup)
    wrapped, optimizer, loader, schedule = accelerator.prepare(model, optimizer, loader, schedule)
    average = MovingAverage(model, settings.ema) if settings.ema else None
    reporter.start(len(loader) * settings.epochs)
    meter, began = _Meter(folder, reporter), time.perf_counter()
    best, best_epoch, best_score = None, 0, -1.0
    for epoch in range(1, settings.epochs + 1):
        sampler.epoch = epoch
        wrapped.train()
        for batch in loader:
            with accelerator.accumulate(wrapped):
                if settings.fgm:
                    words = model.encoder.model.get_input_embeddings()
                    loss = adversarial_backward(accelerator, wrapped, batch, words, settings.fgm)
                else:
                    loss = wrapped(batch)
                    accelerator.backward(loss.total)
                if accelerator.sync_gradients:
                    accelerator.clip_grad_norm_(wrapped.parameters(), settings.max_grad_norm)
                optimizer.step()
                schedule.step()
                optimizer.zero_grad()
            if average and accelerator.sync_gradients:
                average.update(accelerator.unwrap_model(wrapped))
            meter.step(loss.total.item(), {k: v.item() for k, v in loss.parts.items()}, int(batch.valid.sum()))
        current = average.model if average else accelerator.unwrap_model(wrapped)
        evaluation = _evaluate(current, corpus.dev, precision, reporter)
        score = evaluation.f1(kind, rule) if evaluation else float(epoch)  # without dev the last epoch is kept
        is_best = score > best_score
        if is_best:
            best, best_epoch, best_score = evaluation, epoch, score
            folder.save(current)
        meter.epoch(epoch, evaluation, is_best, (kind, rule))
        if settings.patience and evaluation and epoch - best_epoch >= settings.patience:
            reporter.note(f"stopped: dev {kind}/{rule} F1 has not risen for {settings.patience} epochs")
            break
    seconds = time.perf_counter() - began
    folder.update(status="done", best_epoch=best_epoch, seconds=round(seconds, 1), dev=best.to_dict() if best else None)
    return TrainingResult(folder.path / "model", best_epoch, best, seconds)


def _prepare_model(
    config: RunConfig,
    documents: Sequence[Document],
    corpus: Corpus,
    folder: RunFolder,
    reporter: Reporter,
    notes: Sequence[str],
) -> Extractor:
    """Build the model and tell, before training, what a user should know about it and about the data."""
    notes = [*corpus.notes, *notes]
    model = build(config, documents, notes)
    if corpus.dev:
        _, lost = examples_of(model, corpus.dev)
        notes += [f"dev: {line}" for line in lost.lines()]
    else:
        notes.append("there is no dev split: the last epoch is kept")
    for note in notes:
        reporter.note(note)
    folder.update(corpus=corpus.title, notes=notes, n_parameters=model.num_parameters(), n_train=len(documents))
    return model


def _evaluate(
    model: Extractor, documents: Sequence[Document] | None, precision: str, reporter: Reporter
) -> Evaluation | None:
    if not documents:
        return None
    model.precision = precision
    log = PredictionLog()
    evaluation, _ = score_model(model, documents, log=log)
    for line in log.lines():
        reporter.note(f"dev: {line}")
    return evaluation


class _Meter:
    """Averages losses and counts speed for the log."""

    def __init__(self, folder: RunFolder, reporter: Reporter) -> None:
        self.folder, self.reporter = folder, reporter
        self.n_steps = self.epoch_steps = self.n_tokens = 0
        self.smooth: float | None = None
        self.epoch_loss = self.seconds = 0.0
        self.began = self.last = time.perf_counter()

    def step(self, loss: float, parts: dict[str, float], n_tokens: int) -> None:
        self.n_steps += 1
        if not torch.isfinite(torch.tensor(loss)):
            raise GprelError(
                f"the loss is {loss} at step {self.n_steps} ({parts}); lower training.encoder_lr and training.head_lr, "
                "or set training.mixed_precision=no"
            )
        now = time.perf_counter()
        self.seconds += now - self.last
        self.last = now
        self.epoch_steps += 1
        self.n_tokens += n_tokens
        self.epoch_loss += loss
        self.smooth = loss if self.smooth is None else 0.95 * self.smooth + 0.05 * loss
        speed = self.n_tokens / self.seconds
        self.reporter.step(self.smooth, speed)
        if self.n_steps % LOG_EVERY == 0:
            rounded = {name: round(value, 4) for name, value in parts.items()}
            self.folder.log(
                step=self.n_steps, loss=round(self.smooth, 4), parts=rounded, tokens_per_second=round(speed)
            )

    def epoch(self, number: int, evaluation: Evaluation | None, is_best: bool, figure: tuple[str, str]) -> None:
        loss = self.epoch_loss / max(1, self.epoch_steps)
        values: dict[str, object] = {
            "epoch": number,
            "loss": round(loss, 4),
            "seconds": round(time.perf_counter() - self.began, 1),
            "training_seconds": round(self.seconds, 1),
            "is_best": is_best,
        }
        if evaluation:
            values["dev"] = {
                kind: {rule: round(tally.micro.f1, 2) for rule, tally in (scores or {}).items()}
                for kind, scores in (("entities", evaluation.entities), ("triples", evaluation.triples))
            }
            values["selected_on"] = "/".join(figure)
        self.folder.log(**values)
        self.reporter.epoch(number, loss, evaluation, is_best)
        self.epoch_steps, self.epoch_loss = 0, 0.0
        self.last = time.perf_counter()  # evaluation is not training time
