"""NYT: as published, or low-resource where the training file cannot be had."""

from collections import Counter
from dataclasses import replace
from functools import partial

from gprel.corpora.card import Split
from gprel.corpora.corpus import Corpus, collect, split_by_text
from gprel.corpora.files import Reading, deviations, load_as_split, read
from gprel.corpora.request import Request, locate
from gprel.document import Document
from gprel.errors import DataError
from gprel.formats.check import as_list, as_object, as_string, required
from gprel.formats.placing import Alignment
from gprel.formats.source import read_json_list
from gprel.formats.triples import place

_HINT = "; without the training file --low-resource trains on a substitute, whose scores are not comparable"


def load_nyt(request: Request) -> Corpus:
    """Load the official splits, or the low-resource ones.

    Raises:
        DataError: If a file is missing or cannot be read.
    """
    if request.low_resource:
        return _load_low_resource(request)
    locate(request, request.splits, _HINT if "train" in request.splits else "")
    return load_as_split(request)


def _load_low_resource(request: Request) -> Corpus:
    """Train on the dev file without the sentences of test, and on the extra sentences; a tenth becomes dev."""
    notes = ["NYT low-resource: never comparable with published scores"]
    paths = locate(request, ("dev", "test", "extra"))
    test, said = read(request, "test", paths["test"])
    documents: dict[Split, list[Document]] = {"test": test}
    notes += said if "test" in request.splits else []
    if "train" in request.splits or "dev" in request.splits:
        official_dev, said_dev = read(request, "dev", paths["dev"])
        extra, said_extra = _read_extra(request)
        in_test = {document.text for document in test}
        pool = [document for document in official_dev + extra if document.text not in in_test]
        documents["dev"], documents["train"] = split_by_text(pool, (0.1,), "the training pool")
        n_dropped = len(official_dev) + len(extra) - len(pool)
        notes += [
            *(f"official {note}" for note in said_dev),
            *said_extra,
            f"train and dev are made of the official dev file without the {n_dropped} sentences that are in test, "
            f"and {len(extra):,} extra sentences; of these {len(pool):,}, {len(documents['dev']):,} drawn with a fixed "
            "seed are dev",
        ]
    return request.corpus({split: documents[split] for split in request.splits}, notes)


def _read_extra(request: Request) -> tuple[list[Document], list[str]]:
    path = locate(request, ("extra",))["extra"]
    records = read_json_list(path)
    if request.variant == "star":
        records = [_with_last_words(record, f"{path}, record {number}") for number, record in enumerate(records, 1)]
    alignments: list[Alignment] = []
    documents = collect(
        partial(place, records, str(path), occurrences=request.occurrences, on_alignment=alignments.append)
    )
    reading = Reading(documents, alignments[0], [], Counter())
    notes = deviations("extra", request.files["extra"], reading) + reading.notes("extra", request.occurrences)
    # Both files count their sentences from 1.
    return [replace(document, id=f"extra-{document.id}") for document in documents], notes


def _with_last_words(record: object, where: str) -> dict[str, object]:
    """The record as the star edition would have it: every argument is its last word."""
    fields = as_object(record, where)
    triples = []
    for value in as_list(required(fields, "triple_list", where), f'{where}: "triple_list"'):
        subject, relation, object_ = (as_string(part, f"{where}: a part") for part in as_list(value, where, 3))
        if not subject.strip() or not object_.strip():
            raise DataError(f"{where}: an argument of {value} is empty; name it")
        triples.append([subject.split()[-1], relation, object_.split()[-1]])
    return {**fields, "triple_list": triples}
