"""Running out of memory: batches are computed in parts, and nothing else changes."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from torch.optim import SGD

from gprel.document import Document
from gprel.errors import GprelError
from gprel.features.batch import Batch, Collator
from gprel.heads import Loss
from gprel.model import Extractor
from gprel.training import prepare
from gprel.training.microbatch import MicroBatches, split

OUT_OF_MEMORY = "CUDA out of memory. Tried to allocate 2.00 GiB"
GRADIENT = ("training.epochs=1", "training.warmup=0", "training.max_grad_norm=1e9")


@pytest.fixture
def five(documents: list[Document]) -> list[Document]:
    return [*documents, Document("Eve left .", (), ()), *documents]


@pytest.fixture
def short_of_memory(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], list[int]]:
    """Let the model take so many texts at once and no more; the returned list receives the sizes it was given."""

    def limit(n_texts: int) -> list[int]:
        seen: list[int] = []
        forward = Extractor.forward

        def limited(self: Extractor, batch: Batch) -> Loss:
            seen.append(len(batch.input_ids))
            loss = forward(self, batch)
            if len(batch.input_ids) > n_texts:
                loss.total.backward()  # memory may run out when a part of the gradients is there already
                raise torch.OutOfMemoryError(OUT_OF_MEMORY)
            return loss

        monkeypatch.setattr(Extractor, "forward", limited)
        return seen

    return limit


def batch_of(model: Extractor, documents: list[Document]) -> Batch:
    return Collator(0, model.head.targets)(model.featurizer().examples(documents))


def test_parts_hold_every_text_once(make: Callable[..., Extractor], five: list[Document]) -> None:
    model = make(*five)
    batch = batch_of(model, five)
    for n_parts, sizes in ((1, [5]), (2, [2, 3]), (3, [1, 2, 2]), (5, [1] * 5), (9, [1] * 5)):
        parts = list(split(batch, n_parts))
        assert [len(part.input_ids) for part in parts] == sizes
        rows = [row[valid] for part in parts for row, valid in zip(part.input_ids, part.valid, strict=True)]
        assert all(
            torch.equal(row, ids[valid]) for row, ids, valid in zip(rows, batch.input_ids, batch.valid, strict=True)
        )
        assert all(part.valid.any(0).all() for part in parts)  # no column of padding alone
        for name, cells in batch.targets.items():
            starts = torch.tensor([0, *sizes]).cumsum(0)
            again = [
                part.targets[name] + torch.eye(cells.shape[1], dtype=torch.long)[0] * start
                for part, start in zip(parts, starts.tolist(), strict=False)
            ]
            assert torch.equal(torch.cat(again), cells)


HEADS = [("re", "gplinker"), ("re", "casrel"), ("re", "pfn"), ("ner", "global_pointer"), ("ner", "bert_crf")]


@pytest.mark.parametrize(("task", "head"), HEADS)
def test_the_gradients_of_parts_are_those_of_the_whole(
    make: Callable[..., Extractor], five: list[Document], task: str, head: str
) -> None:
    """For every head: each must take the mean over texts. Dropout, off here, draws anew for each part."""
    model = make(*five, settings=(f"task={task}", f"head.name={head}", "head.partition_size=40")).eval()
    batch = batch_of(model, five)

    def gradients(n_parts: int) -> tuple[float, dict[str, float], list[torch.Tensor]]:
        model.zero_grad()
        micro_batches = MicroBatches(model, pytest.fail, 1)
        micro_batches.n_parts = n_parts

        def backward(part: Batch, share: float) -> Loss:
            loss = model(part)
            (share * loss.total).backward()
            return loss

        loss = micro_batches.backward(batch, backward)
        return loss.total, loss.parts, [w.grad.clone() for w in model.parameters() if w.grad is not None]

    total, parts, whole = gradients(1)
    for n_parts in (2, 5):
        other_total, other_parts, others = gradients(n_parts)
        assert other_total == pytest.approx(total, rel=1e-4)
        assert other_parts == pytest.approx(parts, rel=1e-4, abs=1e-6)
        for one, other in zip(whole, others, strict=True):
            torch.testing.assert_close(other, one, rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize(("cells_of", "n_processes", "expected"), [(2, 1, [1, 2, 2]), (0, 1, [1] * 5), (2, 2, [5])])
def test_a_processor_computes_few_cells_at_once(
    make: Callable[..., Extractor],
    five: list[Document],
    monkeypatch: pytest.MonkeyPatch,
    cells_of: int,
    n_processes: int,
    expected: list[int],
) -> None:
    """Room for two texts of five, or not even for one; the cells of a text are its length squared."""
    model = make(*five)
    batch = batch_of(model, five)
    length = batch.input_ids.shape[1]
    monkeypatch.setattr("gprel.training.microbatch.CPU_CELLS", (cells_of + 1) * length**2 - 1)
    seen: list[int] = []

    def backward(part: Batch, share: float) -> Loss:
        seen.append(len(part.input_ids))
        assert share == pytest.approx(len(part.input_ids) / 5)
        return model(part)

    MicroBatches(model, pytest.fail, n_processes).backward(batch, backward)
    assert sorted(seen) == expected


@pytest.mark.parametrize("fgm", [0, 1])
def test_a_run_that_is_short_of_memory_ends_the_same(
    fit: Callable[..., Any],
    five: list[Document],
    short_of_memory: Callable[[int], list[int]],
    monkeypatch: pytest.MonkeyPatch,
    fgm: int,
) -> None:
    """With plain gradient descent the update is the gradient; the failure comes behind one that waits, too."""
    monkeypatch.setattr(prepare, "build_optimizer", lambda model, settings: SGD(model.parameters(), lr=0.1))
    train_on = [*five, Document("Ann met Bob Stone , and Bob Stone met nobody .", (), ())]
    settings = (*GRADIENT, "training.batch_size=3", "training.accumulation=2", f"training.fgm={fgm}")
    plain = fit(*settings, train_on=train_on)
    seen = short_of_memory(1)
    short = fit(*settings, train_on=train_on)
    assert (max(seen), seen.count(3), seen[-1]) == (3, 1, 1)  # what did not fit once is never tried again
    assert short.recorder.losses == pytest.approx(plain.recorder.losses, rel=1e-4)
    expected, got = (load_file(run.result.model_path / "model.safetensors") for run in (plain, short))
    for name in expected:
        torch.testing.assert_close(got[name], expected[name], rtol=1e-3, atol=1e-5)
    expected_note = r"out of memory with 3 texts of up to \d+ tokens: from now on a batch is computed in {} parts, with"
    halved = [note for note in short.recorder.notes if "memory" in note]
    assert len(halved) == 2
    assert all(re.match(expected_note.format(n), note) for n, note in zip((2, 3), halved, strict=True))


def test_a_failure_behind_gradients_that_wait(
    fit: Callable[..., Any], five: list[Document], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second of two batches fails: the first one's gradients are computed anew, once."""
    monkeypatch.setattr(prepare, "build_optimizer", lambda model, settings: SGD(model.parameters(), lr=0.1))
    settings = (*GRADIENT, "training.batch_size=2", "training.accumulation=2")
    plain = fit(*settings, train_on=five[:4])
    calls: Iterator[int] = iter(range(100))
    forward = Extractor.forward

    def fails_once(self: Extractor, batch: Batch) -> Loss:
        loss = forward(self, batch)
        if next(calls) == 1:
            loss.total.backward()
            raise torch.OutOfMemoryError(OUT_OF_MEMORY)
        return loss

    monkeypatch.setattr(Extractor, "forward", fails_once)
    short = fit(*settings, train_on=five[:4])
    expected, got = (load_file(run.result.model_path / "model.safetensors") for run in (plain, short))
    assert next(calls) == 6  # one, one that failed, and both in halves
    for name in expected:
        torch.testing.assert_close(got[name], expected[name], rtol=1e-3, atol=1e-5)


def test_a_single_text_that_does_not_fit(fit: Callable[..., Any], short_of_memory: Callable[[int], list[int]]) -> None:
    short_of_memory(0)
    with pytest.raises(GprelError) as error:
        fit()
    assert str(error.value).startswith("out of memory with a single text of ")
    assert "lower features.max_tokens, or take a smaller encoder (CUDA out of memory." in str(error.value)


def test_in_several_processes_nobody_is_left_waiting(make: Callable[..., Extractor], five: list[Document]) -> None:
    model = make(*five)

    def backward(batch: Batch, share: float) -> Loss:
        raise torch.OutOfMemoryError(OUT_OF_MEMORY)

    micro_batches = MicroBatches(model, pytest.fail, 2)
    with pytest.raises(GprelError, match=r"out of memory with 5 texts .* in one of 2 processes; lower training.batch_"):
        micro_batches.backward(batch_of(model, five), backward)


def test_other_errors_pass(make: Callable[..., Extractor], five: list[Document]) -> None:
    model = make(*five)

    def backward(batch: Batch, share: float) -> Loss:
        raise RuntimeError("mat1 and mat2 shapes cannot be multiplied")

    with pytest.raises(RuntimeError, match="mat1 and mat2"):
        MicroBatches(model, pytest.fail, 1).backward(batch_of(model, five), backward)
