"""Spans of a table against spans of the grid with the same scores."""

import pytest
import torch

from gprel.decode import find_spans, find_table_spans, tables
from gprel.nn.grid import Grid
from gprel.nn.mask import CellMask

SEQ, LABELS = 7, 3


def grid_and_mask(seed):
    generator = torch.Generator().manual_seed(seed)
    query, key = torch.randn(2, 3, LABELS, SEQ, 4, generator=generator)
    rows, columns = torch.rand(2, 3, SEQ, generator=generator) < 0.7
    rows[1] = False  # a text in which no entity may begin
    return Grid(query, key, None, None), CellMask(rows, columns, use_triangle=True, max_width=5)


@pytest.mark.parametrize("most", [2, 100])
@pytest.mark.parametrize("n_numbers", [1, 40, 1 << 22])
def test_the_spans_are_those_of_the_grid(most, n_numbers, monkeypatch):
    monkeypatch.setattr(tables, "CHUNK_NUMBERS", n_numbers)
    thresholds = torch.tensor([-0.5, 0.0, 0.5])
    for seed in range(5):
        grid, mask = grid_and_mask(seed)
        found, expected = (find(grid, mask, thresholds, most) for find in (find_table_spans, find_spans))
        assert torch.equal(found[1], expected[1])
        for left, right in zip(found[0][:4], expected[0][:4], strict=True):
            assert torch.equal(left, right)
        torch.testing.assert_close(found[0].scores, expected[0].scores)
