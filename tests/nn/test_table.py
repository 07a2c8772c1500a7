"""Table units against their definition: a vector of three widths for every pair."""

import pytest
import torch
from torch.nn.functional import binary_cross_entropy_with_logits, elu

from gprel.nn import table as table_module
from gprel.nn.mask import CellMask
from gprel.nn.pointer import PRIOR
from gprel.nn.table import Table, TableUnit, table_loss

SIZE, LABELS, SEQ = 6, 3, 5
LENGTHS = [5, 3]


def unit_and_states(dropout=0.0):
    torch.manual_seed(0)
    unit = TableUnit(SIZE, LABELS, dropout=dropout).double()
    for parameter in unit.norm.parameters():
        torch.nn.init.normal_(parameter)
    own, shared = torch.randn(2, 2, SEQ, SIZE, dtype=torch.float64)
    valid = torch.arange(SEQ) < torch.tensor(LENGTHS)[:, None]
    return unit, own.requires_grad_(), shared.requires_grad_(), valid


def definition(unit, own, shared, row):
    """Scores of one text, from its own tokens alone: [h_i; h_j; g] for every pair."""
    h, s = own[row, : LENGTHS[row]], shared[row, : LENGTHS[row]]
    n = len(h)
    g = unit.pool(torch.cat([s, h], -1)).tanh().max(0).values
    pairs = torch.cat([h[:, None].expand(n, n, -1), h[None].expand(n, n, -1), g.expand(n, n, -1)], -1)
    return unit.score(elu(unit.norm(unit.pair(pairs))))  # n n label


def every_pair():
    return torch.cartesian_prod(torch.arange(2), torch.arange(SEQ), torch.arange(SEQ)).unbind(1)


def masks():
    """Row and column tokens, and gold cells: one of them where no cell counts."""
    rows = torch.tensor([[1, 1, 0, 1, 1], [1, 0, 1, 0, 0]]).bool()
    columns = torch.tensor([[1, 0, 1, 1, 1], [1, 1, 1, 0, 0]]).bool()
    gold = torch.tensor([[0, 0, 0, 2], [0, 2, 0, 2], [0, 1, 3, 4], [1, 1, 1, 2]])
    return rows, columns, gold


def loss_by_definition(unit, own, shared, mask, gold):
    losses = []
    for row, n in enumerate(LENGTHS):
        scores, cells, targets = (
            definition(unit, own, shared, row),
            mask.cells()[row].clone(),
            torch.zeros(n, n, LABELS),
        )
        for _, label, i, j in gold[gold[:, 0] == row].tolist():
            targets[i, j, label] = 1
            cells[i, j] = True
        each = binary_cross_entropy_with_logits(scores, targets.double(), reduction="none").sum(-1)
        losses.append(each[cells[:n, :n]].sum() / n)
    return torch.stack(losses).mean()


def test_scores_are_those_of_the_definition():
    unit, own, shared, valid = unit_and_states()
    table = unit(own, shared, valid)
    assert (table.n_examples, table.pair_numbers) == (2, SIZE)
    scores = table.at_pairs(*every_pair()).view(2, SEQ, SEQ, LABELS)
    for row, n in enumerate(LENGTHS):
        torch.testing.assert_close(scores[row, :n, :n], definition(unit, own, shared, row))
    nothing = torch.zeros(0, dtype=torch.long)
    assert table.at_pairs(nothing, nothing, nothing).shape == (0, LABELS)


@pytest.mark.parametrize("use_triangle", [True, False])
@pytest.mark.parametrize("n_numbers", [1, 3 * SIZE, 1 << 19])
def test_loss_and_gradients_are_those_of_the_definition(use_triangle, n_numbers, monkeypatch):
    monkeypatch.setattr(table_module, "CHUNK_NUMBERS", n_numbers)
    unit, own, shared, valid = unit_and_states()
    rows, columns, gold = masks()
    mask = CellMask(rows, columns, use_triangle=use_triangle)
    found = table_loss(unit(own, shared, valid), mask, gold, torch.tensor(LENGTHS))
    expected = loss_by_definition(unit, own, shared, mask, gold)
    torch.testing.assert_close(found, expected)
    inputs = [own, shared, *unit.parameters()]
    pairs = zip(torch.autograd.grad(3 * found, inputs), torch.autograd.grad(3 * expected, inputs), strict=True)
    for left, right in pairs:
        torch.testing.assert_close(left, right)
    with torch.no_grad():
        same = table_loss(unit(own, shared, valid), mask, gold, torch.tensor(LENGTHS))
    assert not same.requires_grad
    torch.testing.assert_close(same, expected)


def test_a_text_without_cells_costs_nothing():
    unit, own, shared, valid = unit_and_states()
    mask = CellMask(valid & False, valid, use_triangle=True)
    loss = table_loss(unit(own, shared, valid), mask, torch.zeros(0, 4, dtype=torch.long), torch.tensor(LENGTHS))
    assert loss == 0
    loss.backward()
    assert own.grad.abs().sum() == 0


def test_dropout_keeps_a_share_and_scales_it_up():
    """Every hidden number is elu(scale x 2) or 0."""
    torch.manual_seed(0)
    ones, size, dropout = torch.ones(size := 400), size, 0.3
    table = Table(
        torch.zeros(1, 9, size), torch.zeros(1, 9, size), 0 * ones, 2 * ones, torch.eye(size), 0 * ones, dropout
    )
    _, i, j = torch.cartesian_prod(torch.arange(1), torch.arange(9), torch.arange(9)).unbind(1)
    scores = table.at_pairs(0 * i, i, j)
    assert (scores == 0).float().mean() == pytest.approx(dropout, abs=0.01)
    torch.testing.assert_close(scores[scores != 0].unique(), torch.tensor([2 / (1 - dropout)]), atol=1e-4, rtol=0)
    assert not torch.equal(scores[0], scores[1])


def test_an_untrained_unit_predicts_next_to_nothing():
    torch.manual_seed(0)
    states, valid = torch.randn(2, 4, 20, SIZE).unbind(), torch.ones(4, 20, dtype=torch.bool)
    i, j = torch.cartesian_prod(torch.arange(20), torch.arange(20)).unbind(1)
    scores = TableUnit(SIZE, 40)(*states, valid).at_pairs(0 * i, i, j)
    assert (scores > 0).float().mean() < 0.01
    assert scores.mean().item() == pytest.approx(PRIOR, abs=0.5)


def test_dropout_acts_in_training_only():
    unit, own, shared, valid = unit_and_states(dropout=0.4)
    assert unit(own, shared, valid).dropout == 0.4
    assert unit.eval()(own, shared, valid).dropout == 0
