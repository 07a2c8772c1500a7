"""Gold of real corpora, put through features, targets and the head's own decoding, comes back whole."""

from pathlib import Path

import pytest

from gprel.corpora import load
from gprel.doctor.oracle import oracle_f1, oracle_scores

N_DOCUMENTS = 250
CORPORA = [
    ("conll04", {}, "strict", 100.0),
    ("ade", {"fold": 0}, "strict", 100.0),
    ("webnlg", {"variant": "star"}, "partial", 100.0),
    ("webnlg", {"variant": "exact"}, "exact", 100.0),
    ("nyt", {"variant": "star"}, "partial", 100.0),
    ("nyt", {"variant": "exact"}, "exact", 99.73),  # 44 of 8,120 triples are not in the text
]


@pytest.mark.parametrize(("name", "options", "rule", "expected"), CORPORA)
def test_gold_decodes_to_itself(data_dir, name, options, rule, expected):
    # The schema of the documents themselves: a relation that training lacks is no fault of the decoder.
    documents = load(name, data_dir=data_dir, splits=("test",), **options).split("test")[:N_DOCUMENTS]
    scores = oracle_scores(documents, encoder="tiny", rules=(rule,))
    if expected == 100:
        assert scores.f1("triples", rule) == pytest.approx(100)
        assert scores.f1("entities", rule) == pytest.approx(100)
    assert scores.f1("triples", rule) > 99


@pytest.mark.slow
@pytest.mark.parametrize("encoder", ["tiny", "minilm"])
@pytest.mark.parametrize(("name", "options", "rule", "expected"), CORPORA)
def test_whole_test_splits(data_dir: Path, name, options, rule, expected, encoder):
    documents = load(name, data_dir=data_dir, splits=("test",), **options).split("test")
    assert round(oracle_f1(documents, encoder=encoder, rule=rule), 2) == expected
    assert oracle_f1(documents, encoder=encoder, task="ner", rule=rule) == pytest.approx(100)
