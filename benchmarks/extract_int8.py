"""What 8-bit weights cost in F1: trained models against their exports, on annotated test documents.

    python benchmarks/extract_int8.py CORPUS[:VARIANT][=FOLD]@MODEL ... [--data-dir DIR]

For example ``conll04@runs/conll04/model webnlg:star@runs/star/model ade=0@runs/ade/model``. Each model is exported as
``gprel export --int8`` does it, and scored on the test split as ``--data`` does it: torch in float32 against the
export. The result goes to benchmarks/results/extract_int8.json; corpora that are not named stay in it as they were.
"""

import argparse
import datetime
import json
import re
import tempfile
from pathlib import Path
from typing import Any

from gprel.corpora import load
from gprel.export import compare_backends, export_onnx
from gprel.extraction.onnx_backend import OnnxBackend
from gprel.extraction.torch_backend import TorchBackend
from gprel.provenance import provenance

RESULT = Path(__file__).parent / "results" / "extract_int8.json"
NAMED = re.compile(r"(?P<name>\w+)(:(?P<variant>\w+))?(=(?P<fold>\d+))?@(?P<model>.+)")


def main() -> None:
    """Measure, print, and write the result."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="+", metavar="CORPUS[:VARIANT][=FOLD]@MODEL")
    parser.add_argument("--data-dir", help="folder that holds the corpora (default: $GPREL_DATA)")
    arguments = parser.parse_args()
    result = json.loads(RESULT.read_text(encoding="utf-8")) if RESULT.exists() else {}
    result |= {"date": datetime.date.today().isoformat(), **provenance()}
    for named in arguments.models:
        match = NAMED.fullmatch(named)
        if match is None:
            parser.error(f"{named!r} is not CORPUS[:VARIANT][=FOLD]@MODEL")
        fold = None if match["fold"] is None else int(match["fold"])
        options = {"data_dir": arguments.data_dir, "variant": match["variant"], "fold": fold}
        corpus = load(match["name"], splits=("test",), **options)
        measured = measure(match["model"], corpus.split("test"), corpus.rule or "strict")
        result.setdefault("corpora", {})[corpus.title] = measured
        print(corpus.title, json.dumps(measured), flush=True)
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(result, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def measure(model: str, documents: list[Any], rule: str) -> dict[str, Any]:
    """Export a model and score both."""
    original = TorchBackend.open(model, precision="no")
    with tempfile.TemporaryDirectory() as folder:
        export_onnx(original.model, folder, use_int8=True)
        n_bytes = sum(path.stat().st_size for path in Path(folder).iterdir())
        compared = compare_backends(original, OnnxBackend(folder), documents, rule)
    return {
        "documents": len(documents),
        "rule": rule,
        "megabytes": {
            "torch": round(sum(path.stat().st_size for path in Path(model).iterdir()) / 1e6, 1),
            "onnx int8": round(n_bytes / 1e6, 1),
        },
        "micro_f1": {
            one.kind: {
                "torch float32": round(one.before, 2),
                "onnx int8": round(one.after, 2),
                "loss": round(one.loss, 2),
            }
            for one in compared
        },
    }


if __name__ == "__main__":
    main()
