"""What ``torch.compile`` would save in training: ``benchmarks/results/compiled-cpu.json``.

    OMP_NUM_THREADS=1 python benchmarks/compiled.py

The bundled corpus with minilm; batches differ in length, so shapes are compiled as dynamic. Seconds are the
processor's, not the clock's: other work on the machine does not count.
"""

import argparse
import datetime
import json
import time
from pathlib import Path

import torch

from gprel.config import RunConfig
from gprel.corpora import load
from gprel.features.batch import Batch, Collator
from gprel.features.buckets import LengthBuckets
from gprel.model import Extractor
from gprel.provenance import provenance
from gprel.training.build import build, examples_of

RESULT = Path(__file__).parent / "results" / "compiled-cpu.json"


def main() -> None:
    """Train the same batches plainly and compiled, one after another, and write the seconds."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--batches", type=int, default=20, help="batches per round (default: 20)")
    parser.add_argument("--rounds", type=int, default=2, help="rounds of which the fastest counts (default: 2)")
    arguments = parser.parse_args()
    documents = load("demo", splits=("train",)).split("train")
    model = build(RunConfig().override(["encoder.name=minilm"]), documents, [])
    examples, _ = examples_of(model, documents)
    buckets = LengthBuckets([len(example.input_ids) for example in examples], 16, 42, 0)
    collate = Collator(0, model.head.targets)
    batches = [collate([examples[i] for i in rows]) for rows in list(buckets)[: arguments.batches]]
    model.train()
    steps(model, batches[:3])
    plain = min(steps(model, batches) for _ in range(arguments.rounds))
    model.encoder.model.compile(dynamic=True)
    first = steps(model, batches)
    compiled = min(steps(model, batches) for _ in range(arguments.rounds))
    result = {
        "date": datetime.date.today().isoformat(),
        **provenance(),
        "batches": len(batches),
        "lengths": sorted({batch.input_ids.shape[1] for batch in batches}),
        "plain_seconds": round(plain, 2),
        "compiled_seconds": round(compiled, 2),
        "first_round_seconds": round(first, 2),
    }
    RESULT.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    print(RESULT.read_text(encoding="utf-8"), end="")


def steps(model: Extractor, batches: list[Batch]) -> float:
    """Forward and backward passes over batches, in seconds of the processor."""
    began = time.process_time()
    for batch in batches:
        with torch.autocast("cpu", torch.bfloat16):
            loss = model(batch)
        loss.total.backward()
        model.zero_grad()
    return time.process_time() - began


if __name__ == "__main__":
    main()
