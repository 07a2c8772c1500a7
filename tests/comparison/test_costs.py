"""Speeds are measured in turn, kept, and measured anew when the settings change; no test looks at a time."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from gprel.comparison import costs, memory
from gprel.comparison.cells import Cell
from gprel.comparison.compare import compare
from gprel.comparison.costs import kept_costs
from gprel.comparison.run import CorpusShelf
from gprel.comparison.speed import Trainer, alternate, sampled
from gprel.document import Document

from .helpers import Done


def test_methods_take_turns() -> None:
    calls: list[str] = []

    def turn(name: str, amount: int) -> Callable[[], int]:
        def work() -> int:
            calls.append(name)
            return amount

        return work

    speeds = alternate({"a": turn("a", 10), "b": turn("b", 20)}, n_blocks=2)
    assert calls == ["a", "b"] * 3  # a block to warm up, then two that count
    assert speeds["a"].ratio == (1.0, 1.0, 1.0)
    median, least, most = speeds["b"].ratio
    assert 0 < least <= median <= most


def test_a_sample_keeps_the_order() -> None:
    documents = [Document(str(number)) for number in range(50)]
    chosen = sampled(documents, 10)
    assert len(chosen) == 10
    assert [int(d.text) for d in chosen] == sorted(int(d.text) for d in chosen)
    assert sampled(documents, 50) == documents


def test_a_step_trains_and_counts_tokens(done: Done, documents: list[Document]) -> None:
    trainer = Trainer(done.comparison.cells[0].config, documents, documents)
    before = [weight.clone() for weight in trainer.model.head.parameters()]  # type: ignore[attr-defined]
    n_tokens = [trainer.step() for _ in range(2)]
    assert n_tokens[0] == n_tokens[1] > 20  # both documents in one batch, again and again
    after = trainer.model.head.parameters()  # type: ignore[attr-defined]
    assert any(not torch.equal(one, other) for one, other in zip(before, after, strict=True))


@pytest.mark.parametrize(("fgm", "n_passes"), [(0.0, 1), (0.5, 2)])
def test_the_adversarial_step_is_part_of_a_step(
    done: Done, documents: list[Document], fgm: float, n_passes: int
) -> None:
    config = done.comparison.cells[0].config
    config = replace(config, training=replace(config.training, fgm=fgm))
    trainer = Trainer(config, documents, documents)
    looked_up: list[object] = []
    words = trainer.model.encoder.model.get_input_embeddings()
    words.register_forward_hook(lambda *_: looked_up.append(None))
    trainer.step()
    assert len(looked_up) == n_passes


def test_costs_are_measured_once(done: Done, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    measured: list[str] = []

    def peak(config: object, documents: object) -> int:
        measured.append("memory")
        return 5 << 20

    monkeypatch.setattr(costs, "peak_training_memory", peak)
    matrix = replace(done.comparison.matrix, use_speed=True)
    shelf, notes = CorpusShelf(done.bench.load), done.bench.notes
    results = [
        compare(matrix, done.bench.folder, shelf, (), notes.append, use_kept=use_kept)
        for use_kept in (True, True, False)
    ]
    assert measured == ["memory"] * 4  # two methods, measured at first and when told to
    values = results[0].costs["sample"]
    assert values == results[1].costs["sample"]
    assert set(values["training_tokens"]) == set(values["extraction_documents"]) == {"gplinker", "casrel"}
    assert values["training_tokens"]["gplinker"]["ratio"] == [1.0, 1.0, 1.0]
    assert values["extraction_documents"]["casrel"]["per_second"] > 0
    assert values["peak_training_bytes"] == {"gplinker": 5 << 20, "casrel": 5 << 20}
    assert {"commit", "machine", "versions"} <= values.keys()
    (path,) = done.bench.folder.glob("speed/*/*.json")
    cells = {cell.method.name: cell for cell in done.comparison.cells[:2]}
    assert kept_costs(path, cells) == values or kept_costs(path, cells) is not None
    other = {name: _changed(cell) for name, cell in cells.items()}
    assert kept_costs(path, other) is None
    path.write_text("{", encoding="utf-8")
    assert kept_costs(path, cells) is None
    assert kept_costs(tmp_path / "none.json", cells) is None


def _changed(cell: Cell) -> Cell:
    return replace(cell, config=cell.config.override(["training.epochs=9"]))


def test_peak_memory_of_this_process() -> None:
    peak = memory.peak_of_process()
    assert peak is not None
    assert peak > 50 << 20  # torch alone


def test_what_the_process_of_its_own_does(
    done: Done, documents: list[Document], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "keep_freed_memory", lambda: True)  # it would hold for all later tests
    assert memory.measure(done.comparison.cells[0].config, documents)


@pytest.mark.slow
def test_peak_memory_is_that_of_a_fresh_process(done: Done, documents: list[Document]) -> None:
    ballast = torch.ones(300 << 20, dtype=torch.uint8)
    peak = memory.peak_training_memory(done.comparison.cells[0].config, documents)
    mine = memory.peak_of_process()
    assert peak is not None
    assert mine is not None
    assert peak < mine
    assert len(ballast)
