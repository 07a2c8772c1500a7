"""Adversarial gradients against each text moved on its own, its embeddings given by hand."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.multiprocessing as mp
from accelerate import Accelerator
from accelerate.state import AcceleratorState, GradientState, PartialState

from gprel.config import RunConfig
from gprel.document import Document
from gprel.features.batch import Batch, Collator
from gprel.model import Extractor
from gprel.nn.mask import TokenMask
from gprel.training.adversarial import adversarial_backward
from gprel.training.build import build, examples_of

EPSILON = 0.7
Gradients = dict[str, torch.Tensor]


@pytest.fixture(autouse=True)
def _fresh_state() -> Iterator[None]:
    AcceleratorState._reset_state(reset_partial_state=True)
    yield
    AcceleratorState._reset_state(reset_partial_state=True)
    GradientState._reset_state()


@pytest.fixture
def model(fast_config: RunConfig, documents: list[Document]) -> Extractor:
    torch.manual_seed(0)
    return build(fast_config, documents, [])


def batch_of(model: Extractor, documents: list[Document]) -> Batch:
    examples, _ = examples_of(model, documents)
    return Collator(0, model.head.targets)(examples)


def words_of(model: Extractor) -> torch.nn.Module:
    return model.encoder.model.get_input_embeddings()


def gradients(model: Extractor) -> Gradients:
    return {name: weight.grad.clone() for name, weight in model.named_parameters() if weight.grad is not None}


def loss_from_words(model: Extractor, batch: Batch, words: torch.Tensor) -> torch.Tensor:
    """The loss of given word embeddings; the shape embedding is added as the encoder does."""
    assert model.encoder.shapes is not None
    embedded = words + model.encoder.shapes(batch.shapes)
    states = model.encoder.model(inputs_embeds=embedded, attention_mask=batch.valid.long()).last_hidden_state
    return model.head.loss(states, TokenMask(batch.valid, batch.starts, batch.ends), batch.targets).total


def slow_gradients(model: Extractor, documents: list[Document]) -> Gradients:
    """One text after another: its gradient, its move, and both losses' shares of the mean."""
    model.zero_grad()
    for document in documents:
        batch = batch_of(model, [document])
        words = words_of(model)(batch.input_ids)
        (gradient,) = torch.autograd.grad(loss_from_words(model, batch, words), words)
        moved = words_of(model)(batch.input_ids) + EPSILON * gradient / gradient.pow(2).sum().sqrt()
        both = loss_from_words(model, batch, words_of(model)(batch.input_ids)) + loss_from_words(model, batch, moved)
        (both / len(documents)).backward()
    result = gradients(model)
    model.zero_grad()
    return result


def fast_gradients(model: Any, words: torch.nn.Module, batches: list[Batch], accelerator: Accelerator) -> None:
    for batch in batches:
        with accelerator.accumulate(model):
            adversarial_backward(accelerator, model, batch, words, EPSILON)


def assert_same(left: Gradients, right: Gradients) -> None:
    assert left.keys() == right.keys()
    for name, value in left.items():
        torch.testing.assert_close(value, right[name], rtol=2e-4, atol=2e-6, msg=name)


def test_gradients_equal_those_of_texts_moved_by_hand(model: Extractor, documents: list[Document]) -> None:
    expected = slow_gradients(model, documents)
    plain = {}
    for _ in range(2):  # nothing of the first time is left for the second
        model.zero_grad()
        fast_gradients(model, words_of(model), [batch_of(model, documents)], Accelerator(cpu=True))
        assert_same(gradients(model), expected)
    model.zero_grad()
    model(batch_of(model, documents)).total.backward()
    plain = gradients(model)
    assert not torch.allclose(2 * plain["head.entities.project.weight"], expected["head.entities.project.weight"])


def test_accumulated_steps_move_each_text_as_one_batch_does(model: Extractor, documents: list[Document]) -> None:
    """What earlier steps left in the gradients of the embedding must not turn the move of later ones."""
    expected = slow_gradients(model, documents)
    batches = [batch_of(model, [document]) for document in documents]
    fast_gradients(model, words_of(model), batches, Accelerator(cpu=True, gradient_accumulation_steps=2))
    assert_same(gradients(model), expected)


def test_the_plain_loss_comes_back_and_weights_and_hooks_are_as_before(
    model: Extractor, documents: list[Document]
) -> None:
    batch, before = batch_of(model, documents), {n: w.clone() for n, w in model.state_dict().items()}
    plain = model(batch).total.item()
    loss = adversarial_backward(Accelerator(cpu=True), model, batch, words_of(model), EPSILON)
    assert loss.total.item() == plain == model(batch).total.item()
    assert all(torch.equal(before[name], weight) for name, weight in model.state_dict().items())
    assert not words_of(model)._forward_hooks


def test_the_move_has_the_wanted_length_and_raises_the_loss(model: Extractor, documents: list[Document]) -> None:
    batch, seen, losses = batch_of(model, documents), [], []
    forward = model.encoder.model.forward

    def record(**inputs: torch.Tensor) -> Any:
        seen.append(inputs["inputs_embeds"].detach())
        return forward(**inputs)

    def measured(batch: Batch) -> Any:
        losses.append(model(batch))
        return losses[-1]

    model.encoder.model.forward = record
    adversarial_backward(Accelerator(cpu=True), _Wrapped(measured), batch, words_of(model), 0.05)
    lengths = (seen[1] - seen[0]).flatten(1).norm(dim=1)
    torch.testing.assert_close(lengths, torch.full_like(lengths, 0.05), rtol=1e-4, atol=0)
    assert losses[1].total > losses[0].total


class _Wrapped(torch.nn.Module):
    def __init__(self, call: Callable[[Batch], Any]) -> None:
        super().__init__()
        self.call = call

    def forward(self, batch: Batch) -> Any:
        return self.call(batch)


def test_processes_exchange_gradients_once(
    model: Extractor, documents: list[Document], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second exchange would leave the average as it is, so gradients cannot tell; it would only cost time."""
    accelerator, waits, seen = Accelerator(cpu=True), [], []

    @contextmanager
    def no_sync(_: Any) -> Iterator[None]:
        waits.append(True)
        yield
        waits.pop()

    def call(batch: Batch) -> Any:
        seen.append(bool(waits))
        return model(batch)

    monkeypatch.setattr(accelerator, "no_sync", no_sync)
    monkeypatch.setattr(accelerator, "backward", lambda loss: (seen.append(bool(waits)), loss.backward()))
    adversarial_backward(accelerator, _Wrapped(call), batch_of(model, documents), words_of(model), EPSILON)
    assert seen == [True, True, False, False]  # forward and backward, twice


def test_a_frozen_embedding_is_moved_too(model: Extractor, documents: list[Document]) -> None:
    expected = slow_gradients(model, documents)
    words_of(model).requires_grad_(False)
    fast_gradients(model, words_of(model), [batch_of(model, documents)], Accelerator(cpu=True))
    found = gradients(model)
    del expected["encoder.model.embeddings.word_embeddings.weight"]
    assert_same(found, expected)


@pytest.mark.parametrize("broken", [0.0, float("nan"), float("inf")])
def test_a_text_without_a_usable_gradient_is_not_moved(broken: float) -> None:
    from gprel.training.adversarial import _directions

    gradient = torch.ones(2, 3, 4)
    gradient[1] = broken
    directions = _directions(gradient)
    torch.testing.assert_close(directions[0].norm(), torch.tensor(1.0))
    assert (directions[1] == 0).all()


def test_bf16_stays_close_to_float32(model: Extractor, documents: list[Document]) -> None:
    expected = slow_gradients(model, documents)
    accelerator = Accelerator(cpu=True, mixed_precision="bf16")
    fast_gradients(accelerator.prepare(model), words_of(model), [batch_of(model, documents)], accelerator)
    found = gradients(model)
    name = "head.entities.project.weight"
    similarity = torch.cosine_similarity(found[name].flatten(), expected[name].flatten(), dim=0)
    assert similarity > 0.99


def test_a_run_learns_with_it(fit: Callable[..., Any]) -> None:
    losses = fit("training.fgm=0.3", "training.epochs=6", "head.dropout=0.1").recorder.losses
    assert losses[-1] < losses[0]


def _in_one_of_two(rank: int, config: RunConfig, documents: list[Document], folder: str) -> None:
    import os

    os.environ |= {"RANK": str(rank), "LOCAL_RANK": str(rank), "WORLD_SIZE": "2"}
    os.environ |= {"MASTER_ADDR": "127.0.0.1", "ACCELERATE_USE_CPU": "true"}
    torch.set_num_threads(1)
    accelerator = Accelerator(cpu=True, gradient_accumulation_steps=2)
    assert accelerator.num_processes == 2
    torch.manual_seed(0)
    model = build(config, documents, [])
    wrapped = accelerator.prepare(model)
    batches = [batch_of(model, [document]) for document in documents[2 * rank : 2 * rank + 2]]
    fast_gradients(wrapped, words_of(model), batches, accelerator)
    torch.save(gradients(model), f"{folder}/{rank}.pt")
    PartialState().destroy_process_group()


@pytest.mark.slow
def test_two_processes_get_the_gradients_of_one(
    fast_config: RunConfig, documents: list[Document], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import socket

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        monkeypatch.setenv("MASTER_PORT", str(free.getsockname()[1]))
    four = [*documents, *documents[::-1]]
    torch.manual_seed(0)
    expected = slow_gradients(build(fast_config, four, []), four)
    mp.spawn(_in_one_of_two, (fast_config, four, str(tmp_path)), nprocs=2)
    for rank in range(2):
        assert_same(torch.load(tmp_path / f"{rank}.pt", weights_only=True), expected)
