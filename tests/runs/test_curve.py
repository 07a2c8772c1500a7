"""The learning curve."""

from collections.abc import Callable
from pathlib import Path

import pytest

from gprel.errors import DataError, DependencyError
from gprel.evaluation import reliability_plot
from gprel.runs.curve import draw_curve


def test_a_picture(write_run: Callable[..., Path]) -> None:
    pytest.importorskip("matplotlib")
    path = write_run("a $x^")  # no formula
    assert draw_curve(path, ("triples", "partial")) == path / "curve.png"
    assert (path / "curve.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    "lines",
    [
        [{"step": 20, "loss": 1.0}],  # before the first epoch is done
        [{"epoch": 1, "loss": 1.0, "is_best": True}],  # without a dev split
    ],
)
def test_a_picture_of_little(lines: list[dict[str, object]], write_run: Callable[..., Path]) -> None:
    pytest.importorskip("matplotlib")
    assert draw_curve(write_run("a", lines=lines)).is_file()


def test_nothing_to_draw(write_run: Callable[..., Path]) -> None:
    pytest.importorskip("matplotlib")
    path = write_run("a", lines=[])
    with pytest.raises(DataError) as error:
        draw_curve(path)
    assert str(error.value) == f"{path / 'metrics.jsonl'} holds no step and no epoch yet: there is no curve to draw"


def test_a_picture_that_cannot_be_written(write_run: Callable[..., Path]) -> None:
    pytest.importorskip("matplotlib")
    path = write_run("a")
    (path / "curve.png").mkdir()
    with pytest.raises(DataError, match=r"curve\.png cannot be written"):
        draw_curve(path)


def test_without_matplotlib(write_run: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reliability_plot, "can_plot", lambda: False)
    with pytest.raises(DependencyError, match=r"pip install gprel\[plots\]"):
        draw_curve(write_run("a"))
