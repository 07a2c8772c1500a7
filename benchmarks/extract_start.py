"""How long ``gprel extract`` takes to start: one line in, one line out, with an exported and with a torch model.

    python benchmarks/extract_start.py --onnx DIR [--model DIR] [--rounds 7]

Every run is a process of its own; files are in the system's cache, because the first run is not counted. Seconds of
the processor are told beside those of the clock. The result goes to benchmarks/results/extract_start.json.
"""

import argparse
import datetime
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from gprel.provenance import provenance

RESULT = Path(__file__).parent / "results" / "extract_start.json"
SENTENCE = "Nora Belvin founded Ostander & Sons in Larnost in 1991 and still runs it."


def main() -> None:
    """Measure, print, and write the result."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--onnx", required=True, help="an exported model")
    parser.add_argument("--model", help="a torch model, for comparison")
    parser.add_argument("--rounds", type=int, default=7, help="counted runs of each (default: 7)")
    arguments = parser.parse_args()
    models = {"onnx": arguments.onnx, "torch": arguments.model}
    result: dict[str, Any] = {"date": datetime.date.today().isoformat(), **provenance()}
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "in.jsonl"
        source.write_text(json.dumps({"text": SENTENCE}) + "\n", encoding="utf-8")
        for name, model in models.items():
            if model is not None:
                runs = [started(model, source) for _ in range(arguments.rounds + 1)][1:]
                result[name] = {key: spread([run[key] for run in runs]) for key in runs[0]} | {"runs": len(runs)}
                print(name, json.dumps(result[name]), flush=True)
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")


def started(model: str, source: Path) -> dict[str, float]:
    """Seconds of the clock and of the processor, and peak memory, of one extraction."""
    out = source.with_suffix(".out.jsonl")
    command = [sys.executable, "-m", "gprel", "extract", str(source), "--model", model, "--out", str(out)]
    began = time.perf_counter()
    child = subprocess.Popen([*command, "--overwrite"], stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    seconds = time.perf_counter() - began
    if status:
        sys.exit(f"{' '.join(command)} ended with status {os.waitstatus_to_exitcode(status)}")
    return {
        "seconds": seconds,
        "cpu_seconds": usage.ru_utime + usage.ru_stime,
        "peak_mebibytes": usage.ru_maxrss >> 10,
    }


def spread(values: list[float]) -> dict[str, float]:
    """Median, least and most."""
    middle, least, most = statistics.median(values), min(values), max(values)
    return {"median": round(middle, 2), "min": round(least, 2), "max": round(most, 2)}


if __name__ == "__main__":
    main()
