"""The options of ``gprel extract``: what each means, and how its value is read."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from gprel.errors import ConfigError
from gprel.extraction.backend import BackendName, Precision
from gprel.extraction.pool import TOKENS_PER_BATCH
from gprel.extraction.targets import TARGETS

_INPUT, _OUTPUT, _CHOICE, _SPEED = "What goes in", "What comes out", "What is kept", "How it runs"

Sources = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[SOURCE...]",
        help='Files of JSON lines with {"text": ...}, of one text a line, CSV, TSV, Parquet or Arrow, packed or not; '
        "folders and patterns of them, also by URL (s3://...); or - for standard input.",
        show_default=False,
    ),
]
Texts = Annotated[
    list[str] | None,
    typer.Option("--text", metavar="TEXT", help="Extract from this text, not from files; repeatable."),
]
UseJson = Annotated[bool, typer.Option("--json", help="With --text: print JSON lines instead of tables.")]
Model = Annotated[
    Path | None,
    typer.Option(
        help="Model folder, for example runs/last/model, or one that gprel export wrote.",
        show_default="the one that comes with gprel",
    ),
]
TextField = Annotated[
    str, typer.Option(rich_help_panel=_INPUT, metavar="FIELD", help="Field or column that holds the text.")
]
IdField = Annotated[
    str | None,
    typer.Option(
        rich_help_panel=_INPUT,
        metavar="FIELD",
        help="Field or column that holds the id.",
        show_default='"id" where there is one',
    ),
]
Out = Annotated[
    str,
    typer.Option(
        rich_help_panel=_OUTPUT,
        metavar="PATH",
        help="File (or folder) for what is found; URL of a folder (s3://...) for shards of jsonl or parquet; - for "
        "standard output.",
    ),
]
Style = Annotated[
    str | None,
    typer.Option(
        "--format",
        rich_help_panel=_OUTPUT,
        metavar="NAME",
        help='jsonl: one document a line, with a "score" and, where the model is calibrated (gprel tune), a "prob" for '
        "everything found; triples: tab-separated id, subject, relation, object, score and probability; table: for "
        f"reading. Written at the end: {', '.join(name for name in TARGETS if name != 'jsonl')}.",
        show_default="by the suffix of --out, else jsonl",
    ),
]
Fields = Annotated[
    str | None,
    typer.Option(
        rich_help_panel=_OUTPUT,
        metavar="A,B,...",
        help="Fields of the records of jsonl, in this order: id, text, entities, relations, or any of the input.",
        show_default="all",
    ),
]
Base = Annotated[
    str | None,
    typer.Option(
        rich_help_panel=_OUTPUT, metavar="IRI", help="What IRIs begin with in RDF.", show_default="urn:gprel:"
    ),
]
Overwrite = Annotated[
    bool, typer.Option("--overwrite", rich_help_panel=_OUTPUT, help="Start anew and replace an existing output.")
]
Resume = Annotated[
    bool,
    typer.Option(
        "--resume",
        rich_help_panel=_OUTPUT,
        help="Go on with an extraction that was stopped, given the same command; the output is the same to the byte as "
        "if it had not been. Without an earlier one it starts, a complete one is left as it is.",
    ),
]
Types = Annotated[
    str | None,
    typer.Option(
        rich_help_panel=_CHOICE,
        metavar="A,B,...",
        help="Entity types to keep, and triples between such entities.",
        show_default="all",
    ),
]
Relations = Annotated[
    str | None,
    typer.Option(rich_help_panel=_CHOICE, metavar="A,B,...", help="Relations to keep.", show_default="all"),
]
MinScore = Annotated[
    float | None,
    typer.Option(
        rich_help_panel=_CHOICE,
        help="Least score of an entity or triple. Scores are logits: 0 is where the model decides, unless tuned.",
        show_default="what the model predicts",
    ),
]
Threshold = Annotated[
    list[str] | None,
    typer.Option(
        rich_help_panel=_CHOICE,
        metavar="LABEL=SCORE",
        help="Score above which one label is predicted, below 0 for more of it; repeatable.",
        show_default="the model's own: 0, or as tuned",
    ),
]
MaxTriples = Annotated[
    int | None,
    typer.Option(
        min=0, rich_help_panel=_CHOICE, help="Most triples of a document, best-scored first.", show_default="no limit"
    ),
]
EntitiesOnly = Annotated[bool, typer.Option("--entities-only", rich_help_panel=_CHOICE, help="Leave triples out.")]
Dedupe = Annotated[
    bool,
    typer.Option(
        "--dedupe",
        rich_help_panel=_CHOICE,
        help="In each document one triple, the best-scored, of those equal in subject, relation and object as written.",
    ),
]
UsedBackend = Annotated[
    BackendName,
    typer.Option(
        rich_help_panel=_SPEED, help="torch, onnx, or auto: onnx for a folder that holds nothing but an exported model."
    ),
]
UsedPrecision = Annotated[
    Precision,
    typer.Option("--precision", rich_help_panel=_SPEED, help="Of torch; auto picks bf16 where the processor has it."),
]
TokensPerBatch = Annotated[
    int,
    typer.Option(
        min=1,
        rich_help_panel=_SPEED,
        help=f"Most tokens of a batch, padding included ({TOKENS_PER_BATCH:,} suits processors and GPUs alike; fewer "
        "need less memory).",
    ),
]
Engine = Annotated[
    Literal["local", "ray"],
    typer.Option(
        "--engine",
        rich_help_panel=_SPEED,
        help="local: this process; ray: --workers processes of a Ray cluster ($RAY_ADDRESS, else one on this machine).",
    ),
]
Workers = Annotated[
    int,
    typer.Option(
        min=1,
        rich_help_panel=_SPEED,
        help="Processes of --engine ray with a model, each with one processor core and, where there are any, a GPU.",
    ),
]


def names(value: str | None, option: str) -> tuple[str, ...] | None:
    """The names of a comma-separated list, each once; ``None`` for no list.

    Raises:
        ConfigError: If there is no name between two commas.
    """
    if value is None:
        return None
    parts = [part.strip() for part in value.split(",")]
    if not all(parts):
        raise ConfigError(f"{option} is {value!r}, expected names with a comma between them")
    return tuple(dict.fromkeys(parts))


def thresholds(values: list[str] | None) -> dict[str, float]:
    """Thresholds by label.

    Raises:
        ConfigError: If a value is not ``LABEL=SCORE``, or a label comes twice.
    """
    result: dict[str, float] = {}
    for value in values or ():
        label, equals, score = value.rpartition("=")
        try:
            number = float(score)
        except ValueError:
            equals = ""
        if not (label and equals):
            raise ConfigError(f"--threshold is {value!r}, expected LABEL=SCORE, for example works_for=1.5")
        if label in result:
            raise ConfigError(f"--threshold: {label!r} is given twice, {result[label]:g} and {number:g}; drop one")
        result[label] = number
    return result
