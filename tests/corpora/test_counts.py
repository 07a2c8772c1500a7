"""The real corpora, where they are at hand: what is read is what their publishers counted."""

import hashlib
import re
from collections import Counter
from pathlib import Path

import pytest

from gprel.corpora import CORPORA, SPLITS, Split, load, read_card
from gprel.corpora.ade import has_overlap
from gprel.document import Document
from gprel.formats import FORMATS


def n_entities(documents: list[Document] | None) -> int:
    return sum(len(document.entities or ()) for document in documents or ())


def n_relations(documents: list[Document] | None) -> int:
    return sum(len(document.relations or ()) for document in documents or ())


def n_triples(documents: list[Document] | None) -> int:
    """Distinct triples of strings, with those that are not in the text."""
    return sum(
        len({(document.surface(s), relation, document.surface(o)) for s, relation, o in document.triples()})
        + len(document.unplaced)
        for document in documents or ()
    )


@pytest.mark.parametrize("name", sorted(set(CORPORA) - {"demo", "ade"}))
def test_files_are_those_of_the_card(data_dir: Path, name: str) -> None:
    for variant in read_card(name).facts["variants"].values():
        for file in variant["files"].values():
            if "sha256" in file and (data_dir / file["path"]).exists():
                assert hashlib.sha256((data_dir / file["path"]).read_bytes()).hexdigest() == file["sha256"], file[
                    "path"
                ]


def test_conll04(data_dir: Path) -> None:
    corpus = load("conll04", data_dir=data_dir)
    splits = (corpus.train, corpus.dev, corpus.test)
    assert [len(split or ()) for split in splits] == [922, 231, 288]
    assert [n_entities(split) for split in splits] == [3377, 893, 1079]
    assert [n_relations(split) for split in splits] == [1283, 343, 422]
    seen = {document.text for document in corpus.split("train") + corpus.split("dev")}
    assert sum(document.text in seen for document in corpus.split("test")) == 19
    assert corpus.notes == ()


@pytest.mark.parametrize(
    ("variant", "listed", "distinct"),
    [("star", (11776, 1118, 1591), (11687, 1113, 1581)), ("exact", (11313, 1224, 1607), (11312, 1223, 1607))],
)
def test_webnlg(data_dir: Path, variant: str, listed: tuple[int, ...], distinct: tuple[int, ...]) -> None:
    corpus = load("webnlg", variant=variant, data_dir=data_dir)
    splits = (corpus.train, corpus.dev, corpus.test)
    files = read_card("webnlg").variants[variant].files
    assert tuple(files[split].counts["triples"] for split in ("train", "dev", "test")) == listed
    assert not any("its card says" in note for note in corpus.notes)
    assert [len(split or ()) for split in splits] == [5019, 500, 703]
    assert tuple(n_triples(split) for split in splits) == distinct
    assert not any(document.unplaced for split in splits for document in split or ())


@pytest.mark.parametrize(
    ("variant", "sizes", "triples", "unplaced"),
    [
        ("star", (4999, 5000), (7976, 8110), (0, 0)),
        ("exact", (5000, 5000), (7985, 8120), (42, 44)),
        ("typed", (5000, 5000), (7985, 8120), (42, 44)),
    ],
)
def test_nyt(
    data_dir: Path, variant: str, sizes: tuple[int, int], triples: tuple[int, int], unplaced: tuple[int, int]
) -> None:
    corpus = load("nyt", variant=variant, data_dir=data_dir, splits=("dev", "test"))
    splits = (corpus.split("dev"), corpus.split("test"))
    assert tuple(map(len, splits)) == sizes
    assert tuple(map(n_triples, splits)) == triples
    assert tuple(sum(len(document.unplaced) for document in split) for split in splits) == unplaced
    assert not any("its card says" in note for note in corpus.notes)


@pytest.mark.parametrize("variant", ["star", "exact"])
def test_nyt_low_resource(data_dir: Path, variant: str) -> None:
    corpus = load("nyt", variant=variant, data_dir=data_dir, low_resource=True)
    train, dev, test = ({document.text for document in corpus.split(split)} for split in ("train", "dev", "test"))
    assert not train & dev
    assert not (train | dev) & test
    assert len(corpus.split("train")) > 5200
    assert not any("its card says" in note for note in corpus.notes)


def test_ade(data_dir: Path) -> None:
    documents = list(FORMATS["tokens"].read(data_dir / "ade" / "ade_full.json"))
    assert (len(documents), n_entities(documents), n_relations(documents)) == (4272, 10839, 6821)
    types = Counter(entity.type for document in documents for entity in document.entities or ())
    assert types == {"Adverse-Effect": 5776, "Drug": 5063}
    assert sum(map(has_overlap, documents)) == 119


@pytest.mark.parametrize("fold", [0, 9])
def test_ade_without_overlaps(data_dir: Path, fold: int) -> None:
    corpus = load("ade", variant="flat", fold=fold, data_dir=data_dir)
    n_here = sum(len(corpus.split(split)) for split in SPLITS)
    assert n_here == 4272 - 119
    assert not any(has_overlap(document) for split in SPLITS for document in corpus.split(split))
    assert not any("its card says" in note for note in corpus.notes)


@pytest.mark.parametrize("fold", [0, 9])
def test_ade_fold(data_dir: Path, fold: int) -> None:
    corpus = load("ade", fold=fold, data_dir=data_dir)
    assert len(corpus.split("test")) == (429 if fold == 9 else 427)
    assert len(corpus.split("train")) + len(corpus.split("dev")) == (3843 if fold == 9 else 3845)
    assert len(corpus.notes) == 1  # what was held out, and no deviation
    for split, file in read_card("ade").facts["variants"]["overlaps"]["files"].items():
        data = (data_dir / file["path"].format(fold=fold)).read_bytes()
        expected = file["sha256"]
        assert hashlib.sha256(data).hexdigest() == (expected if split == "full" else expected[fold]), split


def test_cluener(data_dir: Path) -> None:
    corpus = load("cluener", data_dir=data_dir)
    assert [len(split or ()) for split in (corpus.train, corpus.dev, corpus.test)] == [10748, 1343, 1345]
    assert [n_entities(split) for split in (corpus.train, corpus.dev)] == [23971, 3072]
    assert all(document.entities is None for document in corpus.split("test"))
    assert sum(map(has_overlap, corpus.split("train"))) == 1
    assert len(corpus.notes) == 1


@pytest.mark.parametrize(
    ("split", "size", "entities"), [("dev", 2318, 3819), ("test", 4636, 7707), ("train", 20864, 33992)]
)
def test_peoples_daily(data_dir: Path, split: Split, size: int, entities: int) -> None:
    corpus = load("peoples_daily", splits=[split], data_dir=data_dir)
    assert (len(corpus.split(split)), n_entities(corpus.split(split))) == (size, entities)
    assert corpus.notes == ()


@pytest.mark.parametrize(
    ("split", "size", "entities"), [("train", 15023, 45010), ("dev", 1669, 5365), ("test", 1854, 5506)]
)
def test_genia(data_dir: Path, split: Split, size: int, entities: int) -> None:
    corpus = load("genia", splits=[split], data_dir=data_dir)
    assert (len(corpus.split(split)), n_entities(corpus.split(split))) == (size, entities)
    assert len(corpus.notes) == 1  # that train is rebuilt


def test_cmeee(data_dir: Path) -> None:
    corpus = load("cmeee", data_dir=data_dir)
    assert [len(corpus.split(split)) for split in SPLITS] == [15000, 5000, 3000]
    assert [n_entities(corpus.split(split)) for split in ("train", "dev")] == [61796 - 2, 20300]
    assert all(document.entities is None for document in corpus.split("test"))
    assert max(len(document.text) for document in corpus.split("train")) == 4870
    assert sum(len(document.text) > 510 for document in corpus.split("train")) == 35
    assert len(corpus.notes) == 2
    assert "train: a part of 2 records is left out, first " in corpus.notes[1]
    assert "record 6052: entity 1 ('pro') is empty" in corpus.notes[1]


@pytest.mark.parametrize(("split", "mentions", "relations"), [("dev", 13189, 93), ("test", 13018, 95)])
def test_redocred(data_dir: Path, split: Split, mentions: int, relations: int) -> None:
    corpus = load("redocred", splits=[split], data_dir=data_dir)
    counts = read_card("redocred").variants["sentences"].files[split].counts
    assert corpus.notes == ()  # the counts are those of the card
    assert (counts["documents"], counts["mentions"]) == (500, mentions)
    assert counts["triples_in_sentences"] == {"dev": 8614, "test": 8664}[split]
    assert len({triple.type for document in corpus.split(split) for triple in document.relations or ()}) == relations
    whole = load("redocred", variant="documents", splits=[split], data_dir=data_dir)
    assert (len(whole.split(split)), whole.notes) == (500, ())
    assert len({triple.type for document in whole.split(split) for triple in document.relations or ()}) <= 96


@pytest.mark.slow
@pytest.mark.parametrize("variant", ["windows", "windows-nearest", "mixed", "mixed-nearest"])
def test_redocred_in_windows(data_dir: Path, variant: str) -> None:
    corpus = load("redocred", variant=variant, splits=["dev", "test"], data_dir=data_dir)
    n = {"windows": (1631, 1563)}.get(variant.partition("-")[0], (5713, 5489))
    assert tuple(len(corpus.split(split)) for split in ("dev", "test")) == n
    assert corpus.notes == ()  # entities and relations are as many as in the card


def test_redocred_low_resource(data_dir: Path) -> None:
    corpus = load("redocred", variant="documents", low_resource=True, data_dir=data_dir)
    ids = [{document.id for document in corpus.split(split)} for split in SPLITS]
    assert [len(of) for of in ids] == [650, 100, 250]
    assert len(set.union(*ids)) == 1000
    relations = {relation.type for document in corpus.split("train") for relation in document.relations or ()}
    assert "place of birth (P19)" in relations
    assert all(re.fullmatch(r"[a-z][^,]* \(P\d+\)", name) for name in relations)


def test_redocred_has_8076_sentences(data_dir: Path) -> None:
    files = read_card("redocred").variants["sentences"].files
    assert files["dev"].counts["sentences"] + files["test"].counts["sentences"] == 8076


def test_duie(data_dir: Path) -> None:
    corpus = load("duie", data_dir=data_dir)
    assert (len(corpus.split("train")), len(corpus.split("dev")), corpus.test) == (4500, 500, None)
    assert not any("its card says" in note for note in corpus.notes)
    assert sum(len(document.unplaced) for split in ("train", "dev") for document in corpus.split(split)) == 0
