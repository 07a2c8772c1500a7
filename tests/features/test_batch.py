import random

import torch

from gprel.features.batch import Batch, Collator
from gprel.features.example import Example
from gprel.tokens import TokenEntity, TokenGold, TokenSpan


def example(*ids: int, gold: TokenGold = TokenGold()) -> Example:  # noqa: B008 - a frozen value
    n = len(ids)
    return Example(0, list(ids), [(i, i + 1) for i in range(n)], [True] * n, [True] * n, [1] * n, gold)


def entity(first: int, last: int) -> TokenGold:
    return TokenGold((TokenEntity(TokenSpan(first, last), 7),))


def test_padding() -> None:
    batch = Collator(pad_id=9)([example(1, 2, 3), example(4)])
    assert batch.input_ids.tolist() == [[1, 2, 3], [4, 9, 9]]
    expected = [[True, True, True], [True, False, False]]
    assert batch.valid.tolist() == batch.starts.tolist() == batch.ends.tolist() == expected
    assert batch.shapes.tolist() == [[1, 1, 1], [1, 0, 0]]
    assert (batch.input_ids.dtype, batch.valid.dtype) == (torch.int64, torch.bool)
    assert batch.targets == {}


def test_targets_get_the_row_of_the_batch_as_first_column() -> None:
    def targets(gold: TokenGold, length: int, generator: random.Random) -> dict[str, torch.Tensor]:
        cells = [[e.type_id, e.span.first, e.span.last] for e in gold.entities]
        return {
            "entities": torch.tensor(cells, dtype=torch.long).reshape(-1, 3),
            "lengths": torch.tensor([[length]]),
        }

    examples = [example(1, 2, gold=entity(0, 1)), example(3), example(4, 5, 6, gold=entity(2, 2))]
    batch = Collator(0, targets)(examples)
    assert batch.targets["entities"].tolist() == [[0, 7, 0, 1], [2, 7, 2, 2]]
    assert batch.targets["lengths"].tolist() == [[0, 2], [1, 1], [2, 3]]  # lengths without padding


def test_a_batch_without_gold_has_targets_without_rows() -> None:
    batch = Collator(0, lambda gold, length, generator: {"cells": torch.zeros(0, 3, dtype=torch.long)})([example(1)])
    assert batch.targets["cells"].shape == (0, 4)


def test_what_targets_draw_depends_on_the_seed_only() -> None:
    def draw(gold: TokenGold, length: int, generator: random.Random) -> dict[str, torch.Tensor]:
        return {"drawn": torch.tensor([[generator.randrange(1_000_000)]])}

    first, again, other = (Collator(0, draw, seed)([example(1), example(2)]).targets["drawn"] for seed in (1, 1, 2))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_what_targets_draw_depends_on_neither_batch_nor_process() -> None:
    """The same after an interruption, and however many processes share a batch; anew in every epoch."""

    def draw(gold: TokenGold, length: int, generator: random.Random) -> dict[str, torch.Tensor]:
        return {"drawn": torch.tensor([[generator.randrange(1_000_000)]])}

    examples = [example(1)._replace(document=number) for number in range(4)]
    collate = Collator(0, draw)
    whole = collate(examples).targets["drawn"][:, 1].tolist()
    parts = [collate(examples[i::2]).targets["drawn"][:, 1].tolist() for i in (1, 0)]
    assert (parts[1], parts[0]) == (whole[::2], whole[1::2])
    assert len(set(whole)) == 4
    collate.epoch = 1
    assert not set(collate(examples).targets["drawn"][:, 1].tolist()) & set(whole)


def test_a_batch_is_a_named_tuple() -> None:
    assert isinstance(Collator(0)([example(1)]), tuple)
    assert Batch._fields[-1] == "targets"
