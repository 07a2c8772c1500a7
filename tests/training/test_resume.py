"""A run that goes on is the run that was never interrupted: its losses, its log, its weights."""

from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from gprel.config import RunConfig
from gprel.corpora import Corpus, load
from gprel.errors import ConfigError
from gprel.training import StoppedError, TrainingResult, loop

from .interrupted import Interrupter, Killed, Runs, die, interrupt, terminate

N_STEPS = 6  # 2 epochs of 3 batches
RANDOM = (  # dropout on: every random number has to come back
    "encoder.name=tiny",
    "encoder.dropout=0.1",
    "head.dropout=0.1",
    "head.use_rope=true",
    "training.encoder_lr=3e-3",
    "training.head_lr=1e-2",
    "training.mixed_precision=no",
    "training.epochs=2",
    "training.batch_size=2",
    "training.checkpoint_minutes=0",
)
PLAIN: tuple[str, ...] = ()
AVERAGED = ("training.ema=0.9",)
UNEVEN = ("training.accumulation=2",)  # the last update of an epoch sums one batch alone
BOTH = (*AVERAGED, *UNEVEN)
SAMPLED = ("head.name=casrel",)  # draws a subject per document
Make = Callable[..., Runs]


class Whole(NamedTuple):
    runs: Runs
    losses: list[float]
    result: TrainingResult


@pytest.fixture(scope="module")
def demo() -> Corpus:
    return load("demo", splits=("train", "dev"))


@pytest.fixture(scope="module")
def make_in(demo: Corpus) -> Callable[..., Runs]:
    def runs(path: Path, *settings: str, has_dev: bool = False) -> Runs:
        config = RunConfig().override([*RANDOM, *settings])
        return Runs(path, config, demo.split("train")[:6], demo.split("dev")[:2] if has_dev else None)

    return runs


@pytest.fixture
def make(make_in: Callable[..., Runs], tmp_path: Path) -> Make:
    """Runs on 8 documents in a folder of their own: ``make(*settings, has_dev=True)``."""
    return partial(make_in, tmp_path / "run")


@pytest.fixture(scope="module")
def whole(make_in: Callable[..., Runs], tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Whole]:
    """Runs that nothing interrupts, one for each kind of settings."""

    @cache
    def run(*settings: str, has_dev: bool = False) -> Whole:
        runs = make_in(tmp_path_factory.mktemp("whole") / "run", *settings, has_dev=has_dev)
        recorder, result = runs.go()
        assert result is not None
        return Whole(runs, recorder.losses, result)

    return run


def check_equal(expected: Whole, cut: Runs, recorder: Interrupter) -> None:
    (n_done,) = recorder.counted
    assert recorder.losses == expected.losses[n_done:]
    assert cut.log == expected.runs.log
    assert cut.same_weights(expected.runs)
    assert cut.status == "done"
    assert {path.name for path in cut.path.iterdir()} == {path.name for path in expected.runs.path.iterdir()}


@pytest.mark.parametrize(
    "settings",
    [BOTH, SAMPLED, *(pytest.param(one, marks=pytest.mark.slow) for one in (PLAIN, AVERAGED, UNEVEN))],
    ids=" ".join,
)
def test_stopped_and_continued_is_never_stopped(
    make: Make, whole: Callable[..., Whole], settings: tuple[str, ...]
) -> None:
    expected, cut = whole(*settings), make(*settings)
    assert len(expected.losses) == N_STEPS
    with pytest.raises(StoppedError):
        cut.go(at=4, act=terminate)
    assert cut.status == "stopped"
    recorder, result = cut.go(use_resume=True)
    assert result is not None
    assert result.best_epoch == 2
    assert recorder.counted[0] >= 4  # it ends with the update that was going on
    check_equal(expected, cut, recorder)


@pytest.mark.parametrize(
    ("every", "at", "n_done"),
    [(1, 5, 4), (2, 2, 0), *(pytest.param(*one, marks=pytest.mark.slow) for one in ((2, 6, 4), (1, 6, 5), (3, 3, 0)))],
)
def test_killed_after_a_checkpoint(make: Make, whole: Callable[..., Whole], every: int, at: int, n_done: int) -> None:
    """The steps after the checkpoint are lost and done again: nothing is in the log twice."""
    steps, cut = f"training.checkpoint_steps={every}", make(has_dev=True)
    with pytest.raises(Killed):
        cut.go(steps, at=at, act=die)  # before the step's own checkpoint
    recorder, _ = cut.go(steps, use_resume=True)
    assert recorder.counted == [n_done]
    check_equal(whole(has_dev=True), cut, recorder)


def test_killed_behind_the_last_batch_of_an_epoch(make: Make, whole: Callable[..., Whole]) -> None:
    """The checkpoint stands before an evaluation: the next epoch must begin as if nothing had happened."""
    cut = make(has_dev=True)
    with pytest.raises(Killed):
        cut.go("training.checkpoint_steps=3", at=4, act=die)
    recorder, _ = cut.go(use_resume=True)
    assert recorder.counted == [3]
    check_equal(whole(has_dev=True), cut, recorder)


@pytest.mark.slow
def test_stopped_again_and_again(make: Make, whole: Callable[..., Whole]) -> None:
    cut = make(*AVERAGED, has_dev=True)
    for step in (2, 3, 5, 6):  # the signal comes while a step is told: behind the next one, or before an evaluation
        with pytest.raises(StoppedError, match=f"step {step}; "):
            cut.go(at=1, act=terminate, use_resume=True)
    recorder, _ = cut.go(use_resume=True)
    assert recorder.counted == [N_STEPS]
    check_equal(whole(*AVERAGED, has_dev=True), cut, recorder)


def test_stopped_while_it_evaluates(make: Make, whole: Callable[..., Whole], monkeypatch: pytest.MonkeyPatch) -> None:
    """Dev splits may take longer than whoever sends SIGTERM waits: the checkpoint stands before the evaluation."""
    cut, score = make(has_dev=True), loop.score_model

    def interrupted(*arguments: Any, **options: Any) -> Any:
        terminate()
        return score(*arguments, **options)

    monkeypatch.setattr(loop, "score_model", interrupted)
    with pytest.raises(StoppedError, match="stopped by SIGTERM in epoch 1, step 3; "):
        cut.go()
    monkeypatch.undo()
    assert not (cut.path / "model").exists()
    recorder, _ = cut.go(use_resume=True)
    assert recorder.counted == [3]
    check_equal(whole(has_dev=True), cut, recorder)


def test_dev_scores_of_an_epoch_before_the_checkpoint(make: Make, whole: Callable[..., Whole]) -> None:
    """The best score outlives the process, and the best epoch's scores are told again."""
    expected, cut = whole(has_dev=True).result, make(has_dev=True)
    with pytest.raises(StoppedError):
        cut.go(at=5, act=interrupt)
    _, result = cut.go(use_resume=True)
    assert result is not None
    assert (result.best_epoch, result.dev) == (expected.best_epoch, expected.dev)


@pytest.mark.parametrize("at", [0, 4], ids=["nothing there", "killed without a checkpoint"])
def test_without_a_checkpoint_it_begins(make: Make, whole: Callable[..., Whole], at: int) -> None:
    cut = make()
    if at:
        with pytest.raises(Killed):
            cut.go(at=at, act=die)  # an epoch and its model are there
    recorder, _ = cut.go(use_resume=True)
    assert recorder.counted == [0]
    assert "there is no checkpoint to go on from: the run begins" in recorder.notes
    check_equal(whole(), cut, recorder)


def test_a_finished_run_is_left_alone(make: Make) -> None:
    runs = make("training.epochs=1")
    runs.go()
    before = {path: path.stat().st_mtime_ns for path in runs.path.rglob("*")}
    recorder, result = runs.go(use_resume=True)
    assert (recorder.losses, result) == ([], None)
    assert {path: path.stat().st_mtime_ns for path in runs.path.rglob("*")} == before


def test_other_settings_are_refused_by_name(make: Make) -> None:
    runs = make("training.epochs=1")
    with pytest.raises(StoppedError):
        runs.go(at=2, act=terminate)
    with pytest.raises(ConfigError) as error:
        runs.go("training.seed=7", "head.size=32", use_resume=True)
    assert "training.seed 42 -> 7" in str(error.value)
    assert "head.size 64 -> 32" in str(error.value)
    runs.go("training.checkpoint_steps=5", "data.data_dir=elsewhere", use_resume=True)  # these decide no result
    assert runs.status == "done"
