"""Tags to spans, and back: O is 0, and for type k B- is ``1 + 2k`` and I- is ``2 + 2k``."""

import torch
from jaxtyping import Float, Int
from torch import Tensor

from gprel.nn.crf import FORBIDDEN, Chain, log_prefixes, log_suffixes


def begin(types: Int[Tensor, "*n"]) -> Int[Tensor, "*n"]:
    """The tag of an entity's first token."""
    return 1 + 2 * types


def tags_of(spans: Int[Tensor, "n 4"], n_examples: int, length: int) -> Int[Tensor, "batch seq"]:
    """Tags of spans (example, type, first, last) that do not overlap."""
    row, label, first, last = spans.unbind(1)
    inside = spans.new_zeros(n_examples, length + 1)  # type + 1 inside of spans, as differences from token to token
    inside.index_put_((row, first), label + 1, accumulate=True)
    inside.index_put_((row, last + 1), -label - 1, accumulate=True)
    tags = 2 * inside.cumsum(1)[:, :-1]
    tags[row, first] -= 1
    return tags


def spans_of(tags: Int[Tensor, "batch seq"]) -> Int[Tensor, "n 4"]:
    """Spans (example, type, first, last) of tags in which an I- only follows its own B- or I-, sorted."""
    starts = (tags % 2 == 1).nonzero()
    nothing = tags.new_zeros(len(tags), 1)
    continues = torch.cat([tags[:, 1:], nothing], 1)
    continues = (continues > 0) & (continues % 2 == 0)
    lasts = ((tags > 0) & ~continues).nonzero()  # as many as there are starts, in the same order
    types = (tags[tuple(starts.T)] - 1) // 2
    return torch.stack([starts[:, 0], types, starts[:, 1], lasts[:, 1]], 1)


def span_scores(chain: Chain, spans: Int[Tensor, "n 4"]) -> Float[Tensor, " n"]:
    """Log-odds ``log(p / (1 - p))`` of the probability that exactly this span is an entity of this type.

    ``p`` sums over all sequences of tags that have it: those before the span, the run of tags inside, and what may
    follow other than a longer run.

    Args:
        chain: Scores of all sequences of tags.
        spans: Spans (example, type, first, last).
    """
    row, label, first, last = spans.unbind(1)
    b_tag, i_tag = begin(label), begin(label) + 1
    emissions, transitions, kinds, _ = chain
    after = (last + 1).clamp(max=emissions.size(1) - 1)
    stays = transitions.diagonal(dim1=1, dim2=2)[kinds[:, :-1]] + emissions[:, 1:]  # from the second token on
    runs = torch.cat([torch.zeros_like(emissions[:, :1]), stays], 1).cumsum(1)  # batch seq tag; only I- is read
    second = (first + 1).minimum(last)
    inside = transitions[kinds[row, first], b_tag, i_tag] + emissions[row, second, i_tag]
    inside = inside + runs[row, last, i_tag] - runs[row, second, i_tag]
    is_wide = last > first
    steps = transitions[kinds[row, last], i_tag.where(is_wide, b_tag)] + emissions[row, after]  # n tag
    suffixes = log_suffixes(chain)
    steps = (steps + suffixes[row, after]).scatter(1, i_tag[:, None], FORBIDDEN).logsumexp(1)
    score = log_prefixes(chain)[row, first, b_tag] + inside.where(is_wide, 0) + steps.where(last < chain.last()[row], 0)
    total = (emissions[:, 0] + suffixes[:, 0]).logsumexp(-1)  # log Z
    log_prob = (score - total[row]).clamp(max=-torch.finfo(score.dtype).eps)
    return log_prob - (-log_prob.expm1()).log()
