"""The training loop: Accelerate, one pass after another, the best epoch on dev is kept."""

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import asdict, dataclass
from pathlib import Path
from signal import Signals
from typing import NoReturn

from gprel.config import RunConfig, TrainingConfig
from gprel.corpora import Corpus
from gprel.document import Document
from gprel.evaluation import Evaluation
from gprel.features.batch import Batch
from gprel.model import Extractor
from gprel.predict import PredictionLog
from gprel.training.backward import backward
from gprel.training.checkpoint import Checkpoints, restore_generators
from gprel.training.distributed import Follower
from gprel.training.evaluate import check_figure, parse_figure, score_model
from gprel.training.microbatch import StepLoss
from gprel.training.prepare import Parts, prepare
from gprel.training.reporter import Meter, Reporter
from gprel.training.run_folder import RunFolder
from gprel.training.shards import Shard
from gprel.training.signals import CutShort, StoppedError, StopSignals
from gprel.training.trackers import tracking


@dataclass(frozen=True)
class TrainingResult:
    """How a run ended.

    Attributes:
        model_path: Folder of the best model.
        best_epoch: The epoch it comes from, counted from 1.
        dev: Its scores on dev, if there is a dev split.
        seconds: Wall-clock time of training and dev evaluation, in all processes that worked on the run one after
            another.
    """

    model_path: Path
    best_epoch: int
    dev: Evaluation | None
    seconds: float


@dataclass
class Progress:
    """Where a run stands.

    Attributes:
        epoch: The epoch that is going on, counted from 1.
        n_batches: Batches of it that are done.
        best_epoch: The best epoch so far; 0 before the first is done.
        best_score: Its score.
    """

    epoch: int = 1
    n_batches: int = 0
    best_epoch: int = 0
    best_score: float = -1.0


def train(
    config: RunConfig, corpus: Corpus, folder: RunFolder | Follower, reporter: Reporter, *, use_resume: bool = False
) -> TrainingResult:
    """Train a model on a corpus and keep the epoch that is best on dev; test data is never seen.

    Several processes that accelerate or torchrun started share every batch and all dev documents: the run is that of
    one process. Each of them calls this, the main one with a :class:`RunFolder`, the others with a :class:`Follower`.

    Args:
        config: Settings.
        corpus: Training documents, and dev documents where there are any.
        folder: Where everything is written.
        reporter: Told how it goes.
        use_resume: Go on from the folder's checkpoint, if it has one.

    Raises:
        GprelError: If the data does not fit the settings, or the loss is no number.
        CheckpointError: If a checkpoint cannot be written or read.
        StoppedError: After SIGTERM or Ctrl-C, once a checkpoint is saved.
    """
    settings = config.training
    kind, rule = parse_figure(settings.select_on, config.task, corpus.rule)
    if corpus.dev:
        check_figure(corpus.dev, kind, rule)
    selected_on = f"dev {kind}/{rule} micro F1" if corpus.dev else "nothing: the last epoch"
    parts = prepare(config, corpus, folder, reporter, selected_on)
    run = _Run(config, parts, folder, reporter)
    if use_resume:
        run.resume()
    reporter.start(parts.shards.n_batches(settings.epochs), run.meter.n_steps)
    is_main = parts.team.is_main
    with StopSignals() as stop, tracking(config, folder.path, run.meter, reporter) if is_main else nullcontext():
        best = _fit(run, corpus.dev, (kind, rule), stop)
    progress, model_path = run.progress, folder.path / "model"
    if best is None and corpus.dev:  # the best epoch came before the checkpoint this run went on from
        model = Extractor.from_pretrained(model_path).to(parts.accelerator.device)
        best = _evaluate(model, corpus.dev, parts, reporter)
    seconds = run.meter.elapsed
    dev = best.to_dict() if best else None
    folder.update(status="done", best_epoch=progress.best_epoch, seconds=round(seconds, 1), dev=dev)
    folder.remove_checkpoint()
    return TrainingResult(model_path, progress.best_epoch, best, seconds)


def _fit(run: "_Run", dev: Sequence[Document] | None, figure: tuple[str, str], stop: StopSignals) -> Evaluation | None:
    """Pass over the data until the last epoch, or until dev scores no longer rise; dev scores of the best one."""
    best: Evaluation | None = None
    settings, progress, reporter = run.settings, run.progress, run.reporter
    while progress.epoch <= settings.epochs:
        run.one_pass(stop)
        result = run.parts.result
        evaluation = run.evaluate(result, dev, stop)
        score = evaluation.f1(*figure) if evaluation else float(progress.epoch)  # without dev the last one is kept
        is_best = score > progress.best_score
        if is_best:
            best, progress.best_epoch, progress.best_score = evaluation, progress.epoch, score
            run.folder.save(result)
        run.meter.epoch(progress.epoch, evaluation, is_best, figure)
        n_worse = progress.epoch - progress.best_epoch
        progress.epoch, progress.n_batches = progress.epoch + 1, 0
        if settings.patience and evaluation and n_worse >= settings.patience:
            reporter.note(f"stopped: dev {'/'.join(figure)} F1 has not risen for {settings.patience} epochs")
            break
    return best


class _Run:
    """One run between its steps: what it trains with, where it stands, and its checkpoints."""

    def __init__(self, config: RunConfig, parts: Parts, folder: RunFolder | Follower, reporter: Reporter) -> None:
        self.settings = config.training
        self.parts = parts
        self.folder = folder
        self.reporter = reporter
        self.meter = Meter(folder, reporter)
        self.progress = Progress()
        self.checkpoints = Checkpoints(folder.path, config, parts)
        self._restore: Callable[[], None] | None = None

    def resume(self) -> None:
        """Go on where the checkpoint stands; without one, from the beginning."""
        saved = self.checkpoints.load()
        if saved is None:
            self.reporter.note("there is no checkpoint to go on from: the run begins")
            return
        self.progress = Progress(**saved["run"])
        self.meter.load_state_dict(saved["meter"])
        self.folder.cut_log(saved["log_bytes"])
        self._restore = lambda: restore_generators(saved["generators"])
        self.reporter.note(f"going on from epoch {self.progress.epoch}, step {self.meter.n_steps}")

    def one_pass(self, stop: StopSignals) -> None:
        """Train on what is left of the current epoch.

        Raises:
            StoppedError: If a signal asked for it.
        """
        parts, progress = self.parts, self.progress
        parts.wrapped.train()
        for shard, batch in parts.batches(progress.epoch, progress.n_batches):
            if self._restore:  # here, because beginning to load draws a random number
                self._restore()
                self._restore = None
            loss = _step(parts, batch, shard, self.settings)
            is_due = shard.is_update and self.checkpoints.is_due()
            step = parts.team.step(loss, batch, shard.batch_share, stop.received, is_due=is_due)
            self.meter.step(step.loss.total, step.loss.parts, step.n_tokens, step.n_padded)
            progress.n_batches += 1
            if not shard.is_update:
                continue  # gradients that wait for more are in no checkpoint
            if step.stop:
                self._stop(step.stop)
            if step.is_due:
                self._save()
        if self._restore:  # the checkpoint stands behind the last batch of an epoch
            self._restore()
            self._restore = None

    def evaluate(self, result: Extractor, dev: Sequence[Document] | None, stop: StopSignals) -> Evaluation | None:
        """Score the epoch; a signal does not wait for the end of it, where no other process would be left waiting."""
        try:
            with stop.at_once() if self.parts.team.n_processes == 1 else nullcontext():
                return _evaluate(result, dev, self.parts, self.reporter)
        except CutShort:
            assert stop.received is not None
            self._stop(stop.received)

    def _save(self) -> None:
        state = {"run": asdict(self.progress), "meter": self.meter.state_dict(), "log_bytes": self.folder.log_bytes()}
        self.checkpoints.save(state)

    def _stop(self, received: Signals) -> NoReturn:
        self._save()
        self.folder.update(status="stopped")
        where = f"stopped by {received.name} in epoch {self.progress.epoch}, step {self.meter.n_steps}"
        raise StoppedError(f"{where}; the same command with --resume goes on from there", received)


def _step(parts: Parts, batch: Batch, shard: Shard, settings: TrainingConfig) -> StepLoss:
    """One forward and backward pass, and an update where enough gradients are summed."""
    accelerator = parts.accelerator
    # Processes exchange the mean of their gradients, once per update.
    weight = parts.team.n_processes * shard.update_share
    with nullcontext() if shard.is_update else accelerator.no_sync(parts.wrapped):
        loss = parts.micro_batches.backward(
            batch,
            lambda part, share: backward(accelerator, parts.wrapped, parts.model, part, settings, share),
            weight,
        )
    if shard.is_update:
        accelerator.clip_grad_norm_(parts.wrapped.parameters(), settings.max_grad_norm)
        parts.optimizer.step()
        if not parts.optimizer.step_was_skipped:  # fp16 skips steps whose gradients overflow
            parts.schedule.step()
        parts.optimizer.zero_grad()
        parts.micro_batches.updated()
        if parts.average:
            parts.average.update(parts.model)
    return loss


def _evaluate(
    model: Extractor, documents: Sequence[Document] | None, parts: Parts, reporter: Reporter
) -> Evaluation | None:
    if not documents:
        return None
    model.precision = parts.precision
    log = PredictionLog()
    evaluation, _ = score_model(model, documents, log=log, team=parts.team)
    for line in log.lines():
        reporter.note(f"dev: {line}")
    return evaluation
