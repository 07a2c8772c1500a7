"""How much two workers of a Ray cluster on this machine extract in the time of one.

    python benchmarks/extract_ray.py --model DIR [--pools 20] [--rounds 3] [--workers 2]

The cluster is started once. What is timed is the growth of time from a small input to a large one, so that starting
workers and loading models, which happen once, do not count; they are printed on their own. One and more workers
alternate, and the ratio is the median over the rounds. Every worker computes with one thread. The local engine with one
thread, and the reading of the input by itself, which only one process does, are measured beside them. The result goes
to benchmarks/results/extract_ray.json.
"""

import argparse
import datetime
import functools
import json
import os
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("RAY_worker_niceness", "0")  # workers of equal rights with what they are compared with

from gprel.corpora import load as load_corpus
from gprel.extraction.backend import open_backend
from gprel.extraction.pool import POOL_ITEMS, PoolRunner, pools
from gprel.extraction.ray_engine import Plan, import_ray, ray_shares
from gprel.extraction.record import json_lines
from gprel.extraction.run import share_of
from gprel.extraction.sources import read_items
from gprel.provenance import provenance

RESULT = Path(__file__).parent / "results" / "extract_ray.json"
FEW = 4  # pools of the small input


def main() -> None:
    """Measure, print, and write the result."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", required=True, help="a trained or exported model")
    parser.add_argument("--workers", type=int, default=2, help="workers to compare with one (default: 2)")
    parser.add_argument("--pools", type=int, default=20, help="pools by which the large input is larger (default: 20)")
    parser.add_argument("--rounds", type=int, default=3, help="rounds of everything compared (default: 3)")
    arguments = parser.parse_args()
    ray = import_ray()
    began = time.perf_counter()
    own = {"num_cpus": arguments.workers, "object_store_memory": 1 << 28, "include_dashboard": False}
    ray.init("local", log_to_driver=False, logging_level="error", **own)
    result: dict[str, Any] = {"cluster_start_seconds": round(time.perf_counter() - began, 1)}
    with tempfile.TemporaryDirectory() as folder:
        few, many = (written(Path(folder), n) for n in (FEW, FEW + arguments.pools))
        result["reading_documents_per_second"] = round(reading(many))
        result |= compared(str(Path(arguments.model).resolve()), few, many, arguments)
    ray.shutdown()
    result = {"date": datetime.date.today().isoformat(), **result, **provenance()}
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    print(json.dumps({name: part for name, part in result.items() if name not in ("versions", "machine")}, indent=2))


def written(folder: Path, n_pools: int) -> Path:
    """A file with sentences of the bundled corpus for so many full pools, in a random order that is always the same."""
    texts = [document.text for document in load_corpus("demo").split("train")]
    generator = random.Random(0)
    path = folder / f"{n_pools}.jsonl"
    with path.open("w", encoding="utf-8") as file:
        for number in range(n_pools * POOL_ITEMS):
            file.write(json.dumps({"id": str(number), "text": generator.choice(texts)}) + "\n")
    return path


def opened(model: str) -> PoolRunner:
    """What a worker runs."""
    return PoolRunner(open_backend(model))


def reading(source: Path) -> float:
    """Documents a second that the one process that reads can give."""
    began = time.perf_counter()
    n_pools = sum(1 for _ in Plan((str(source),), functools.partial(opened, ""), json_lines).read(None))
    return n_pools * POOL_ITEMS / (time.perf_counter() - began)


def on_cluster(model: str, source: Path, n_workers: int) -> float:
    """Seconds for a file."""
    plan = Plan((str(source),), functools.partial(opened, model), json_lines)
    began = time.perf_counter()
    n_read = sum(share.counts.n_read for share in ray_shares(plan, n_workers=n_workers, use_gpu=True))
    assert n_read % POOL_ITEMS == 0
    return time.perf_counter() - began


def here(runner: PoolRunner, source: Path) -> float:
    """Seconds for a file with the local engine, one pool after the other."""
    began = time.perf_counter()
    for pool in pools(read_items([str(source)])):
        share_of(pool, runner.finish(runner.prepare(pool)), json_lines)
    return time.perf_counter() - began


def compared(model: str, few: Path, many: Path, arguments: argparse.Namespace) -> dict[str, Any]:
    """Documents a second of one worker, of several, and of the local engine, and what several are faster."""
    runner = opened(model)
    here(runner, few)
    work: dict[str, Callable[[Path], float]] = {
        "local, one thread": functools.partial(here, runner),
        "1 worker": lambda source: on_cluster(model, source, 1),
        f"{arguments.workers} workers": lambda source: on_cluster(model, source, arguments.workers),
    }
    seconds: dict[str, list[float]] = {name: [] for name in work}
    starts: list[float] = []
    for _ in range(arguments.rounds):
        for name, one in work.items():
            small = one(few)
            seconds[name].append((one(many) - small) / arguments.pools)
            if name == "1 worker":
                starts.append(small - FEW * seconds[name][-1])
            print(f"{name}: {seconds[name][-1]:.3f} seconds a pool", flush=True)
    several = f"{arguments.workers} workers"
    ratios = [one / more for one, more in zip(seconds["1 worker"], seconds[several], strict=True)]
    return {
        "documents_per_second": {name: round(POOL_ITEMS / statistics.median(all_)) for name, all_ in seconds.items()},
        "worker_start_seconds": round(statistics.median(starts), 1),
        f"{several} to 1": {
            "median": round(statistics.median(ratios), 2), "min": round(min(ratios), 2), "max": round(max(ratios), 2)
        },
    }  # fmt: skip


if __name__ == "__main__":
    main()
