"""How fast ``gprel extract`` is: against its own encoder, other ways, other heads, and with a thousand relations.

    python benchmarks/extract.py --model DIR [--onnx DIR] [--pfn DIR] [--casrel DIR] [--texts FILE]

Folders are trained models (``gprel train``, ``gprel export``) with one encoder. What is compared alternates within one
process, so that the machine's drift hits all of it; ratios are medians over the rounds. What a head costs is told in
passes of its encoder, in seconds of one processor core. A part whose model is not given is left as it was in
benchmarks/results/extract.json. Streams and long documents are measured by extract_streams.py.
"""

import argparse
import copy
import datetime
import json
import statistics
import time
from collections.abc import Callable, Iterator
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import torch

from gprel.corpora import load
from gprel.document import Document
from gprel.extraction.backend import Backend, open_backend
from gprel.extraction.item import Item
from gprel.extraction.pool import TOKENS_PER_BATCH, PoolRunner, pools
from gprel.extraction.record import json_lines
from gprel.extraction.run import extract_to_pipe
from gprel.extraction.torch_backend import TorchBackend
from gprel.features.batch import Batch
from gprel.formats import read_any
from gprel.memory import collect_rarely, keep_freed_memory
from gprel.model import Extractor
from gprel.nn.precision import autocast
from gprel.provenance import provenance

RESULT = Path(__file__).parent / "results" / "extract.json"
PARTS = ("encoder", "heads", "onnx", "relations")
FEW, MANY = 5, 1000  # relations
N_LOOP = 100  # texts of the plain loop, which is slow
N_COST = 500  # texts on which the costs of heads are measured
Work = Callable[[], int]  # does something once and returns the tokens that went through


def main() -> None:
    """Measure what there are models for, print it and write it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", required=True, help="a gplinker model")
    parser.add_argument("--onnx", help="the same model, exported with --int8")
    parser.add_argument("--pfn", help="a pfn model")
    parser.add_argument("--casrel", help="a casrel model")
    parser.add_argument("--texts", help="file with texts (default: the train split of the bundled demo corpus)")
    parser.add_argument(
        "--n-texts", type=int, default=3000, help="texts per round, repeated if too few (default: 3000)"
    )
    parser.add_argument("--rounds", type=int, default=5, help="rounds of everything compared (default: 5)")
    parser.add_argument("--parts", nargs="+", default=PARTS, choices=PARTS, help="measure these only (default: all)")
    parser.add_argument("--tokens", type=int, nargs="*", default=[], help="also compare these sizes of a batch")
    arguments = parser.parse_args()
    keep_freed_memory()  # as gprel's commands do
    result = json.loads(RESULT.read_text(encoding="utf-8")) if RESULT.exists() else {}
    items = texts_of(arguments.texts, arguments.n_texts)
    origin = provenance()
    commit = origin.pop("commit")
    result |= {"date": datetime.date.today().isoformat(), **origin}
    RESULT.parent.mkdir(exist_ok=True)
    for name, part in speeds(arguments, items):
        result[name] = {"commit": commit, "texts": len(items), "rounds": arguments.rounds, **part}
        print(name, json.dumps(part), flush=True)
        RESULT.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")


def texts_of(path: str | None, n: int) -> list[Item]:
    """So many texts as items."""
    documents = list(load("demo").split("train") if path is None else read_any(path))
    texts = (Document(document.text) for document in cycle(documents))
    return [Item("texts", number, "line", text) for number, text in enumerate(islice(texts, n), start=1)]


def speeds(arguments: argparse.Namespace, items: list[Item]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Everything that is compared, part by part."""
    rounds = arguments.rounds
    model = opened(arguments.model)
    collect_rarely()  # as gprel extract does
    if "encoder" in arguments.parts:
        yield "encoder", compare(against_encoder(model, items), "pipeline", rounds)
    if arguments.tokens:
        sizes = {str(n): pipeline(model, items, n) for n in {TOKENS_PER_BATCH, *arguments.tokens}}
        yield "batches", compare(sizes, str(TOKENS_PER_BATCH), rounds)
    folders = {name: getattr(arguments, name) for name in ("pfn", "casrel") if getattr(arguments, name)}
    if folders and "heads" in arguments.parts:
        heads = {"gplinker": model} | {name: opened(folder) for name, folder in folders.items()}
        speed = compare({name: pipeline(head, items) for name, head in heads.items()}, "gplinker", rounds)
        costs = {name: cost(head, items[:N_COST], rounds) for name, head in heads.items()}
        yield "heads", {**speed, "encoder_passes": costs}
    if arguments.onnx and "onnx" in arguments.parts:
        work = {
            "onnx int8": pipeline(open_backend(arguments.onnx, backend="onnx"), items),
            "torch float32": pipeline(opened(arguments.model, "no"), items),
            "torch": pipeline(model, items),
        }
        # Models with these heads cannot be exported.
        work |= {f"{name}, torch": pipeline(opened(folder), items) for name, folder in folders.items()}
        yield "onnx", compare(work, "onnx int8", rounds)
    if "relations" in arguments.parts:
        wide = {str(n): pipeline(TorchBackend(with_relations(model.model, n)), items) for n in (FEW, MANY)}
        yield "relations", compare(wide, str(MANY), rounds)


def opened(folder: str, precision: str = "auto") -> TorchBackend:
    """A trained model."""
    return TorchBackend.open(folder, precision=precision)


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
    for name in seen:
        if name != chosen:
            ratios = [a / b for a, b in zip(seen[chosen], seen[name], strict=True)]
            result[f"{chosen} to {name}"] = spread(ratios)
    return result


def spread(values: list[float]) -> dict[str, float]:
    """Median, least and most."""
    middle, least, most = statistics.median(values), min(values), max(values)
    return {"median": round(middle, 3), "min": round(least, 3), "max": round(most, 3)}


def pipeline(backend: Backend, items: list[Item], tokens_per_batch: int = TOKENS_PER_BATCH) -> Work:
    """From items to lines of output, as the command does it."""
    runner = PoolRunner(backend, tokens_per_batch=tokens_per_batch)
    n_tokens = tokens_in(backend, items)

    def run() -> int:
        ignore: Callable[[object], None] = lambda _: None  # noqa: E731
        extract_to_pipe(items, runner, json_lines, ignore, ignore, ignore)
        return n_tokens

    return run


def tokens_in(backend: Backend, items: list[Item]) -> int:
    """Tokens of texts, without padding."""
    return sum(len(example.input_ids) for example in backend.featurizer.examples([item.document for item in items]))


def against_encoder(backend: TorchBackend, items: list[Item]) -> dict[str, Work]:
    """The pipeline, its encoder alone on the same batches in two ways, and a plain loop over some of the texts."""
    model, batches, n_tokens = backend.model, batches_of(backend, items), tokens_in(backend, items)

    def encoder() -> int:
        for batch in batches:
            encode(model, batch)
        return n_tokens

    def at_once() -> int:
        with backend.threads() as threads:
            list(threads.map(lambda batch: encode(model, batch), batches))
        return n_tokens

    some = [item.document for item in items[:: max(1, len(items) // N_LOOP)]]
    n_some = sum(len(example.input_ids) for example in backend.featurizer.examples(some))

    def loop() -> int:
        for document in some:
            model.extract([document])
        return n_some

    work = {"pipeline": pipeline(backend, items), "encoder": encoder}
    return work | {"encoder, a batch per core": at_once, "loop over single texts": loop}


def batches_of(backend: TorchBackend, items: list[Item]) -> list[Batch]:
    """The batches that the pipeline makes."""
    runner = PoolRunner(backend)
    return [backend.collate(examples) for pool in pools(items) for examples in runner.prepare(pool).inputs()]


@torch.inference_mode()
def encode(model: Extractor, batch: Batch) -> None:
    """A pass of the encoder."""
    ids, valid, shapes = (part.to(model.device) for part in (batch.input_ids, batch.valid, batch.shapes))
    with autocast(model.precision or "no", model.device):
        model.encoder(ids, valid, shapes)
    if model.device.type == "cuda":
        torch.cuda.synchronize()


def cost(backend: TorchBackend, items: list[Item], rounds: int) -> dict[str, dict[str, float]]:
    """What head and everything else cost in passes of the encoder, in seconds of one processor core."""
    model, batches, whole = backend.model, batches_of(backend, items), pipeline(backend, items)
    n_threads, before = backend.n_threads, torch.get_num_threads()
    backend.n_threads = 1
    torch.set_num_threads(1)
    seen: dict[str, list[float]] = {"head": [], "pipeline": []}
    for _ in range(rounds + 1):
        alone = processor_seconds(lambda: [encode(model, batch) for batch in batches])
        seen["head"].append(processor_seconds(lambda: [model.extract_batch(batch) for batch in batches]) / alone - 1)
        seen["pipeline"].append(processor_seconds(whole) / alone)
    backend.n_threads = n_threads
    torch.set_num_threads(before)
    return {name: spread(values[1:]) for name, values in seen.items()}  # the first round warms


def processor_seconds(work: Callable[[], object]) -> float:
    """Seconds of the processor that some work takes."""
    began = time.process_time()
    work()
    return time.process_time() - began


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


if __name__ == "__main__":
    main()
