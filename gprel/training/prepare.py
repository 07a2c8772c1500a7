"""Settings and a corpus to everything a run trains with: model, batches, optimizer, schedule."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from accelerate import Accelerator
from accelerate.state import AcceleratorState
from accelerate.utils import (
    GradientAccumulationPlugin,
    send_to_device,
    set_seed,
)
from torch.utils.data import DataLoader

from gprel.config import RunConfig
from gprel.corpora import Corpus
from gprel.document import Document
from gprel.errors import ConfigError, GprelError
from gprel.features import Example
from gprel.features.batch import Batch, Collator
from gprel.features.buckets import LengthBuckets
from gprel.model import Extractor
from gprel.nn.precision import pick_precision
from gprel.training.build import annotated, build, examples_of
from gprel.training.distributed import Follower, Team
from gprel.training.ema import MovingAverage
from gprel.training.microbatch import MicroBatches
from gprel.training.optim import build_optimizer, build_schedule
from gprel.training.reporter import Reporter
from gprel.training.run_folder import RunFolder
from gprel.training.sharded import WholeCopy, check_sharded, is_sharded
from gprel.training.shards import Shard, Shards

WIDER = 2  # an entity may be so many times as wide as the widest in the training text


@dataclass
class Parts:
    """What a run trains with.

    Attributes:
        accelerator: Knows device and precision.
        team: The processes that train together.
        model: The model in training.
        wrapped: What training calls: the model, or what stands around it in several processes.
        optimizer: Moves the weights.
        schedule: Moves the learning rates.
        examples: What is trained on.
        sampler: The batches of an epoch.
        shards: The part of this process in them.
        collate: Makes them tensors.
        average: The moving average of the weights, if there is one.
        whole: Where weights are sharded, a copy that is not.
        precision: ``bf16``, ``fp16`` or ``no``.
        data: Checksum of the examples.
        micro_batches: Computes batches, in parts where memory is short.
    """

    accelerator: Any
    team: Team
    model: Extractor
    wrapped: Any
    optimizer: Any
    schedule: Any
    examples: Sequence[Example]
    sampler: LengthBuckets
    shards: Shards
    collate: Collator
    average: MovingAverage | None
    whole: WholeCopy | None
    precision: str
    data: str
    micro_batches: MicroBatches

    @property
    def result(self) -> Extractor:
        """The model that is evaluated and kept; all processes have to ask for it together."""
        if self.whole:
            return self.whole.follow(self.model)
        return self.average.model if self.average else self.model

    def batches(self, epoch: int, n_done: int) -> Iterator[tuple[Shard, Batch]]:
        """This process's parts of the batches of an epoch, without those that are done."""
        self.sampler.epoch, self.sampler.n_done = epoch, n_done
        self.collate.epoch = epoch
        shards = self.shards.shards()
        loader: Any = DataLoader(
            self.examples,  # type: ignore[arg-type]  # a list is a dataset
            batch_sampler=[shard.windows for shard in shards],
            collate_fn=self.collate,
        )
        for shard, batch in zip(shards, loader, strict=True):
            yield shard, send_to_device(batch, self.accelerator.device)


def prepare(
    config: RunConfig, corpus: Corpus, folder: RunFolder | Follower, reporter: Reporter, selected_on: str
) -> Parts:
    """Build all that a run needs, and tell what a user should know before it begins.

    Args:
        config: Settings.
        corpus: Training documents, and dev documents where there are any.
        folder: Receives the facts of the run.
        reporter: Receives the notes.
        selected_on: What picks the best epoch, for the facts.

    Raises:
        GprelError: If the data does not fit the settings.
    """
    settings = config.training
    team = Team()
    set_seed(settings.seed)
    device = team.device
    precision = pick_precision(settings.mixed_precision, device)
    if precision == "fp16" and device.type == "cpu":
        raise ConfigError("training.mixed_precision is fp16 but this machine trains on its CPU; use bf16, no or auto")
    AcceleratorState._reset_state()  # a second run in the same process may use another precision
    # Gradients are summed and weighted here, by windows, and not by accelerate, by batches.
    accelerator = Accelerator(
        mixed_precision=precision,
        gradient_accumulation_plugin=GradientAccumulationPlugin(num_steps=1),
    )
    documents, left_out = annotated(corpus.split("train"), config.task)
    model = _build_model(config, documents, corpus, folder, reporter, left_out)
    examples, lost = examples_of(model, documents)
    for line in lost.lines():
        reporter.note(f"train: {line}")
    if settings.gradient_checkpointing:
        _checkpoint_gradients(model)
    if not examples:
        raise GprelError(f"no training document of {corpus.title} has a single token")
    widest = max((e.span.last - e.span.first + 1 for example in examples for e in example.gold.entities), default=1)
    model.limit_width(WIDER * widest)
    folder.update(lost_train=lost.to_dict(), selected_on=selected_on, precision=precision)
    lengths = [len(example.input_ids) for example in examples]
    sampler = LengthBuckets(lengths, settings.batch_size, settings.seed, settings.tokens_per_batch)
    padding = _tell_batches(sampler, team, reporter)
    folder.update(n_processes=team.n_processes, padding=padding)
    shards = Shards(sampler, settings.accumulation, team.rank, team.n_processes)
    collate = Collator(model.tokenizer.pad_token_id or 0, model.head.targets, settings.seed)  # type: ignore[union-attr]
    optimizer: Any = build_optimizer(model, settings)
    schedule = build_schedule(optimizer, shards.n_updates(settings.epochs), settings.warmup)
    whole = None
    if is_sharded(accelerator):
        check_sharded(accelerator, settings)
        whole = WholeCopy(model, team.device)
    wrapped, optimizer = accelerator.prepare(model, optimizer)
    if team.rank:
        set_seed(settings.seed + team.rank)  # every process drops something else
    model = accelerator.unwrap_model(wrapped)
    average = MovingAverage(model, settings.ema) if settings.ema else None
    return Parts(
        accelerator=accelerator,
        team=team,
        model=model,
        wrapped=wrapped,
        optimizer=optimizer,
        schedule=schedule,
        examples=examples,
        sampler=sampler,
        shards=shards,
        collate=collate,
        average=average,
        whole=whole,
        precision=precision,
        data=_checksum(examples),
        micro_batches=MicroBatches(model, reporter.note, accelerator.num_processes),
    )


def _checkpoint_gradients(model: Extractor) -> None:
    encoder = model.encoder.model
    if not encoder.supports_gradient_checkpointing:
        raise ConfigError(
            f"training.gradient_checkpointing is on but {encoder.config.model_type} encoders have none; switch it off"
        )
    encoder.config.use_cache = False  # transformers would do it with a warning
    enable: Any = getattr(encoder, "activation_checkpointing_enable", None) or encoder.gradient_checkpointing_enable
    enable({"use_reentrant": False})  # the other kind wants inputs with gradients


def _tell_batches(sampler: LengthBuckets, team: Team, reporter: Reporter) -> float:
    """Say what the batches of the first epoch are like; the share of their tokens that is padding."""
    n_batches, padding = sampler.n_batches(1), sampler.padding(1)
    n_windows, n_tokens = len(sampler.lengths) / n_batches, sum(sampler.lengths) / n_batches
    shared = f", each shared by {team.n_processes} processes" if team.n_processes > 1 else ""
    reporter.note(
        f"train: {n_batches:,} batches per epoch, with {n_windows:.1f} windows and {n_tokens:,.0f} tokens on average"
        f"{shared}; {padding:.1%} of what is computed is padding"
    )
    return round(padding, 4)


def _checksum(examples: Sequence[Example]) -> str:
    """A run that goes on must find the tokens and the gold it began with."""
    digest = hashlib.sha256()
    for example in examples:
        digest.update(f"{example.input_ids} {example.gold}".encode())
    return digest.hexdigest()


def _build_model(
    config: RunConfig,
    documents: Sequence[Document],
    corpus: Corpus,
    folder: RunFolder | Follower,
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
