"""``gprel evaluate``."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple

import typer

from gprel.config import DataConfig
from gprel.document import Document
from gprel.errors import ConfigError
from gprel.evaluation import (
    BREAKDOWNS,
    KINDS,
    RULES,
    Evaluation,
    breakdown_table,
    per_type_table,
    table,
)

from .breakdowns import Broken, breakdowns_to_dict, broken_down, meanings, training_documents
from .console import print_data, print_note, print_table, stdout
from .corpus import load_data
from .data_options import LowResource
from .output import check_output

if TYPE_CHECKING:
    from gprel.model import Extractor
    from gprel.predict import PredictionLog


class _Result(NamedTuple):
    threshold: Literal["0", "tuned"]
    evaluation: Evaluation
    predicted: list[Document]

    @property
    def title(self) -> str:
        return "threshold 0" if self.threshold == "0" else "tuned thresholds"


class _Details(NamedTuple):
    intervals: dict[tuple[str, str], tuple[float, float]] | None
    broken: list[Broken]


def evaluate(
    model: Annotated[Path, typer.Argument(help="Model folder, for example runs/last/model.")],
    data: Annotated[str, typer.Option(help="Corpus name, or a .jsonl file or folder.")],
    split: Annotated[Literal["train", "dev", "test"], typer.Option(help="Split to score on.")] = "test",
    variant: Annotated[
        str | None,
        typer.Option(help="Edition of a corpus (gprel data list).", show_default="the first one"),
    ] = None,
    fold: Annotated[int | None, typer.Option(help="Fold 0 to 9 (ADE).", show_default="0")] = None,
    low_resource: LowResource = False,
    data_dir: Annotated[Path | None, typer.Option(envvar="GPREL_DATA", help="Folder that holds the corpora.")] = None,
    batch_size: Annotated[int, typer.Option(min=1, help="Windows per batch.")] = 32,
    precision: Annotated[
        Literal["auto", "bf16", "no"], typer.Option(help="auto picks bf16 where the processor has it.")
    ] = "auto",
    thresholds: Annotated[
        Literal["tuned", "zero", "both"] | None,
        typer.Option(
            help="Score with the thresholds that gprel tune saved, with 0, or with both.",
            show_default="both where the model is tuned, else zero",
        ),
    ] = None,
    per_type: Annotated[bool, typer.Option("--per-type", help="Also show every entity type and relation.")] = False,
    by: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help=f"Also break scores down by one of: {', '.join(BREAKDOWNS)}. Repeatable."),
    ] = None,
    intervals: Annotated[
        bool, typer.Option("--intervals", help="Also give 95 % intervals of micro F1 over documents.")
    ] = False,
    use_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")] = False,
    out: Annotated[
        Path | None, typer.Option(help="Also write the predictions here, as JSONL (both: the tuned ones).")
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an existing output file.")] = False,
) -> None:
    """Score a model on annotated documents, under every matching rule."""
    if out is not None:
        check_output(out, use_overwrite=overwrite)
    folder = None if data_dir is None else str(data_dir)
    settings = DataConfig(data, folder, variant, fold, low_resource)
    corpus = load_data(settings, (split,))
    documents, own_rule = corpus.split(split), corpus.rule or "strict"
    train = training_documents(by or (), settings, split, documents)
    from gprel.evaluation.significance import micro_intervals
    from gprel.features import LostGold
    from gprel.formats import jsonl
    from gprel.predict import PredictionLog

    from .model import load_model

    extractor = load_model(model, precision)
    log, lost = PredictionLog(), LostGold()
    extractor.featurizer().examples(documents, lost)
    results = _score(extractor, documents, thresholds, batch_size, log)
    for note in (*corpus.notes, *lost.lines(), *log.lines()):
        print_note(note)
    if out is not None:
        with out.open("w", encoding="utf-8") as file:
            jsonl.write(results[-1].predicted, file)
    details = [
        _Details(
            micro_intervals(result.evaluation, documents, result.predicted) if intervals else None,
            broken_down(by or (), documents, result.predicted, result.evaluation, own_rule, train),
        )
        for result in results
    ]
    if use_json:
        facts: dict[str, Any] = {"model": str(model), "data": corpus.title, "split": split}
        facts |= {"threshold": results[-1].threshold} | _facts(results[-1], details[-1])
        facts |= {"threshold_0": _facts(results[0], details[0])} if len(results) > 1 else {}
        print_data(json.dumps(facts | {"lost_gold": lost.to_dict()}, ensure_ascii=False, indent=2))
        return
    for result, detail in zip(results, details, strict=True):
        title = f"{corpus.title}, {split}, {len(documents):,} documents, {result.title}"
        _show(result.evaluation, detail, title, own_rule if per_type else None)
    for line in (*(f"{rule}: {RULES[rule].meaning}" for rule in RULES), *meanings(details[-1].broken)):
        stdout.print(line, style="dim", highlight=False)


def _score(
    model: "Extractor", documents: Sequence[Document], thresholds: str | None, batch_size: int, log: "PredictionLog"
) -> list[_Result]:
    """The scores at threshold 0 and with tuned thresholds, or one of them; the log is that of the last."""
    from gprel.training.evaluate import score_model
    from gprel.training.tune import is_tuned, using_thresholds

    if thresholds in ("tuned", "both") and not is_tuned(model):
        raise ConfigError(
            f"--thresholds {thresholds}, but all thresholds of this model are 0; gprel tune finds better ones on dev"
        )
    results = []
    if thresholds != "tuned":
        its_log = log if thresholds == "zero" or not is_tuned(model) else None
        with using_thresholds(model, None):
            results.append(_Result("0", *score_model(model, documents, batch_size=batch_size, log=its_log)))
    if thresholds != "zero" and is_tuned(model):
        results.append(_Result("tuned", *score_model(model, documents, batch_size=batch_size, log=log)))
    return results


def _facts(result: _Result, details: _Details) -> dict[str, Any]:
    facts = result.evaluation.to_dict()
    for (kind, rule), bounds in (details.intervals or {}).items():
        facts[kind][rule]["micro"]["f1_interval"] = [round(bound, 2) for bound in bounds]
    return facts | ({"breakdowns": breakdowns_to_dict(details.broken)} if details.broken else {})


def _show(evaluation: Evaluation, details: _Details, title: str, per_type_rule: str | None) -> None:
    print_table(table(evaluation, title, details.intervals))
    if per_type_rule is not None:
        for kind in KINDS:
            if evaluation.tally(kind, per_type_rule) is not None:
                print_table(per_type_table(evaluation, per_type_rule, kind))
    for by, kind, rule, parts in details.broken:
        print_table(breakdown_table(parts, by, rule, kind))
