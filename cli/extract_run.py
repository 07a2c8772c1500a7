"""How ``gprel extract`` runs: from what it reads to where it goes, here or on a cluster."""

import os
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path

from gprel.errors import ConfigError
from gprel.extraction.backend import Backend, BackendName, resolve
from gprel.extraction.files import Writer, begin
from gprel.extraction.fingerprint import fingerprint
from gprel.extraction.item import Item
from gprel.extraction.journal import Counts, Journal
from gprel.extraction.pool import PoolRunner
from gprel.extraction.run import Sink, extract_to_file, extract_to_pipe, write_shares
from gprel.extraction.shards import ShardWriter, begin_shards, n_errors
from gprel.extraction.sources import input_bytes, read_items
from gprel.extraction.sources.find import check_sources
from gprel.formats import BadLine
from gprel.predict import PredictionLog

from .console import print_note
from .errors_file import ErrorsFile
from .extract_output import Output, standard_output, tell_bad
from .extract_progress import ExtractionBar
from .extract_shards import Shards

Load = Callable[[], PoolRunner]


@dataclass(frozen=True)
class Run:
    """What is read, by what, and where it goes.

    Attributes:
        sources: What is read.
        model: Folder of the model.
        backend: The library that runs it.
        output: What is written.
        text_field: Field or column that holds the text.
        id_field: Field or column that holds the id.
        n_workers: Processes of a Ray cluster; ``None`` for this process alone.
    """

    sources: list[str]
    model: Path
    backend: BackendName
    output: Output | Shards
    text_field: str
    id_field: str | None
    n_workers: int | None

    def into_file(
        self, output: Output, load: Load, made_of: Mapping[str, object], *, use_resume: bool, use_overwrite: bool
    ) -> None:
        """Extract into a file, from the start or from where an earlier run stopped."""
        files = output.check(self.sources)
        known = fingerprint(self.model, self.sources, made_of, files.all)
        journal = begin(files, known, use_resume=use_resume, use_overwrite=use_overwrite)
        if journal is None:
            files.discard_lines()
            _tell_complete(files.out)
            tell_bad(files.errors, files.n_errors())
            return
        _tell_start(journal)
        work = self._engine(load, files.all)
        with Writer(files, journal) as writer:
            counts = work(writer)
            writer.finish(None if output.target is None else output.convert)
        _tell(counts)
        tell_bad(files.errors, counts.n_bad)

    def into_shards(
        self, output: Shards, load: Load, made_of: Mapping[str, object], *, use_resume: bool, use_overwrite: bool
    ) -> None:
        """Extract into a folder of shards, from the start or from the last whole shard of an earlier run."""
        known = fingerprint(self.model, self.sources, {**made_of, "format": output.style})
        journal = begin_shards(output.folder, known, use_resume=use_resume, use_overwrite=use_overwrite)
        if journal is None:
            _tell_complete(output.folder)
            output.tell_bad(n_errors(output.folder))
            return
        _tell_start(journal)
        work = self._engine(load, ())
        writer = ShardWriter(output.folder, journal, form=output.style)
        counts = work(writer)
        writer.finish()
        _tell(counts)
        output.tell_bad(counts.n_bad)

    def into_pipe(self, load: Load, *, use_resume: bool) -> None:
        """Extract to standard output."""
        if use_resume:
            raise ConfigError("--resume goes on with a file, and standard output is none; name a file with --out")
        if self.n_workers is not None:
            raise ConfigError("--engine ray writes files, and standard output is none; name a file or a URL with --out")
        errors = ErrorsFile(None)
        bar = self._bar(())
        stream = self._stream((), bar)
        runner = load()
        with standard_output() as write, bar:
            counts = extract_to_pipe(stream, runner, self.output.lines, write, errors, bar.report)
        _tell(counts)
        errors.finish()

    def _engine(self, load: Load, exclude: tuple[Path, ...]) -> Callable[[Sink], Counts]:
        """What does the work; whatever is wrong with model, options or input comes up before anything is written."""
        if self.n_workers is not None:
            return self._cluster(load, exclude, self.n_workers)
        bar = self._bar(exclude)
        stream = self._stream(exclude, bar)
        runner = load()

        def work(sink: Sink) -> Counts:
            with bar:
                return extract_to_file(stream, runner, self.output.lines, sink, bar.report)

        return work

    def _cluster(self, load: Load, exclude: tuple[Path, ...], n_workers: int) -> Callable[[Sink], Counts]:
        from gprel.extraction.ray_engine import Plan, import_ray, ray_shares

        if "-" in self.sources:
            raise ConfigError("--engine ray reads files on any machine, not standard input (-); name files or URLs")
        import_ray()
        check_sources(self.sources)
        bar = self._bar(exclude)
        load()  # workers do so later, and say less clearly what is wrong
        use_gpu = resolve(self.model, self.backend) == "torch"

        def work(sink: Sink) -> Counts:
            plan = Plan(
                tuple(self.sources),
                load,
                self.output.lines,
                self.text_field,
                self.id_field,
                exclude,
                n_done=sink.journal.counts.n_read,
                folder=os.getcwd(),
            )
            with bar:
                shares = ray_shares(plan, n_workers=n_workers, use_gpu=use_gpu, on_bytes=bar.read)
                return write_shares(shares, sink, bar.report)

        return work

    def _bar(self, exclude: Collection[Path]) -> ExtractionBar:
        return ExtractionBar(input_bytes(self.sources, exclude=exclude))

    def _stream(self, exclude: Collection[Path], bar: ExtractionBar) -> Iterator[Item | BadLine]:
        """The input, with its first item read: what is missing is reported before the model is loaded."""
        stream = read_items(
            self.sources, text_field=self.text_field, id_field=self.id_field, exclude=exclude, on_bytes=bar.read
        )
        return chain(list(islice(stream, 1)), stream)

    def check(self, backend: Backend) -> None:
        """Check that the model finds what the form of output is about."""
        if self.output.needs_triples and not backend.has_relations:
            raise ConfigError(
                f"model {self.model} was trained for entities only; --format {self.output.style} needs one trained for "
                "triples"
            )


def _tell_start(journal: Journal) -> None:
    if journal.counts.n_read:
        print_note(f"going on behind the first {journal.counts.n_read:,} inputs")


def _tell_complete(out: Path | str) -> None:
    print_note(f"{out} is complete; nothing is left to do (--overwrite starts anew)")


def _tell(counts: Counts) -> None:
    log = PredictionLog(counts.n_documents, counts.n_windows, counts.n_capped, counts.n_dropped)
    for line in log.lines():
        print_note(line)
    print_note(f"{counts.n_documents:,} documents, {counts.n_entities:,} entities, {counts.n_triples:,} triples")
