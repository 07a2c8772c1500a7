"""Annotation formats: one module each, all of them from files to documents."""

import sys
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path

from gprel.document import Document
from gprel.errors import ConfigError
from gprel.formats import (
    brat,
    cluener,
    cmeee,
    columns,
    copyre,
    csv_triples,
    doccano,
    docred,
    duie,
    dygie,
    genia,
    hf_datasets,
    jsonl,
    labelstudio,
    spacy_docbin,
    table_sequence,
    text,
    tokens,
    tplinker,
    triples,
)
from gprel.formats.format import Format, Reader, Writer
from gprel.formats.recognize import recognize
from gprel.formats.source import BadLine, OnError, decode_lines

__all__ = ["FORMATS", "BadLine", "Format", "OnError", "Reader", "Writer", "read_any", "read_stream", "recognize"]


FORMATS: dict[str, Format] = {
    "jsonl": Format(
        "gprel's own: one JSON object a line, offsets in characters", jsonl.read_file, jsonl.write_file, ".jsonl"
    ),
    "text": Format("plain text, one text a line", text.read_file, None, ".txt"),
    "tokens": Format("SpERT and PFN: tokens, annotated in token positions", tokens.read_file, tokens.write_file),
    "table_sequence": Format(
        "Table-Sequence: tokens, annotated by lists of token positions",
        table_sequence.read_file,
        table_sequence.write_file,
    ),
    "dygie": Format(
        "DyGIE, DyGIE++ and SciERC: JSON lines with documents of sentences", dygie.read_file, dygie.write_file, ".jsonl"
    ),
    "genia": Format("W2NER: tokens, and entities as lists of token positions", genia.read_file, genia.write_file),
    "triples": Format("CasRel, PRGC and OneRel: text and triples of strings", triples.read_file, triples.write_file),
    "copyre": Format("CopyRE, SPN4RE and CoType: text with entities and triples of strings", copyre.read_file),
    "tplinker": Format(
        "TPLinker: relations and entities with offsets or without", tplinker.read_file, tplinker.write_file
    ),
    "docred": Format("DocRED and Re-DocRED: entities with their mentions, whole documents", docred.read_file),
    "docred_sentences": Format("DocRED and Re-DocRED: the same, cut to sentences", docred.read_sentences),
    "duie": Format("DuIE: typed triples of strings", duie.read_file),
    "cmeee": Format("CMeEE: entities with inclusive ends", cmeee.read_file),
    "cluener": Format(
        "CLUENER: entities by type and surface, with inclusive ends", cluener.read_file, cluener.write_file
    ),
    "columns": Format(
        "CoNLL: a word or character and a tag (BIO, BIOES, ...) a line", columns.read_file, columns.write_file, ".txt"
    ),
    "brat": Format("brat standoff: a folder of .txt files with .ann files", brat.read_file, brat.write_file, ""),
    "doccano": Format(
        "Doccano: JSON lines, with or without relations", doccano.read_file, doccano.write_file, ".jsonl"
    ),
    "labelstudio": Format(
        "Label Studio: a JSON list of tasks with labels and relations", labelstudio.read_file, labelstudio.write_file
    ),
    "csv": Format(
        "CSV: a header, then a text and one of its triples a row", csv_triples.read_file, csv_triples.write_file, ".csv"
    ),
    "spacy": Format(
        "spaCy: a DocBin with entities, span groups and doc._.rel",
        spacy_docbin.read_file,
        spacy_docbin.write_file,
        ".spacy",
    ),
    "datasets": Format("Hugging Face datasets: a saved folder or an id on the hub", hf_datasets.read_file, None, ""),
}
"""Formats by the name that users and corpus cards give them."""

_STREAMS = {"jsonl": jsonl.read, "text": text.read}


def read_any(source: str | Path, *, on_error: OnError | None = None, format: str | None = None) -> Iterator[Document]:
    """Read what a user names on the command line.

    Args:
        source: A file or folder in any of ``FORMATS``, or ``"-"`` for standard input with gprel JSONL or texts.
        on_error: Takes the bad lines, and reading goes on; without it reading stops at the first one.
        format: Name in ``FORMATS``; recognized from the content where ``None``.

    Raises:
        ConfigError: If the format is unknown, or cannot be read from standard input.
        DataError: If the path is missing, empty, or in no format that is known; at a bad line if ``on_error`` is
            ``None``.
    """
    if format is not None and format not in FORMATS:
        raise ConfigError(f"format is {format!r}, expected one of: {', '.join(FORMATS)}")
    if str(source) != "-":
        path = Path(source)
        return FORMATS[format or recognize(path)].read(path, on_error=on_error)
    if format not in (None, *_STREAMS):
        raise ConfigError(f"standard input is read as jsonl or text, got the format {format!r}; name a file")
    read = _STREAMS[format] if format else read_stream
    return read(decode_lines(sys.stdin.buffer), "standard input", on_error)


def read_stream(lines: Iterable[str], source: str, on_error: OnError | None = None) -> Iterator[Document]:
    """Read lines that are JSON objects if the first one with anything on it starts with ``{``, and texts if not.

    Raises:
        DataError: If there are no lines; at a bad line if ``on_error`` is ``None``.
    """
    rest = iter(lines)
    seen: list[str] = []
    for line in rest:
        seen.append(line)
        if line.strip("\ufeff \t\r\n"):
            break
    is_json = bool(seen) and seen[-1].lstrip("\ufeff \t\r\n").startswith("{")
    return (jsonl.read if is_json else text.read)(chain(seen, rest), source, on_error)
