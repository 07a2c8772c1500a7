"""``gprel data split`` and ``gprel data sample``."""

import json
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Annotated

import typer
from rich.table import Table
from rich.text import Text

from gprel.data import Shares, SplitPlan, convert, plan_split, replacing
from gprel.data import sample as draw
from gprel.data.split import PARTS
from gprel.document import Document
from gprel.errors import ConfigError, DataError
from gprel.formats import FORMATS, BadLine, jsonl, read_any

from .console import print_data, print_note, print_table
from .data_convert import check_target, report
from .data_options import FromFormat, Overwrite, Seed, ToFormat, UseJson, counting
from .errors_file import ErrorsFile
from .output import check_not_input, check_output


def sample(
    source: Annotated[str, typer.Argument(metavar="IN", help="File or folder to read; - for standard input.")],
    n: Annotated[int, typer.Argument(metavar="N", min=1, help="Number of documents to draw.")],
    out: Annotated[Path, typer.Argument(metavar="OUT", help="File, or folder for a format of several files.")],
    to: ToFormat = "jsonl",
    from_: FromFormat = None,
    seed: Seed = 42,
    overwrite: Overwrite = False,
) -> None:
    """Draw documents at random, each with the same chance, in the order of the input.

    No more than N documents are held in memory. A record that cannot be read is reported, set aside in
    OUT.errors.jsonl, and the rest goes on; then the exit code is 3.
    """
    check_target(out, to, use_overwrite=overwrite)
    check_not_input(out, source, name="OUT")
    errors = ErrorsFile(out)
    documents = read_any(source, on_error=errors, format=from_)
    n_read = 0

    def counted(documents: Iterator[Document]) -> Iterator[Document]:
        nonlocal n_read
        for document in documents:
            n_read += 1
            yield document

    with counting("reading") as count:
        drawn = draw(count(counted(documents)), n, seed=seed)
    write = FORMATS[to].write
    assert write is not None  # checked by the option
    done = convert(drawn, write, out)
    if n_read < n:
        print_note(f"{source} has only {n_read:,} documents; all of them were taken")
    print_note(f"drew {len(drawn):,} of {n_read:,} documents with seed {seed}")
    report(done, to)
    errors.finish()


def split(
    source: Annotated[Path, typer.Argument(metavar="IN", help="File or folder to read.")],
    out: Annotated[Path, typer.Option(help="Folder for train.jsonl, dev.jsonl and test.jsonl.")],
    shares: Annotated[str, typer.Option(help="Percentages of train, dev and test; 0 makes no such file.")] = "80/10/10",
    from_: FromFormat = None,
    seed: Seed = 42,
    overwrite: Overwrite = False,
    use_json: UseJson = False,
) -> None:
    """Divide documents into train, dev and test, with the same share of each relation wherever that is possible.

    Rare relations go to train first; entity types are balanced where there are no relations. Documents with the same
    text stay together. The input is read twice and never held. A record that cannot be read is reported, set aside in
    OUT.errors.jsonl, and the rest goes on; then the exit code is 3.
    """
    wanted = Shares.parse(shares)
    files = {part: out / f"{part}.jsonl" for part in PARTS}
    if not out.parent.is_dir():
        raise ConfigError(f"folder {out.parent} of --out does not exist; make it first")
    if out.exists() and not out.is_dir():
        raise ConfigError(f"--out {out} is a file, expected a folder")
    for file in files.values() if out.exists() else ():
        check_output(file, use_overwrite=overwrite)
        check_not_input(file, str(source))
    errors = ErrorsFile(out)
    with counting("reading") as count:
        plan = plan_split(count(read_any(source, on_error=errors, format=from_)), wanted, seed=seed)
    out.mkdir(exist_ok=True)
    with counting("writing") as count:
        _write(count(read_any(source, on_error=_pass, format=from_)), plan, files)
    _report(plan, files, use_json=use_json)
    errors.finish()


def _pass(bad: BadLine) -> None:
    """Pass over what the first reading has reported."""


def _write(documents: Iterator[Document], plan: SplitPlan, files: dict[str, Path]) -> None:
    """Write each document to its part, and remove the file of a part that an earlier split had and this one has not."""
    sizes = dict(zip(PARTS, plan.sizes(), strict=True))
    n_written = 0
    with ExitStack() as stack:
        parts: list[IO[str] | None] = []
        for part in PARTS:
            path = stack.enter_context(replacing(files[part])) if sizes[part] else None
            parts.append(stack.enter_context(path.open("w", encoding="utf-8", newline="\n")) if path else None)
        for document, number in zip(documents, plan.parts, strict=False):
            file = parts[number]
            assert file is not None  # the plan has documents for it
            jsonl.write([document], file)
            n_written += 1
        if n_written != len(plan.parts) or next(documents, None) is not None:
            raise DataError(
                f"the input held {len(plan.parts):,} documents at the first reading and another number at the second; "
                "split it again when nothing writes to it"
            )
    for part in PARTS:
        if not sizes[part]:
            files[part].unlink(missing_ok=True)


def _report(plan: SplitPlan, files: dict[str, Path], *, use_json: bool) -> None:
    sizes = plan.sizes()
    if use_json:
        labels = {label: dict(zip(PARTS, counts, strict=True)) for label, counts in plan.labels.items()}
        values = {
            "documents": dict(zip(PARTS, sizes, strict=True)),
            "distinct_texts": plan.n_texts,
            "balanced": plan.balanced,
            "labels": labels,
            "files": {part: str(file) for part, file in files.items() if file.exists()},
        }
        print_data(json.dumps(values, ensure_ascii=False, indent=2))
        return
    kinds = {"relation": "relations", "entity type": "entities", "text": "documents"}
    table = Table(title=f"{kinds[plan.balanced]} in each part", title_justify="left")
    table.add_column(plan.balanced if plan.labels else "")
    for column in ("all", *PARTS):
        table.add_column(column, justify="right")
    table.add_row("documents", *_cells(sizes), end_section=True)
    for label, counts in plan.labels.items():
        table.add_row(Text(label), *_cells(counts))
    print_table(table)
    n_repeated = sum(sizes) - plan.n_texts
    if n_repeated:
        print_note(f"{n_repeated:,} documents repeat the text of another one and are in the same part as it")
    print_note(f"wrote {', '.join(str(file) for file in files.values() if file.exists())}")


def _cells(counts: Sequence[int]) -> list[str]:
    """Numbers with the percentage of their sum."""
    total = sum(counts)
    return [f"{total:,}", *(f"{n:,} ({100 * n / max(total, 1):.1f} %)" for n in counts)]
