"""What the benchmarks of ``gprel extract`` measured, as Markdown, with machine and commit."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

Spread = dict[str, float]


def extraction(results: Path) -> str:
    """All there is to say of the speed, the memory and the start of an extraction."""
    parts: dict[str, Callable[[dict[str, Any]], str]] = {
        "extract": speeds,
        "extract_start": starts,
        "extract_int8": eight_bits,
        "extract_streams": sizes,
        "extract_ray": cluster,
    }
    return "\n".join(part(read(results / f"{name}.json")) for name, part in parts.items())


def in_short(results: Path) -> str:
    """The few figures that tell whether to read on."""
    speed, start, streams = (read(results / f"extract{end}.json") for end in ("", "_start", "_streams"))
    onnx = speed["onnx"]["tokens_per_second"]
    largest = list(streams["sizes"].values())[-1]
    return (
        f"`gprel extract` on {machine(speed)}, sentences of CoNLL04, `minilm`: {onnx['torch']:,} tokens a second with "
        f"torch, {onnx['onnx int8']:,} with\nan exported int8 model, which starts in "
        f"{start['onnx']['seconds']['median']:.1f} seconds. Any number of texts passes in constant memory: "
        f"{largest['lines']:,} lines of\n{largest['megabytes']:,.0f} MB in {largest['peak_mebibytes']:,} MiB "
        "([how it was measured](docs/extraction.md#what-was-measured)).\n"
    )


def speeds(result: dict[str, Any]) -> str:
    """Speeds against the encoder, other heads, other backends and other numbers of relations."""
    titles = {
        "encoder": "against its own encoder on the same batches, and against a loop over single texts",
        "heads": "against the same extraction with other heads",
        "onnx": "by backend; `pfn` and `casrel` have torch alone",
        "relations": "by number of relations",
    }
    rows = [["what alternates", "tokens a second", "ratio", "least to most"], ["---"] * 4]
    for name, title in titles.items():
        part = result[name]
        rows.append(
            [f"**{title}**, commit `{part['commit']}`, {part['texts']:,} texts", "", "", f"{part['rounds']} rounds"]
        )
        for what, speed in part["tokens_per_second"].items():
            [ratio] = [r for key, r in part.items() if key.endswith(f" to {what}")] or [None]
            rows.append([what, f"{speed:,}", *([f"{ratio['median']:.2f}", ranged(ratio)] if ratio else ["-", "-"])])
    passes = result["heads"]["encoder_passes"]
    costs = "; ".join(
        f"with `{name}` {of['pipeline']['median']:.2f} (the head {of['head']['median']:.2f})"
        for name, of in passes.items()
    )
    bounds = " and ".join(
        f"{of['pipeline']['median']:.2f} times faster than with `{name}`"
        for name, of in passes.items()
        if name != "gplinker"
    )
    return (
        f"Speed on sentences of CoNLL04, {machine(result)}, torch {result['versions']['torch']} (`extract.json`). A "
        "ratio is by how much the row with a dash is faster than this one: the median over rounds in which all of a "
        "group alternate.\n\n"
        f"{table(rows)}\n"
        f"In seconds of one processor core a whole extraction takes, in passes of the encoder: {costs}. Nothing is "
        f"faster than its encoder: if all the rest cost nothing, an extraction would be {bounds}, and no more.\n"
    )


def starts(result: dict[str, Any]) -> str:
    """How long it takes to begin."""
    rows = [["model", "seconds", "least to most", "of the processor", "peak memory"], ["---"] * 5]
    for name in ("onnx", "torch"):
        of = result[name]
        seconds = of["seconds"]
        rows.append(
            [
                f"{name} ({of['runs']} runs)",
                f"{seconds['median']:.2f}",
                ranged(seconds),
                f"{of['cpu_seconds']['median']:.2f}",
                f"{of['peak_mebibytes']['median']:,.0f} MiB",
            ]
        )
    return f"From the command to the end of one line of text, {where(result)} (`extract_start.json`):\n\n{table(rows)}"


def eight_bits(result: dict[str, Any]) -> str:
    """What 8 bits cost in F1."""
    rows = [["test split", "documents", "", "torch float32", "onnx int8", "loss"], ["---"] * 6]
    for corpus, of in result["corpora"].items():
        for kind, f1 in of["micro_f1"].items():
            scores = [f"{f1[name]:.2f}" for name in ("torch float32", "onnx int8")]
            name = f"{kind}, {of['rule']}, micro F1"
            rows.append([corpus, f"{of['documents']:,}", name, *scores, f"{f1['loss']:+.2f}"])
    sizes = next(iter(result["corpora"].values()))["megabytes"]
    return (
        f"What 8 bits cost, one model per corpus, {where(result)} (`extract_int8.json`). A model of "
        f"{sizes['torch']:,.0f} MB becomes one of {sizes['onnx int8']:,.0f} MB.\n\n{table(rows)}"
    )


def sizes(result: dict[str, Any]) -> str:
    """Growth of time and memory with the input."""
    rows = [["input", "size", "seconds of the processor", "each", "peak memory"], ["---"] * 5]
    for name, of in result["sizes"].items():
        rows.append([name, megabytes(of), f"{of['cpu_seconds']:,.1f}", each(of), f"{of['peak_mebibytes']:,} MiB"])
    return (
        f"Growth with the size of the input, `{result['encoder']}` encoder, {where(result)} (`extract_streams.json`). "
        "The machine had other work, so the seconds are those of the processor; each is what a line or a megabyte "
        f"takes when the start is taken off.\n\n{table(rows)}"
    )


def megabytes(of: dict[str, Any]) -> str:
    """Size of an input."""
    return f"{of['megabytes']:,.1f} MB"


def each(of: dict[str, Any]) -> str:
    """What a line or a megabyte takes."""
    for unit, name in (("line", "line"), ("megabyte", "MB")):
        value = of.get(f"cpu_milliseconds_per_{unit}")
        if value is not None:
            return f"{value:,.2f} ms a {name}"
    return "-"


def cluster(result: dict[str, Any]) -> str:
    """What workers of a cluster add up to."""
    speed = "; ".join(f"{name}: {n:,}" for name, n in result["documents_per_second"].items())
    [(name, ratio)] = [(key, value) for key, value in result.items() if key.endswith("workers to 1")]
    return (
        f"`--engine ray` on this one machine, documents a second, {where(result)} (`extract_ray.json`): {speed}. "
        f"{name.removesuffix(' to 1')} against 1: {ratio['median']:.2f} times ({ranged(ratio)}). A cluster starts in "
        f"{result['cluster_start_seconds']:.1f} seconds, a worker with its model in "
        f"{result['worker_start_seconds']:.1f}; the one process that reads gives "
        f"{result['reading_documents_per_second']:,} short texts a second.\n"
    )


def where(result: dict[str, Any]) -> str:
    """Machine and commit."""
    return f"{machine(result)}, torch {result['versions']['torch']}, commit `{result['commit']}`"


def machine(result: dict[str, Any]) -> str:
    """Processor and cores."""
    return f"{result['machine']['processor']} with {result['machine']['cores']} cores"


def ranged(spread: Spread) -> str:
    """Least and most."""
    return f"{spread['min']:.2f} to {spread['max']:.2f}"


def table(rows: list[list[str]]) -> str:
    """Rows as a Markdown table."""
    return "\n".join("| " + " | ".join(cells) + " |" for cells in rows) + "\n"


def read(path: Path) -> dict[str, Any]:
    """A result file."""
    result: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return result
