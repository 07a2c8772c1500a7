"""Decoding in numpy finds exactly what decoding in torch finds."""

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from gprel import decode
from gprel.extraction import numpy_decode
from gprel.extraction.numpy_decode import Factors
from gprel.nn.grid import Grid
from gprel.nn.mask import CellMask


def grid_of(rng: torch.Generator, n_examples: int, n_labels: int, seq: int, *, is_efficient: bool) -> Grid:
    """Factors in eighths, so that sums are exact in whatever order they are added, and many scores tie."""

    def draw(*shape: int) -> Tensor:
        return torch.randint(-8, 9, shape, generator=rng) / 8

    groups = 1 if is_efficient else n_labels
    query, key = draw(n_examples, groups, seq, 4), draw(n_examples, groups, seq, 4)
    if not is_efficient:
        return Grid(query, key, None, None)
    return Grid(query, key, draw(n_examples, n_labels, seq) - 1, draw(n_examples, n_labels, seq))


def as_numpy(grid: Grid) -> Factors:
    shares = [None if part is None else np.ascontiguousarray(part.mT.numpy()) for part in (grid.row, grid.column)]
    return Factors(grid.query.numpy(), grid.key.numpy(), *shares)


def lists(columns: Any) -> list[list[float]]:
    return [column.tolist() for column in columns]


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Chunks of a few numbers, so that small grids come in several."""
    monkeypatch.setattr(numpy_decode, "CHUNK_NUMBERS", 40)


cases = st.fixed_dictionaries(
    {
        "seed": st.integers(0, 2**31),
        "n_examples": st.integers(1, 4),
        "seq": st.integers(1, 9),
        "n_labels": st.integers(1, 5),
        "n_relations": st.integers(1, 6),
        "is_efficient": st.booleans(),
        "most": st.integers(1, 12),
        "max_width": st.none() | st.integers(1, 4),
        "use_allowed": st.booleans(),
        "use_lasts": st.booleans(),
        "chunk": st.sampled_from([7, 60, 1 << 22]),
    }
)


@settings(max_examples=150)
@given(cases)
def test_spans_and_triples_are_those_of_torch(case: dict[str, Any]) -> None:
    rng = torch.Generator().manual_seed(case["seed"])
    n, seq, n_labels, n_relations = (case[name] for name in ("n_examples", "seq", "n_labels", "n_relations"))
    grid = grid_of(rng, n, n_labels, seq, is_efficient=case["is_efficient"])
    starts, ends = (torch.rand(n, seq, generator=rng) < 0.8 for _ in range(2))
    limits = torch.randint(-4, 5, (n_labels,), generator=rng) / 4
    mask = CellMask(starts, ends, use_triangle=True, max_width=case["max_width"])
    want, want_dropped = decode.find_spans(grid, mask, limits, case["most"])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(numpy_decode, "CHUNK_NUMBERS", case["chunk"])
        spans, n_dropped = numpy_decode.find_spans(
            as_numpy(grid), starts.numpy(), ends.numpy(), limits.numpy(), case["most"], case["max_width"]
        )
        assert lists(spans) == lists(want)
        assert n_dropped.tolist() == want_dropped.tolist()

        is_subject = torch.rand(len(want.batch), generator=rng) < 0.7
        everyone = torch.arange(len(want.batch))
        pairs = decode.pair_up(everyone[is_subject], everyone, want.batch, n)
        as_columns = numpy_decode.pair_up(everyone[is_subject].numpy(), everyone.numpy(), spans.batch, n)
        assert [column.tolist() for column in as_columns] == pairs.T.tolist()

        relation_limits = torch.randint(-4, 5, (n_relations,), generator=rng) / 4
        allowed = torch.rand(n_relations, n_labels, n_labels, generator=rng) < 0.5 if case["use_allowed"] else None
        links = [
            grid_of(rng, n, n_relations, seq, is_efficient=case["is_efficient"]) for _ in range(1 + case["use_lasts"])
        ]
        lasts = links[1] if case["use_lasts"] else None
        triples, n_more = decode.link(want, pairs, links[0], lasts, relation_limits, case["most"], allowed)
        at_candidates = [
            at_tokens(as_numpy(link), spans.batch, tokens)
            for link, tokens in zip(links, (spans.first, spans.last), strict=False)
        ]
        mine, mine_more = numpy_decode.link(
            spans,
            as_columns,
            at_candidates,
            relation_limits.numpy(),
            case["most"],
            n,
            None if allowed is None else allowed.numpy(),
        )
    assert lists(mine) == lists(triples)
    assert mine_more.tolist() == n_more.tolist()


def at_tokens(factors: Factors, batch: Any, tokens: Any) -> Factors:
    """The factors of candidates: one example, whose tokens they are."""
    query, key = (part[batch, :, tokens].swapaxes(0, 1)[None] for part in (factors.query, factors.key))
    shares = (None if part is None else part[batch, tokens][None] for part in (factors.row, factors.column))
    return Factors(query, key, *shares)


@pytest.mark.parametrize("is_efficient", [True, False])
def test_a_long_window_of_an_untrained_model_in_chunks(is_efficient: bool, small_chunks: None) -> None:
    rng = torch.Generator().manual_seed(0)
    grid = grid_of(rng, 2, 3, 70, is_efficient=is_efficient)
    everywhere = torch.ones(2, 70, dtype=torch.bool)
    limits = torch.full((3,), -2.0)
    want, want_dropped = decode.find_spans(grid, CellMask(everywhere, everywhere, True), limits, 20)
    spans, n_dropped = numpy_decode.find_spans(
        as_numpy(grid), everywhere.numpy(), everywhere.numpy(), limits.numpy(), 20
    )
    assert min(want_dropped) > 3000
    assert (lists(spans), n_dropped.tolist()) == (lists(want), want_dropped.tolist())


def test_scores_that_are_no_numbers_pass_nothing() -> None:
    nothing = Factors(
        *(np.full(shape, np.nan, np.float32) for shape in ((1, 1, 3, 2), (1, 1, 3, 2), (1, 3, 2), (1, 3, 2)))
    )
    everywhere = np.ones((1, 3), dtype=np.bool_)
    spans, n_dropped = numpy_decode.find_spans(nothing, everywhere, everywhere, np.zeros(2, np.float32), 5)
    assert (lists(spans), n_dropped.tolist()) == ([[]] * 5, [0])
