"""A small CasRel head, and what its tests feed it."""

import torch

from gprel.heads import CasRel, Thresholds
from gprel.nn.mask import TokenMask
from gprel.tokens import TokenEntity, TokenGold, TokenSpan, TokenTriple

HIDDEN, SEQ, N_RELATIONS = 16, 6, 3
THRESHOLDS = Thresholds(torch.zeros(1), torch.zeros(N_RELATIONS))


def gold_of(spans, triples):
    return TokenGold(
        tuple(TokenEntity(TokenSpan(*span), 0) for span in spans), tuple(TokenTriple(*triple) for triple in triples)
    )


def build(seed=0, **options):
    torch.manual_seed(seed)
    return CasRel(HIDDEN, **({"n_types": 1, "n_relations": N_RELATIONS, "dropout": 0.0} | options))


def everywhere(n_examples, seq=SEQ):
    flags = torch.ones(n_examples, seq, dtype=torch.bool)
    return TokenMask(flags, flags.clone(), flags.clone())


def random_states(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def read(found):
    """Triples with their spans in place of positions."""
    return sorted((found.entities[t.subject].span, t.relation_id, found.entities[t.object].span) for t in found.triples)
