"""``gprel train``."""

from dataclasses import replace
from pathlib import Path
from signal import SIGINT
from typing import Annotated, Literal

import typer

from gprel.config import DataConfig, HeadName, RunConfig
from gprel.errors import GprelError

from .console import print_note, print_table
from .corpus import resolve_corpus
from .processes import is_started, one_voice, start
from .recipes import find_recipe


def train(
    data: Annotated[
        str | None,
        typer.Option(
            help="Corpus name, or a .jsonl file or folder with train/dev/test.jsonl.",
            show_default="the recipe's, or demo",
        ),
    ] = None,
    task: Annotated[
        Literal["re", "ner"] | None,
        typer.Option(help="re: entities and triples; ner: entities.", show_default="the recipe's, or re"),
    ] = None,
    head: Annotated[
        HeadName | None,
        typer.Option(
            help="Method: triples by gplinker, casrel or pfn; entities by global_pointer, bert_crf or pfn.",
            show_default="the recipe's, or gplinker / global_pointer by task",
        ),
    ] = None,
    encoder: Annotated[
        str | None,
        typer.Option(
            help="Hub id, local path, or alias (minilm, tiny).",
            show_default="the recipe's, or minilm",
        ),
    ] = None,
    init: Annotated[
        str | None,
        typer.Option(
            metavar="MODEL",
            help="Start from the encoder of a gprel model: its folder, or default, which comes with gprel.",
            show_default="the pretrained encoder",
        ),
    ] = None,
    out: Annotated[Path, typer.Option(help="Folder for the model, the settings and the log.")] = Path("runs/last"),
    recipe: Annotated[
        str | None,
        typer.Option(
            help="Recipe by name or a YAML file; 'none' for plain defaults.",
            show_default="the corpus's own",
        ),
    ] = None,
    variant: Annotated[
        str | None,
        typer.Option(help="Edition of a corpus (gprel data list).", show_default="the first one"),
    ] = None,
    fold: Annotated[int | None, typer.Option(help="Fold 0 to 9 (ADE).", show_default="0")] = None,
    low_resource: Annotated[
        bool | None,
        typer.Option(
            "--low-resource",
            help="Train NYT or Re-DocRED on the documented substitute for its train file.",
            show_default="the recipe's, or off",
        ),
    ] = None,
    data_dir: Annotated[Path | None, typer.Option(envvar="GPREL_DATA", help="Folder that holds the corpora.")] = None,
    epochs: Annotated[
        int | None, typer.Option(min=1, help="Passes over the training split.", show_default="the recipe's, or 10")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Seed.", show_default="the recipe's, or 42")] = None,
    mixed_precision: Annotated[
        Literal["auto", "bf16", "fp16", "no"] | None,
        typer.Option(help="auto picks bf16 where the processor has it.", show_default="the recipe's, or auto"),
    ] = None,
    tokens_per_batch: Annotated[
        int | None,
        typer.Option(
            min=0,
            metavar="N",
            help="Fill batches up to N tokens, padding included; 0 counts windows.",
            show_default="the recipe's, or 0",
        ),
    ] = None,
    processes: Annotated[
        int | None,
        typer.Option(min=1, metavar="N", help="Processes that share the work, one per GPU.", show_default="1"),
    ] = None,
    trackers: Annotated[
        list[str] | None,
        typer.Option(
            "--tracker",
            metavar="NAME",
            help="Tell losses and dev scores to tensorboard or wandb, too. Repeatable.",
            show_default="the recipe's, or none",
        ),
    ] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option(
            "--set", metavar="SECTION.KEY=VALUE", help="Any setting, e.g. training.batch_size=32. Repeatable."
        ),
    ] = None,
    resume: Annotated[
        bool,
        typer.Option(
            "--resume", help="Go on with the run in --out from its last checkpoint; begin it if there is none."
        ),
    ] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an earlier run in --out.")] = False,
) -> None:
    """Train a model; the epoch that is best on dev is kept in OUT/model."""
    path = find_recipe(recipe, data, variant, task)
    config = RunConfig.load(path) if path else RunConfig()
    if data is not None and data != config.data.name:  # a recipe's variant or fold belongs to its own corpus
        config = replace(config, data=DataConfig(name=data))
    changes: dict[str, object] = {
        "task": task,
        "data.name": data,
        "data.variant": variant,
        "data.fold": fold,
        "data.low_resource": low_resource,
        "data.data_dir": None if data_dir is None else str(data_dir),
        "head.name": head,
        "encoder.name": encoder,
        "encoder.init": init,
        "training.epochs": epochs,
        "training.seed": seed,
        "training.mixed_precision": mixed_precision,
        "training.tokens_per_batch": tokens_per_batch,
        "training.trackers": trackers,
    }
    config = _with(config, {name: value for name, value in changes.items() if value is not None}).override(
        settings or []
    )
    if not is_started(processes):
        raise typer.Exit(start(processes or 1))
    with one_voice():
        name = path.stem if path else "none (plain defaults)"
        print_note(f"recipe: {name}; task {config.task}, data {config.data.name}")
        _train(config, out, use_resume=resume, use_overwrite=overwrite)


def _train(config: RunConfig, out: Path, *, use_resume: bool, use_overwrite: bool) -> None:
    corpus = resolve_corpus(config, ("train", "dev"))
    from transformers.utils import logging  # slow imports wait until the data is known to be good

    from gprel.memory import keep_freed_memory
    from gprel.training import SilentReporter, StoppedError, Team, check_trackers, open_folder
    from gprel.training import train as run

    from .progress import ProgressReporter

    keep_freed_memory()
    logging.disable_progress_bar()
    check_trackers(config.training.trackers)  # before an earlier run is replaced
    team = Team()
    folder = open_folder(team, out, config, use_overwrite=use_overwrite, use_resume=use_resume)
    if folder.is_done:
        print_note(f"the run in {out} is done; its best model is in {out / 'model'}")
        return
    try:
        if team.is_main:
            with ProgressReporter(config.training.epochs) as reporter:
                result = run(config, corpus, folder, reporter, use_resume=use_resume)
        else:
            result = run(config, corpus, folder, SilentReporter(), use_resume=use_resume)
    except StoppedError as stop:
        print_note(str(stop))
        raise typer.Exit(130 if stop.signal == SIGINT else 0) from stop
    if result.dev is not None and team.is_main:
        from gprel.evaluation import table

        print_table(table(result.dev, f"{corpus.title}, dev, epoch {result.best_epoch}"))
    if team.is_main:
        _draw(out)
    print_note(f"{result.seconds:.0f} s; epoch {result.best_epoch} is in {result.model_path}")


def _draw(run: Path) -> None:
    """The learning curve, where it can be drawn; a run is not worth less without it."""
    from gprel.runs.curve import draw_curve
    from gprel.runs.record import read_run

    try:
        print_note(f"learning curve: {draw_curve(run, read_run(run).figure)}")
    except GprelError as error:
        print_note(f"there is no learning curve: {error}")


def _with(config: RunConfig, changes: dict[str, object]) -> RunConfig:
    """The settings with some values replaced, each named ``section.key`` or ``key``."""
    values = config.to_dict()
    for name, value in changes.items():
        section, _, key = name.rpartition(".")
        (values[section] if section else values)[key] = value
    return RunConfig.from_dict(values)
