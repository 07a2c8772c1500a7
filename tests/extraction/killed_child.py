"""A process to be killed: the pipeline with real files, a real tokenizer and a model that knows two words.

``python killed_child.py SOURCE OUT TOKENIZER_FOLDER FORM``; says "begun" when the first pool is about to be read.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

import helpers

from gprel.extraction.files import Files, Writer, begin
from gprel.extraction.fingerprint import fingerprint
from gprel.extraction.item import Item
from gprel.extraction.pool import PoolRunner, pools
from gprel.extraction.record import json_lines
from gprel.extraction.run import extract_to_file
from gprel.extraction.sources import read_items
from gprel.extraction.targets import TARGETS
from gprel.formats import BadLine
from gprel.tokenizer import LightTokenizer


def main(source: str, out: str, folder: str, form: str) -> None:
    """Extract from where an earlier process stopped."""
    pools.__kwdefaults__["max_items"] = 40  # a test has little time, and shall see many pools
    target = TARGETS[form] if form != "jsonl" else None
    files = Files.beside(Path(out), is_converted=target is not None)
    backend = helpers.FakeBackend(tokenizer=LightTokenizer.from_folder(Path(folder)))
    journal = begin(files, fingerprint(folder, [source], {}, files.all), use_resume=True, use_overwrite=False)
    if journal is None:
        files.discard_lines()
        return
    sys.stdout.write("begun\n")
    sys.stdout.flush()
    with Writer(files, journal) as writer:
        stream: Iterator[Item | BadLine] = read_items([source])
        extract_to_file(stream, PoolRunner(backend, tokens_per_batch=256), json_lines, writer, lambda counts: None)
        writer.finish(None if target is None else lambda lines, to: convert(target, lines, to))


def convert(target: object, lines: Path, to: Path) -> None:
    """Make the output from the lines."""
    import json

    with lines.open("rb") as file:
        target.write(map(json.loads, file), to)  # type: ignore[attr-defined]


if __name__ == "__main__":
    main(*sys.argv[1:])
