"""Several dropout masks on one encoding: the mean of as many losses."""

import random

import pytest
import torch

from gprel.heads import HEADS, Loss
from gprel.heads.samples import mean_loss
from gprel.nn.mask import TokenMask
from gprel.tokens import TokenEntity, TokenGold, TokenSpan, TokenTriple

GOLD = TokenGold((TokenEntity(TokenSpan(0, 1), 0), TokenEntity(TokenSpan(3, 3), 1)), (TokenTriple(0, 0, 1),))


def targets_of(head):
    cells = head.targets(GOLD, 5, random.Random(0))
    return {name: torch.cat([torch.zeros(len(part), 1).long(), part], 1) for name, part in cells.items()}


def test_one_sample_is_the_loss_itself():
    loss = Loss(torch.tensor(3.0), {"entities": torch.tensor(3.0)})
    assert mean_loss(lambda: loss, 1) is loss


@pytest.mark.parametrize("name", ["global_pointer", "bert_crf", "gplinker", "casrel", "pfn"])
def test_the_mean_of_losses_drawn_one_after_another(name):
    torch.manual_seed(0)
    options = {"n_types": 2} | ({} if name in ("global_pointer", "bert_crf") else {"n_relations": 1})
    head = HEADS[name](12, dropout=0.5, **options)
    states = torch.randn(2, 5, 12, requires_grad=True)
    flags = torch.ones(2, 5, dtype=torch.bool)
    targets = targets_of(head)

    def loss():
        return head.loss(states, TokenMask(flags, flags, flags), targets)

    torch.manual_seed(7)
    singles = [loss() for _ in range(3)]
    assert singles[0].total != singles[1].total
    expected = sum(single.total for single in singles) / 3
    (wanted,) = torch.autograd.grad(expected, states)
    torch.manual_seed(7)
    mean = mean_loss(loss, 3)
    torch.testing.assert_close(mean.total, expected)
    torch.testing.assert_close(torch.autograd.grad(mean.total, states)[0], wanted)
    for part, value in mean.parts.items():
        torch.testing.assert_close(value, sum(single.parts[part] for single in singles) / 3)
