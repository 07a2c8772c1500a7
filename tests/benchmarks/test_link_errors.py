"""Whether triples are lost in their entities or in the links between them."""

import itertools
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest
import torch

from gprel.config import RunConfig
from gprel.corpora import load
from gprel.document import Document
from gprel.model import Extractor
from gprel.nn.mask import TokenMask
from gprel.training.build import build


@pytest.fixture
def link_errors(scripts: Path) -> ModuleType:
    return import_module("link_errors")


@pytest.fixture(scope="module")
def documents() -> list[Document]:
    return load("demo").split("dev")[:12]


def random_model(head: str, documents: list[Document]) -> Extractor:
    """A model whose links pass about as often as they do not."""
    settings = ("encoder.name=tiny", f"head.name={head}", "head.use_argument_types=true")
    torch.manual_seed(0)
    model = build(RunConfig().override(settings), documents, []).eval()
    with torch.no_grad():
        for parameter in model.head.parameters():
            parameter.normal_(0, 0.3)
    return model


@pytest.mark.parametrize("head", ["gplinker", "pfn"])
def test_links_of_gold_entities(link_errors: ModuleType, documents: list[Document], head: str) -> None:
    model = random_model(head, documents)
    n_found = n_possible = 0
    for examples, batch in link_errors._batches(model, documents):
        states = model.encoder(batch.input_ids, batch.valid, batch.shapes)
        firsts, lasts = link_errors._links(model.head, states, TokenMask(batch.valid, batch.starts, batch.ends))
        expected = []
        for number, example in enumerate(examples):
            found = set()
            entities = [(e.type_id, *e.span) for e in example.gold.entities]
            for subject, object_ in itertools.product(entities, repeat=2):
                scores = firsts.at_pairs(*(torch.tensor([i]) for i in (number, subject[1], object_[1])))[0]
                if lasts is not None:
                    last = lasts.at_pairs(*(torch.tensor([i]) for i in (number, subject[2], object_[2])))[0]
                    scores = torch.minimum(scores, last)
                for relation, score in enumerate(scores.tolist()):
                    is_allowed = [relation, subject[0], object_[0]] in model.head.allowed_cells
                    n_possible += is_allowed
                    if is_allowed and score > 0:
                        found.add((subject, relation, object_))
            n_found += len(found)
            expected.append(found)
        assert link_errors._link_gold(model, batch, examples) == expected
    assert 0.1 * n_possible < n_found < 0.9 * n_possible


def test_counts_belong_together(link_errors: ModuleType, documents: list[Document]) -> None:
    found = link_errors.measure(random_model("gplinker", documents), documents)
    triples = found["triples"]
    assert sum(found["missed"].values()) == triples["gold"] - triples["correct"]
    assert sum(found["spurious"].values()) == triples["found"] - triples["correct"]
    assert (
        triples["gold"] == found["triples of gold entities"]["gold"] == sum(len(d.relations or ()) for d in documents)
    )
    assert 0 < found["triples of gold entities"]["correct"] <= triples["gold"]


def test_whose_fault(link_errors: ModuleType) -> None:
    a, b, c = (0, 1, 1), (0, 3, 4), (1, 6, 6)
    wrong = {(a, 0, b), (a, 1, c), (b, 0, a)}
    assert sorted(link_errors._whose_fault(wrong, {a, b})) == ["argument", "link", "link"]
    assert link_errors._figures({"gold": 4, "found": 2, "correct": 1})["f1"] == 33.3
