import json
import math
import random
from importlib.util import find_spec

import pytest

from gprel.document import Document, Entity
from gprel.errors import CheckpointError, ConfigError, DependencyError
from gprel.evaluation import Bin, Calibration, Platt, calibrate, calibration_error, reliability
from gprel.evaluation import reliability_plot as plots
from gprel.evaluation.calibration import fit_platt


def draw(temperature, bias, n=4000, seed=0):
    """Scores, and whether each is right with the probability that these values give."""
    generator = random.Random(seed)
    scores = [generator.gauss(2, 3) for _ in range(n)]
    return scores, [generator.random() < 1 / (1 + math.exp(-(score / temperature + bias))) for score in scores]


@pytest.mark.parametrize(("temperature", "bias"), [(1.0, 0.0), (2.5, 0.0), (0.5, -1.0), (4.0, 1.5)])
def test_what_was_planted_is_found(temperature, bias):
    scores, is_correct = draw(temperature, bias)
    fit = fit_platt(scores, is_correct)
    assert 1 / fit.temperature == pytest.approx(1 / temperature, rel=0.1, abs=0.02)
    assert fit.bias == pytest.approx(bias, abs=0.15)
    bins = reliability([fit.probability(score) for score in scores], is_correct)
    assert calibration_error(bins) < 2
    if temperature != 1:
        assert calibration_error(bins) < calibration_error(
            reliability([Platt().probability(score) for score in scores], is_correct)
        )


def test_the_fit_is_the_most_likely_one():
    scores, is_correct = draw(2.0, 0.5, n=300)
    n_right, n_wrong = sum(is_correct), len(scores) - sum(is_correct)
    targets = [(n_right + 1) / (n_right + 2) if ok else 1 / (n_wrong + 2) for ok in is_correct]

    def loss(slope, bias):
        probabilities = [1 / (1 + math.exp(-(slope * score + bias))) for score in scores]
        return -sum(t * math.log(p) + (1 - t) * math.log(1 - p) for t, p in zip(targets, probabilities, strict=True))

    fit = fit_platt(scores, is_correct)
    slope = 1 / fit.temperature
    steps = [(a, b) for a in (-0.01, 0, 0.01) for b in (-0.01, 0, 0.01) if a or b]
    assert all(loss(slope, fit.bias) < loss(slope + a, fit.bias + b) for a, b in steps)


def test_what_is_separable_or_always_right_still_fits():
    separable = fit_platt([-2.0, -1.0, 1.0, 2.0] * 10, [False, False, True, True] * 10)
    assert 0 < separable.temperature < math.inf
    assert separable.probability(-2.0) < 0.1 < 0.9 < separable.probability(2.0)
    huge = fit_platt([1000.0, -900.0, 5.0] * 10, [True, False, True] * 10)
    assert huge is None or 0.5 < huge.probability(1e9) <= 1


def test_scores_that_say_nothing_are_not_calibrated():
    assert fit_platt([1.0, 2.0, 3.0, 4.0] * 5, [True, True, False, False] * 5) is None
    assert fit_platt([1.0] * 30, [True] * 30) is None
    assert fit_platt([], []) is None


def test_reliability_by_hand():
    bins = reliability([0.0, 0.05, 0.62, 0.68, 1.0], [False, True, True, False, True])
    assert bins == [
        Bin(0.0, 0.1, 2, pytest.approx(0.025), 0.5),
        Bin(0.6, 0.7, 2, pytest.approx(0.65), 0.5),
        Bin(0.9, 1.0, 1, 1.0, 1.0),
    ]
    assert calibration_error(bins) == pytest.approx(100 * (2 * 0.475 + 2 * 0.15) / 5)
    assert calibration_error([]) == 0


def test_probabilities_do_not_overflow():
    assert Platt().probability(1e6) == 1
    assert Platt().probability(-1e6) == 0
    assert Platt(2.0, 1.0).probability(-2.0) == 0.5


def test_a_calibration_as_json():
    calibration = Calibration("strict", {"triples": Platt(2.0, -0.5)})
    assert Calibration.from_dict(json.loads(json.dumps(calibration.to_dict()))) == calibration
    assert calibration.probability(1.0, "triples") == 0.5
    assert calibration.probability(1.0, "entities") is None
    assert calibration.probability(None, "triples") is None
    with pytest.raises(ConfigError, match="kind 'relations' does not exist; choose one of: entities, triples"):
        calibration.probability(1.0, "relations")


@pytest.mark.parametrize(
    "values",
    [
        {"temperature": 0, "bias": 0},
        {"temperature": 1},
        {"temperature": "x", "bias": 0},
        5,
        {"temperature": 1, "bias": math.inf},
    ],
)
def test_a_damaged_calibration(values):
    with pytest.raises(CheckpointError) as error:
        Calibration.from_dict({"rule": "strict", "entities": values})
    assert str(error.value) == (
        f"the calibration of entities in the model's config.json is {values!r}, expected a positive temperature and "
        "a bias; gprel tune fits it anew, gprel tune --reset removes it"
    )


def test_calibrate_documents():
    gold = [Document("abcd", (Entity(0, 1, "A"),))] * 30
    predicted = [Document("abcd", (Entity(0, 1, "A", 1 + i % 3), Entity(1, 2, "A", -1.0))) for i in range(30)]
    fit = calibrate(gold, predicted, "strict", ("entities",))["entities"]
    assert (fit.n, fit.n_correct) == (60, 30)
    assert fit.platt.probability(2.0) > 0.9
    assert sum(part.n for part in fit.before) == sum(part.n for part in fit.after) == 60
    few = calibrate(gold, predicted, "strict", ("entities",), min_count=61)["entities"]
    assert (few.platt, few.after, few.before) == (None, [], fit.before)


def test_a_plot_needs_matplotlib(monkeypatch, tmp_path):
    monkeypatch.setattr(plots, "find_spec", lambda name: None)
    with pytest.raises(DependencyError, match=r"needs matplotlib, which is not installed: pip install gprel\[plots\]"):
        plots.plot_reliability({}, tmp_path / "p.png", "title")


@pytest.mark.skipif(find_spec("matplotlib") is None, reason="matplotlib is not installed (extra plots)")
def test_a_plot(tmp_path):
    bins = reliability([0.1, 0.9], [False, True])
    plots.plot_reliability({"entities": {"raw": bins, "fitted": bins}}, tmp_path / "p.png", "a $title_")
    assert (tmp_path / "p.png").read_bytes().startswith(b"\x89PNG")
