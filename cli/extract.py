"""``gprel extract``."""

from pathlib import Path

from gprel.extraction.backend import open_backend
from gprel.extraction.default_model import default_model
from gprel.extraction.pool import TOKENS_PER_BATCH, PoolRunner
from gprel.extraction.remote import is_url
from gprel.extraction.select import Selection
from gprel.memory import collect_rarely, keep_freed_memory

from . import extract_options as options
from .extract_output import Output
from .extract_run import Run
from .extract_shards import Shards
from .extract_table import check_input, show_texts


def extract(
    source: options.Sources = None,
    text: options.Texts = None,
    use_json: options.UseJson = False,
    model: options.Model = None,
    text_field: options.TextField = "text",
    id_field: options.IdField = None,
    out: options.Out = "-",
    style: options.Style = None,
    fields: options.Fields = None,
    base: options.Base = None,
    overwrite: options.Overwrite = False,
    resume: options.Resume = False,
    types: options.Types = None,
    relations: options.Relations = None,
    min_score: options.MinScore = None,
    threshold: options.Threshold = None,
    max_triples: options.MaxTriples = None,
    entities_only: options.EntitiesOnly = False,
    dedupe: options.Dedupe = False,
    backend: options.UsedBackend = "auto",
    precision: options.UsedPrecision = "auto",
    tokens_per_batch: options.TokensPerBatch = TOKENS_PER_BATCH,
    engine: options.Engine = "local",
    workers: options.Workers = 2,
) -> None:
    """Extract entities and triples from your own text, of any amount: files, or --text for a look.

    Output has the order of the input, and memory does not grow with it. What cannot be read is set aside in
    OUT.errors.jsonl, and the rest goes on; then the exit code is 3. An extraction that was stopped goes on with
    --resume.
    """
    check_input(source, text, use_json=use_json, has_out=out != "-")
    made_of = {name: value for name, value in locals().items() if name not in _WITHOUT_EFFECT}
    chosen_fields = options.names(fields, "--fields")
    thresholds = options.thresholds(threshold)
    selection = Selection(
        types=options.names(types, "--types"),
        relations=options.names(relations, "--relations"),
        min_score=min_score,
        max_triples=max_triples,
        entities_only=entities_only,
        use_dedupe=dedupe,
    )
    folder = default_model() if model is None else model
    output = Shards.of(out, style, base) if is_url(out) else Output.of(Path(out), style, chosen_fields, base)
    run = Run(source or [], folder, backend, output, text_field, id_field, workers if engine == "ray" else None)

    def load() -> PoolRunner:
        keep_freed_memory()
        loaded = open_backend(folder, backend=backend, precision=precision, thresholds=thresholds)
        run.check(loaded)
        selection.check(loaded.schema, has_relations=loaded.has_relations)
        collect_rarely()
        return PoolRunner(loaded, selection, chosen_fields, tokens_per_batch)

    if text:
        show_texts(text, load(), use_json=use_json)
    elif isinstance(output, Shards):
        run.into_shards(output, load, made_of, use_resume=resume, use_overwrite=overwrite)
    elif output.is_pipe:
        run.into_pipe(load, use_resume=resume)
    else:
        run.into_file(output, load, made_of, use_resume=resume, use_overwrite=overwrite)


_WITHOUT_EFFECT = (
    *("source", "text", "use_json", "model", "out", "overwrite", "resume", "engine", "workers"),
)  # on the bytes, or told in another way
