"""BERT-CRF: flat named entities as tags of a linear-chain CRF (Lample et al. 2016; Devlin et al. 2019)."""

import random

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from gprel.decode.best import keep_best
from gprel.decode.tags import span_scores, spans_of, tags_of
from gprel.heads.cells import cell_list
from gprel.heads.protocol import Loss, Thresholds
from gprel.nn.crf import FORBIDDEN, Chain, best_path, log_partition, path_score
from gprel.nn.mask import TokenMask
from gprel.tokens import Extraction, TokenEntity, TokenGold, TokenSpan


class BertCRF(nn.Module):
    """Emissions are linear in the token states; the best sequence of BIO tags gives the entities.

    Lample et al. 2016, "Neural Architectures for Named Entity Recognition", Eq. 1-4, on the states of a pretrained
    encoder (Devlin et al. 2019): training maximizes the log-probability of the gold tags, prediction is Viterbi's
    path. Tags that make no flat entities between word edges have probability 0, in training too: I- follows only its
    own type, B- stands only where an entity may begin, and B- or I- is left only where one may end.

    Tags hold flat entities only. Of overlapping gold the widest (then the first) is learned; the others stay gold and
    cannot be found. A score is the log-odds of the entity's probability, summed over all sequences of tags; the best
    sequence may hold entities that are below even. It alone decides what is predicted, and a threshold other than 0
    keeps those of its entities that score above it.

    Args:
        hidden: Width of the token states.
        n_types: Number of entity types.
        dropout: Dropout probability on the token states.
        max_candidates: Entities kept per example, best-scored first.
        max_width: Tokens of the widest entity that is predicted; ``None`` for no limit.
    """

    def __init__(
        self,
        hidden: int,
        *,
        n_types: int,
        dropout: float = 0.1,
        max_candidates: int = 100,
        max_width: int | None = None,
    ) -> None:
        super().__init__()
        n_tags = 1 + 2 * n_types
        self.dropout = nn.Dropout(dropout)
        self.emissions = nn.Linear(hidden, n_tags)
        self.start = nn.Parameter(torch.empty(n_tags).uniform_(-0.1, 0.1))
        self.end = nn.Parameter(torch.empty(n_tags).uniform_(-0.1, 0.1))
        self.transitions = nn.Parameter(torch.empty(n_tags, n_tags).uniform_(-0.1, 0.1))
        self.max_candidates = max_candidates
        self.max_width = max_width

    def targets(self, gold: TokenGold, length: int, generator: random.Random) -> dict[str, Int[Tensor, "n columns"]]:
        """Cells (type, first token, last token) of gold entities that do not overlap, wide ones first."""
        kept: list[tuple[int, int, int]] = []
        taken: set[int] = set()
        for entity in sorted(gold.entities, key=lambda e: (e.span.first - e.span.last, e.span, e.type_id)):
            tokens = range(entity.span.first, entity.span.last + 1)
            if taken.isdisjoint(tokens):
                taken.update(tokens)
                kept.append((entity.type_id, *entity.span))
        return {"entities": cell_list(kept)}

    def loss(
        self, states: Float[Tensor, "batch seq hidden"], mask: TokenMask, targets: dict[str, Int[Tensor, "n columns"]]
    ) -> Loss:
        """The negative log-probability of the gold tags, averaged over sentences; gold off word edges is O."""
        with torch.autocast(states.device.type, enabled=False):
            states = states.to(torch.promote_types(states.dtype, torch.float32))
            chain = self._chain(self.emissions(self.dropout(states)), mask)
            spans = targets["entities"]
            row, _, first, last = spans.unbind(1)
            tags = tags_of(spans[mask.starts[row, first] & mask.ends[row, last]], *mask.valid.shape)
            total = (log_partition(chain) - path_score(chain, tags)).mean()
        return Loss(total, {"entities": total})

    def extract(
        self, states: Float[Tensor, "batch seq hidden"], mask: TokenMask, thresholds: Thresholds
    ) -> list[Extraction]:
        """Entities of the best path; ``triples`` is ``None``: this head predicts none by design."""
        emissions = self.emissions(states)
        if emissions.device.type != "mps":  # long sums; Apple's processors have no float64
            emissions = emissions.double()
        chain = self._chain(emissions, mask)
        spans = spans_of(best_path(chain).where(mask.valid, 0))
        if self.max_width is not None:
            spans = spans[spans[:, 3] - spans[:, 2] < self.max_width]
        scores = span_scores(chain, spans)
        limits = thresholds.entities[spans[:, 1]]
        passes = (scores > limits) | (limits == 0)
        spans, scores = spans[passes], scores[passes]
        kept, n_dropped = keep_best(spans[:, 0], scores, len(states), self.max_candidates)
        found: list[list[TokenEntity]] = [[] for _ in states]
        for (example, label, first, last), score in zip(spans[kept].tolist(), scores[kept].tolist(), strict=True):
            found[example].append(TokenEntity(TokenSpan(first, last), label, score))
        return [Extraction(tuple(e), None, n) for e, n in zip(found, n_dropped.tolist(), strict=True)]

    def _chain(self, emissions: Float[Tensor, "batch seq tag"], mask: TokenMask) -> Chain:
        """The scores of all sequences of tags; ``FORBIDDEN`` where tags make no flat entities between word edges.

        There are two kinds of steps: from a token where an entity may end (0), and from one where none may (1).
        """
        tag = torch.arange(len(self.start), device=emissions.device)
        label = (tag + 1) // 2  # 0 for O, else type + 1
        is_begin, is_inside = tag % 2 == 1, (tag > 0) & (tag % 2 == 0)
        goes_on = is_inside & (label[:, None] == label)
        closes = (label[:, None] > 0) & ~goes_on
        broken = is_inside & ~goes_on
        transitions = self.transitions.to(emissions.dtype).masked_fill(
            torch.stack([broken, broken | closes]), FORBIDDEN
        )
        position = torch.arange(emissions.size(1), device=emissions.device)
        is_first, is_last = position == 0, position == mask.valid.sum(1, keepdim=True) - 1  # seq, batch seq
        emissions = emissions + is_first[:, None] * self.start + is_last[:, :, None] * self.end
        forbidden = is_begin & ~mask.starts[:, :, None]
        forbidden = forbidden | (is_inside & is_first[:, None]) | ((tag > 0) & (is_last & ~mask.ends)[:, :, None])
        return Chain(emissions.masked_fill(forbidden, FORBIDDEN), transitions, (~mask.ends).long(), mask.valid)
