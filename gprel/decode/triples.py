"""Candidate arguments and two link grids to triples, without a tensor of relations x seq x seq."""

from typing import NamedTuple, Protocol, runtime_checkable

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from gprel.decode.best import keep_best
from gprel.decode.spans import Spans

CHUNK_NUMBERS = 1 << 22  # numbers written out at once


@runtime_checkable
class PairScores(Protocol):
    """Scores that are computed for the pairs of tokens one asks for."""

    @property
    def n_examples(self) -> int:
        """Size of the batch."""
        ...

    @property
    def pair_numbers(self) -> int:
        """Numbers written out on the way to the scores of one pair."""
        ...

    def at_pairs(
        self, batch: Int[Tensor, " n"], i: Int[Tensor, " n"], j: Int[Tensor, " n"]
    ) -> Float[Tensor, "n label"]:
        """Scores of all labels for some pairs of tokens."""
        ...


class Triples(NamedTuple):
    """Triples of a batch, sorted by example and within it by falling score.

    Attributes:
        batch: Example each triple belongs to.
        subject: Index of the subject in the list of candidates.
        relation: Id of the relation.
        object: Index of the object in the list of candidates.
        scores: The weakest of the parts that must all pass.
    """

    batch: Int[Tensor, " n"]
    subject: Int[Tensor, " n"]
    relation: Int[Tensor, " n"]
    object: Int[Tensor, " n"]
    scores: Float[Tensor, " n"]

    def best(self, n_examples: int, most: int) -> tuple["Triples", Int[Tensor, " batch"]]:
        """The best ``most`` triples of each example in order, and how many of each were left out."""
        kept, n_dropped = keep_best(self.batch, self.scores, n_examples, most)
        return Triples(*(column[kept] for column in self)), n_dropped


def pair_up(
    subjects: Int[Tensor, " n"], objects: Int[Tensor, " m"], batch: Int[Tensor, " c"], n_examples: int
) -> Int[Tensor, "n_pairs 2"]:
    """Every (subject, object) pair of candidates of the same example, a candidate with itself included.

    Args:
        subjects: Candidates that may be subjects, as indices sorted by example.
        objects: Candidates that may be objects, likewise.
        batch: Example of every candidate.
        n_examples: Size of the batch.

    Returns:
        Pairs of candidate indices, sorted by example.
    """
    of_subject, of_object = batch[subjects], batch[objects]
    sizes = torch.bincount(of_object, minlength=n_examples)
    offsets = sizes.cumsum(0) - sizes
    partners = sizes[of_subject]  # how many objects each subject meets
    left = subjects.repeat_interleave(partners)
    begin = partners.cumsum(0) - partners
    number = torch.arange(len(left), device=left.device) - begin.repeat_interleave(partners)
    right = objects[offsets[of_subject].repeat_interleave(partners) + number]
    return torch.stack([left, right], dim=1)


def at_candidates(
    states: Float[Tensor, "batch seq hidden"], candidates: Spans, positions: Int[Tensor, " n"]
) -> tuple[Float[Tensor, "batch most hidden"], Int[Tensor, " n"]]:
    """The states of one token of every candidate, so that links are scored on those alone.

    Args:
        states: Token states.
        candidates: Possible arguments, sorted by example.
        positions: The token of each, for example its first.

    Returns:
        States, padded to the most candidates of an example, and the place of each candidate among its example's.
    """
    sizes = torch.bincount(candidates.batch, minlength=len(states))
    offsets = sizes.cumsum(0) - sizes
    places = torch.arange(len(positions), device=states.device) - offsets[candidates.batch]
    index = positions.new_zeros(len(states), int(sizes.max()))
    index[candidates.batch, places] = positions
    return states[torch.arange(len(states), device=states.device)[:, None], index], places


def link(
    candidates: Spans,
    pairs: Int[Tensor, "n_pairs 2"],
    firsts: PairScores,
    lasts: PairScores | None,
    thresholds: Float[Tensor, " n_relations"],
    most: int,
    allowed: Bool[Tensor, "n_relations n_types n_types"] | None = None,
) -> tuple[Triples, Int[Tensor, " batch"]]:
    """Score the relations of candidate pairs and keep what passes in every grid.

    A triple's score is the weakest of its parts: the two arguments and the links between their first and their last
    tokens. (The authors add the parts up; the minimum keeps the meaning of a threshold: a triple is predicted where its
    score is above it.) As in :func:`find_spans` the cap holds for every chunk of pairs already.

    Args:
        candidates: Possible arguments; ``label`` is their entity type.
        pairs: Pairs of candidates.
        firsts: Links first tokens.
        lasts: Links last tokens, if there is such a grid.
        thresholds: One per relation.
        most: Triples kept per example, best-scored first.
        allowed: Which types a relation may link; pairs without any such relation are not scored.

    Returns:
        The triples, and how many of each example were left out.
    """
    if allowed is not None:
        pairs = pairs[allowed.any(0)[candidates.label[pairs[:, 0]], candidates.label[pairs[:, 1]]]]
    n_examples = firsts.n_examples
    size = max(1, CHUNK_NUMBERS // max(len(thresholds), firsts.pair_numbers))
    found, n_dropped = [], []
    for chunk in pairs.split(size):
        triples, n_more = _link_chunk(candidates, chunk, firsts, lasts, thresholds, allowed).best(n_examples, most)
        found.append(triples)
        n_dropped.append(n_more)
    if len(found) == 1:
        return found[0], n_dropped[0]
    triples, n_more = Triples(*(torch.cat(columns) for columns in zip(*found, strict=True))).best(n_examples, most)
    return triples, torch.stack([*n_dropped, n_more]).sum(0)


def _link_chunk(
    candidates: Spans,
    pairs: Int[Tensor, "n_pairs 2"],
    firsts: PairScores,
    lasts: PairScores | None,
    thresholds: Float[Tensor, " n_relations"],
    allowed: Bool[Tensor, "n_relations n_types n_types"] | None,
) -> Triples:
    subject, object_ = pairs.unbind(1)
    batch = candidates.batch[subject]
    scores = firsts.at_pairs(batch, candidates.first[subject], candidates.first[object_])  # n_pairs n_relations
    if lasts is not None:
        scores = scores.minimum(lasts.at_pairs(batch, candidates.last[subject], candidates.last[object_]))
    passes = scores > thresholds
    if allowed is not None:
        passes &= allowed[:, candidates.label[subject], candidates.label[object_]].T
    pair, relation = passes.nonzero(as_tuple=True)
    arguments = candidates.scores[subject[pair]].minimum(candidates.scores[object_[pair]])
    weakest = scores[pair, relation].minimum(arguments)
    kept = weakest > thresholds[relation]  # arguments pass their own threshold, which may be lower than this one
    pair, relation = pair[kept], relation[kept]
    return Triples(batch[pair], subject[pair], relation, object_[pair], weakest[kept])
