"""What is kept of a model's findings."""

import pytest

from gprel.document import Document, Entity, Relation
from gprel.errors import ConfigError
from gprel.extraction.labels import check_labels, override_thresholds
from gprel.extraction.select import Selection
from gprel.schema import Schema

SCHEMA = Schema(("Person", "City"), ("lives_in", "visits"))
#       0         1         2
#       0123456789012345678901234567
TEXT = "Ann, Bo\tLee, Bo Lee and Oslo"
DOCUMENT = Document(
    TEXT,
    (
        Entity(0, 3, "Person", 3.0),
        Entity(5, 11, "Person", 1.0),
        Entity(13, 19, "Person", 2.0),
        Entity(24, 28, "City", 4.0),
    ),
    (
        Relation("lives_in", 0, 3, 0.5),
        Relation("lives_in", 1, 3, 1.0),
        Relation("visits", 1, 3, 0.9),
        Relation("lives_in", 2, 3, 2.0),
    ),
)


def kept(**options: object) -> tuple[list[str], list[tuple[str, str, float]]]:
    document = Selection(**options).apply(DOCUMENT)  # type: ignore[arg-type]
    assert document.entities is not None
    triples = [
        (document.surface(document.entities[r.subject]), r.type, r.score or 0.0) for r in document.relations or ()
    ]
    return [document.surface(entity) for entity in document.entities], triples


def test_by_default_everything_is_kept() -> None:
    assert Selection().apply(DOCUMENT) is DOCUMENT


def test_types() -> None:
    assert kept(types=("City",)) == (["Oslo"], [])
    assert kept(types=("City", "Person")) == kept()


def test_relations() -> None:
    entities, triples = kept(relations=("visits",))
    assert len(entities) == 4
    assert triples == [("Bo\tLee", "visits", 0.9)]


def test_least_score() -> None:
    entities, triples = kept(min_score=1.5)
    assert entities == ["Ann", "Bo Lee", "Oslo"]
    assert triples == [("Bo Lee", "lives_in", 2.0)]
    assert kept(min_score=2.0) == (entities, triples)


def test_the_best_triples_stay_in_their_order() -> None:
    assert kept(max_triples=2)[1] == [("Bo\tLee", "lives_in", 1.0), ("Bo Lee", "lives_in", 2.0)]
    assert kept(max_triples=9) == kept()
    assert kept(max_triples=0)[1] == []


def test_entities_only() -> None:
    document = Selection(entities_only=True).apply(DOCUMENT)
    assert (document.entities, document.relations) == (DOCUMENT.entities, None)


def test_equal_triples_are_one() -> None:
    assert kept(use_dedupe=True)[1] == [
        ("Ann", "lives_in", 0.5),
        ("Bo Lee", "lives_in", 2.0),
        ("Bo\tLee", "visits", 0.9),
    ]
    assert kept(use_dedupe=True, max_triples=2)[1] == [("Bo Lee", "lives_in", 2.0), ("Bo\tLee", "visits", 0.9)]


def test_a_model_without_triples_stays_without() -> None:
    document = Selection(min_score=0.5).apply(Document("Ann", (Entity(0, 3, "Person", 1.0),)))
    assert document.relations is None


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"types": ("Persn",)}, r"--types: the model does not know the label 'Persn'; did you mean 'Person'\?"),
        ({"types": ("Zzz",)}, "--types: the model does not know the label 'Zzz'; its labels are: Person, City"),
        ({"relations": ("live_in",)}, r"--relations: .* label 'live_in'; did you mean 'lives_in'\?"),
        (
            {"relations": ("visits",), "entities_only": True},
            "--relations is about triples, which --entities-only leaves",
        ),
        ({"use_dedupe": True, "entities_only": True}, "--dedupe is about triples, which --entities-only leaves out"),
    ],
)
def test_what_contradicts_is_refused(options: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        Selection(**options).check(SCHEMA, has_relations=True)  # type: ignore[arg-type]


def test_triples_of_a_model_without_any_are_refused() -> None:
    with pytest.raises(ConfigError, match="--max-triples is about triples, but this model was trained for entities"):
        Selection(max_triples=3).check(Schema(("Person",)), has_relations=False)
    Selection(types=("Person",), entities_only=True).check(Schema(("Person",)), has_relations=False)


def test_a_long_list_of_labels_is_cut_in_messages() -> None:
    labels = [f"r{i:03}" for i in range(100)]
    with pytest.raises(ConfigError, match=r"its labels are: r000, .*r019, \.\.\.$"):
        check_labels(["unheard"], labels, "--relations")
    with pytest.raises(ConfigError, match="its labels are: none of this kind"):
        check_labels(["unheard"], [], "--relations")


def test_thresholds_of_a_user_go_over_those_of_the_model() -> None:
    tuned = {"entities": {"Person": 1.0}, "relations": {"visits": 0.5}}
    assert override_thresholds(SCHEMA, tuned, {"visits": -1.0, "City": 2.0}) == {
        "entities": {"Person": 1.0, "City": 2.0},
        "relations": {"visits": -1.0},
    }
    assert override_thresholds(SCHEMA, None, None) == {"entities": {}, "relations": {}}
    both = Schema(("place",), ("place",))
    assert override_thresholds(both, None, {"place": 1.0}) == {"entities": {"place": 1.0}, "relations": {"place": 1.0}}


def test_thresholds_that_cannot_be() -> None:
    with pytest.raises(ConfigError, match=r"--threshold: .* label 'visit'; did you mean 'visits'\?"):
        override_thresholds(SCHEMA, None, {"visit": 1.0})
    with pytest.raises(ConfigError, match="--threshold: City=nan is not a finite number"):
        override_thresholds(SCHEMA, None, {"City": float("nan")})
