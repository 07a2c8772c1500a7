"""Tokens, windows, and the oracle through the real head."""

import pytest
import torch

from gprel.doctor import oracle as oracle_module
from gprel.doctor.oracle import SCORE, GoldPointer, oracle_f1
from gprel.doctor.reach import Reach, measure_reach
from gprel.document import Document, UnplacedTriple
from gprel.errors import ConfigError

from .helpers import doc


def reach(*parts: tuple[str, list[Document]], max_tokens: int = 512) -> Reach:
    measured = measure_reach(parts, encoder="tiny", rule="strict", max_tokens=max_tokens)
    assert measured is not None
    return measured


def nested() -> Document:
    """Nested, shared first tokens, a pair with two relations, a relation of an entity with itself."""
    text = "Bank of New York opened a New York office"
    marked = (("Bank of New York", "Org"), ("New York", "Loc"), ("Bank", "Org"), ("office", "Loc"))
    relations = (("In", 0, 1), ("Of", 0, 1), ("In", 2, 3), ("In", 1, 1), ("Of", 3, 0))
    return doc(text, *marked, relations=relations)


@pytest.mark.parametrize("n_labels", [1, 3])
def test_the_gold_pointer_is_the_dense_grid(n_labels: int) -> None:
    pointer = GoldPointer(n_labels)
    cells = [(0, 0, 1, 2), (0, n_labels - 1, 2, 2), (1, 0, 0, 3), (1, 0, 1, 3), (1, 0, 1, 1)]
    pointer.cells = torch.tensor(sorted(set(cells)))
    at = torch.tensor([[0, 1, 2, 3, 4], [3, 1, 0, 1, 4]])  # positions may be candidates in any order, some twice
    expected = torch.full((2, n_labels, 5, 5), -SCORE)
    for batch, label, row, column in cells:
        for i, first in enumerate(at[batch]):
            for j, second in enumerate(at[batch]):
                if (first, second) == (row, column):
                    expected[batch, label, i, j] = SCORE
    torch.testing.assert_close(pointer(at[..., None].float()).dense(), expected)


def test_no_gold_at_all() -> None:
    assert (GoldPointer(2)(torch.arange(3.0)[None, :, None]).dense() == -SCORE).all()


@pytest.mark.parametrize("task", ["re", "ner"])
def test_gold_decodes_to_itself(task: str) -> None:
    documents = [nested(), doc("Nobody", relations=()), Document("not annotated")]
    assert oracle_f1(documents, encoder="tiny", task=task) == 100


def test_what_cannot_be_placed_is_missed() -> None:
    unplaced = Document("Ann", (), (), unplaced=(UnplacedTriple("Zoë", "In", "Rome"),) * 5)
    assert oracle_f1([nested(), unplaced], encoder="tiny") == pytest.approx(100 * 10 / 11)  # equal triples count once


def test_the_oracle_takes_pointers_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(oracle_module, "GPLinker", int)
    with pytest.raises(ConfigError, match="the oracle works with pointers, got head GPLinker; use gplinker"):
        oracle_f1([nested()], encoder="tiny")


def test_windows_and_what_they_cost() -> None:
    apart = doc(
        "Ann " + "met many people and " * 6 + "lives in Rome", ("Ann", "P"), ("Rome", "L"), relations=(("In", 0, 1),)
    )
    near = doc("Bob in Lima", ("Bob", "P"), ("Lima", "L"), relations=(("In", 0, 1),))
    (train,) = reach(("train", [apart, near]), max_tokens=24).parts
    (whole,) = reach(("train", [apart, near])).parts
    assert (whole.n_windows, whole.n_long, whole.entity_f1, whole.triple_f1) == (2, 0, 100, 100)
    assert (train.n_tokens, train.longest) == (whole.n_tokens, whole.longest)
    assert train.n_long == 1
    assert train.n_windows > 2
    assert train.n_window_tokens > whole.n_window_tokens
    assert train.lost.triples.total() == 1
    assert train.triple_f1 == pytest.approx(200 / 3)
    assert train.entity_f1 == 100


def test_entities_only() -> None:
    measured = reach(("train", [doc("Ann in Rome", ("Ann", "P"))]), ("test", [Document("not annotated")]))
    assert measured.task == "ner"
    assert [(part.name, part.entity_f1, part.triple_f1) for part in measured.parts] == [("train", 100, None)]


def test_relations_known_in_some_documents_only() -> None:
    bare = Document("Ann in Rome", doc("Ann in Rome", ("Ann", "Org")).entities)
    measured = reach(("train", [nested(), bare]), ("dev", [bare]))
    assert [(part.n_documents, part.triple_f1) for part in measured.parts] == [(1, 100), (1, None)]


def test_nothing_annotated() -> None:
    assert measure_reach([("train", [Document("Ann")])], encoder="tiny", rule="strict", max_tokens=64) is None


def test_more_gold_than_the_cap() -> None:
    text = " ".join(f"a{chr(97 + n // 26)}{chr(97 + n % 26)}" for n in range(110))
    (part,) = reach(("train", [doc(text, *((word, "T") for word in text.split()))])).parts
    assert part.n_capped == 1  # 100 candidates are kept
    assert part.entity_f1 == pytest.approx(200 * 100 / (100 + 110))
