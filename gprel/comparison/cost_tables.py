"""What the methods cost and where the numbers come from, as plain tables."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from gprel.comparison.cells import State
from gprel.comparison.compare import Comparison
from gprel.comparison.tables import DASH
from gprel.config.differences import differing
from gprel.plain_table import PlainTable

BUDGET = ("encoder.", "features.", "data.", "training.")  # a method with other ones is not compared on equal terms
_SHARED = (
    "data.name",
    "data.variant",
    "data.fold",
    "data.limit",
    "encoder.name",
    "features.max_tokens",
    "training.epochs",
    "training.batch_size",
    "training.encoder_lr",
    "training.head_lr",
    "training.patience",
    "training.select_on",
)


_STATES: dict[State, str] = {
    "new": "not run",
    "unfinished": "unfinished",
    "changed": "finished with other settings",
    "done": "done",
}


def cost_tables(comparison: Comparison) -> Iterator[PlainTable]:
    """Parameters, speed and memory of every corpus."""
    for name, summary in comparison.summaries.items():
        costs = comparison.costs.get(name, {})
        reference = comparison.matrix.methods[0].name
        rows = []
        for method, cells in comparison.finished(name).items():
            parameters = comparison.facts[cells[0].name]["n_parameters"] if cells else {}
            memory = costs.get("peak_training_bytes", {}).get(method)
            rows.append(
                (
                    method,
                    *(f"{parameters[part]:,}" if part in parameters else DASH for part in ("encoder", "head")),
                    *_speed(costs.get("training_tokens", {}).get(method)),
                    *_speed(costs.get("extraction_documents", {}).get(method)),
                    f"{memory / 2**20:,.0f}" if memory else DASH,
                )
            )
        yield PlainTable(
            f"{summary.title}: cost",
            (
                "method",
                "encoder weights",
                "head weights",
                "training, tokens/s",
                f"to {reference}",
                "extraction, documents/s",
                f"to {reference}",
                "peak memory, MiB",
            ),
            tuple(rows),
            _cost_notes(comparison, costs),
        )


def _speed(speed: Mapping[str, Any] | None) -> tuple[str, str]:
    if speed is None:
        return DASH, DASH
    median, least, most = speed["ratio"]
    per_second = speed["per_second"]
    shown = f"{per_second:,.0f}" if per_second >= 100 else f"{per_second:.1f}"
    return shown, f"{median:.2f}× ({least:.2f} to {most:.2f})"


def _cost_notes(comparison: Comparison, costs: Mapping[str, Any]) -> tuple[str, ...]:
    if not comparison.matrix.use_speed:
        return ("Speed and memory were not measured (speed: false).",)
    if not costs:
        return ("Speed and memory are measured once every method has a finished run with one common seed.",)
    return (
        f"All methods in one process, taking turns: {costs['blocks']} blocks of {costs['steps_per_block']} training "
        f"steps, and as many passes over at most {costs['n_extract']} documents with the models of seed "
        f"{costs['seed']}; the ratio is the median of the blocks (least to most). More is faster.",
        "Peak memory is that of a process of its own that trains on the longest documents: of the accelerator where "
        "there is one, else of the whole process.",
        f"Measured at commit {costs['commit']} on {machine(costs['machine'])}.",
    )


def machine(values: Mapping[str, Any]) -> str:
    """The machine in a few words."""
    devices = f", {', '.join(values['accelerators'])}" if values["accelerators"] else ""
    return f"{values['processor'] or values['system']}, {values['cores']} cores, {values['threads']} threads{devices}"


def settings_tables(comparison: Comparison) -> Iterator[PlainTable]:
    """What all methods share on each corpus, and in what they differ."""
    matrix = comparison.matrix
    shared = {corpus.name: corpus.config.to_dict() for corpus in matrix.corpora}
    rows = [
        (key, *(_text(shared[corpus.name][section][name]) for corpus in matrix.corpora))
        for key in _SHARED
        for section, _, name in (key.partition("."),)
    ]
    rows.insert(0, ("task", *(corpus.config.task for corpus in matrix.corpora)))
    names = tuple(corpus.name for corpus in matrix.corpora)
    yield PlainTable("The budget of every method", ("setting", *names), tuple(rows))
    found: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for corpus in matrix.corpora:
        configs = {method.name: matrix.config(method, corpus, matrix.seeds[0]) for method in matrix.methods}
        for setting, values in differing(configs).items():
            found.setdefault((setting, tuple(map(_text, values.values()))), []).append(corpus.name)
    unequal = sorted({setting for setting, _ in found if setting.startswith(BUDGET)})
    note = (
        f"The budget is not the same for all: {', '.join(unequal)}." if unequal else "The budget is the same for all."
    )
    yield PlainTable(
        "What differs between the methods",
        ("setting", "corpora", *(method.name for method in matrix.methods)),
        tuple((setting, ", ".join(corpora), *values) for (setting, values), corpora in found.items()),
        (note,),
    )


def _text(value: object) -> str:
    return DASH if value is None else str(value)


def runs_table(comparison: Comparison) -> PlainTable:
    """Every run: where its model comes from, and at which commit it was made."""
    failed = {failure.name: failure.error for failure in comparison.failures}
    rows = []
    for cell in comparison.cells:
        facts = comparison.facts.get(cell.name)
        if facts is None:
            state = f"failed: {failed[cell.name]}" if cell.name in failed else _STATES[cell.state()]
            rows.append((cell.method.name, cell.corpus.name, str(cell.seed), *[DASH] * 4, state))
            continue
        rows.append(
            (
                cell.method.name,
                cell.corpus.name,
                str(cell.seed),
                str(facts["best_epoch"]),
                f"{facts['training_seconds']:,.0f}",
                facts["precision"],
                str(facts["commit"] or DASH),
                "done",
            )
        )
    columns = ("method", "corpus", "seed", "best epoch", "training, s", "precision", "commit", "state")
    return PlainTable("Runs", columns, tuple(rows), tuple(_origin(list(comparison.facts.values()))))


def _origin(facts: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    commits = {str(f["commit"]) for f in facts}
    machines = sorted({machine(f["machine"]) for f in facts})
    versions = sorted({", ".join(f"{name} {version}" for name, version in f["versions"].items()) for f in facts})
    if len(commits) > 1:
        yield f"The runs come from {len(commits)} commits."
    if any(commit.endswith("+changes") for commit in commits):
        yield "+changes: the checkout had changes that no commit has."
    yield from (f"Machine: {text}." for text in machines)
    yield from (f"Versions: {text}." for text in versions)
