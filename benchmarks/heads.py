"""Time and memory of losses and decoders over the number of relations, next to one encoder step.

    python benchmarks/heads.py                 CPU, and CUDA where there is one; minutes
    python benchmarks/heads.py --plot          only draw the picture again (drawing needs the extra "plots")

Every cell of the table runs in a process of its own, so that its peak memory is its own; the encoder step of the same
length runs between them. Writes ``benchmarks/results/heads-DEVICE.json`` and ``heads-DEVICE.png``.
"""

import argparse
import datetime
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from gprel.decode import Spans, at_candidates, link, pair_up
from gprel.encoders import new_model, resolve
from gprel.heads import HEADS
from gprel.memory import keep_freed_memory
from gprel.nn.grid import Grid
from gprel.nn.losses import imbalance_loss
from gprel.nn.mask import CellMask, TokenMask
from gprel.nn.pointer import build_pointer
from gprel.nn.precision import autocast, pick_precision
from gprel.provenance import provenance

RESULTS = Path(__file__).parent / "results"
RELATIONS, LENGTHS = (24, 216, 1000, 5000), (64, 128, 512)
BATCH, HIDDEN, GOLD, CANDIDATES = 16, 384, 5, 10  # sentences, width of minilm, triples and entities per sentence
LOSSES = {"dense": ("efficient", True), "chunked standard": ("standard", False), "factorized": ("efficient", False)}
STEADY = 1.0  # seconds that a cell runs at least, however often that is
SLOW = 1 << 27  # cells: more are computed once and cold, eight times as many by chunks not at all
MEMORY_SHARE = 0.7  # a dense cell that would need more of the free memory is not run


def main() -> None:
    """Run the table, or a single cell of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cell", help=argparse.SUPPRESS)
    parser.add_argument("--plot", action="store_true", help="draw from the results that are there")
    parser.add_argument(
        "--repeats", type=int, default=5, help="runs of each cell at least; the median counts (default: 5)"
    )
    arguments = parser.parse_args()
    if arguments.cell:
        print(json.dumps(run_cell(**json.loads(arguments.cell))))
        return
    for device in ("cpu", "cuda") if torch.cuda.is_available() else ("cpu",):
        path = RESULTS / f"heads-{device}.json"
        if not arguments.plot:
            table = measure(device, arguments.repeats)
            path.write_text(json.dumps(table, indent=1) + "\n", encoding="utf-8")
        plot(json.loads(path.read_text(encoding="utf-8")), path.with_suffix(".png"))


def measure(device: str, repeats: int) -> dict[str, Any]:
    """Every cell, one after another."""
    cells = []
    for length in LENGTHS:
        work = [("minilm step", 0), ("bert-base step", 0), ("minilm forward", 0)]
        if length == 128:
            work += [("factorized compiled", 216)]
            work += [("dense kept", 216), ("factorized kept", 216), ("gplinker kept", 24), ("gplinker kept", 1000)]
        work += [(kind, n) for n in RELATIONS for kind in (*LOSSES, "gplinker", "decode", "dense decode")]
        for kind, n_relations in work:
            cell = {"kind": kind, "n_relations": n_relations, "length": length, "device": device, "repeats": repeats}
            done = subprocess.run(
                [sys.executable, __file__, "--cell", json.dumps(cell)], stdout=subprocess.PIPE, text=True, check=True
            )
            cells.append({**cell, **json.loads(done.stdout)})
            print(cells[-1], file=sys.stderr)
    setting = {"batch": BATCH, "hidden": HIDDEN, "gold_per_sentence": GOLD, "candidates_per_sentence": CANDIDATES}
    command = "python benchmarks/heads.py"
    return {
        "command": command,
        "date": datetime.date.today().isoformat(),
        **provenance(),
        "setting": setting,
        "cells": cells,
    }


def run_cell(kind: str, n_relations: int, length: int, device: str, repeats: int) -> dict[str, Any]:
    """Median milliseconds and peak extra memory of one piece of work; ``null`` where it would not fit."""
    torch.manual_seed(0)
    if kind.endswith(" kept"):  # as gprel's commands do; the other cells run as any program with torch does
        keep_freed_memory()
        kind = kind.removesuffix(" kept")
    if kind.startswith("dense"):
        needed = BATCH * n_relations * length**2 * 4 * (6 if kind == "dense" else 2)
        if needed > MEMORY_SHARE * free_memory(device):
            return {"milliseconds": None, "mebibytes": None, "needs_mebibytes": needed >> 20}
    n_cells = BATCH * n_relations * length**2
    if kind == "chunked standard" and n_cells > SLOW * 8:
        return {"milliseconds": None, "mebibytes": None, "needs_mebibytes": None}
    is_slow = kind in ("dense", "chunked standard", "dense decode") and n_cells > SLOW
    repeats = 1 if is_slow else repeats
    work = build(kind, n_relations, length, torch.device(device))
    if not is_slow:
        work()  # warm-up
    reset_peak(device)
    before = peak(device)
    times: list[float] = []
    while len(times) < repeats or (sum(times) < STEADY and repeats > 1):
        began = time.perf_counter()
        work()
        if device == "cuda":
            torch.cuda.synchronize()
        times.append(time.perf_counter() - began)
    return {"milliseconds": round(1000 * statistics.median(times), 2), "mebibytes": (peak(device) - before) >> 20}


def build(kind: str, n_relations: int, length: int, device: torch.device) -> Callable[[], object]:
    """The piece of work a cell measures."""
    if kind.endswith(("step", "forward")):
        return encoder_work(kind, length, device)
    states = torch.randn(BATCH, length, HIDDEN, device=device, requires_grad=True)
    everywhere = torch.ones(BATCH, length, dtype=torch.bool, device=device)
    if kind == "gplinker":
        return head_work(states, everywhere, n_relations)
    name, *compiled = kind.split(" compiled")
    if name in LOSSES:
        pointer_kind, use_dense = LOSSES[name]
        pointer = build_pointer(pointer_kind, HIDDEN, n_relations, size=64, use_rope=False).to(device)  # type: ignore[arg-type]
        mask, gold = CellMask(everywhere, everywhere, use_triangle=False), gold_cells(n_relations, length, device)
        loss = torch.compile(imbalance_loss) if compiled else imbalance_loss
        factors = [part if part is None else part.detach().requires_grad_() for part in pointer(states)]
        return lambda: loss(Grid._make(factors), mask, gold, use_dense=use_dense).backward()
    return decode_work(kind, states, n_relations)


def encoder_work(kind: str, length: int, device: torch.device) -> Callable[[], object]:
    """A training step or a forward pass of an encoder alone."""
    if kind.startswith("bert-base"):
        from transformers import BertConfig

        encoder = new_model(BertConfig())
    else:
        encoder = resolve("minilm").model()
    encoder = encoder.to(device).train(kind.endswith("step"))  # type: ignore[arg-type]
    ids = torch.randint(1000, 20_000, (BATCH, length), device=device)
    precision = pick_precision("auto", device)

    def step() -> None:
        with torch.set_grad_enabled(kind.endswith("step")), autocast(precision, device):
            states = encoder(input_ids=ids, attention_mask=torch.ones_like(ids)).last_hidden_state
        if kind.endswith("step"):
            states.float().square().mean().backward()

    return step


def head_work(states: torch.Tensor, everywhere: torch.Tensor, n_relations: int) -> Callable[[], object]:
    """The whole GPLinker head: entity, first-token and last-token pointers and their losses."""
    head = HEADS["gplinker"](HIDDEN, n_types=4, n_relations=n_relations).to(states.device)
    length, device = states.size(1), states.device
    links = gold_cells(n_relations, length, device)
    targets = {"entities": gold_cells(4, length, device).sort(1).values, "firsts": links, "lasts": links}
    targets["entities"] = torch.stack([links[:, 0], links[:, 1] % 4, *links[:, 2:].sort(1).values.unbind(1)], 1).unique(
        dim=0
    )
    mask = TokenMask(everywhere, everywhere, everywhere)
    return lambda: head.loss(states, mask, targets).total.backward()


def decode_work(kind: str, states: torch.Tensor, n_relations: int) -> Callable[[], object]:
    """Relations between given candidates, or dense grids thresholded everywhere; no triple passes."""
    length, device = states.size(1), states.device
    pointers = [build_pointer("efficient", HIDDEN, n_relations, size=64, use_rope=False).to(device) for _ in range(2)]
    batch = torch.arange(BATCH, device=device).repeat_interleave(CANDIDATES)
    first = torch.randint(0, length - 3, (len(batch),), device=device)
    spans = Spans(batch, torch.zeros_like(batch), first, first + 2, torch.ones(len(batch), device=device))
    thresholds = torch.full((n_relations,), 50.0, device=device)

    @torch.inference_mode()
    def fast() -> object:
        everyone = torch.arange(len(batch), device=device)
        pairs = pair_up(everyone, everyone, batch, BATCH)
        chosen = [at_candidates(states, spans, positions) for positions in (spans.first, spans.last)]
        firsts, lasts = (pointer(some) for pointer, (some, _) in zip(pointers, chosen, strict=True))
        compact = spans._replace(first=chosen[0][1], last=chosen[1][1])
        return link(compact, pairs, firsts, lasts, thresholds, most=500)

    @torch.inference_mode()
    def dense() -> object:
        return [(pointer(states).dense() > 50.0).nonzero() for pointer in pointers]

    return dense if kind == "dense decode" else fast


def gold_cells(n_labels: int, length: int, device: torch.device) -> torch.Tensor:
    """Random gold cells (batch, label, row, column)."""
    n = BATCH * GOLD
    batch = torch.arange(n) % BATCH
    cells = torch.stack([batch, torch.randint(n_labels, (n,)), *torch.randint(length, (2, n)).unbind(0)], dim=1)
    distinct: torch.Tensor = cells.unique(dim=0)
    return distinct.to(device)


def free_memory(device: str) -> int:
    """Bytes that can still be taken."""
    if device == "cuda":
        return torch.cuda.mem_get_info()[0]
    return next(int(line.split()[1]) << 10 for line in open("/proc/meminfo") if line.startswith("MemAvailable"))


def reset_peak(device: str) -> None:
    """Start counting peak memory anew (Linux: the resident set's high-water mark)."""
    if device == "cuda":
        torch.cuda.reset_peak_memory_stats()
    else:
        Path("/proc/self/clear_refs").write_text("5")


def peak(device: str) -> int:
    """Peak memory in bytes since the last reset."""
    if device == "cuda":
        return torch.cuda.max_memory_allocated()
    return next(int(line.split()[1]) << 10 for line in open("/proc/self/status") if line.startswith("VmHWM"))


def plot(table: dict[str, Any], path: Path) -> None:
    """Milliseconds over relations, one panel per length, the encoder step as a level line."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, panels = pyplot.subplots(1, len(LENGTHS), figsize=(13, 4), sharey=True)
    for panel, length in zip(panels, LENGTHS, strict=True):
        cells = [c for c in table["cells"] if c["length"] == length and c["milliseconds"] is not None]
        for kind in (*LOSSES, "gplinker"):
            points = [(c["n_relations"], c["milliseconds"]) for c in cells if c["kind"] == kind]
            if points:
                panel.plot(*zip(*points, strict=True), marker="o", label=kind)
        for kind, style in (("minilm step", "--"), ("bert-base step", ":")):
            level = next(c["milliseconds"] for c in cells if c["kind"] == kind)
            panel.axhline(level, linestyle=style, color="gray", label=kind)
        panel.set(xscale="log", yscale="log", title=f"{length} tokens, batch {BATCH}", xlabel="relations")
    panels[0].set_ylabel("milliseconds, forward + backward")
    panels[0].legend(fontsize=8)
    figure.tight_layout()
    figure.savefig(path, dpi=110)


if __name__ == "__main__":
    main()
