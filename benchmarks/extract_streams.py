"""Time and memory of ``gprel extract`` over the size of its input: lines, one long document, a file of 3 GB.

    python benchmarks/extract_streams.py [--large]

Everything runs with the random ``tiny`` encoder, because it is about memory and growth, not about a model, and in
processes of its own. Seconds of the processor are told beside those of the clock: other work on the machine changes the
one little and the other much. ``--large`` adds up to a million lines and a file of 3 GB (half an hour, and 7 GB of disk
in the folder for temporary files). The result goes to benchmarks/results/extract_streams.json.
"""

import argparse
import datetime
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from gprel.config import RunConfig
from gprel.corpora import load
from gprel.provenance import provenance
from gprel.training.build import build

RESULT = Path(__file__).parent / "results" / "extract_streams.json"
LINES, MANY_LINES = (10_000, 30_000, 100_000), (300_000, 1_000_000)
MEGABYTES = (1, 2, 5)  # of one document
WIDE_LINES, PAYLOAD = 300_000, 10_000  # characters of a field that passes through: 3 GB
SENTENCE = "Nora Belvin founded Ostander & Sons in Larnost in 1991 and still runs it. "
ONE = "one line"


def main() -> None:
    """Measure, print, and write the result after every size."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--large", action="store_true", help="a million lines and a file of 3 GB as well")
    use_large = parser.parse_args().large
    sizes: list[tuple[str, str, int, int, int]] = [(ONE, "lines", 1, 1, 0)]
    sizes += [(f"{n:,} lines", "lines", n, 1, 0) for n in (*LINES, *(MANY_LINES if use_large else ()))]
    sizes += [(f"a document of {size} MB", "megabytes", 1, size * 10**6 // len(SENTENCE), 0) for size in MEGABYTES]
    sizes += [(f"{WIDE_LINES:,} lines of 10 kB", "lines", WIDE_LINES, 1, PAYLOAD)] if use_large else []
    result: dict[str, Any] = {"date": datetime.date.today().isoformat(), **provenance(), "encoder": "tiny", "sizes": {}}
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        config = RunConfig.from_dict({"encoder": {"name": "tiny"}})
        build(config, list(load("demo").split("train")), []).save_pretrained(folder / "model")
        for name, unit, *shape in sizes:
            measured = run(folder, *shape)
            empty = result["sizes"].get(ONE, measured)
            result["sizes"][name] = measured | growth(measured, empty, unit)
            print(name, json.dumps(result["sizes"][name]), flush=True)
            RESULT.parent.mkdir(exist_ok=True)
            RESULT.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")


def run(folder: Path, n_lines: int, n_times: int, payload: int) -> dict[str, Any]:
    """Extract generated lines with the command.

    Args:
        folder: Holds the model, and takes input and output.
        n_lines: Lines of the input.
        n_times: Sentences of a line.
        payload: Characters of a field that passes through; 0 for none.
    """
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
        sys.exit(f"{' '.join(command)} ended with status {os.waitstatus_to_exitcode(status)}")
    with out.open("rb") as file:
        if sum(1 for _ in file) != n_lines:
            sys.exit(f"{out} has not as many lines as {source}")
    return {
        "lines": n_lines,
        "megabytes": round(source.stat().st_size / 1e6, 2),
        "seconds": round(seconds, 2),
        "cpu_seconds": round(usage.ru_utime + usage.ru_stime, 2),
        "peak_mebibytes": usage.ru_maxrss >> 10,
    }


def growth(measured: dict[str, Any], empty: dict[str, Any], unit: str) -> dict[str, Any]:
    """Time per line or megabyte, start-up taken off."""
    size = measured[unit]
    return {
        f"{name}_per_{unit.removesuffix('s')}": round(1000 * (measured[key] - empty[key]) / size, 4)
        for name, key in (("milliseconds", "seconds"), ("cpu_milliseconds", "cpu_seconds"))
        if measured is not empty
    }


if __name__ == "__main__":
    main()
