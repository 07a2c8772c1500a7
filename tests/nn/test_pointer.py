"""The pointers against equations (5) and (7) in plain loops."""

import math

import pytest
import torch

from gprel.nn.pointer import PRIOR, EfficientPointer, StandardPointer, build_pointer

HIDDEN, LABELS, SIZE, BATCH, SEQ = 6, 3, 4, 2, 5
CASES = [(kind, use_rope) for kind in ("efficient", "standard") for use_rope in (True, False)]


def pointer_and_states(kind, use_rope):
    torch.manual_seed(0)
    pointer = build_pointer(kind, HIDDEN, LABELS, size=SIZE, use_rope=use_rope).double()
    return pointer, torch.randn(BATCH, SEQ, HIDDEN, dtype=torch.float64)


def turned(vector, position, use_rope):
    if not use_rope:
        return vector
    result = [0.0] * len(vector)
    for m in range(0, len(vector), 2):
        angle = position * 10_000 ** (-m / len(vector))
        result[m] = vector[m] * math.cos(angle) - vector[m + 1] * math.sin(angle)
        result[m + 1] = vector[m] * math.sin(angle) + vector[m + 1] * math.cos(angle)
    return result


def affine(weight, bias, vector):
    return [sum(w * x for w, x in zip(row, vector, strict=True)) + b for row, b in zip(weight, bias, strict=True)]


def product(left, right):
    return sum(a * b for a, b in zip(left, right, strict=True))


def equation_5(pointer, state_i, state_j, label, i, j, use_rope):
    """One query and one key projection per label, as they lie in the one weight."""
    weight, bias = pointer.project.weight.tolist(), pointer.project.bias.tolist()
    at = label * 2 * SIZE
    query = affine(weight[at : at + SIZE], bias[at : at + SIZE], state_i)
    key = affine(weight[at + SIZE : at + 2 * SIZE], bias[at + SIZE : at + 2 * SIZE], state_j)
    shared = product(turned(query, i, use_rope), turned(key, j, use_rope)) / math.sqrt(SIZE)
    return shared + pointer.bias[label].item()


def equation_7(pointer, state_i, state_j, label, i, j, use_rope):
    weight, bias = pointer.project.weight.tolist(), pointer.project.bias.tolist()
    at_i, at_j = affine(weight, bias, state_i), affine(weight, bias, state_j)  # each [q; k]
    query, key = at_i[:SIZE], at_j[SIZE:]
    shared = product(turned(query, i, use_rope), turned(key, j, use_rope)) / math.sqrt(SIZE)
    w = pointer.row.weight[label].tolist() + pointer.column.weight[label].tolist()
    return shared + product(w, at_i + at_j) + pointer.row.bias[label].item()


@pytest.mark.parametrize(("kind", "use_rope"), CASES)
def test_dense_scores_are_the_equation(kind, use_rope):
    pointer, states = pointer_and_states(kind, use_rope)
    equation = {"standard": equation_5, "efficient": equation_7}[kind]
    dense = pointer(states).dense()
    assert dense.shape == (BATCH, LABELS, SEQ, SEQ)
    for b in range(BATCH):
        for label in range(LABELS):
            for i in range(SEQ):
                for j in range(SEQ):
                    s = equation(pointer, states[b, i].tolist(), states[b, j].tolist(), label, i, j, use_rope)
                    assert dense[b, label, i, j].item() == pytest.approx(s, abs=1e-6)


@pytest.mark.parametrize(("kind", "use_rope"), CASES)
def test_every_view_of_a_grid_agrees_with_dense(kind, use_rope):
    pointer, states = pointer_and_states(kind, use_rope)
    grid = pointer(states)
    dense = grid.dense()
    assert grid.n_labels == LABELS
    cells = torch.cartesian_prod(*(torch.arange(n) for n in (BATCH, LABELS, SEQ, SEQ)))
    torch.testing.assert_close(grid.at_cells(cells), dense.flatten())
    b, i, j = torch.cartesian_prod(torch.arange(BATCH), torch.arange(SEQ), torch.arange(SEQ)).unbind(1)
    torch.testing.assert_close(grid.at_pairs(b, i, j), dense[b, :, i, j])
    torch.testing.assert_close(grid.labels(1, 3).dense(), dense[:, 1:3])
    torch.testing.assert_close(grid.labels(2, 9).dense(), dense[:, 2:])
    nothing = torch.zeros(0, dtype=torch.long)
    assert grid.at_pairs(nothing, nothing, nothing).shape == (0, LABELS)
    assert grid.at_cells(torch.zeros(0, 4, dtype=torch.long)).shape == (0,)


def n_parameters(kind, n_labels, size=64, hidden=32):
    pointer = build_pointer(kind, hidden, n_labels, size=size, use_rope=True)
    return sum(parameter.numel() for parameter in pointer.parameters())


def test_parameters_of_a_label():
    assert n_parameters("efficient", 8) - n_parameters("efficient", 7) == 4 * 64 + 1  # the paper's 4d, and a bias
    assert n_parameters("standard", 8) - n_parameters("standard", 7) == 2 * 64 * (32 + 1) + 1
    assert n_parameters("efficient", 1) == 2 * 64 * (32 + 1) + 4 * 64 + 1


def test_kinds_by_name():
    assert isinstance(build_pointer("efficient", 4, 1, size=2, use_rope=False), EfficientPointer)
    assert isinstance(build_pointer("standard", 4, 1, size=2, use_rope=False), StandardPointer)


@pytest.mark.parametrize("kind", ["efficient", "standard"])
def test_an_untrained_pointer_predicts_next_to_nothing(kind):
    """Its bias starts at the share of positive cells, so that training does not begin with pushing all cells down."""
    torch.manual_seed(0)
    pointer = build_pointer(kind, HIDDEN, 40, size=SIZE, use_rope=True)
    dense = pointer(torch.randn(4, 20, HIDDEN)).dense()
    assert (dense > 0).float().mean() < 0.01
    assert dense.mean().item() == pytest.approx(PRIOR, abs=0.5)
