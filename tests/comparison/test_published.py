"""Published scores stand beside, with everything that keeps them from being compared."""

from collections.abc import Callable

import pytest

from gprel.comparison.matrix import Matrix
from gprel.comparison.published import published_scores
from gprel.errors import ConfigError

Read = Callable[..., Matrix]
TEXT = "title: x\nmethods: {{a: }}\ncorpora: {{c: {{{corpus}}}}}\npublished: [{models}]"


def test_a_score_carries_its_rule_split_and_selection(read: Read) -> None:
    scores = published_scores(read(TEXT.format(corpus="data: webnlg, variant: star", models="CasRel, PRGC")))["c"]
    assert [(s.model, s.f1, s.rule, s.split, s.selected_on, s.caveats) for s in scores] == [
        ("CasRel", {"triples": 91.8}, "partial", "test", "dev", ()),
        ("PRGC", {"triples": 93.0}, "partial", "test", "thresholds on test", ()),
    ]


@pytest.mark.parametrize(
    ("corpus", "model", "caveat"),
    [
        ("data: nyt, variant: star, low_resource: true", "CopyRE", "trained on the full training file, here low-resou"),
        ("data: ade, fold: 3", "SpERT", "mean of 10 folds, here fold 3"),
        ("data: webnlg, variant: star, rule: exact", "CasRel", "rule partial, here exact"),
        ("data: conll04, set: [data.limit=10]", "SpERT", "trained on all documents, here on 10"),
    ],
)
def test_what_keeps_a_score_from_being_compared(read: Read, corpus: str, model: str, caveat: str) -> None:
    score = published_scores(read(TEXT.format(corpus=corpus, models=model)))["c"][0]
    assert any(text.startswith(caveat) for text in score.caveats)


def test_another_split_is_another_score(read: Read) -> None:
    scores = published_scores(read(TEXT.format(corpus="data: cluener, task: ner", models="Global Pointer")))["c"]
    assert {score.split: score.caveats for score in scores} == {
        "dev": (),
        "online test": ("split online test, here dev",),
    }


def test_figures_that_are_not_shown_are_left_out(read: Read) -> None:
    scores = published_scores(read(TEXT.format(corpus="data: conll04, task: ner", models="SpERT, REBEL")))["c"]
    assert [(score.model, score.f1) for score in scores] == [("SpERT", {"entities": 88.9})]


def test_an_unknown_model_is_refused(read: Read) -> None:
    with pytest.raises(ConfigError, match=r"published has 'CopyR', which no card .* names; did you mean CopyRE\?"):
        published_scores(read(TEXT.format(corpus="data: webnlg", models="CopyR")))


def test_own_data_has_no_published_scores(read: Read) -> None:
    with pytest.raises(ConfigError, match=r"published has 'CopyRE', .*; known: none"):
        published_scores(read(TEXT.format(corpus="data: own.jsonl", models="CopyRE")))
