"""Does a corpus with 216 relations train slower than one with 5? Speed per token, peak memory, share of decoding.

    python benchmarks/relations.py --data-dir DIR [--model FOLDER]

Training steps of CoNLL04 (5 relations) and WebNLG exact (216) alternate in one process, in blocks of a few steps, on
batches of equal length, so that the machine's drift hits both. Peak memory is that of a process that trains WebNLG
exact alone. With a trained WebNLG exact model, the share of decoding in extraction is measured on its test split.
Writes ``benchmarks/results/relations.json``.
"""

import argparse
import datetime
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import torch

from gprel.config import RunConfig
from gprel.corpora import load
from gprel.features.batch import Batch, Collator
from gprel.features.buckets import LengthBuckets
from gprel.features.example import Example
from gprel.memory import keep_freed_memory
from gprel.model import Extractor
from gprel.nn.precision import autocast, pick_precision
from gprel.provenance import provenance
from gprel.training.build import build, examples_of
from gprel.training.optim import build_optimizer

RESULT = Path(__file__).parent / "results" / "relations.json"
CORPORA = {"conll04": None, "webnlg": "exact"}
Result = TypeVar("Result")
BLOCKS, STEPS, BATCH = 8, 6, 16
LENGTHS = range(24, 48)  # tokens; both corpora have many such sentences


def main() -> None:
    """Measure and write the result."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data-dir", help="folder of the corpora (default: $GPREL_DATA)")
    parser.add_argument("--model", help="trained WebNLG exact model, for the share of decoding")
    parser.add_argument("--memory-only", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.data_dir:
        os.environ["GPREL_DATA"] = arguments.data_dir
    keep_freed_memory()  # as gprel's commands do
    if arguments.memory_only:
        trainer = Trainer("webnlg", None)
        for _ in range(40):
            trainer.step()
        print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10)
        return
    result: dict[str, Any] = {"command": "python benchmarks/relations.py", "date": datetime.date.today().isoformat()}
    result |= provenance() | {"training": training_speed()}
    peak = subprocess.run([sys.executable, __file__, "--memory-only"], stdout=subprocess.PIPE, text=True, check=True)
    result["webnlg_exact_peak_mebibytes"] = int(peak.stdout)
    if arguments.model:
        result["decoding"] = decoding_share(arguments.model)
    RESULT.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    print(json.dumps({key: result[key] for key in result if key not in ("versions", "machine")}, indent=2))


class Trainer:
    """Training steps of one corpus.

    Args:
        corpus: Its name.
        lengths: Use only windows of these lengths; ``None`` for all.
    """

    def __init__(self, corpus: str, lengths: range | None) -> None:
        config = RunConfig.from_dict({"data": {"name": corpus, "variant": CORPORA[corpus]}})
        documents = load(corpus, splits=("train",), variant=CORPORA[corpus]).split("train")
        self.model = build(config, documents, []).train()
        self.n_relations = len(self.model.schema.relation_types)
        self.optimizer = build_optimizer(self.model, config.training)
        examples, _ = examples_of(self.model, documents)
        if lengths is not None:
            examples = [example for example in examples if len(example.input_ids) in lengths]
        self.batches = self._batches(examples)
        self.precision = pick_precision("auto", torch.device("cpu"))

    def _batches(self, examples: list[Example]) -> Iterator[Batch]:
        assert self.model.tokenizer is not None  # build() sets it
        sampler = LengthBuckets([len(e.input_ids) for e in examples], BATCH, seed=0)
        collate = Collator(self.model.tokenizer.pad_token_id, self.model.head.targets)
        while True:
            for indices in sampler:
                yield collate([examples[i] for i in indices])
            sampler.epoch += 1

    def step(self) -> int:
        """One training step; returns its number of tokens."""
        batch = next(self.batches)
        with autocast(self.precision, torch.device("cpu")):
            loss = self.model(batch)
        loss.total.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.step()
        self.optimizer.zero_grad()
        return int(batch.valid.sum())


def training_speed() -> dict[str, Any]:
    """Tokens per second of both corpora, block by block, and the median of the blocks' ratios."""
    torch.manual_seed(0)
    trainers = {corpus: Trainer(corpus, LENGTHS) for corpus in CORPORA}
    speeds: dict[str, list[float]] = {corpus: [] for corpus in CORPORA}
    for block in range(BLOCKS + 1):  # the first one warms up
        for corpus, trainer in trainers.items():
            began = time.perf_counter()
            n_tokens = sum(trainer.step() for _ in range(STEPS))
            if block:
                speeds[corpus].append(n_tokens / (time.perf_counter() - began))
    ratios = [webnlg / conll for conll, webnlg in zip(speeds["conll04"], speeds["webnlg"], strict=True)]
    return {
        "n_relations": {corpus: trainer.n_relations for corpus, trainer in trainers.items()},
        "tokens_per_second": {corpus: round(statistics.median(values)) for corpus, values in speeds.items()},
        "ratio_webnlg_to_conll04": {
            "median": round(statistics.median(ratios), 3),
            "min": round(min(ratios), 3),
            "max": round(max(ratios), 3),
        },
    }


def timed(call: Callable[..., Result], name: str, seconds: dict[str, float]) -> Callable[..., Result]:
    """The same function, its seconds added up under a name."""

    def wrapped(*arguments: object) -> Result:
        began = time.perf_counter()
        result = call(*arguments)
        seconds[name] += time.perf_counter() - began
        return result

    return wrapped


def decoding_share(folder: str) -> dict[str, Any]:
    """Seconds of the encoder, of the pointers and of decoding over the test split of WebNLG exact."""
    model = Extractor.from_pretrained(folder)
    documents = load("webnlg", splits=("test",), variant="exact").split("test")
    seconds = {"encoder": 0.0, "head": 0.0, "pointers": 0.0}
    for pointer in (model.head.entities, model.head.firsts, model.head.lasts):  # type: ignore[attr-defined]
        pointer.forward = timed(pointer.forward, "pointers", seconds)
    model.head.extract = timed(model.head.extract, "head", seconds)  # type: ignore[method-assign]
    model.encoder.forward = timed(model.encoder.forward, "encoder", seconds)  # type: ignore[method-assign]
    model.extract(documents[:64])
    seconds.update(encoder=0.0, head=0.0, pointers=0.0)
    predicted = model.extract(documents)
    decoding = seconds["head"] - seconds["pointers"]
    return {
        "documents": len(documents),
        "triples": sum(len(document.relations or ()) for document in predicted),
        "seconds": {name: round(value, 3) for name, value in seconds.items()} | {"decoding": round(decoding, 3)},
        "decoding_to_encoder": round(decoding / seconds["encoder"], 4),
        "head_to_encoder": round(seconds["head"] / seconds["encoder"], 4),
    }


if __name__ == "__main__":
    main()
