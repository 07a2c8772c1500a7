"""GPLinker: entities and triples from Global Pointers (Su 2022; Su et al. 2022, "Global Pointer")."""

import random
from collections.abc import Sequence
from typing import Literal

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from gprel.collect import collect
from gprel.decode import at_candidates, find_spans, link, pair_up
from gprel.heads.cells import cell_list
from gprel.heads.protocol import Loss, Thresholds
from gprel.nn.grid import Grid
from gprel.nn.losses import bce_loss, imbalance_loss
from gprel.nn.mask import CellMask, TokenMask
from gprel.nn.pointer import build_pointer
from gprel.tokens import Extraction, TokenGold

SUBJECT, OBJECT = 0, 1  # labels of the entity grid in the role mode


class GPLinker(nn.Module):
    """Three groups of grids on the same token states.

    ``entities`` finds spans (row = first token, column = last token, rotary positions, row <= column); for every
    relation ``firsts`` links the first token of the subject to the first token of the object and ``lasts`` links their
    last tokens (no rotary positions, no triangle). A triple is predicted where both arguments and both links pass.
    ``lasts`` is needed only where two entities may share their first token.

    Args:
        hidden: Width of the token states.
        n_types: Number of entity types.
        n_relations: Number of relations.
        use_roles: The entity grid has the labels subject and object instead of entity types: for corpora whose
            entities have no types and all take part in triples. Entities then come out with type 0.
        use_lasts: Link last tokens too.
        pointer: ``efficient`` (Eq. 7) or ``standard`` (Eq. 5).
        size: Width of queries and keys.
        use_rope: Rotary positions in ``entities``.
        loss: ``imbalance`` (Eq. 13) or ``bce``.
        use_dense: Compute the loss from dense grids.
        dropout: Dropout probability on the token states.
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
        n_relations: int,
        use_roles: bool = False,
        use_lasts: bool = True,
        pointer: Literal["efficient", "standard"] = "efficient",
        size: int = 64,
        use_rope: bool = True,
        loss: Literal["imbalance", "bce"] = "imbalance",
        use_dense: bool = False,
        dropout: float = 0.1,
        max_candidates: int = 100,
        max_width: int | None = None,
        max_triples: int = 500,
        allowed: Sequence[Sequence[int]] | None = None,
    ) -> None:
        super().__init__()
        self.dropout = nn.Dropout(dropout)
        n_labels = 2 if use_roles else n_types
        self.entities = build_pointer(pointer, hidden, n_labels, size=size, use_rope=use_rope)
        self.firsts = build_pointer(pointer, hidden, n_relations, size=size, use_rope=False)
        self.lasts = build_pointer(pointer, hidden, n_relations, size=size, use_rope=False) if use_lasts else None
        self.use_roles = use_roles
        self.use_bce = loss == "bce"
        self.use_dense = use_dense
        self.max_candidates = max_candidates
        self.max_width = max_width
        self.max_triples = max_triples
        self.allowed_cells = allowed
        self.shape = (n_relations, n_types, n_types)

    def targets(self, gold: TokenGold, length: int, generator: random.Random) -> dict[str, Int[Tensor, "n columns"]]:
        """Cells of the three groups: (type or role, first, last), (relation, first, first), (relation, last, last)."""
        spans = [entity.span for entity in gold.entities]
        if self.use_roles:
            roles = [(role, i) for t in gold.triples for role, i in ((SUBJECT, t.subject), (OBJECT, t.object))]
            entities = cell_list((role, spans[i].first, spans[i].last) for role, i in roles)
        else:
            entities = cell_list((e.type_id, e.span.first, e.span.last) for e in gold.entities)
        return {
            "entities": entities,
            "firsts": cell_list((t.relation_id, spans[t.subject].first, spans[t.object].first) for t in gold.triples),
            "lasts": cell_list((t.relation_id, spans[t.subject].last, spans[t.object].last) for t in gold.triples),
        }

    def loss(
        self, states: Float[Tensor, "batch seq hidden"], mask: TokenMask, targets: dict[str, Int[Tensor, "n columns"]]
    ) -> Loss:
        """The sum of the three groups' losses."""
        states = self.dropout(states)
        parts = {
            "entities": self._part(
                self.entities(states), CellMask(mask.starts, mask.ends, use_triangle=True), targets["entities"]
            ),
            "firsts": self._part(
                self.firsts(states), CellMask(mask.starts, mask.starts, use_triangle=False), targets["firsts"]
            ),
        }
        if self.lasts is not None:
            parts["lasts"] = self._part(
                self.lasts(states), CellMask(mask.ends, mask.ends, use_triangle=False), targets["lasts"]
            )
        return Loss(torch.stack(list(parts.values())).sum(), parts)

    def extract(
        self, states: Float[Tensor, "batch seq hidden"], mask: TokenMask, thresholds: Thresholds
    ) -> list[Extraction]:
        """Entities first, then relations between those only; links are computed on the tokens of candidates alone."""
        limits = thresholds.entities[:1].expand(2) if self.use_roles else thresholds.entities
        cells = CellMask(mask.starts, mask.ends, use_triangle=True, max_width=self.max_width)
        spans, n_dropped = find_spans(self.entities(states), cells, limits, self.max_candidates)
        everyone = torch.arange(len(spans.batch), device=states.device)
        allowed = None
        if self.use_roles:
            subjects, objects = everyone[spans.label == SUBJECT], everyone[spans.label == OBJECT]
        else:
            subjects = objects = everyone
            allowed = self._allowed(states.device)
        pairs = pair_up(subjects, objects, spans.batch, len(states))
        first_states, places = at_candidates(states, spans, spans.first)
        firsts, lasts = self.firsts(first_states), None
        if self.lasts is not None:
            lasts = self.lasts(at_candidates(states, spans, spans.last)[0])
        compact = spans._replace(first=places, last=places)
        triples, n_more = link(compact, pairs, firsts, lasts, thresholds.relations, self.max_triples, allowed)
        return collect(spans, triples, (n_dropped + n_more).tolist(), use_roles=self.use_roles)

    def _part(self, grid: Grid, cells: CellMask, positives: Int[Tensor, "n 4"]) -> Float[Tensor, ""]:
        if self.use_bce:
            return bce_loss(grid, cells, positives)
        return imbalance_loss(grid, cells, positives, use_dense=self.use_dense)

    def _allowed(self, device: torch.device) -> Bool[Tensor, "n_relations n_types n_types"] | None:
        if self.allowed_cells is None:
            return None
        allowed = torch.zeros(self.shape, dtype=torch.bool, device=device)
        if self.allowed_cells:
            allowed[tuple(torch.tensor(self.allowed_cells, device=device).T)] = True
        return allowed
