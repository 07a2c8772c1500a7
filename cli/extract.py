"""``gprel extract``."""

import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from io import TextIOWrapper
from itertools import chain, islice
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated, Any, Literal

import typer

from gprel.document import Document
from gprel.errors import ConfigError
from gprel.formats import jsonl, read_any
from gprel.formats.sink import to_json

from .console import print_note, stderr
from .errors_file import ErrorsFile
from .output import check_not_input, check_output

if TYPE_CHECKING:
    from gprel.evaluation import Calibration


def extract(
    source: Annotated[
        str, typer.Argument(help='A .jsonl file with {"text": ...} lines, a .txt file with one text a line, or -.')
    ],
    model: Annotated[Path, typer.Option(help="Model folder, for example runs/last/model.")],
    out: Annotated[Path, typer.Option(help="File for what is found; - for standard output.")] = Path("-"),
    style: Annotated[
        Literal["jsonl", "triples"],
        typer.Option(
            "--format",
            help='jsonl: one document a line, with a "score" and, where the model is calibrated (gprel tune), a "prob" '
            "for everything found; triples: tab-separated id, subject, relation, object, score and, where the model is "
            "calibrated, probability.",
        ),
    ] = "jsonl",
    batch_size: Annotated[int, typer.Option(min=1, help="Windows per batch.")] = 32,
    precision: Annotated[
        Literal["auto", "bf16", "no"], typer.Option(help="auto picks bf16 where the processor has it.")
    ] = "auto",
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an existing output file.")] = False,
) -> None:
    """Extract entities and triples from your own text.

    A line that cannot be read is reported, set aside in OUT.errors.jsonl, and the rest goes on; then the exit code
    is 3.
    """
    to_file = str(out) != "-"
    if to_file:
        check_output(out, use_overwrite=overwrite)
        check_not_input(out, source)
    errors = ErrorsFile(out if to_file else None)
    documents = _first_read(read_any(source, on_error=errors))
    from gprel.evaluation import Calibration
    from gprel.predict import PredictionLog, predict

    from .model import load_model

    extractor = load_model(model, precision)
    if style == "triples" and not extractor.schema.relation_types:
        raise ConfigError(
            f"model {model} was trained for entities only; --format triples needs one trained for triples"
        )
    values = extractor.config.calibration
    calibration = None if values is None else Calibration.from_dict(values)
    log = PredictionLog()
    found = predict(documents, extractor.extract_batch, extractor.featurizer(), batch_size=batch_size, log=log)
    with out.open("w", encoding="utf-8") if to_file else _stdout() as file:
        n_entities, n_triples = _write(found, file, style, calibration)
    for line in log.lines():
        print_note(line)
    print_note(f"{log.n_documents:,} documents, {n_entities:,} entities, {n_triples:,} triples")
    errors.finish()


def _stdout() -> AbstractContextManager[IO[str]]:
    """Standard output, in UTF-8 as JSONL must be, whatever the terminal's encoding."""
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8")
    return nullcontext(sys.stdout)


def _write(
    documents: Iterator[Document], file: IO[str], style: str, calibration: "Calibration | None"
) -> tuple[int, int]:
    """Write documents as they come, and count their entities and triples."""
    n_entities = n_triples = 0
    with stderr.status("extracting") as status:
        for number, document in enumerate(documents, start=1):
            n_entities += len(document.entities or ())
            n_triples += len(document.relations or ())
            if style == "jsonl":
                file.write(to_json(_record(document, calibration)) + "\n")
            else:
                file.writelines(f"{line}\n" for line in _triple_lines(document, calibration))
            status.update(f"extracting: {number:,} documents")
    return n_entities, n_triples


def _first_read(documents: Iterator[Document]) -> Iterator[Document]:
    """Read the first document at once: a missing or empty file is reported before the model is loaded."""
    return chain(list(islice(documents, 1)), documents)


def _record(document: Document, calibration: "Calibration | None") -> dict[str, Any]:
    """A document as JSON-ready values, with a probability beside every score that has one."""
    record = jsonl.to_record(document)
    if calibration is None:
        return record
    scores = {
        ("entities", "entities"): [entity.score for entity in document.entities or ()],
        ("triples", "relations"): [relation.score for relation in document.relations or ()],
    }
    for (kind, name), of_kind in scores.items():
        for score, values in zip(of_kind, record.get(name, ()), strict=True):
            probability = calibration.probability(score, kind)
            if probability is not None:
                values["prob"] = round(probability, 4)
    return record


def _triple_lines(document: Document, calibration: "Calibration | None" = None) -> Iterator[str]:
    """Tab-separated triples of surfaces; where mentions repeat, the best-scored of equal ones."""
    best: dict[tuple[str, ...], float] = {}
    for relation in document.relations or ():
        assert document.entities is not None  # checked by Document
        subject, object_ = document.entities[relation.subject], document.entities[relation.object]
        columns = (document.id or "", document.surface(subject), relation.type, document.surface(object_))
        key = tuple(" ".join(column.split()) for column in columns)
        score = relation.score or 0.0
        best[key] = max(score, best.get(key, score))
    for key, score in best.items():
        # A column of its own: that of the score means the same whatever the model.
        probability = None if calibration is None else calibration.probability(score, "triples")
        yield "\t".join((*key, f"{score:.2f}", *([] if probability is None else [f"{probability:.4f}"])))
