"""What is said of the measured extractions follows from the files."""

import json
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

ORIGIN = {"machine": {"processor": "Abacus", "cores": 3}, "versions": {"torch": "9.9"}, "commit": "c0ffee"}


def spread(median: float) -> dict[str, float]:
    return {"median": median, "min": median - 0.1, "max": median + 0.1}


def group(chosen: str, *others: str, **more: Any) -> dict[str, Any]:
    speeds = {name: 1000 * number for number, name in enumerate((chosen, *others), start=1)}
    ratios = {f"{chosen} to {name}": spread(1 / number) for number, name in enumerate(others, start=2)}
    return {"commit": "c0ffee", "texts": 1234, "rounds": 7, "tokens_per_second": speeds, **ratios, **more}


def size(n_lines: int, cpu_seconds: float, **more: float) -> dict[str, float]:
    return {"lines": n_lines, "megabytes": n_lines / 300, "cpu_seconds": cpu_seconds, "peak_mebibytes": 954, **more}


@pytest.fixture
def tables(scripts: Path) -> Any:
    return import_module("extraction_tables")


@pytest.fixture
def results(tmp_path: Path) -> Path:
    def passes(head: float, whole: float) -> dict[str, Any]:
        return {"head": spread(head), "pipeline": spread(whole)}

    costs = {"gplinker": passes(0.06, 1.12), "pfn": passes(0.9, 1.97)}
    start = {"seconds": spread(0.74), "cpu_seconds": spread(0.7), "peak_mebibytes": spread(220), "runs": 5}
    f1 = {"triples": {"torch float32": 60.0, "onnx int8": 60.2, "loss": -0.2}}
    corpus = {"documents": 288, "rule": "strict", "megabytes": {"torch": 91.6, "onnx int8": 24.2}, "micro_f1": f1}
    files: dict[str, dict[str, Any]] = {
        "extract": {
            "encoder": group("pipeline", "encoder"),
            "heads": group("gplinker", "pfn", encoder_passes=costs),
            "onnx": group("onnx int8", "torch float32", "torch"),
            "relations": group("1000", "5"),
        },
        "extract_start": {"onnx": start, "torch": start},
        "extract_int8": {"corpora": {"CoNLL04": corpus}},
        "extract_streams": {
            "encoder": "tiny",
            "sizes": {
                "one line": size(1, 4.0),
                "10,000 lines": size(10_000, 10.0, cpu_milliseconds_per_line=0.6),
                "a document of 2 MB": size(1, 9.0, cpu_milliseconds_per_megabyte=2500),
                "1,000,000 lines, 3 GB": size(10**6, 604.0, cpu_milliseconds_per_line=0.6),
            },
        },
        "extract_ray": {
            "documents_per_second": {"1 worker": 500, "2 workers": 850},
            "2 workers to 1": spread(1.7),
            "cluster_start_seconds": 2.3,
            "worker_start_seconds": 6.1,
            "reading_documents_per_second": 55821,
        },
    }
    for name, values in files.items():
        (tmp_path / f"{name}.json").write_text(json.dumps({**ORIGIN, **values}), encoding="utf-8")
    return tmp_path


def test_every_figure_has_its_place(tables: Any, results: Path) -> None:
    text = tables.extraction(results)
    for line in (
        "| pipeline | 1,000 | - | - |",
        "| encoder | 2,000 | 0.50 | 0.40 to 0.60 |",
        "| torch | 3,000 | 0.33 | 0.23 to 0.43 |",
        "| onnx (5 runs) | 0.74 | 0.64 to 0.84 | 0.70 | 220 MiB |",
        "| CoNLL04 | 288 | triples, strict, micro F1 | 60.00 | 60.20 | -0.20 |",
        "| 10,000 lines | 33.3 MB | 10.0 | 0.60 ms a line | 954 MiB |",
        "| a document of 2 MB | 0.0 MB | 9.0 | 2,500.00 ms a MB | 954 MiB |",
    ):
        assert line in text.splitlines()
    assert "with `gplinker` 1.12 (the head 0.06); with `pfn` 1.97 (the head 0.90)" in text
    assert "an extraction would be 1.97 times faster than with `pfn`, and no more" in text
    assert "2 workers against 1: 1.70 times (1.60 to 1.80)" in text
    assert text.count("c0ffee") == 4 + 4


def test_the_short_form_tells_of_the_largest_input(tables: Any, results: Path) -> None:
    text = tables.in_short(results)
    assert (
        "on Abacus with 3 cores, sentences of CoNLL04, `minilm`: 3,000 tokens a second with torch, 1,000 with" in text
    )
    assert (
        "starts in 0.7 seconds. Any number of texts passes in constant memory: 1,000,000 lines of\n3,333 MB in 954 MiB"
        in text
    )
