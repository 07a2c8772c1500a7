"""CasRel: triples from cascaded taggers of subjects and objects (Wei et al. 2020)."""

import random
from collections.abc import Sequence
from typing import Literal

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits

from gprel.decode.boundaries import Objects, find_objects, find_subjects
from gprel.decode.spans import Spans
from gprel.heads.protocol import Loss, Thresholds
from gprel.nn.mask import TokenMask
from gprel.tokens import Extraction, TokenEntity, TokenGold, TokenSpan, TokenTriple


class CasRel(nn.Module):
    """Tags subjects first, and then, for each subject and every relation, its objects.

    Wei et al. 2020, "A Novel Cascade Binary Tagging Framework for Relational Triple Extraction": a token is the first
    (last) one of a subject with probability ``sigmoid(w h_i + b)`` (Eq. 2 and 3) and the first (last) one of an object
    of relation r with ``sigmoid(w_r (h_i + v_sub) + b_r)`` (Eq. 5 and 6), where ``v_sub`` stands for the subject. A
    first token makes a span with the nearest last token at or after it. Training maximizes the likelihood of all tags
    (Eq. 1, 4 and 7), with one gold subject drawn at random per sentence.

    The tagger of objects is linear, so it computes ``w_r h_i`` once for a sentence and ``w_r v_sub`` once for a
    subject: all subjects of a batch are decoded at once. What a sum cannot hold: of two subjects one gets, under a
    relation, every tag that the other gets; and where ``v_sub`` is the mean, a one-token subject B that is an object of
    the one-token subject A has A as its object, too. docs/baselines.md counts both, and lists the departures from the
    paper and from its published code.

    There is no entity output: entities are the arguments of triples, each with the score of its best triple, and the
    thresholds of entity types are not used.

    Args:
        hidden: Width of the token states.
        n_types: Number of entity types; no tagger depends on it.
        n_relations: Number of relations.
        subject_vector: ``v_sub`` is the mean state of the subject's tokens (``mean``, as in the paper), or of its first
            token and the token behind its last one (``edges``, as in the published code, which has a separator there).
        dropout: Dropout probability on the token states.
        max_candidates: Subjects kept per example, best-scored first.
        max_triples: Triples kept per example, best-scored first.
        max_width: Tokens of the widest subject or object that is predicted; ``None`` for no limit.
        argument_types: Entity types (subject, object) that each relation's arguments get; ``None`` for type 0.
    """

    def __init__(
        self,
        hidden: int,
        *,
        n_types: int,
        n_relations: int,
        subject_vector: Literal["mean", "edges"] = "mean",
        dropout: float = 0.1,
        max_candidates: int = 100,
        max_triples: int = 500,
        max_width: int | None = None,
        argument_types: Sequence[Sequence[int]] | None = None,
    ) -> None:
        super().__init__()
        self.dropout = nn.Dropout(dropout)
        self.subjects = nn.Linear(hidden, 2)  # first, last
        self.objects = nn.Linear(hidden, 2 * n_relations)  # first under every relation, last under every relation
        self.use_edges = subject_vector == "edges"
        self.max_candidates = max_candidates
        self.max_triples = max_triples
        self.max_width = max_width
        self.argument_types = argument_types or [(0, 0)] * n_relations

    def targets(self, gold: TokenGold, length: int, generator: random.Random) -> dict[str, Int[Tensor, "n columns"]]:
        """Spans (first, last) of all subjects and of the ``chosen`` one, and its objects (relation, first, last).

        Args:
            gold: Gold in tokens.
            length: Number of tokens of the example.
            generator: Chooses the subject.
        """
        spans = [entity.span for entity in gold.entities]
        subjects = sorted({spans[t.subject] for t in gold.triples})
        chosen = [generator.choice(subjects)] if subjects else []
        objects = {(t.relation_id, *spans[t.object]) for t in gold.triples if spans[t.subject] in chosen}
        return {
            "subjects": torch.tensor(subjects, dtype=torch.long).reshape(-1, 2),
            "chosen": torch.tensor(chosen, dtype=torch.long).reshape(-1, 2),
            "objects": torch.tensor(sorted(objects), dtype=torch.long).reshape(-1, 3),
        }

    def loss(
        self, states: Float[Tensor, "batch seq hidden"], mask: TokenMask, targets: dict[str, Int[Tensor, "n columns"]]
    ) -> Loss:
        """Binary cross-entropy of both taggers: summed over relations, averaged over tokens and over sentences.

        A sentence without triples trains the tagger of subjects alone.
        """
        states, edges = self.dropout(states), _edges(mask)
        scores = self.subjects(states).mT  # batch 2 seq
        gold = torch.zeros_like(scores)
        row, first, last = targets["subjects"].unbind(1)
        gold[row, 0, first] = gold[row, 1, last] = 1
        subjects = _tagging_loss(scores[:, :, None], gold[:, :, None], edges).mean()
        owner, *chosen = targets["chosen"].T.contiguous()
        tagged = (
            self._tokens(states)[owner] + self._shifts(states, mask.valid, owner, *chosen)[..., None]
        )  # n 2 relation seq
        row, relation, first, last = targets["objects"].T.contiguous()
        place = torch.searchsorted(owner, row)  # one subject per sentence, in order
        gold = torch.zeros_like(tagged)
        gold[place, 0, relation, first] = gold[place, 1, relation, last] = 1
        objects = _tagging_loss(tagged, gold, edges[owner]).sum() / len(states)
        return Loss(subjects + objects, {"subjects": subjects, "objects": objects})

    def extract(
        self, states: Float[Tensor, "batch seq hidden"], mask: TokenMask, thresholds: Thresholds
    ) -> list[Extraction]:
        """All subjects first, then the objects of all of them; a triple scores as the weakest of its four tags."""
        edges = _edges(mask)
        subjects, n_dropped = find_subjects(self.subjects(states).mT, edges, self.max_width, self.max_candidates)
        shifts = self._shifts(states, mask.valid, subjects.batch, subjects.first, subjects.last)
        objects, n_more = find_objects(
            subjects, self._tokens(states), shifts, edges, thresholds.relations, self.max_width, self.max_triples
        )
        return self._collect(subjects, objects, (n_dropped + n_more).tolist())

    def _tokens(self, states: Float[Tensor, "batch seq hidden"]) -> Float[Tensor, "batch 2 relation seq"]:
        """What every token adds to its scores as an object: ``w_r h_i + b_r``."""
        return torch.unflatten(self.objects(states).mT, 1, (2, -1))

    def _shifts(
        self,
        states: Float[Tensor, "batch seq hidden"],
        valid: Bool[Tensor, "batch seq"],
        batch: Int[Tensor, " n"],
        first: Int[Tensor, " n"],
        last: Int[Tensor, " n"],
    ) -> Float[Tensor, "n 2 relation"]:
        """What a subject adds to the scores of all tokens: ``w_r v_sub``."""
        if self.use_edges:
            behind = (last + 1).minimum(valid.sum(1)[batch] - 1)
            mean = (states[batch, first] + states[batch, behind]) / 2
        else:
            sums = states.cumsum(1)
            before = sums[batch, first] - states[batch, first]
            mean = (sums[batch, last] - before) / (last - first + 1)[:, None]
        return torch.unflatten(mean @ self.objects.weight.T, 1, (2, -1))

    def _collect(self, subjects: Spans, objects: Objects, n_dropped: list[int]) -> list[Extraction]:
        """Tensors of a batch to one extraction per example; a span in two roles is one entity if its types agree."""
        entities: list[list[TokenEntity]] = [[] for _ in n_dropped]
        triples: list[list[TokenTriple]] = [[] for _ in n_dropped]
        known: dict[tuple[int, TokenSpan, int], int] = {}
        spans = [TokenSpan(*span) for span in zip(subjects.first.tolist(), subjects.last.tolist(), strict=True)]
        for example, subject, relation, first, last, score in zip(
            *(column.tolist() for column in objects), strict=True
        ):
            positions = []
            arguments = spans[subject], TokenSpan(first, last)
            for span, type_id in zip(arguments, self.argument_types[relation], strict=True):
                key = (example, span, type_id)
                if key not in known:  # sorted by score, so the first triple of an entity is its best
                    known[key] = len(entities[example])
                    entities[example].append(TokenEntity(span, type_id, score))
                positions.append(known[key])
            triples[example].append(TokenTriple(positions[0], relation, positions[1], score))
        rows = zip(entities, triples, n_dropped, strict=True)
        return [Extraction(tuple(e), tuple(t), n, arguments_only=True) for e, t, n in rows]


def _edges(mask: TokenMask) -> Bool[Tensor, "batch 2 seq"]:
    """Where a span may begin, and where it may end."""
    return torch.stack([mask.starts, mask.ends], 1)


def _tagging_loss(
    scores: Float[Tensor, "n 2 label seq"], gold: Float[Tensor, "n 2 label seq"], edges: Bool[Tensor, "n 2 seq"]
) -> Float[Tensor, " n"]:
    """Cross-entropy of first and of last tokens, each summed over labels and averaged over the tokens that count."""
    with torch.autocast(scores.device.type, enabled=False):
        dtype = torch.promote_types(scores.dtype, torch.float32)
        losses = binary_cross_entropy_with_logits(scores.to(dtype), gold.to(dtype), reduction="none").sum(2)
        return (losses.masked_fill(~edges, 0).sum(-1) / edges.sum(-1).clamp(min=1)).sum(-1)
