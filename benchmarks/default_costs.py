"""What the model that comes with gprel costs: size of the wheel, time to the first triples, speed and memory.

    python benchmarks/default_costs.py [--rounds 5]

Every command runs in a process of its own, as a user would type it, on the processor alone. "Cold" means that the files
of the model and of the libraries were dropped from the page cache before, as far as no other process uses them.
Seconds on a machine with other work say little, so processor seconds and the load stand beside them. The result is
``benchmarks/results/default-costs.json``, which the card shows.
"""

import argparse
import datetime
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from importlib.metadata import distribution
from pathlib import Path
from statistics import median

from tokenizers import Tokenizer

from gprel.extraction.default_model import default_model
from gprel.provenance import provenance

ROOT = Path(__file__).resolve().parents[1]
RESULT = Path(__file__).parent / "results" / "default-costs.json"
ARTICLES = ROOT / "examples" / "articles.jsonl"
TEXT = "Marie Curie was born in Warsaw."
COPIES = 50  # of the articles, for the speed
LIBRARIES = ("numpy", "onnxruntime", "pyyaml", "rich", "tokenizers", "typer")


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5, help="starts of each kind (default: 5)")
    parser.add_argument("--result", type=Path, default=RESULT, help=f"file to write (default: {RESULT.name})")
    arguments = parser.parse_args()
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as scratch:
        result = {
            "name": "default-costs",
            "date": datetime.date.today().isoformat(),
            **provenance(),
            "load": round(load, 1),
            "wheel_megabytes": round(wheel_size(Path(scratch) / "wheel") / 1e6, 1),
            "model_megabytes": round(sum(path.stat().st_size for path in default_model().iterdir()) / 1e6, 1),
            "start": {kind: starts(arguments.rounds, is_cold=kind == "cold") for kind in ("cold", "warm")},
            "many": many(Path(scratch)),
        }
    arguments.result.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(result, indent=2))


def wheel_size(scratch: Path) -> int:
    """Bytes of the wheel, built from a copy: building leaves folders beside the sources."""
    ignored = shutil.ignore_patterns(".*", "build", "dist", "*.egg-info", "__pycache__", "tests", "benchmarks")
    shutil.copytree(
        ROOT, scratch / "source", ignore=lambda at, names: {*ignored(at, names), *(["runs"] if at == str(ROOT) else [])}
    )
    pip = [sys.executable, "-m", "pip", "-q", "--disable-pip-version-check", "wheel"]
    options = ["--no-deps", "--no-build-isolation", "-w", str(scratch), str(scratch / "source")]
    subprocess.run([*pip, *options], check=True, cwd=scratch)
    (wheel,) = scratch.glob("*.whl")
    return wheel.stat().st_size


def starts(n_rounds: int, *, is_cold: bool) -> dict[str, float]:
    """From the command to the end of its output, for one sentence."""
    runs = []
    for _ in range(n_rounds):
        if is_cold:
            drop_from_cache(files())
        runs.append(timed(["extract", "--text", TEXT]))
    seconds, processor, _ = zip(*runs, strict=True)
    return {
        "seconds": round(median(seconds), 2),
        "least_seconds": round(min(seconds), 2),
        "most_seconds": round(max(seconds), 2),
        "processor_seconds": round(median(processor), 2),
    }


def many(scratch: Path) -> dict[str, float]:
    """Speed and memory of an extraction of many articles into a file, start included."""
    text = ARTICLES.read_text(encoding="utf-8")
    (scratch / "in.jsonl").write_text(text * COPIES, encoding="utf-8")
    tokenizer = Tokenizer.from_file(str(default_model() / "tokenizer.json"))
    n_tokens = COPIES * sum(
        len(tokenizer.encode(json.loads(line)["text"], add_special_tokens=False).ids) for line in text.splitlines()
    )
    command = ["extract", str(scratch / "in.jsonl"), "--out", str(scratch / "out.jsonl"), "--overwrite"]
    seconds, processor, peak = timed(command)
    return {
        "n_documents": COPIES * len(text.splitlines()),
        "n_tokens": n_tokens,
        "seconds": round(seconds, 2),
        "processor_seconds": round(processor, 2),
        "tokens_per_second": round(n_tokens / seconds),
        "tokens_per_processor_second": round(n_tokens / processor),
        "peak_megabytes": round(peak / 1e6),
    }


def timed(arguments: Sequence[str]) -> tuple[float, float, int]:
    """Seconds, processor seconds and peak memory in bytes of a gprel command.

    Raises:
        CalledProcessError: If it fails.
    """
    command = [sys.executable, "-m", "gprel", *arguments]
    began = time.perf_counter()
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=ROOT)
    _, status, used = os.wait4(child.pid, 0)
    seconds = time.perf_counter() - began
    if code := os.waitstatus_to_exitcode(status):
        raise subprocess.CalledProcessError(code, command)
    return seconds, used.ru_utime + used.ru_stime, used.ru_maxrss * 1024


def files() -> Iterator[Path]:
    """The files of the model and of the libraries that run it."""
    yield from default_model().iterdir()
    for name in LIBRARIES:
        found = distribution(name)
        yield from (Path(str(found.locate_file(file))) for file in found.files or ())


def drop_from_cache(paths: Iterator[Path]) -> None:
    """Let the system forget the content of files, where it is able to."""
    for path in paths:
        if path.is_file() and hasattr(os, "posix_fadvise"):
            with path.open("rb") as file:
                os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


if __name__ == "__main__":
    main()
