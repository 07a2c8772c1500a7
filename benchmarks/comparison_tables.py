"""What ``gprel compare`` measured, as Markdown: a table of scores per corpus, pairwise tests and costs."""

import json
from pathlib import Path
from typing import Any

FILES = (
    "conll04-fgm.json",
    "baselines-plain.json",
    "ade-webnlg.json",
    "same-time.json",
    "conll04-ner.json",
    "cluener-ner.json",
)  # in results/compare/
KINDS = {"entities": "entity", "triples": "triple"}


def comparisons(results: Path) -> str:
    """All comparisons there are, one section per corpus."""
    parts = []
    for name, table in (("baseline-ceiling", _ceilings), ("link-errors", _link_errors)):
        path = results / f"{name}.json"
        if path.is_file():
            parts.append(table(json.loads(path.read_text(encoding="utf-8"))))
    for name in FILES:
        path = results / "compare" / name
        if path.is_file():
            report: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
            parts += [_corpus(name, report, corpus) for corpus in report["scores"]]
    return "\n".join(parts)


def _ceilings(measured: dict[str, Any]) -> str:
    rows = [["method", "triple F1", "its ceiling", "offsets only", "its ceiling"], ["---"] * 5]
    for method, found in measured["methods"].items():
        figures = [f"{found[who][rule]:.2f}" for rule in ("strict", "boundaries") for who in ("model", "ceiling")]
        rows.append([f"`{method}`", *figures])
    title = (
        f"**What the baselines learn**: bundled corpus, {measured['split']}, {measured['n_documents']} documents, "
        f"rules strict and boundaries, micro F1, threshold 0, {measured['epochs']} epochs, "
        f"commit `{measured['commit']}` (`baseline-ceiling.json`):"
    )
    return "\n".join([title, "", *("| " + " | ".join(row) + " |" for row in rows)]) + "\n"


def _link_errors(measured: dict[str, Any]) -> str:
    given = "triples of gold entities"
    head = ["model", "seed", "entity F1", "triple P / R", "triple F1", "triple P / R, gold entities given", "F1"]
    head += ["missed: an argument", "missed: the link", "spurious: an argument", "spurious: the link"]
    rows = [head, ["---"] * len(head)]
    for model in measured["models"]:
        rows.append(
            [
                f"`{model['head']}`{', `fgm`' if model['fgm'] else ''}",
                str(model["seed"]),
                f"{model['entities']['f1']:.1f}",
                *(
                    cell
                    for kind in ("triples", given)
                    for cell in (
                        f"{model[kind]['precision']:.1f} / {model[kind]['recall']:.1f}",
                        f"{model[kind]['f1']:.1f}",
                    )
                ),
                *(str(model[what].get(why, 0)) for what in ("missed", "spurious") for why in ("argument", "link")),
            ]
        )
    n_gold = measured["models"][0]["triples"]["gold"]
    commits = sorted({model["commit"] for model in measured["models"]})
    title = (
        f"**Links of CoNLL04**, {measured['split']}, {n_gold} triples in {measured['n_documents']} documents, strict, "
        f"threshold 0, models of commits {', '.join(f'`{commit}`' for commit in commits)} (`link-errors.json`):"
    )
    return "\n".join([title, "", *("| " + " | ".join(row) + " |" for row in rows)]) + "\n"


def _corpus(file: str, report: dict[str, Any], corpus: str) -> str:
    found, setting = report["scores"][corpus], report["corpora"][corpus]
    kinds = [kind for kind in KINDS if kind in setting["figures"]]
    is_tuned = any(score.get("threshold") == "tuned" for score in found["scores"])
    heads = [head for kind in kinds for head in (f"{KINDS[kind]} F1", "tuned")[: 1 + is_tuned]]
    rows = [["method", "seeds", *heads, "95 %", "training", "extraction"]]
    rows.append(["---"] * len(rows[0]))
    for method in report["methods"]:
        scores, tuned = (_by_kind(found["scores"], setting, method, threshold) for threshold in ("0", "tuned"))
        if not scores:
            continue
        last = scores.get(kinds[-1])
        interval = last["interval"] if last else None
        rows.append(
            [
                f"`{method}`",
                ", ".join(str(seed) for seed in next(iter(scores.values()))["seeds"]),
                *(_f1(by.get(kind)) for kind in kinds for by in (scores, tuned)[: 1 + is_tuned]),
                f"{interval[0]:.1f} to {interval[1]:.1f}" if interval else "-",
                *_speeds(report["costs"].get(corpus), method),
            ]
        )
    golds = {s["kind"]: s["n_gold"] for s in found["scores"] if s["rule"] == setting["rule"] and s["n_gold"]}
    n_gold = ", ".join(f"{golds[kind]:,} {kind}" for kind in kinds if kind in golds)
    commits = sorted({run["commit"] for key, run in report["runs"].items() if run["corpus"] == corpus})
    lines = [
        f"**{found['title']}**, {setting['split']}, {n_gold} in {found['n_documents']:,} documents, rule "
        f"{setting['rule']}, {setting['average']} F1, threshold 0{', tuned: on dev' * is_tuned}, {_budget(setting)}, "
        f"commit {', '.join(f'`{commit}`' for commit in commits)} (`compare/{file}`):",
        "",
    ]
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    lines += ["", *(f"- {_pair(pair)}" for pair in found["pairs"] if pair["rule"] == setting["rule"])]
    return "\n".join(lines) + "\n"


def _by_kind(
    scores: list[dict[str, Any]], setting: dict[str, Any], method: str, threshold: str
) -> dict[str, dict[str, Any]]:
    """A method's scores of entities and triples under the corpus's rule and average; older files have none tuned."""
    wanted = (method, setting["rule"], setting["average"], threshold)
    return {
        score["kind"]: score
        for score in scores
        if (score["method"], score["rule"], score["average"], score.get("threshold", "0")) == wanted and score["f1"]
    }


def _budget(setting: dict[str, Any]) -> str:
    """Encoder, epochs and adversarial step; of each method where they differ."""
    training, parts = setting["config"]["training"], [f"encoder `{setting['config']['encoder']['name']}`"]
    for name, unit in (("epochs", " epochs"), ("fgm", "")):
        differing = setting["differing"].get(f"training.{name}")
        shown = f"`training.{name}` " if not unit or differing else ""
        if differing:
            parts.append(shown + ", ".join(f"{value} of `{method}`" for method, value in differing.items()))
        elif training.get(name):
            parts.append(f"{shown}{training[name]}{unit}")
    return ", ".join(parts)


def _f1(score: dict[str, Any] | None) -> str:
    if score is None:
        return "-"
    spread = f" ± {score['f1_sd']:.2f}" if len(score["f1"]) > 1 else ""
    return f"{score['f1_mean']:.2f}{spread}"


def _speeds(costs: dict[str, Any] | None, method: str) -> tuple[str, str]:
    """Speeds as multiples of the first method's."""
    if costs is None or method not in costs["training_tokens"]:
        return "-", "-"
    return tuple(f"{costs[name][method]['ratio'][0]:.2f}×" for name in ("training_tokens", "extraction_documents"))  # type: ignore[return-value]


def _pair(pair: dict[str, Any]) -> str:
    p = "p < 0.001" if pair["p"] < 0.001 else f"p = {pair['p']:.3f}"
    kind = f"{pair['kind']}, tuned" if pair.get("threshold") == "tuned" else pair["kind"]
    return (
        f"{kind}: {pair['first']} - {pair['second']} = {pair['difference']:+.2f} F1, {p} "
        f"(paired randomization over documents, seeds {', '.join(map(str, pair['seeds']))})"
    )
