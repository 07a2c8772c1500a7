"""Speed of training and of extraction: all methods of a corpus in one process, taking turns, so that drift hits all."""

import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle
from random import Random

import torch
from accelerate import Accelerator
from accelerate.state import AcceleratorState
from accelerate.utils import send_to_device, set_seed

from gprel.comparison.cells import Cell
from gprel.comparison.run import load_trained
from gprel.config import RunConfig
from gprel.corpora import Corpus
from gprel.document import Document
from gprel.features.batch import Batch, Collator
from gprel.features.buckets import LengthBuckets
from gprel.nn.precision import pick_precision
from gprel.training.backward import backward
from gprel.training.build import annotated, build, examples_of
from gprel.training.optim import build_optimizer

BLOCKS, STEPS = 5, 4  # blocks in which the methods take turns; training steps per block
N_TRAIN, N_EXTRACT = 1000, 128  # documents that are trained on, and that are extracted from


@dataclass(frozen=True)
class Speed:
    """How fast a method is.

    Attributes:
        per_second: Median over blocks: tokens of training, or documents of extraction.
        ratio: The same, divided by what the first method does in the same block: median, least and most.
    """

    per_second: float
    ratio: tuple[float, float, float]

    def to_dict(self) -> dict[str, object]:
        """As JSON-ready values."""
        return {"per_second": round(self.per_second, 1), "ratio": [round(value, 3) for value in self.ratio]}


def alternate(turns: Mapping[str, Callable[[], int]], n_blocks: int = BLOCKS) -> dict[str, Speed]:
    """Time several things in turn, block by block; an extra block before the others warms up.

    Args:
        turns: By name, a call that does one block's work and returns its amount.
        n_blocks: Blocks that count.

    Returns:
        Speeds in amount per second; ratios are to the first name.
    """
    speeds: dict[str, list[float]] = {name: [] for name in turns}
    for block in range(n_blocks + 1):
        for name, turn in turns.items():
            began = time.perf_counter()
            amount = turn()
            if block:
                speeds[name].append(amount / (time.perf_counter() - began))
    first = next(iter(speeds.values()))
    result = {}
    for name, values in speeds.items():
        ratios = [value / reference for value, reference in zip(values, first, strict=True)]
        result[name] = Speed(statistics.median(values), (statistics.median(ratios), min(ratios), max(ratios)))
    return result


class Trainer:
    """Training steps as in :func:`gprel.training.train`, without its reports.

    Args:
        config: Settings.
        documents: Training documents, from which the schema comes.
        sample: Those of them that are trained on.
    """

    def __init__(self, config: RunConfig, documents: Sequence[Document], sample: Sequence[Document]) -> None:
        set_seed(config.training.seed)
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.model = build(config, documents, [])
        self.model.to(self.device).train()  # type: ignore[arg-type]
        self.settings = config.training
        AcceleratorState._reset_state()  # what was trained before may have used another precision
        precision = pick_precision(config.training.mixed_precision, self.device)
        self._accelerator = Accelerator(mixed_precision=precision)
        self.optimizer = build_optimizer(self.model, config.training)
        self._batches = self._endless(sample)

    def _endless(self, sample: Sequence[Document]) -> Iterator[Batch]:
        examples, _ = examples_of(self.model, sample)
        lengths = [len(example.input_ids) for example in examples]
        sampler = LengthBuckets(lengths, self.settings.batch_size, self.settings.seed)
        pad = self.model.tokenizer.pad_token_id or 0  # type: ignore[union-attr]
        collate = Collator(pad, self.model.head.targets, self.settings.seed)
        for indices in cycle(list(sampler)):
            yield collate([examples[i] for i in indices])

    def step(self) -> int:
        """One training step.

        Returns:
            Its number of tokens.
        """
        batch = next(self._batches)
        n_tokens = int(batch.valid.sum())
        batch = send_to_device(batch, self.device)
        loss = backward(self._accelerator, self.model, self.model, batch, self.settings)
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), self.settings.max_grad_norm)
        self.optimizer.step()
        self.optimizer.zero_grad()
        loss.total.item()  # waits for an accelerator, as the loop does
        return n_tokens


def training_speed(cells: Mapping[str, Cell], corpus: Corpus) -> dict[str, Speed]:
    """Tokens per second of training.

    Args:
        cells: One cell per method.
        corpus: Their corpus.
    """
    trainers = {}
    for method, cell in cells.items():
        documents, _ = annotated(corpus.split("train"), cell.config.task)
        trainers[method] = Trainer(cell.config, documents, sampled(documents, N_TRAIN))

    def turn(trainer: Trainer) -> int:
        return sum(trainer.step() for _ in range(STEPS))

    return alternate({method: lambda trainer=trainer: turn(trainer) for method, trainer in trainers.items()})  # type: ignore[misc]


def extraction_speed(cells: Mapping[str, Cell], corpus: Corpus) -> dict[str, Speed]:
    """Documents per second of extraction with the trained models: what is found costs time, too.

    Args:
        cells: One finished cell per method.
        corpus: Their corpus.
    """
    documents = sampled(corpus.split(next(iter(cells.values())).corpus.split), N_EXTRACT)
    models = {method: load_trained(cell) for method, cell in cells.items()}
    return alternate({method: lambda m=model: len(m.extract(documents)) for method, model in models.items()})  # type: ignore[misc]


def sampled(documents: Sequence[Document], n: int) -> list[Document]:
    """At most ``n`` of the documents, drawn with a fixed seed, in their order."""
    if len(documents) <= n:
        return list(documents)
    return [documents[i] for i in sorted(Random(0).sample(range(len(documents)), n))]
