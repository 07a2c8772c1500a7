"""``gprel report``."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, NamedTuple

import typer

from gprel import __version__
from gprel.corpora import load
from gprel.document import Document
from gprel.errors import DataError

from .console import print_note
from .data_options import DataDir, Fold, LowResource, Overwrite, Seed, Variant
from .output import check_not_input, check_output

if TYPE_CHECKING:
    from gprel.model import Extractor


class _Predictions(NamedTuple):
    """Predictions, where they come from, what to say of them, and others to set beside them."""

    predicted: Sequence[Document]
    facts: Mapping[str, str]
    notes: Sequence[str]
    beside: Mapping[str, Sequence[Document]]


def report(
    data: Annotated[
        str, typer.Option(help="Corpus name, or a file or folder of your own, with its annotation.", show_default=False)
    ],
    model: Annotated[
        Path | None, typer.Argument(help="Model folder, for example runs/last/model.", show_default=False)
    ] = None,
    predictions: Annotated[
        Path | None,
        typer.Option(help="Instead of a model: what gprel evaluate --out wrote for the same documents."),
    ] = None,
    split: Annotated[Literal["train", "dev", "test"], typer.Option(help="Split to look at.")] = "test",
    variant: Variant = None,
    fold: Fold = None,
    low_resource: LowResource = False,
    data_dir: DataDir = None,
    rule: Annotated[
        Literal["strict", "boundaries", "exact", "partial"] | None,
        typer.Option(help="Matching rule that says what is right.", show_default="the corpus's own, else strict"),
    ] = None,
    out: Annotated[Path, typer.Option(help="File for the page.")] = Path("report.html"),
    max_examples: Annotated[int, typer.Option(min=1, help="Documents to show at most.")] = 500,
    seed: Seed = 0,
    batch_size: Annotated[int, typer.Option(min=1, help="Windows per batch.")] = 32,
    precision: Annotated[
        Literal["auto", "bf16", "no"], typer.Option(help="auto picks bf16 where the processor has it.")
    ] = "auto",
    overwrite: Overwrite = False,
) -> None:
    """Show what a model gets right and wrong, and why, as one HTML page to look through."""
    if (model is None) == (predictions is None):
        raise typer.BadParameter("expected either a model or --predictions FILE", param_hint="MODEL")
    check_output(out, use_overwrite=overwrite)
    for source in (data, *([str(predictions)] if predictions else [])):
        check_not_input(out, source)
    corpus = load(data, splits=(split,), data_dir=data_dir, variant=variant, fold=fold, low_resource=low_resource)
    gold = corpus.split(split)
    from gprel.report import to_html

    if predictions is not None:
        found = _read(predictions, gold)
    else:
        assert model is not None  # one of them is given
        found = _predict(model, gold, batch_size, precision)
    facts = {**found.facts, "data": corpus.title, "split": f"{split}, {len(gold):,} documents", **_written()}
    page = to_html(
        gold,
        found.predicted,
        title=f"Error report: {corpus.title}, {split}",
        rule=rule or corpus.rule or "strict",
        facts=facts,
        notes=(*corpus.notes, *found.notes),
        beside=found.beside,
        max_examples=max_examples,
        seed=seed,
    )
    out.write_text(page, encoding="utf-8", newline="\n")
    for note in (*corpus.notes, *found.notes):
        print_note(note)
    n_shown = min(max_examples, len(gold))
    print_note(f"{out}: {n_shown:,} of {len(gold):,} documents are shown")


def _read(path: Path, gold: Sequence[Document]) -> _Predictions:
    """Predictions from a file; every line counts, since they are paired with gold by their order."""
    from gprel.evaluation.score import check_aligned
    from gprel.formats import jsonl

    predicted = list(jsonl.read_file(path))
    try:
        check_aligned(gold, predicted)
    except DataError as error:
        raise DataError(f"{path}: {error}") from error
    facts = {"predictions": str(path), "thresholds": "those the predictions were made with (the file does not tell)"}
    return _Predictions(predicted, facts, (), {})


def _predict(folder: Path, gold: Sequence[Document], batch_size: int, precision: str) -> _Predictions:
    from gprel.features import LostGold
    from gprel.predict import PredictionLog
    from gprel.training.tune import is_tuned, using_thresholds

    from .model import load_model

    model = load_model(folder, precision)
    log, lost = PredictionLog(), LostGold()
    model.featurizer().examples(gold, lost)
    predicted = model.extract(gold, batch_size=batch_size, log=log)
    beside = {}
    if is_tuned(model):
        with using_thresholds(model, None):
            beside["threshold 0 instead of the tuned ones"] = model.extract(gold, batch_size=batch_size)
    facts = {"model": f"{folder} ({model.config.head_name})", "thresholds": _thresholds(model)}
    return _Predictions(predicted, facts, (*lost.lines(), *log.lines()), beside)


def _thresholds(model: "Extractor") -> str:
    """The thresholds that are not 0, label by label."""
    tuned = [
        f"{label} {value:.2f}"
        for of in (model.config.thresholds or {}).values()
        for label, value in of.items()
        if value
    ]
    return f"tuned: {', '.join(tuned)}; 0 for all other labels" if tuned else "0 for every label"


def _written() -> dict[str, str]:
    from gprel.provenance import provenance

    commit = provenance()["commit"] or "unknown (installed package)"
    return {
        "written by": f"gprel {__version__}, commit {commit}",
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
    }
