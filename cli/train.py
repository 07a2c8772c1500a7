"""``gprel train``."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated, Literal

import typer

from gprel.config import DataConfig, HeadName, RunConfig

from .console import print_note, print_table
from .corpus import resolve_corpus
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
            help="Train NYT on the documented substitute for its train file.",
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
    settings: Annotated[
        list[str] | None,
        typer.Option(
            "--set", metavar="SECTION.KEY=VALUE", help="Any setting, e.g. training.batch_size=32. Repeatable."
        ),
    ] = None,
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
        "training.epochs": epochs,
        "training.seed": seed,
        "training.mixed_precision": mixed_precision,
    }
    config = _with(config, {name: value for name, value in changes.items() if value is not None}).override(
        settings or []
    )
    print_note(f"recipe: {path.stem if path else 'none (plain defaults)'}; task {config.task}, data {config.data.name}")
    corpus = resolve_corpus(config, ("train", "dev"))
    from transformers.utils import logging  # slow imports wait until the data is known to be good

    from gprel.memory import keep_freed_memory
    from gprel.training import RunFolder
    from gprel.training import train as run

    from .progress import ProgressReporter

    keep_freed_memory()
    logging.disable_progress_bar()
    folder = RunFolder(out, config, use_overwrite=overwrite)
    with ProgressReporter(config.training.epochs) as reporter:
        result = run(config, corpus, folder, reporter)
    if result.dev is not None:
        from gprel.evaluation import table

        print_table(table(result.dev, f"{corpus.title}, dev, epoch {result.best_epoch}"))
    print_note(f"{result.seconds:.0f} s; epoch {result.best_epoch} is in {result.model_path}")


def _with(config: RunConfig, changes: dict[str, object]) -> RunConfig:
    """The settings with some values replaced, each named ``section.key`` or ``key``."""
    values = config.to_dict()
    for name, value in changes.items():
        section, _, key = name.rpartition(".")
        (values[section] if section else values)[key] = value
    return RunConfig.from_dict(values)
