"""Through every format and back: nothing changes but what a writer counts, and training sees no difference."""

import random
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from gprel.document import Document, Entity, Relation, Span
from gprel.encoders import tiny_tokenizer
from gprel.features import Featurizer
from gprel.features.batch import Collator
from gprel.features.lost import LostGold
from gprel.formats import FORMATS
from gprel.formats.changes import count_changes
from gprel.formats.words import join_words
from gprel.heads.gplinker import GPLinker
from gprel.schema import Schema

WRITABLE = [name for name, form in FORMATS.items() if form.write is not None]
LOST_OF_CONLL04 = {
    "genia": {"relations": 2048},
    "triples": {"entities": 1946, "entity types": 3436, "relations": 90},
    "cluener": {"words": 1441, "relations": 2048},
    "columns": {"ids": 1440, "relations": 2048},
    "doccano": {"words": 1441},
    "labelstudio": {"words": 1441},
    "csv": {"words": 1441, "entities": 1938},
}
"""All other formats hold all of it."""


@pytest.fixture(scope="module")
def conll04(data_dir: Path) -> list[Document]:
    paths = (data_dir / "conll04" / f"{split}_triples.json" for split in ("train", "dev", "test"))
    return [document for path in paths for document in FORMATS["tokens"].read(path)]


def invented(seed: int, *, is_flat: bool = False) -> list[Document]:
    """Documents of made-up words, with entities that nest and cross, several relations of a pair, and none at all."""
    draw = random.Random(seed)
    vocabulary = [
        "Ann",
        "Berg",
        "met",
        "U.S.",
        "'s",
        "Zürich",
        "e\u0301",
        "(",
        "3,000",
        "😀",
        "城",
        "-LRB-",
        "«a»",
        "\u200b",
    ]
    documents = []
    for number in range(40):
        # Every word once and with a number, so that strings have one place, too.
        words = [f"{word}{number}" for word in draw.sample(vocabulary, draw.randrange(1, len(vocabulary)))]
        text, spans = join_words(words)
        ranges = [sorted(draw.choices(range(len(words)), k=2)) for _ in range(draw.randrange(6))]
        if is_flat:
            ranges = [[at, at] for at in range(0, len(words), 2)]
        edges = sorted({(spans[first].start, spans[last].end) for first, last in ranges})
        entities = tuple(Entity(*edge, draw.choice(["Peop", "Org/Sub", "类"])) for edge in edges)
        pairs = {(draw.randrange(len(edges)), draw.randrange(len(edges))) for _ in range(3)} if edges else set()
        relations = [Relation(type_, *pair) for pair in sorted(pairs) for type_ in draw.sample(["in", "no~r", "是"], 2)]
        documents.append(Document(text, entities, tuple(relations), f"{number + 1}", spans))
    return documents


def back_and_forth(name: str, documents: list[Document], folder: Path) -> tuple[list[Document], Counter[str]]:
    """What is read from what was written, in the order of the ids if the format has none of its own."""
    if name == "spacy":
        pytest.importorskip("spacy")
    path = folder / f"copy{FORMATS[name].suffix}"
    write = FORMATS[name].write
    assert write is not None
    lost = write(documents, path)
    read = list(FORMATS[name].read(path))
    if name == "brat":
        position = {document.id: index for index, document in enumerate(documents)}
        read.sort(key=lambda document: position[document.id])
    assert len(read) == len(documents)
    return read, lost


def in_any_order(document: Document) -> tuple[object, ...]:
    entities = None if document.entities is None else Counter(document.entities)
    relations = None if document.relations is None else Counter(document.triples())
    return replace(document, entities=None, relations=None), entities, relations


def check(name: str, documents: list[Document], read: list[Document], lost: Counter[str]) -> None:
    """What is not counted is there."""
    assert lost == sum((count_changes(*pair) for pair in zip(documents, read, strict=True)), Counter())
    if not lost:
        assert list(map(in_any_order, read)) == list(map(in_any_order, documents))
    for document, back in zip(documents, read, strict=True):
        assert back.text == document.text
        assert "ids" in lost or back.id == document.id
        assert "words" in lost or back.words == document.words
        if not {"entities", "entity types", "nested entities", "overlapping entities"} & set(lost):
            assert Counter(back.entities or ()) == Counter(document.entities or ())
        if not {"relations", "entity types"} & set(lost):
            assert Counter(back.triples()) == Counter(document.triples())


@pytest.mark.parametrize("name", WRITABLE)
def test_conll04(name: str, conll04: list[Document], tmp_path: Path) -> None:
    read, lost = back_and_forth(name, conll04, tmp_path)
    assert lost == LOST_OF_CONLL04.get(name, {})
    check(name, conll04, read, lost)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("name", WRITABLE)
def test_an_invented_corpus(name: str, seed: int, tmp_path: Path) -> None:
    documents = invented(seed, is_flat=name == "columns")
    read, lost = back_and_forth(name, documents, tmp_path)
    assert set(lost) == {
        "genia": {"relations", "unknown annotation"},  # none, and nobody looked, are the same there
        "triples": {"entities", "entity types"},
        "cluener": {"words", "relations", "unknown annotation"},
        "columns": {"relations"},
        "doccano": {"words"},
        "labelstudio": {"words"},
        "csv": {"words", "entities"},
    }.get(name, set())
    check(name, documents, read, lost)


def test_a_chain_of_formats_changes_nothing(tmp_path: Path) -> None:
    documents = invented(7)
    read = documents
    for name in ("jsonl", "tplinker", "tokens", "brat", "table_sequence", "dygie", "jsonl"):
        folder = tmp_path / f"{name}{len(list(tmp_path.iterdir()))}"
        folder.mkdir()
        read, lost = back_and_forth(name, read, folder)
        assert not lost
    assert list(map(in_any_order, read)) == list(map(in_any_order, documents))


def batches(documents: list[Document]) -> tuple[list[dict[str, torch.Tensor]], LostGold]:
    """The batches of one pass over documents in the order of their ids, and what they lost."""
    ordered = sorted(documents, key=lambda document: document.id or "")
    schema = Schema.from_documents(ordered)
    tokenizer = tiny_tokenizer(document.text for document in ordered)
    lost = LostGold()
    examples = Featurizer(tokenizer, schema, max_tokens=64, stride=16).examples(ordered, lost)
    head = GPLinker(8, n_types=len(schema.entity_types), n_relations=len(schema.relation_types))
    collate = Collator(0, head.targets, seed=0)
    taken = (collate(examples[start : start + 16]) for start in range(0, len(examples), 16))
    return [{**batch._asdict(), **batch.targets} for batch in taken], lost


def check_batches(documents: list[Document], copy: list[Document]) -> None:
    (expected, expected_lost), (found, found_lost) = batches(documents), batches(copy)
    assert len(found) == len(expected) > 0
    for one, other in zip(found, expected, strict=True):
        assert set(one) == set(other)
        for key in set(one) - {"targets"}:
            assert torch.equal(one[key], other[key]), key
    assert found_lost == expected_lost
    assert found_lost.n_triples > 0


@pytest.mark.parametrize("name", ["brat", "jsonl", "tokens", "tplinker"])
def test_training_on_a_copy_gets_the_same_batches(name: str, tmp_path: Path) -> None:
    documents = invented(1)
    check_batches(documents, back_and_forth(name, documents, tmp_path)[0])


def test_training_on_a_brat_copy_of_conll04_gets_the_same_batches(conll04: list[Document], tmp_path: Path) -> None:
    documents = conll04[::4]
    check_batches(documents, back_and_forth("brat", documents, tmp_path)[0])


def test_words_that_brat_cannot_say(tmp_path: Path) -> None:
    documents = [Document("Ann met Bob.", (Entity(8, 11, "P"),), (), "1", (Span(0, 3), Span(4, 7), Span(8, 11)))]
    read, lost = back_and_forth("brat", documents, tmp_path)
    assert lost == {"words": 1}
    assert read[0].words is None
