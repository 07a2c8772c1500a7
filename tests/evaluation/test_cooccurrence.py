import pytest

from gprel.document import Document, Entity, Relation
from gprel.errors import DataError
from gprel.evaluation.cooccurrence import cooccurrence

TEXT = "Ada met Bob in Rome"
ENTITIES = (Entity(0, 3, "PER"), Entity(8, 11, "PER"), Entity(15, 19, "LOC"))


def document(*relations: Relation, entities: tuple[Entity, ...] = ENTITIES) -> Document:
    return Document(TEXT, entities, relations)


def test_pairs_without_a_relation() -> None:
    gold = [document(Relation("a", 0, 1)), document(), Document("Ada", (Entity(0, 3, "PER"),), ())]
    guess = [
        document(Relation("b", 1, 0), Relation("a", 0, 2), Relation("b", 2, 0)),  # 0-1 is linked in gold
        document(Relation("a", 0, 1), entities=(Entity(0, 3, "PER"), Entity(8, 19, "PER"))),  # no gold entity
        Document("Ada", (), ()),
    ]
    found = cooccurrence(gold, guess)
    assert (found.n_pairs, found.n_linked_pairs) == (2 + 3, 1)
    assert (found.n_documents, found.n_linked_documents) == (1, 1)
    assert (found.pair_rate, found.document_rate) == (20.0, 100.0)


def test_nothing_to_count() -> None:
    found = cooccurrence([], [])
    assert (found.pair_rate, found.document_rate) == (0.0, 0.0)


def test_other_texts() -> None:
    with pytest.raises(DataError, match=r"document 0 .* for another text"):
        cooccurrence([document()], [Document("x")])
