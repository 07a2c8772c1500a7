"""The partition filter against its equations, taken literally: one step after another, under autograd."""

import pytest
import torch
from torch.nn.functional import linear

from gprel.nn.partition import PartitionFilter

HIDDEN, SIZE = 7, 5


def cummax(logits):
    return logits.softmax(-1).cumsum(-1)


def partitions(e, r):
    shared = e * r
    return e - shared, r - shared, shared


def equations(module, x, weight):
    """One text: every partition and every rho written out."""
    old, h, states = torch.zeros(SIZE, dtype=x.dtype), torch.zeros(SIZE, dtype=x.dtype), []
    for step in x:
        raw = linear(torch.cat([step, h]), torch.cat([module.project.weight, weight], 1), module.project.bias)
        new, e_old, r_old, e_new, r_new = raw.chunk(5)
        new = new.tanh()
        of_old = partitions(cummax(e_old), 1 - cummax(r_old))
        of_new = partitions(cummax(e_new), 1 - cummax(r_new))
        rho_e, rho_r, rho_s = (a * old + b * new for a, b in zip(of_old, of_new, strict=True))
        mu = rho_e + rho_s, rho_r + rho_s, rho_s
        states.append(torch.stack([part.tanh() for part in mu]))
        old = linear(torch.cat(mu), module.merge.weight, module.merge.bias)
        h = old.tanh()
    return torch.stack(states, 1)  # 3 seq size


def filter_and_texts(lengths, **options):
    torch.manual_seed(0)
    module = PartitionFilter(HIDDEN, size=SIZE, **options).double()
    for parameter in module.parameters():  # larger than at first, so that every term counts
        torch.nn.init.normal_(parameter)
    return module, [torch.randn(n, HIDDEN, dtype=torch.float64, requires_grad=True) for n in lengths]


def padded(texts, value=7.0):
    return torch.nn.utils.rnn.pad_sequence(texts, batch_first=True, padding_value=value)


@pytest.mark.parametrize("lengths", [[6], [1], [4, 9, 1, 9]], ids=str)
def test_states_and_gradients_are_those_of_the_equations(lengths):
    module, texts = filter_and_texts(lengths, drop_connect=0.0)
    inputs = [*texts, *module.parameters()]
    states = torch.stack(module(padded(texts)))  # 3 batch seq size
    expected = [equations(module, text, module.recur.weight) for text in texts]
    found = [states[:, row, :n] for row, n in enumerate(lengths)]
    weights = [torch.randn_like(part) for part in expected]
    gradients = []
    for results in (found, expected):
        total = sum((part * weight).sum() for part, weight in zip(results, weights, strict=True))
        gradients.append(torch.autograd.grad(total, inputs, materialize_grads=True))
    for pair in (*zip(found, expected, strict=True), *zip(*gradients, strict=True)):
        torch.testing.assert_close(*pair, rtol=1e-8, atol=1e-10)


def test_the_gradient_is_that_of_finite_differences():
    module, texts = filter_and_texts([3, 3], drop_connect=0.0)
    assert torch.autograd.gradcheck(lambda states: tuple(module(states)), padded(texts).detach().requires_grad_())


def test_padding_changes_nothing():
    module, texts = filter_and_texts([4, 2])
    module.eval()
    wide = [padded([*texts, torch.zeros(8, HIDDEN, dtype=torch.float64)], value)[:2] for value in (7.0, -3.0)]
    for left, right, bare in zip(module(wide[0]), module(wide[1]), module(padded(texts)), strict=True):
        for row, length in enumerate([4, 2]):
            assert torch.equal(left[row, :length], right[row, :length])
            torch.testing.assert_close(left[row, :length], bare[row, :length])


def test_evaluation_scales_the_weights_that_training_leaves_out():
    module, texts = filter_and_texts([5], drop_connect=0.3)
    module.eval()
    found = torch.stack(module(texts[0][None]))[:, 0]
    torch.testing.assert_close(found, equations(module, texts[0], module.recur.weight * 0.7))


def test_training_leaves_out_the_same_weights_in_every_step_and_text():
    torch.manual_seed(0)
    module = PartitionFilter(HIDDEN, size=20, drop_connect=0.3)
    text = torch.randn(1, 6, HIDDEN)
    states = module(text.expand(2, -1, -1))
    assert torch.equal(states.shared[0], states.shared[1])
    assert not torch.equal(states.shared, module(text.expand(2, -1, -1)).shared)  # another batch, other weights
    torch.stack(states).square().sum().backward()
    assert (module.recur.weight.grad == 0).float().mean() == pytest.approx(0.3, abs=0.05)
    assert (module.project.weight.grad != 0).all()


def test_autocast_does_not_reach_the_recurrence():
    module, texts = filter_and_texts([6])
    module, states = module.float().eval(), padded(texts).float()
    plain = module(states)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        for part, same in zip(module(states), plain, strict=True):
            assert torch.equal(part, same)
        assert module(states.bfloat16()).shared.dtype == torch.float32
