from collections import Counter

from gprel.evaluation import evaluate
from gprel.report.cases import NOTHING, cases, choose

from .helpers import document

RIGHT = document("Ann", [("Ann", "P")])
EMPTY = document("Ann")


def found(pairs, rule="strict"):
    gold, predicted = [one for one, _ in pairs], [other for _, other in pairs]
    return cases(gold, predicted, evaluate(gold, predicted), rule)


def test_cases():
    one, other = found([(RIGHT, RIGHT), (EMPTY, EMPTY)])
    assert (one.number, other.number) == (1, 2)
    assert one.strata == {("entities", "correct")}
    assert other.strata == {NOTHING}
    assert one.triples == []


def test_what_is_not_scored_is_unknown():
    from dataclasses import replace

    (case,) = found([(RIGHT, replace(RIGHT, arguments_only=True, relations=None))])
    assert case.entities is None
    assert case.triples is None


def many():
    """90 right documents, 9 in which something is missed, 1 in which something is spurious."""
    return found([(RIGHT, RIGHT)] * 90 + [(RIGHT, EMPTY)] * 9 + [(EMPTY, RIGHT)])


def test_all_are_shown_where_there_is_room():
    everything = many()
    assert choose(everything, 100, 0) == everything


def test_each_kind_has_its_share():
    shown = choose(many(), 13, 0)
    assert Counter(name for case in shown for _, name in case.strata) == {"spurious": 1, "missed": 6, "correct": 6}
    assert [case.number for case in shown] == sorted(case.number for case in shown)


def test_what_is_left_goes_to_the_frequent():
    assert Counter(name for case in choose(many(), 50, 0) for _, name in case.strata)["correct"] == 40


def test_the_draw_depends_on_the_seed_alone():
    assert choose(many(), 20, 1) == choose(many(), 20, 1)
    assert choose(many(), 20, 1) != choose(many(), 20, 2)


def test_fewer_than_there_are_kinds():
    (case,) = choose(many(), 1, 0)
    assert case.strata == {("entities", "spurious")}  # the rarest
