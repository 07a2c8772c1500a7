"""How fast ``gprel extract`` is: against its own encoder, other ways, other heads, and over the size of its input.

    python benchmarks/extract.py --model DIR [--onnx DIR] [--pfn DIR] [--casrel DIR] [--texts FILE] [--large]

Folders are trained models (``gprel train``, ``gprel export``) with one encoder. What is compared alternates within one
process, so that the machine's drift hits all of it; ratios are medians over the rounds. Streams and long documents run
with the random ``tiny`` encoder in processes of their own, because they are about memory and growth, not about a model;
``--large`` adds a million lines and a file of 3 GB (hours less than a real encoder, still half an hour, and 7 GB of
disk). A part whose model is not given is left as it was in ``benchmarks/results/extract.json``.
"""

import argparse
import copy
import datetime
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import torch

from gprel.config import RunConfig
from gprel.corpora import load
from gprel.document import Document
from gprel.extraction.ahead import ahead
from gprel.extraction.backend import Backend, open_backend
from gprel.extraction.item import Item
from gprel.extraction.pool import TOKENS_PER_BATCH, PoolRunner, Prepared, pools
from gprel.extraction.record import json_lines
from gprel.extraction.torch_backend import TorchBackend
from gprel.formats import read_any
from gprel.memory import keep_freed_memory
from gprel.model import Extractor
from gprel.nn.precision import autocast
from gprel.provenance import provenance
from gprel.training.build import build

RESULT = Path(__file__).parent / "results" / "extract.json"
LINES, MANY_LINES = (10_000, 30_000, 100_000), (300_000, 1_000_000)
MEGABYTES = (1, 2, 5)  # of one document
FEW, MANY = 5, 1000  # relations
N_LOOP = 100  # texts of the plain loop, which is slow
SENTENCE = "Nora Belvin founded Ostander & Sons in Larnost in 1991 and still runs it. "
Work = Callable[[], int]  # does something once and returns the tokens that went through


def main() -> None:
    """Measure what there are models for, print it and write it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", help="a gplinker model; without it only streams are measured")
    parser.add_argument("--onnx", help="the same model, exported with --int8")
    parser.add_argument("--pfn", help="a pfn model")
    parser.add_argument("--casrel", help="a casrel model")
    parser.add_argument("--texts", help="file with texts (default: the train split of the bundled demo corpus)")
    parser.add_argument("--n-texts", type=int, default=3000, help="texts per round at most (default: 3000)")
    parser.add_argument("--rounds", type=int, default=5, help="rounds of everything compared (default: 5)")
    parser.add_argument("--tokens", type=int, nargs="*", default=[], help="also compare these sizes of a batch")
    parser.add_argument("--large", action="store_true", help="a million lines and a file of 3 GB as well")
    parser.add_argument("--no-streams", action="store_true", help="leave out streams and long documents")
    arguments = parser.parse_args()
    keep_freed_memory()  # as gprel's commands do
    result = json.loads(RESULT.read_text(encoding="utf-8")) if RESULT.exists() else {}
    result |= {"date": datetime.date.today().isoformat(), **provenance()}
    items = texts_of(arguments.texts, arguments.n_texts)
    result |= dict(speeds(arguments, items))
    if not arguments.no_streams:
        result["streams"] = streams(arguments.large)
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    print(json.dumps({name: part for name, part in result.items() if name not in ("versions", "machine")}, indent=2))


def texts_of(path: str | None, most: int) -> list[Item]:
    """Texts as items."""
    documents = iter(load("demo").split("train")) if path is None else read_any(path)
    texts = [Document(document.text) for _, document in zip(range(most), documents, strict=False)]
    return [Item("texts", number, "line", document) for number, document in enumerate(texts, start=1)]


def speeds(arguments: argparse.Namespace, items: list[Item]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Everything that is compared within this process, part by part."""
    if not arguments.model:
        return
    rounds = arguments.rounds
    model = opened(arguments.model)
    yield "encoder", compare(against_encoder(model, items), "pipeline", rounds)
    yield "batches", compare({str(n): pipeline(model, items, n) for n in batch_sizes(arguments.tokens)}, "4096", rounds)
    heads = {name: getattr(arguments, name) for name in ("pfn", "casrel") if getattr(arguments, name)}
    if heads:
        work = {"gplinker": pipeline(model, items)}
        work |= {name: pipeline(opened(folder), items) for name, folder in heads.items()}
        yield "heads", compare(work, "gplinker", rounds)
    if arguments.onnx:
        work = {
            "onnx int8": pipeline(open_backend(arguments.onnx, backend="onnx"), items),
            "torch float32": pipeline(opened(arguments.model, "no"), items),
            "torch": pipeline(model, items),
        }
        yield "onnx", compare(work, "onnx int8", rounds)
    wide = {str(n): pipeline(TorchBackend(with_relations(model.model, n)), items) for n in (FEW, MANY)}
    yield "relations", compare(wide, str(MANY), rounds)


def opened(folder: str, precision: str = "auto") -> TorchBackend:
    """A trained model."""
    return TorchBackend.open(folder, precision=precision)


def batch_sizes(more: list[int]) -> list[int]:
    """Sizes of a batch in tokens, the default among them."""
    return sorted({TOKENS_PER_BATCH, *more})


def compare(work: dict[str, Work], chosen: str, rounds: int) -> dict[str, Any]:
    """Let several kinds of work alternate.

    Returns:
        For each its tokens a second, and by how much the chosen one is faster than each other (median, least, most).
    """
    for one in work.values():
        one()  # warm
    seen: dict[str, list[float]] = {name: [] for name in work}
    for _ in range(rounds):
        for name, one in work.items():
            began = time.perf_counter()
            n_tokens = one()
            seen[name].append(n_tokens / (time.perf_counter() - began))
    result: dict[str, Any] = {"tokens_per_second": {name: round(statistics.median(s)) for name, s in seen.items()}}
    for name in set(work) - {chosen}:
        ratios = [a / b for a, b in zip(seen[chosen], seen[name], strict=True)]
        middle, least, most = statistics.median(ratios), min(ratios), max(ratios)
        result[f"{chosen} to {name}"] = {"median": round(middle, 3), "min": round(least, 3), "max": round(most, 3)}
    print(json.dumps(result), flush=True)
    return result


def pipeline(backend: Backend, items: list[Item], tokens_per_batch: int = TOKENS_PER_BATCH) -> Work:
    """From items to lines of output, as the command does it."""
    runner = PoolRunner(backend, tokens_per_batch=tokens_per_batch)

    def run() -> int:
        n_tokens = 0
        for prepared in ahead(map(runner.prepare, pools(items))):
            n_tokens += size_of(prepared)
            for record in runner.finish(prepared).records:
                list(json_lines(record))
        return n_tokens

    return run


def against_encoder(backend: TorchBackend, items: list[Item]) -> dict[str, Work]:
    """The pipeline, its encoder alone on the same batches, and a plain loop over some of the texts."""
    model, runner = backend.model, PoolRunner(backend)
    prepared = [runner.prepare(pool) for pool in pools(items)]
    batches = [backend.collate([p.examples[i] for i in batch]) for p in prepared for batch in p.batches]
    n_tokens = sum(map(size_of, prepared))

    @torch.inference_mode()
    def encoder() -> int:
        for batch in batches:
            ids, valid, shapes = (part.to(model.device) for part in (batch.input_ids, batch.valid, batch.shapes))
            with autocast(model.precision or "no", model.device):
                model.encoder(ids, valid, shapes)
        if model.device.type == "cuda":
            torch.cuda.synchronize()
        return n_tokens

    some = [item.document for item in items[:: max(1, len(items) // N_LOOP)]]

    def loop() -> int:
        for document in some:
            model.extract([document])
        return sum(len(example.input_ids) for example in backend.featurizer.examples(some))

    return {"pipeline": pipeline(backend, items), "encoder": encoder, "loop": loop}


def size_of(prepared: Prepared) -> int:
    """Tokens of a pool, without padding."""
    return sum(len(example.input_ids) for example in prepared.examples)


def with_relations(model: Extractor, n: int) -> Extractor:
    """The same model with so many relations: the first of its own, then copies of them that are never predicted."""
    own = model.schema.relation_types
    config: Any = copy.deepcopy(model.config)
    rows = [i % len(own) for i in range(n)]
    config.labels = {**(config.labels or {}), "relation_types": [*own[:n], *(f"copy {i}" for i in range(len(own), n))]}
    config.labels["arguments"] = {}
    config.thresholds = None
    options = {**(config.head_options or {}), "n_relations": n}
    if options.get("allowed") is not None:
        options["allowed"] = [[i, *pair] for i, row in enumerate(rows) for r, *pair in options["allowed"] if r == row]
    config.head_options = options
    wide = Extractor(config)
    state = model.state_dict()
    for name, wanted in wide.state_dict().items():
        if state[name].shape != wanted.shape:
            state[name] = state[name].unflatten(0, (len(own), -1))[rows].flatten(0, 1)
            if name.endswith("bias") and ".project." not in name:
                state[name][len(own) :] -= 100.0
    wide.load_state_dict(state)
    wide.tokenizer, wide.precision = model.tokenizer, model.precision
    return wide.to(model.device)  # type: ignore[arg-type,no-any-return]


def streams(is_large: bool) -> dict[str, Any]:
    """Time and peak memory over the size of the input, each run in a process of its own."""
    result: dict[str, Any] = {"encoder": "tiny"}
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        build(
            RunConfig.from_dict({"encoder": {"name": "tiny"}}), list(load("demo").split("train")), []
        ).save_pretrained(folder / "model")
        empty = run(folder, 1)
        result["one line"] = empty
        for n_lines in (*LINES, *(MANY_LINES if is_large else ())):
            result[f"{n_lines:,} lines"] = grown(run(folder, n_lines), empty, n_lines)
        for size in MEGABYTES:
            n_times = size * 10**6 // len(SENTENCE)
            result[f"a document of {size} MB"] = grown(run(folder, 1, n_times), empty, size)
        if is_large:
            result["1,000,000 lines, 3 GB"] = grown(run(folder, 10**6, payload=3000), empty, 10**6)
    return result


def run(folder: Path, n_lines: int, n_times: int = 1, payload: int = 0) -> dict[str, Any]:
    """Extract generated lines with the command."""
    source, out = folder / "in.jsonl", folder / "out.jsonl"
    with source.open("w", encoding="utf-8") as file:
        for number in range(n_lines):
            record = {"id": str(number), "text": SENTENCE * n_times} | ({"more": "x" * payload} if payload else {})
            file.write(json.dumps(record) + "\n")
    command = [sys.executable, "-m", "gprel", "extract", str(source), "--model", str(folder / "model")]
    began = time.perf_counter()
    child = subprocess.Popen([*command, "--out", str(out), "--overwrite"], stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    seconds = time.perf_counter() - began
    if status:
        sys.exit(f"{' '.join(command)} ended with status {status}")
    measured = {"megabytes": round(source.stat().st_size / 1e6, 1), "seconds": round(seconds, 2)}
    print(n_lines, measured, usage.ru_maxrss >> 10, "MiB", flush=True)
    return {**measured, "peak_mebibytes": usage.ru_maxrss >> 10}


def grown(measured: dict[str, Any], empty: dict[str, Any], size: int) -> dict[str, Any]:
    """With the time per unit of size, start-up taken off."""
    return {**measured, "milliseconds_each": round(1000 * (measured["seconds"] - empty["seconds"]) / size, 4)}


if __name__ == "__main__":
    main()
