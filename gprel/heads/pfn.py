"""PFN: entities and triples from tables on a partition filter (Yan et al. 2021)."""

import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from gprel.collect import collect
from gprel.decode import find_table_spans, link, pair_up
from gprel.heads.cells import cell_list
from gprel.heads.protocol import Loss, Thresholds
from gprel.nn.mask import CellMask, TokenMask
from gprel.nn.partition import PartitionFilter
from gprel.nn.table import TableUnit, table_loss
from gprel.tokens import Extraction, TokenGold


class PFN(nn.Module):
    """A partition filter network (Yan et al. 2021); docs/baselines.md lists where it departs from the authors' code.

    A recurrence over the token states makes states for entities, for relations, and shared ones
    (:class:`~gprel.nn.partition.PartitionFilter`). ``entities`` is a table over (first, last token) with a score per
    type, ``firsts`` one over (first token of the subject, first token of the object) with a score per relation
    (:class:`~gprel.nn.table.TableUnit`). A relation between two tokens links every entity that begins at the one with
    every entity that begins at the other. Trained with binary cross-entropy on every cell.

    Args:
        hidden: Width of the token states.
        n_types: Number of entity types; 1 for corpora without types.
        n_relations: Number of relations; 0 predicts entities only.
        use_nested: Link last tokens in a third table, as the authors' variant for nested entities does.
        size: Width of the recurrence and of the tables' hidden layer.
        dropout: Dropout probability on the token states and in the tables.
        drop_connect: Share of the recurrent weights that is left out in training.
        max_candidates: Entities kept per example, best-scored first.
        max_width: Tokens of the widest entity that is predicted; ``None`` for no limit.
        max_triples: Triples kept per example, best-scored first.
        allowed: (relation, subject type, object type) that may occur; ``None`` allows all.
    """

    def __init__(
        self,
        hidden: int,
        *,
        n_types: int,
        n_relations: int = 0,
        use_nested: bool = False,
        size: int = 300,
        dropout: float = 0.1,
        drop_connect: float = 0.1,
        max_candidates: int = 100,
        max_width: int | None = None,
        max_triples: int = 500,
        allowed: Sequence[Sequence[int]] | None = None,
    ) -> None:
        super().__init__()
        self.dropout = nn.Dropout(dropout)
        self.filter = PartitionFilter(hidden, size=size, drop_connect=drop_connect)
        self.entities = TableUnit(size, n_types, dropout=dropout)
        self.firsts = TableUnit(size, n_relations, dropout=dropout) if n_relations else None
        self.lasts = TableUnit(size, n_relations, dropout=dropout) if n_relations and use_nested else None
        self.max_candidates = max_candidates
        self.max_width = max_width
        self.max_triples = max_triples
        self.allowed_cells = allowed
        self.shape = (n_relations, n_types, n_types)

    def targets(self, gold: TokenGold, length: int, generator: random.Random) -> dict[str, Int[Tensor, "n columns"]]:
        """Cells of the tables: (type, first, last), (relation, first, first), (relation, last, last)."""
        spans = [entity.span for entity in gold.entities]
        return {
            "entities": cell_list((e.type_id, e.span.first, e.span.last) for e in gold.entities),
            "firsts": cell_list((t.relation_id, spans[t.subject].first, spans[t.object].first) for t in gold.triples),
            "lasts": cell_list((t.relation_id, spans[t.subject].last, spans[t.object].last) for t in gold.triples),
        }

    def loss(
        self, states: Float[Tensor, "batch seq hidden"], mask: TokenMask, targets: dict[str, Int[Tensor, "n columns"]]
    ) -> Loss:
        """The sum of the tables' losses."""
        entities, relations, shared = self.filter(self.dropout(states))
        lengths = mask.valid.sum(1)
        cells = CellMask(mask.starts, mask.ends, use_triangle=True)
        table = self.entities(entities, shared, mask.valid)
        parts = {"entities": table_loss(table, cells, targets["entities"], lengths)}
        if self.firsts is not None:
            cells = CellMask(mask.starts, mask.starts, use_triangle=False)
            table = self.firsts(relations, shared, mask.valid)
            parts["firsts"] = table_loss(table, cells, targets["firsts"], lengths)
        if self.lasts is not None:  # the authors swap the two inputs here
            cells = CellMask(mask.ends, mask.ends, use_triangle=False)
            table = self.lasts(shared, relations, mask.valid)
            parts["lasts"] = table_loss(table, cells, targets["lasts"], lengths)
        return Loss(torch.stack(list(parts.values())).sum(), parts)

    def extract(
        self, states: Float[Tensor, "batch seq hidden"], mask: TokenMask, thresholds: Thresholds
    ) -> list[Extraction]:
        """Entities first, then relations between those only: no other pair of tokens is scored."""
        with _evaluating(self):
            entities, relations, shared = self.filter(states)
            cells = CellMask(mask.starts, mask.ends, use_triangle=True, max_width=self.max_width)
            table = self.entities(entities, shared, mask.valid)
            spans, n_dropped = find_table_spans(table, cells, thresholds.entities, self.max_candidates)
            if self.firsts is None:
                return collect(spans, None, n_dropped.tolist())
            everyone = torch.arange(len(spans.batch), device=states.device)
            pairs = pair_up(everyone, everyone, spans.batch, len(states))
            firsts = self.firsts(relations, shared, mask.valid)
            lasts = self.lasts(shared, relations, mask.valid) if self.lasts is not None else None
            allowed = self._allowed(states.device)
            triples, n_more = link(spans, pairs, firsts, lasts, thresholds.relations, self.max_triples, allowed)
            return collect(spans, triples, (n_dropped + n_more).tolist())

    def _allowed(self, device: torch.device) -> Bool[Tensor, "n_relations n_types n_types"] | None:
        if self.allowed_cells is None:
            return None
        allowed = torch.zeros(self.shape, dtype=torch.bool, device=device)
        if self.allowed_cells:
            allowed[tuple(torch.tensor(self.allowed_cells, device=device).T)] = True
        return allowed


@contextmanager
def _evaluating(module: nn.Module) -> Iterator[None]:
    """What is predicted is never subject to dropout."""
    was_training = module.training
    module.eval()
    try:
        yield
    finally:
        module.train(was_training)
