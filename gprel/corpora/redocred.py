"""Re-DocRED: relations by names that people can read, and a substitute where the training file cannot be had."""

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from gprel.corpora.card import Split
from gprel.corpora.corpus import Corpus
from gprel.corpora.files import load_as_split, read
from gprel.corpora.request import Request, locate
from gprel.document import Document

_SEED = 0  # fixed: what is held out must be the same documents in every run and in every edition
_TEST_SHARE, _DEV_SHARE = 0.5, 0.2  # of the official test and dev files


def load_redocred(request: Request) -> Corpus:
    """Load the official splits, or the low-resource ones.

    A relation is called by its label in Wikidata and its id, ``place of birth (P19)``; one that the card does not name
    keeps its id.

    Raises:
        DataError: If a file is missing or cannot be read.
    """
    names = {id_: f"{label} ({id_})" for id_, label in request.card.facts["relations"].items()}
    if request.low_resource:
        return _load_low_resource(request, names)
    corpus = load_as_split(request)
    train, dev, test = (_renamed(documents, names) for documents in (corpus.train, corpus.dev, corpus.test))
    return replace(corpus, train=train, dev=dev, test=test)


def _load_low_resource(request: Request, names: Mapping[str, str]) -> Corpus:
    """Train on most of both official files; whole documents are held out, the same ones in every edition."""
    paths = locate(request, ("dev", "test"))
    documents: dict[Split, list[Document]] = {}
    notes = ["Re-DocRED low-resource: never comparable with published scores"]
    for split in ("dev", "test"):
        documents[split], said = read(request, split, paths[split])
        notes += [f"official {note}" for note in said]
    dev, test = (_by_title(documents[split], request) for split in ("dev", "test"))
    held_out = {"dev": _drawn(set(dev) - set(test), dev, _DEV_SHARE), "test": _drawn(set(test), test, _TEST_SHARE)}
    train = {
        title: documents for title, documents in (dev | test).items() if title not in set().union(*held_out.values())
    }
    parts: dict[Split, Mapping[str, list[Document]]] = {
        "train": train,
        "dev": {title: dev[title] for title in held_out["dev"]},
        "test": {title: test[title] for title in held_out["test"]},
    }
    sizes = {split: f"{len(part):,}" for split, part in parts.items()}
    notes.append(
        f"of the {len(dev) + len(test):,} official dev and test documents, drawn with a fixed seed, {sizes['test']} of "
        f"test are test, {sizes['dev']} of dev are dev, and the other {sizes['train']} are train"
    )
    chosen = {
        split: _renamed([document for group in parts[split].values() for document in group], names) or []
        for split in request.splits
    }
    return request.corpus(chosen, notes)


def _drawn(titles: set[str], order: Iterable[str], share: float) -> list[str]:
    """Some titles, in the order of their file."""
    listed = [title for title in order if title in titles]
    chosen = set(random.Random(_SEED).sample(listed, round(share * len(listed))))
    return [title for title in listed if title in chosen]


def _by_title(documents: Iterable[Document], request: Request) -> dict[str, list[Document]]:
    is_cut = request.variant != "documents"
    groups: dict[str, list[Document]] = {}
    for document in documents:
        assert document.id is not None  # these readers give one: the title, and behind a colon the sentences
        groups.setdefault(document.id.rpartition(":")[0] if is_cut else document.id, []).append(document)
    return groups


def _renamed(documents: Sequence[Document] | None, names: Mapping[str, str]) -> list[Document] | None:
    if documents is None:
        return None
    return [
        document
        if document.relations is None
        else replace(document, relations=tuple(replace(r, type=names.get(r.type, r.type)) for r in document.relations))
        for document in documents
    ]
