"""What every head promises, for every head and its options."""

import random

import pytest
import torch

from gprel.heads import HEADS, Thresholds
from gprel.nn.losses import bce_loss, imbalance_loss
from gprel.nn.mask import CellMask, TokenMask
from gprel.nn.pointer import StandardPointer
from gprel.tokens import TokenEntity, TokenGold, TokenSpan, TokenTriple

HIDDEN, N_TYPES, N_RELATIONS = 12, 2, 3
LINKER = {"n_types": N_TYPES, "n_relations": N_RELATIONS}
POINTER = {"n_types": N_TYPES}
CASES = {
    "linker": ("gplinker", LINKER),
    "linker-standard": ("gplinker", LINKER | {"pointer": "standard"}),
    "linker-roles": ("gplinker", LINKER | {"n_types": 1, "use_roles": True}),
    "linker-firsts": ("gplinker", LINKER | {"use_lasts": False}),
    "linker-roles-firsts": ("gplinker", LINKER | {"n_types": 1, "use_roles": True, "use_lasts": False}),
    "linker-allowed": ("gplinker", LINKER | {"allowed": [[0, 0, 1], [2, 1, 1], [2, 1, 0]]}),
    "linker-nothing-allowed": ("gplinker", LINKER | {"allowed": []}),
    "linker-no-rope": ("gplinker", LINKER | {"use_rope": False}),
    "linker-bce": ("gplinker", LINKER | {"loss": "bce"}),
    "linker-standard-bce": ("gplinker", LINKER | {"pointer": "standard", "loss": "bce"}),
    "linker-dense": ("gplinker", LINKER | {"use_dense": True}),
    "pointer": ("global_pointer", POINTER),
    "pointer-standard": ("global_pointer", POINTER | {"pointer": "standard"}),
    "pointer-no-rope": ("global_pointer", POINTER | {"use_rope": False}),
    "pointer-bce": ("global_pointer", POINTER | {"loss": "bce"}),
    "pointer-dense": ("global_pointer", POINTER | {"use_dense": True}),
    "crf": ("bert_crf", POINTER),
    "casrel": ("casrel", LINKER),
    "casrel-edges": ("casrel", LINKER | {"subject_vector": "edges"}),
    "casrel-types": ("casrel", LINKER | {"argument_types": [[0, 1], [1, 0], [0, 0]]}),
    "pfn": ("pfn", LINKER),
    "pfn-nested": ("pfn", LINKER | {"use_nested": True}),
    "pfn-allowed": ("pfn", LINKER | {"allowed": [[0, 0, 1], [2, 1, 1], [2, 1, 0]]}),
    "pfn-entities": ("pfn", POINTER),
}
SMALL = {
    "gplinker": {"size": 8},
    "global_pointer": {"size": 8},
    "pfn": {"size": 8, "drop_connect": 0.0},
}  # options of a head for all of its cases
every_case = pytest.mark.parametrize("case", CASES)


def gold_of(length, n_types=1):
    """Two overlapping entities, a one-token one, and three triples."""
    spans = [(0, 1), (1, length - 2), (length - 1, length - 1)]
    entities = [TokenEntity(TokenSpan(*span), k % n_types) for k, span in enumerate(spans)]
    return TokenGold(tuple(entities), (TokenTriple(0, 0, 1), TokenTriple(2, 1, 0), TokenTriple(1, 2, 2)))


def build(case, seed=0, **more):
    """The head, made eager so that untrained it finds something, and the number of types that fits its labels."""
    name, options = CASES[case]
    torch.manual_seed(seed)
    head = HEADS[name](HIDDEN, **(SMALL.get(name, {}) | {"dropout": 0.0} | options | more))
    for parameter_name, parameter in head.named_parameters():
        if parameter_name.endswith(("row.bias", "score.bias")):  # starts far below the threshold
            torch.nn.init.zeros_(parameter)
    for module in head.modules():
        if isinstance(module, StandardPointer):  # likewise
            torch.nn.init.zeros_(module.bias)
    return head, options["n_types"]


def thresholds(n_types=N_TYPES):
    return Thresholds(torch.zeros(n_types), torch.zeros(N_RELATIONS))


def batch_of(head, lengths, n_types, padding=0):
    """Random states, masks and targets; padding holds states that would score if anyone looked."""
    generator = torch.Generator().manual_seed(1)
    rows = [torch.randn(length, HIDDEN, generator=generator) for length in lengths]
    longest = max(lengths) + padding
    states = torch.full((len(rows), longest, HIDDEN), 7.0)
    flags = torch.zeros(3, len(rows), longest, dtype=torch.bool)
    parts = {}
    for row, own in enumerate(rows):
        states[row, : len(own)] = own
        flags[:, row, : len(own)] = True
        flags[1, row, 2] = flags[2, row, 3] = False  # a word edge that is none
        for name, cells in head.targets(gold_of(len(own), n_types), len(own), random.Random(0)).items():
            parts.setdefault(name, []).append(torch.cat([torch.full((len(cells), 1), row), cells], dim=1))
    return states, TokenMask(*flags), {name: torch.cat(cells) for name, cells in parts.items()}


def cells_of(row, targets):
    """The targets of one row, as if it were the only one."""
    cells = {name: part[part[:, 0] == row] for name, part in targets.items()}
    return {name: torch.cat([torch.zeros_like(part[:, :1]), part[:, 1:]], 1) for name, part in cells.items()}


def assert_same_extractions(left, right):
    assert len(left) == len(right)
    for a, b in zip(left, right, strict=True):
        assert a.n_dropped == b.n_dropped
        assert [e[:2] for e in a.entities] == [e[:2] for e in b.entities]
        assert [e.score for e in a.entities] == pytest.approx([e.score for e in b.entities], abs=1e-4)
        assert (a.triples is None) == (b.triples is None)
        if a.triples is not None:
            assert [t[:3] for t in a.triples] == [t[:3] for t in b.triples]
            assert [t.score for t in a.triples] == pytest.approx([t.score for t in b.triples], abs=1e-4)


def test_every_head_has_a_case():
    assert {name for name, _ in CASES.values()} == set(HEADS)


@every_case
def test_padding_changes_nothing(case):
    head, n_types = build(case)
    bare, padded = (batch_of(head, [5, 8], n_types, padding=padding) for padding in (0, 3))
    assert_same_extractions(
        head.extract(*bare[:2], thresholds(n_types)), head.extract(*padded[:2], thresholds(n_types))
    )
    plain, wide = head.loss(*bare), head.loss(*padded)
    torch.testing.assert_close(plain.total, wide.total)
    assert list(plain.parts) == list(wide.parts)
    for name, part in plain.parts.items():
        torch.testing.assert_close(part, wide.parts[name])


@every_case
def test_one_by_one_equals_batched(case):
    head, n_types = build(case)
    lengths = [6, 9, 5]
    states, mask, targets = batch_of(head, lengths, n_types)
    together = head.extract(states, mask, thresholds(n_types))
    assert any(extraction.entities for extraction in together)
    alone, losses = [], []
    for row, length in enumerate(lengths):
        own = TokenMask(*(flags[row : row + 1, :length] for flags in mask))
        alone += head.extract(states[row : row + 1, :length], own, thresholds(n_types))
        losses.append(head.loss(states[row : row + 1, :length], own, cells_of(row, targets)).total)
    assert_same_extractions(together, alone)
    torch.testing.assert_close(head.loss(states, mask, targets).total, torch.stack(losses).mean())


@every_case
def test_every_parameter_gets_a_gradient(case):
    head, n_types = build(case)
    head.loss(*batch_of(head, [5, 8], n_types)).total.backward()
    for name, parameter in head.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.isfinite().all(), name
        assert parameter.grad.abs().sum() > 0, name


@every_case
def test_seeded_runs_are_equal(case):
    results = []
    for seed in (3, 3, 4):
        head, n_types = build(case, seed, dropout=0.5)
        states, mask, targets = batch_of(head, [5, 8], n_types)
        results.append((head.loss(states, mask, targets).total, head.eval().extract(states, mask, thresholds(n_types))))
    assert results[0][0] == results[1][0]
    assert results[0][1] == results[1][1]
    assert results[0][0] != results[2][0]


@every_case
def test_the_total_is_the_sum_of_its_parts(case):
    head, n_types = build(case)
    loss = head.loss(*batch_of(head, [5, 8], n_types))
    torch.testing.assert_close(loss.total, sum(loss.parts.values()))
    assert all(part > 0 for part in loss.parts.values())


@pytest.mark.parametrize("case", ["linker", "linker-bce", "pointer", "pointer-bce"])
def test_every_part_is_the_loss_of_its_grid_under_its_mask(case):
    head, n_types = build(case)
    states, mask, targets = batch_of(head, [7, 9], n_types)
    starts, ends = mask.starts, mask.ends
    masks = {
        "entities": CellMask(starts, ends, use_triangle=True),
        "firsts": CellMask(starts, starts, use_triangle=False),
        "lasts": CellMask(ends, ends, use_triangle=False),
    }
    loss = bce_loss if "bce" in case else imbalance_loss
    parts = head.loss(states, mask, targets).parts
    assert list(parts) == (list(masks) if "linker" in case else ["entities"])
    for name, part in parts.items():
        torch.testing.assert_close(part, loss(getattr(head, name)(states), masks[name], targets[name]))


@every_case
def test_dropout_acts_in_training_only(case):
    head, n_types = build(case, dropout=0.5)
    batch = batch_of(head, [5, 8], n_types)
    assert head.loss(*batch).total != head.loss(*batch).total
    assert head.extract(*batch[:2], thresholds(n_types)) == head.extract(*batch[:2], thresholds(n_types))
    head.eval()
    assert head.loss(*batch).total == head.loss(*batch).total


@pytest.mark.parametrize("name", ["gplinker", "global_pointer"])
@pytest.mark.parametrize("pointer", ["efficient", "standard"])
def test_the_dense_loss_is_the_same_loss(name, pointer):
    options = (LINKER if name == "gplinker" else POINTER) | {"pointer": pointer, "dropout": 0.0, "size": 8}
    totals = []
    for use_dense in (False, True):
        torch.manual_seed(0)
        head = HEADS[name](HIDDEN, use_dense=use_dense, **options)
        totals.append(head.loss(*batch_of(head, [5, 8], N_TYPES)).total)
    torch.testing.assert_close(*totals)


@every_case
def test_no_entity_crosses_the_mask(case):
    head, n_types = build(case)
    states, mask, _ = batch_of(head, [6, 9, 5], n_types)
    for row, extraction in enumerate(head.extract(states, mask, thresholds(n_types))):
        for entity in extraction.entities:
            assert entity.span.first <= entity.span.last
            assert mask.starts[row, entity.span.first]
            assert mask.ends[row, entity.span.last]


@every_case
def test_an_untrained_head_on_a_long_text_stays_bounded(case):
    finds_triples = "n_relations" in CASES[case][1]
    head, n_types = build(case, max_candidates=20, **({"max_triples": 30} if finds_triples else {}))
    states, mask, _ = batch_of(head, [80, 80], n_types)
    for extraction in head.extract(states, mask, thresholds(n_types)):
        # Where entities are the arguments of triples, the caps are of subjects and of triples.
        assert 0 < len(extraction.entities) <= (60 if extraction.arguments_only else 20)
        assert len(extraction.triples or ()) <= 30
        assert extraction.n_dropped > 0


@every_case
def test_higher_thresholds_find_less(case):
    head, n_types = build(case)
    states, mask, _ = batch_of(head, [9], n_types)
    nothing = head.extract(states, mask, Thresholds(torch.full((n_types,), 1e6), torch.full((N_RELATIONS,), 1e6)))
    assert nothing[0].entities == ()
    some = head.extract(states, mask, Thresholds(torch.full((n_types,), 0.2), torch.zeros(N_RELATIONS)))[0]
    more = head.extract(states, mask, thresholds(n_types))[0]
    assert nothing[0].triples == (None if more.triples is None else ())
    limit = torch.tensor(float("-inf") if more.arguments_only else 0.2)  # such entities have no threshold of their own
    assert set(some.entities) == {e for e in more.entities if e.score > limit}


@pytest.mark.parametrize(
    "case",
    ["linker", "linker-standard", "linker-roles", "linker-firsts", "pointer", "pointer-bce", "pfn", "pfn-nested"],
)
def test_overfits_two_examples(case):
    """Random states in place of an encoder: the head alone must learn them by heart."""
    head, n_types = build(case)
    states, mask, targets = batch_of(head, [6, 9], n_types)
    mask = TokenMask(mask.valid, mask.valid, mask.valid)
    optimizer = torch.optim.Adam(head.parameters(), lr=3e-2)
    for _ in range(200):
        optimizer.zero_grad()
        head.loss(states, mask, targets).total.backward()
        optimizer.step()
    for extraction, length in zip(head.eval().extract(states, mask, thresholds(n_types)), [6, 9], strict=True):
        gold = gold_of(length, n_types)
        assert sorted(e[:2] for e in extraction.entities) == sorted(e[:2] for e in gold.entities)
        if extraction.triples is not None:
            assert sorted(named(extraction)) == sorted(named(gold))


def named(found):
    """Triples with their spans in place of positions."""
    return [(found.entities[t.subject].span, t.relation_id, found.entities[t.object].span) for t in found.triples]
