"""Write the tables of measured figures into README.md and docs/ from the files in ``benchmarks/results/``.

python benchmarks/render.py           rewrite what stands between the markers
python benchmarks/render.py --check   exit 1 if that would change anything
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from comparison_tables import comparisons
from extraction_tables import extraction, in_short
from score_tables import results_page, scores_table

from gprel.formats import FORMATS

ROOT = Path(__file__).resolve().parents[1]
START, END = "<!-- results: written by benchmarks/render.py -->", "<!-- end of results -->"

KINDS = ("dense", "chunked standard", "factorized", "gplinker", "decode", "dense decode")


def main() -> None:
    """Rewrite or check the documents."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="only tell whether the documents are up to date")
    use_check = parser.parse_args().check
    for path, table in DOCUMENTS.items():
        text = (ROOT / path).read_text(encoding="utf-8")
        new = render(text, table(ROOT / "benchmarks" / "results"))
        if use_check and new != text:
            sys.exit(f"{path} is not what benchmarks/render.py writes; run it")
        (ROOT / path).write_text(new, encoding="utf-8")


def render(text: str, table: str) -> str:
    """A document with a table between its markers."""
    before, _, rest = text.partition(START)
    _, _, after = rest.partition(END)
    return f"{before}{START}\n{table}{END}{after}"


def readme(results: Path) -> str:
    """Scores, and the speed of an extraction in two sentences."""
    return f"{scores_table(results)}\n{in_short(results)}"


def costs_table(results: Path) -> str:
    """The costs of losses, head and decoding over the number of relations, and what follows from them."""
    table = read(results / "heads-cpu.json")
    cells = {(c["kind"], c["n_relations"], c["length"]): c for c in table["cells"]}
    lengths = sorted({length for _, _, length in cells})
    relations = sorted({n for _, n, _ in cells if n})
    rows = [("relations", "tokens", *KINDS, "minilm step"), ("---",) * (len(KINDS) + 3)]
    for length in lengths:
        for n in relations:
            shown = [cost(cells[kind, n, length]) for kind in KINDS]
            rows.append((f"{n:,}", str(length), *shown, cost(cells["minilm step", 0, length])))
    return f"{conditions(table)}\n\n{markdown(rows)}\n" + "".join(f"- {line}\n" for line in ratios(cells, results))


KEPT = (("dense", 216), ("factorized", 216), ("gplinker", 24), ("gplinker", 1000))  # cells run with freed memory kept


def formats_table(_: Path) -> str:
    """The annotation formats as a Markdown table."""
    rows: list[tuple[str, ...]] = [("name", "what", "read", "write"), ("---",) * 4]
    rows += [(f"`{name}`", f.about, "yes", "yes" if f.write else "-") for name, f in FORMATS.items()]
    return markdown(rows)


def conditions(table: dict[str, Any]) -> str:
    """Under which conditions the costs were measured, and what the columns mean."""
    machine, setting, repeats = table["machine"], table["setting"], table["cells"][0]["repeats"]
    return (
        "Milliseconds / MiB of extra memory, forward and backward (decoding: forward), median of at least "
        f"{repeats} runs (the slowest: one); batch {setting['batch']}, {setting['gold_per_sentence']} triples and "
        f"{setting['candidates_per_sentence']} candidate spans per sentence; {machine['processor']}, "
        f"{machine['cores']} cores, commit `{table['commit']}`. `dense`, `chunked standard` and `factorized` are one "
        "pointer's loss, from the factors of its grid to their gradients; `gplinker` is the whole head, projections "
        "and three losses. A dash: not run, it would have needed more memory than there was, or minutes."
    )


def cost(cell: dict[str, Any]) -> str:
    """Milliseconds and MiB of a cell."""
    if cell["milliseconds"] is None:
        if cell["needs_mebibytes"] is None:
            return "- (minutes)"
        return f"- (needs {cell['needs_mebibytes'] / 1024:,.0f} GiB)"
    return f"{cell['milliseconds']:,.1f} / {cell['mebibytes']:,}"


def ratios(cells: dict[tuple[str, int, int], dict[str, Any]], results: Path) -> list[str]:
    """What the figures say, as sentences."""
    dense, fast = cells["dense", 216, 128], cells["factorized", 216, 128]
    step, head = cells["minilm step", 0, 128]["milliseconds"], cells["gplinker", 216, 128]["milliseconds"]
    growth = cells["gplinker", 1000, 128]["milliseconds"] / cells["gplinker", 24, 128]["milliseconds"]
    decode = cells["decode", 216, 128]["milliseconds"] / cells["minilm forward", 0, 128]["milliseconds"]
    memory = dense["mebibytes"] / max(1, fast["mebibytes"])
    lines = [
        f"216 relations, 128 tokens: factorized is {dense['milliseconds'] / fast['milliseconds']:,.0f} times faster "
        f"than dense and takes {memory:,.0f} times less extra memory.",
        f"216 relations, 128 tokens: the whole head costs {100 * head / step:.1f} % of a minilm step; from 24 to 1,000 "
        f"relations its cost grows {growth:.1f} times.",
        f"216 relations, 128 tokens: links of ten candidates a sentence cost {100 * decode:.1f} % of the encoder's "
        "forward pass.",
    ]
    kept = {(kind, n): cells[f"{kind} kept", n, 128]["milliseconds"] for kind, n in KEPT}
    lines.append(
        "gprel's commands keep freed memory for the next tensors, which helps most what allocates most: then dense "
        f"takes {kept['dense', 216]:,.0f} ms and factorized {kept['factorized', 216]:.1f} ms "
        f"({kept['dense', 216] / kept['factorized', 216]:.0f} times faster), and the head grows "
        f"{kept['gplinker', 1000] / kept['gplinker', 24]:.1f} times from 24 to 1,000 relations."
    )
    compiled = cells["factorized compiled", 216, 128]["milliseconds"]
    lines.append(
        f"Under `torch.compile` the factorized loss of 216 relations and 128 tokens takes {compiled:.1f} ms instead of "
        f"{fast['milliseconds']:.1f} ms."
    )
    corpora = read(results / "relations.json")
    training, ratio = corpora["training"], corpora["training"]["ratio_webnlg_to_conll04"]
    speeds = training["tokens_per_second"]
    n_relations, peak = training["n_relations"], corpora["webnlg_exact_peak_mebibytes"]
    lines.append(
        f"WebNLG exact ({n_relations['webnlg']} relations) trains at {speeds['webnlg']:,} tokens/s, CoNLL04 "
        f"({n_relations['conll04']} relations) at {speeds['conll04']:,}, alternating in one process: ratio "
        f"{ratio['median']:.2f} (blocks from {ratio['min']:.2f} to {ratio['max']:.2f}). Peak memory of WebNLG exact: "
        f"{peak:,} MiB."
    )
    if decoding := corpora.get("decoding"):
        lines.append(
            f"A trained WebNLG exact model on its {decoding['documents']} test sentences: decoding takes "
            f"{100 * decoding['decoding_to_encoder']:.1f} % of the encoder's time, pointers and decoding together "
            f"{100 * decoding['head_to_encoder']:.1f} %."
        )
    fast_run, dense_run = (read(results / f"webnlg-star{tag}.json") for tag in ("-plain", "-dense"))
    scores = [run["scores"]["triples"]["partial"]["micro"]["f1"] for run in (fast_run, dense_run)]
    lines.append(
        f"WebNLG* trained twice with the same seed (commit `{fast_run['commit']}`), test triple F1 (partial): "
        f"{scores[0]:.2f} factorized, {scores[1]:.2f} dense."
    )
    return lines


def read(path: Path) -> dict[str, Any]:
    """A result file."""
    result: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return result


def markdown(rows: list[tuple[str, ...]]) -> str:
    """Rows as a Markdown table."""
    return "\n".join("| " + " | ".join(cells) + " |" for cells in rows) + "\n"


DOCUMENTS = {
    "README.md": readme,
    "docs/any-number-of-relations.md": costs_table,
    "docs/baselines.md": comparisons,
    "docs/data.md": formats_table,
    "docs/extraction.md": extraction,
    "docs/results.md": results_page,
}

if __name__ == "__main__":
    main()
