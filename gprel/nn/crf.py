"""Linear-chain conditional random fields over padded batches (Lafferty et al. 2001; Lample et al. 2016, Eq. 1-4).

The score of a sequence of tags is the sum of its tags' emissions and of its steps' transitions, and its probability is
``exp(score) / Z``. Scores of what is forbidden are ``FORBIDDEN``: finite, so that no gradient is NaN, and so low that
its exponential is exactly 0.
"""

from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

FORBIDDEN = -1e30


class Chain(NamedTuple):
    """Scores of all sequences of tags of a batch.

    Attributes:
        emissions: Score of each tag at each token; what the first and the last tag of a sentence score is part of it.
        transitions: Score of a step from a tag (row) to the next (column), for each kind of step.
        kinds: The kind of the step from each token to the next.
        valid: No padding, which comes last.
    """

    emissions: Float[Tensor, "batch seq tag"]
    transitions: Float[Tensor, "kind tag tag"]
    kinds: Int[Tensor, "batch seq"]
    valid: Bool[Tensor, "batch seq"]

    def last(self) -> Int[Tensor, " batch"]:
        """Position of each sentence's last token."""
        return self.valid.sum(1) - 1


class _Steps:
    """Log-sum-exps over a step as products of exponentials: transitions are exponentiated once, not at every token.

    A tag that weighs less than float's smallest number beside the best tag of its token is counted as that.
    """

    def __init__(self, transitions: Float[Tensor, "kind tag tag"]) -> None:
        self.peak = transitions.detach().amax()
        self.weights = (transitions - self.peak).exp()

    def __call__(self, scores: Float[Tensor, "batch tag"], kinds: Int[Tensor, " batch"]) -> Float[Tensor, "batch tag"]:
        peak = scores.detach().amax(1, keepdim=True)
        sums = ((scores - peak).exp() @ self.weights)[kinds, torch.arange(len(kinds), device=kinds.device)]
        return sums.clamp(min=torch.finfo(sums.dtype).tiny).log() + peak + self.peak


def log_prefixes(chain: Chain) -> Float[Tensor, "batch seq tag"]:
    """The log-sum-exp of the scores of all sequences that end at a token with a tag (forward pass)."""
    steps = _Steps(chain.transitions)
    sums = [chain.emissions[:, 0]]
    for t in range(1, chain.emissions.size(1)):
        sums.append(steps(sums[-1], chain.kinds[:, t - 1]) + chain.emissions[:, t])
    return torch.stack(sums, 1)


def log_suffixes(chain: Chain) -> Float[Tensor, "batch seq tag"]:
    """The log-sum-exp of the scores of all that may follow a token with a tag, 0 at the last token (backward pass)."""
    steps = _Steps(chain.transitions.mT)
    sums = [torch.zeros_like(chain.emissions[:, 0])]
    for t in range(chain.emissions.size(1) - 2, -1, -1):
        behind = steps(sums[-1] + chain.emissions[:, t + 1], chain.kinds[:, t])
        sums.append(behind.where(chain.valid[:, t + 1, None], 0))
    return torch.stack(sums[::-1], 1)


def log_partition(chain: Chain) -> Float[Tensor, " batch"]:
    """``log Z``: the log-sum-exp of the scores of all sequences."""
    prefixes = log_prefixes(chain)
    return prefixes[torch.arange(len(prefixes), device=prefixes.device), chain.last()].logsumexp(-1)


def path_score(chain: Chain, tags: Int[Tensor, "batch seq"]) -> Float[Tensor, " batch"]:
    """The score of one sequence of tags for each sentence; tags of padding are not looked at."""
    emitted = chain.emissions.gather(2, tags[:, :, None]).squeeze(2)
    steps = chain.transitions[chain.kinds[:, :-1], tags[:, :-1], tags[:, 1:]]
    return emitted.where(chain.valid, 0).sum(1) + steps.where(chain.valid[:, 1:], 0).sum(1)


def best_path(chain: Chain) -> Int[Tensor, "batch seq"]:
    """The sequence of the highest score for each sentence (Viterbi); padding repeats the last tag."""
    score = chain.emissions[:, 0]
    stay = torch.arange(score.size(1), device=score.device).expand_as(score)
    came_from = []
    for t in range(1, chain.emissions.size(1)):
        best, previous = (score[:, :, None] + chain.transitions[chain.kinds[:, t - 1]]).max(1)
        valid = chain.valid[:, t, None]
        score = (best + chain.emissions[:, t]).where(valid, score)
        came_from.append(previous.where(valid, stay))
    tags = [score.argmax(1)]
    for previous in reversed(came_from):
        tags.append(previous.gather(1, tags[-1][:, None]).squeeze(1))
    return torch.stack(tags[::-1], 1)
