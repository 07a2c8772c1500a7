"""Scores of first and of last tokens to spans: every first token with the nearest last one, as CasRel decodes."""

from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from gprel.decode.best import keep_best
from gprel.decode.spans import Spans

CHUNK_NUMBERS = 1 << 22  # scores of objects written out at once


class Objects(NamedTuple):
    """Objects of subjects, sorted by example and within it by falling score: the triples of a batch.

    Attributes:
        batch: Example each triple belongs to.
        subject: Index of the subject in the list of subjects.
        relation: Id of the relation.
        first: First token of the object.
        last: Its last token.
        scores: The weakest of the four tags that make the triple.
    """

    batch: Int[Tensor, " n"]
    subject: Int[Tensor, " n"]
    relation: Int[Tensor, " n"]
    first: Int[Tensor, " n"]
    last: Int[Tensor, " n"]
    scores: Float[Tensor, " n"]

    def best(self, n_examples: int, most: int) -> tuple["Objects", Int[Tensor, " batch"]]:
        """The best ``most`` triples of each example in order, and how many of each were left out."""
        kept, n_dropped = keep_best(self.batch, self.scores, n_examples, most)
        return Objects(*(column[kept] for column in self)), n_dropped


def nearest_ends(
    starts: Bool[Tensor, "group seq"], ends: Bool[Tensor, "group seq"], max_width: int | None = None
) -> tuple[Int[Tensor, " n"], Int[Tensor, " n"], Int[Tensor, " n"]]:
    """Match every first token with the nearest last token at or after it.

    Args:
        starts: Tokens tagged as first, for each group on its own.
        ends: Tokens tagged as last.
        max_width: A first token whose nearest last token makes a wider span than this is left alone.

    Returns:
        Group, first and last token of each span, sorted.
    """
    seq = starts.size(1)
    group, first = starts.nonzero(as_tuple=True)
    end_group, end = ends.nonzero(as_tuple=True)
    # Sorted as they come, so a search finds the nearest; the one behind all ends is in no group.
    place = torch.searchsorted(end_group * seq + end, group * seq + first)
    none = end.new_tensor([-1])
    last = torch.cat([end, none])[place]
    matches = torch.cat([end_group, none])[place] == group
    if max_width is not None:
        matches &= last < first + max_width
    return group[matches], first[matches], last[matches]


def find_subjects(
    scores: Float[Tensor, "batch 2 seq"], edges: Bool[Tensor, "batch 2 seq"], max_width: int | None, most: int
) -> tuple[Spans, Int[Tensor, " batch"]]:
    """Spans whose first and last token both score above 0; their score is the weaker of the two.

    Args:
        scores: First-token and last-token scores.
        edges: Where a span may begin, and where it may end.
        max_width: Tokens of the widest span; ``None`` for no limit.
        most: Subjects kept per example, best-scored first.

    Returns:
        The subjects, and how many of each example were left out.
    """
    passes = (scores > 0) & edges
    batch, first, last = nearest_ends(passes[:, 0], passes[:, 1], max_width)
    weaker = scores[batch, 0, first].minimum(scores[batch, 1, last])
    return Spans(batch, torch.zeros_like(batch), first, last, weaker).best(len(scores), most)


def find_objects(
    subjects: Spans,
    tokens: Float[Tensor, "batch 2 relation seq"],
    shifts: Float[Tensor, "n 2 relation"],
    edges: Bool[Tensor, "batch 2 seq"],
    thresholds: Float[Tensor, " relation"],
    max_width: int | None,
    most: int,
) -> tuple[Objects, Int[Tensor, " batch"]]:
    """The objects of all subjects under every relation, a few subjects at a time so that memory stays bounded.

    Args:
        subjects: The subjects of a batch.
        tokens: What a token adds to its first-token and last-token score.
        shifts: What a subject adds to the scores of all tokens.
        edges: Where a span may begin, and where it may end.
        thresholds: One per relation, for the object's tokens and for the triple's score.
        max_width: Tokens of the widest object; ``None`` for no limit.
        most: Triples kept per example, best-scored first; the cap holds for every chunk of subjects already.

    Returns:
        The triples, and how many of each example were left out.
    """
    n_examples, _, n_relations, _ = tokens.shape
    size = max(1, CHUNK_NUMBERS // max(1, tokens[0].numel()))
    found, n_dropped = [], []
    for chunk in torch.arange(len(shifts), device=shifts.device).split(size):
        batch = subjects.batch[chunk]
        scores = tokens[batch] + shifts[chunk, :, :, None]  # n 2 relation seq
        passes = (scores > thresholds[:, None]) & edges[batch][:, :, None]
        group, first, last = nearest_ends(passes[:, 0].flatten(0, 1), passes[:, 1].flatten(0, 1), max_width)
        place, relation = group // n_relations, group % n_relations
        subject = chunk[place]
        weaker = scores[place, 0, relation, first].minimum(scores[place, 1, relation, last])
        weakest = weaker.minimum(subjects.scores[subject])
        triples = Objects(batch[place], subject, relation, first, last, weakest)
        kept = weakest > thresholds[relation]  # a subject passes at 0, which may be lower than this threshold
        objects, n_more = Objects(*(column[kept] for column in triples)).best(n_examples, most)
        found.append(objects)
        n_dropped.append(n_more)
    objects, n_more = Objects(*(torch.cat(columns) for columns in zip(*found, strict=True))).best(n_examples, most)
    return objects, torch.stack([*n_dropped, n_more]).sum(0)
