"""``gprel tune``."""

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from gprel.corpora import load
from gprel.errors import ConfigError

from .console import print_data, print_note, print_table, stderr
from .data_options import DataDir, Fold, LowResource, UseJson, Variant
from .output import check_output, check_output_folder

if TYPE_CHECKING:
    from gprel.evaluation import Fit
    from gprel.training.tune import Tuning


def _dev(split: str) -> str:
    if split != "dev":
        knows = (
            "a model knows the answers of its training documents" if split == "train" else "scores are given on test"
        )
        raise typer.BadParameter(f"models are tuned on dev, never on {split}: {knows}")
    return split


def tune(
    model: Annotated[Path, typer.Argument(help="Model folder, for example runs/last/model.")],
    data: Annotated[
        str | None, typer.Option(help="Corpus name, or a file or folder of your own.", show_default=False)
    ] = None,
    split: Annotated[str, typer.Option(callback=_dev, help="Split to tune on: dev, and no other.")] = "dev",
    variant: Variant = None,
    fold: Fold = None,
    low_resource: LowResource = False,
    data_dir: DataDir = None,
    objective: Annotated[
        Literal["f1", "precision"],
        typer.Option(
            help="f1: the best micro F1, of triples at the precision of --precision; precision: the most items where "
            "every label has that precision."
        ),
    ] = "f1",
    precision: Annotated[
        float | None, typer.Option(min=0.0, max=1.0, help="Wanted precision.", show_default="none")
    ] = None,
    rule: Annotated[
        Literal["strict", "boundaries", "exact", "partial"] | None,
        typer.Option(help="Matching rule that says what is right.", show_default="the corpus's own, else strict"),
    ] = None,
    min_count: Annotated[
        int,
        typer.Option(min=1, help="Gold items that a label needs for a threshold of its own; the others share one."),
    ] = 20,
    use_calibration: Annotated[
        bool, typer.Option("--calibrate/--no-calibrate", help="Also fit how probable it is that a score is right.")
    ] = True,
    plot: Annotated[
        Path | None,
        typer.Option(
            help="Picture of the calibration; needs the extra plots.",
            show_default="reliability.png in the model's folder, where matplotlib is installed",
        ),
    ] = None,
    batch_size: Annotated[int, typer.Option(min=1, help="Windows per batch.")] = 32,
    out: Annotated[
        Path | None, typer.Option(help="Save a tuned copy of the model in this folder.", show_default="in MODEL")
    ] = None,
    reset: Annotated[bool, typer.Option("--reset", help="Set all thresholds to 0, remove the calibration.")] = False,
    use_json: UseJson = False,
) -> None:
    """Find the best thresholds of a model on dev, calibrate its scores, and save both in the model.

    Thresholds are found per entity type and relation, proved by extracting with them, and shown beside threshold 0.
    Probabilities are then written by gprel extract. What an earlier run saved is replaced.
    """
    if not model.is_dir():
        raise ConfigError(f"model {model} is no folder on this machine; tuning is saved in the model's folder")
    if out is not None:
        check_output_folder(out)
    if reset:
        from gprel.training.tune import save_tuning

        save_tuning(_copied(model, out), {}, None)
        print_note(f"{out or model}: all thresholds are 0, and there is no calibration")
        return
    if data is None:
        raise typer.BadParameter("expected the name of a corpus or a path", param_hint="'--data'")
    if objective == "precision" and precision is None:
        raise typer.BadParameter("--objective precision needs --precision, from 0 to 1", param_hint="'--precision'")
    if plot is not None:
        _check_plot(plot, use_calibration)
    corpus = load(data, splits=("dev",), data_dir=data_dir, variant=variant, fold=fold, low_resource=low_resource)
    documents = corpus.split("dev")
    rule_name = rule or corpus.rule or "strict"
    from gprel.evaluation import calibrate
    from gprel.training.tune import save_tuning
    from gprel.training.tune import tune as find_thresholds

    from .model import load_model
    from .tune_tables import calibration_of, tables, to_dict

    extractor = load_model(model)
    with stderr.status("tuning"):
        tuning = find_thresholds(
            extractor,
            documents,
            rule_name,
            precision=precision,
            use_f1=objective == "f1",
            min_count=min_count,
            batch_size=batch_size,
        )
        kinds = tuning.scored_kinds if use_calibration else ()
        fits = calibrate(documents, tuning.predicted, rule_name, kinds, min_count=min_count)
    folder = _copied(model, out)
    save_tuning(folder, tuning.thresholds, calibration_of(rule_name, fits))
    for note in (*corpus.notes, *_notes(tuning, fits, corpus.report_split, min_count)):
        print_note(note)
    title = f"{corpus.title}, dev, {len(documents):,} documents, {rule_name}"
    if use_json:
        facts: dict[str, Any] = {"model": str(folder), "data": corpus.title, "split": "dev", "objective": objective}
        facts |= {"precision": precision, "min_count": min_count} | to_dict(tuning, fits)
        print_data(json.dumps(facts, ensure_ascii=False, indent=2))
    else:
        for table in tables(tuning, fits, title):
            print_table(table)
    _draw(fits, plot or folder / "reliability.png", title, is_asked=plot is not None)
    print_note(f"thresholds {'and calibration ' if use_calibration else ''}are saved in {folder / 'config.json'}")


def _copied(model: Path, out: Path | None) -> Path:
    """The folder to save in: the model's own, or a copy of it."""
    if out is None:
        return model
    shutil.copytree(model, out, dirs_exist_ok=True)
    return out


def _check_plot(plot: Path, use_calibration: bool) -> None:
    from gprel.evaluation.reliability_plot import check_can_plot

    if not use_calibration:
        raise typer.BadParameter("--plot shows the calibration; leave out --no-calibrate", param_hint="'--plot'")
    check_output(plot, use_overwrite=True, name="--plot")
    check_can_plot()


def _notes(tuning: "Tuning", fits: "dict[str, Fit]", report_split: str, min_count: int) -> list[str]:
    """What a user should know."""
    notes = list(tuning.notes)
    if report_split == "dev":
        notes.append("scores of this corpus are given on dev: those of the tuned model are not comparable with others")
    notes += [
        f"{kind} are not calibrated: of {fit.n:,} predictions {fit.n_correct:,} are right; a fit needs {min_count} "
        "predictions, right and wrong ones, and scores that rise with the share that is right"
        for kind, fit in fits.items()
        if fit.platt is None
    ]
    return notes


def _draw(fits: "dict[str, Fit]", path: Path, title: str, *, is_asked: bool) -> None:
    from gprel.evaluation.reliability_plot import can_plot, plot_reliability

    panels = {
        kind: {"sigmoid(score)": fit.before, "calibrated": fit.after}
        for kind, fit in fits.items()
        if fit.platt is not None
    }
    if not panels:
        return
    if not is_asked and not can_plot():
        print_note("no picture of the calibration: that needs matplotlib (pip install gprel[plots])")
        return
    plot_reliability(panels, path, title)
    print_note(f"the picture of the calibration is {path}")
