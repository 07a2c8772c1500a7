"""Factors of score grids to spans and triples in numpy: what :mod:`gprel.decode` does, where there is no torch.

The results are the same, ties included. A grid of all labels is never written out: what a label adds to a row and to a
column is at most what the best label adds, so one number per cell says which cells can hold anything at all.
"""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

CHUNK_NUMBERS = 1 << 22  # numbers written out at once
_SLACK = 1e-2  # far above the rounding errors by which a bound may lie below what it bounds


class Factors(NamedTuple):
    """Scores of every label for every pair of tokens, as factors (see :class:`gprel.nn.grid.Grid`).

    ``s[b, l, i, j] = query[b, g, i] . key[b, g, j] + row[b, i, l] + column[b, j, l]``, where ``g = l`` for standard
    pointers (and ``row``, ``column`` are ``None``) and ``g = 0`` for efficient ones.

    Attributes:
        query: Row vectors, already scaled: batch x group x seq x size.
        key: Column vectors: batch x group x seq x size.
        row: What a label adds to every cell of a row: batch x seq x label.
        column: What a label adds to every cell of a column: batch x seq x label.
    """

    query: Floats
    key: Floats
    row: Floats | None
    column: Floats | None


class Spans(NamedTuple):
    """Labeled spans of a batch, sorted by example and within it by falling score.

    Attributes:
        batch: Example each span belongs to.
        label: Its label.
        first: Its first token.
        last: Its last token.
        scores: Its score.
    """

    batch: Ints
    label: Ints
    first: Ints
    last: Ints
    scores: Floats


class Triples(NamedTuple):
    """Triples of a batch, sorted by example and within it by falling score.

    Attributes:
        batch: Example each triple belongs to.
        subject: Index of the subject in the list of candidates.
        relation: Id of the relation.
        object: Index of the object in the list of candidates.
        scores: The weakest of the parts that must all pass.
    """

    batch: Ints
    subject: Ints
    relation: Ints
    object: Ints
    scores: Floats


def find_spans(
    grid: Factors, starts: Bools, ends: Bools, thresholds: Floats, most: int, max_width: int | None = None
) -> tuple[Spans, Ints]:
    """The cells that score above their label's threshold.

    Args:
        grid: Scores, row = first token, column = last token.
        starts: Where a span may begin: batch x seq.
        ends: Where a span may end: batch x seq.
        thresholds: One per label.
        most: Spans kept per example, best-scored first.
        max_width: Tokens of the widest span; ``None`` for no limit.

    Returns:
        The spans, and how many of each example were left out.
    """
    n_examples, seq = starts.shape
    square = np.triu(np.ones((seq, seq), dtype=np.bool_))
    if max_width is not None:
        square = np.tril(square, max_width - 1)
    outside = np.where(square, np.float32(0), np.float32(-np.inf))
    rows, columns = (np.where(edges, np.float32(0), np.float32(-np.inf)) for edges in (starts, ends))
    found, n_dropped = [], np.zeros(n_examples, dtype=np.int64)
    size = max(1, CHUNK_NUMBERS // (seq * seq))
    for part in (slice(begin, begin + size) for begin in range(0, n_examples, size)):
        examples = Factors(*(None if factor is None else factor[part] for factor in grid))  # type: ignore[arg-type]
        for spans in _passing(examples, rows[part], columns[part], outside, thresholds):
            spans = spans._replace(batch=spans.batch + part.start)
            kept, n_more = _keep_best(
                spans.batch, spans.scores, n_examples, most, (spans.last, spans.first, spans.label)
            )
            found.append(Spans(*_at(spans, kept)))
            n_dropped += n_more
    spans = Spans(*_joined(found))
    kept, n_more = _keep_best(spans.batch, spans.scores, n_examples, most, (spans.last, spans.first, spans.label))
    return Spans(*_at(spans, kept)), n_dropped + n_more


def _passing(grid: Factors, rows: Floats, columns: Floats, outside: Floats, thresholds: Floats) -> Iterator[Spans]:
    """The cells of some examples that pass, a bounded number at a time."""
    for group in range(grid.query.shape[1]):
        shared = grid.query[:, group] @ grid.key[:, group].swapaxes(-1, -2)  # batch seq seq
        if grid.row is None or grid.column is None:
            limits = thresholds[group : group + 1]
            bound = shared + (rows - limits)[:, :, None]
            bound += columns[:, None, :]
        else:
            limits = thresholds
            bound = shared + (rows + (grid.row - limits).max(-1, initial=-np.inf))[:, :, None]
            bound += (columns + grid.column.max(-1, initial=-np.inf))[:, None, :]
        bound += outside
        cells = np.stack(np.nonzero(bound > -_SLACK))
        size = max(1, CHUNK_NUMBERS // len(limits))
        for begin in range(0, max(1, cells.shape[1]), size):
            batch, first, last = cells[:, begin : begin + size]
            scores = shared[batch, first, last][:, None]
            if grid.row is not None and grid.column is not None:
                scores = scores + grid.row[batch, first] + grid.column[batch, last]  # n label
            cell, label = np.nonzero(scores > limits)
            yield Spans(batch[cell], label + group, first[cell], last[cell], scores[cell, label])


def pair_up(subjects: Ints, objects: Ints, batch: Ints, n_examples: int) -> tuple[Ints, Ints]:
    """Every (subject, object) pair of candidates of the same example, a candidate with itself included.

    Args:
        subjects: Candidates that may be subjects, as indices sorted by example.
        objects: Candidates that may be objects, likewise.
        batch: Example of every candidate.
        n_examples: Size of the batch.

    Returns:
        Subjects and objects of the pairs, sorted by example.
    """
    of_subject = batch[subjects]
    sizes = np.bincount(batch[objects], minlength=n_examples)
    offsets = sizes.cumsum() - sizes
    partners = sizes[of_subject]  # how many objects each subject meets
    begin = partners.cumsum() - partners
    number = np.arange(partners.sum()) - np.repeat(begin, partners)
    return np.repeat(subjects, partners), objects[np.repeat(offsets[of_subject], partners) + number]


def link(
    candidates: Spans,
    pairs: tuple[Ints, Ints],
    grids: list[Factors],
    thresholds: Floats,
    most: int,
    n_examples: int,
    allowed: Bools | None = None,
) -> tuple[Triples, Ints]:
    """Score the relations of candidate pairs and keep what passes in every grid.

    A triple's score is the weakest of its parts: the two arguments and their links in every grid.

    Args:
        candidates: Possible arguments; ``label`` is their entity type.
        pairs: Pairs of candidates.
        grids: Links between candidates: of their first tokens, and of their last tokens if there is such a grid. Their
            batch is one example, whose tokens are the candidates.
        thresholds: One per relation.
        most: Triples kept per example, best-scored first.
        n_examples: Size of the batch.
        allowed: Which types a relation may link (relation x type x type); other pairs are not scored.

    Returns:
        The triples, and how many of each example were left out.
    """
    subjects, objects = pairs
    if allowed is not None:
        may_link = np.any(allowed, axis=0)[candidates.label[subjects], candidates.label[objects]]
        subjects, objects = subjects[may_link], objects[may_link]
    for grid in grids:
        could_pass = _could_pass(grid, subjects, objects, thresholds)
        subjects, objects = subjects[could_pass], objects[could_pass]
    size = max(1, CHUNK_NUMBERS // max(len(thresholds), *(grid.query.shape[1] * grid.query.shape[3] for grid in grids)))
    found, n_dropped = [], np.zeros(n_examples, dtype=np.int64)
    for begin in range(0, max(1, len(subjects)), size):
        subject, object_ = subjects[begin : begin + size], objects[begin : begin + size]
        triples = _link_chunk(candidates, subject, object_, grids, thresholds, allowed)
        kept, n_more = _keep_best(triples.batch, triples.scores, n_examples, most)
        found.append(Triples(*_at(triples, kept)))
        n_dropped += n_more
    triples = Triples(*_joined(found))
    kept, n_more = _keep_best(triples.batch, triples.scores, n_examples, most)
    return Triples(*_at(triples, kept)), n_dropped + n_more


def _could_pass(grid: Factors, i: Ints, j: Ints, thresholds: Floats) -> Bools:
    """Pairs that may pass for some label; a number per pair where there is one product for all labels."""
    if grid.row is None or grid.column is None:
        return np.ones(len(i), dtype=np.bool_)
    shared = np.einsum("ns,ns->n", grid.query[0, 0, i], grid.key[0, 0, j])
    rows, columns = (grid.row[0] - thresholds).max(-1, initial=-np.inf), grid.column[0].max(-1, initial=-np.inf)
    bound: Floats = shared + rows[i] + columns[j]
    passes: Bools = bound > -_SLACK
    return passes


def _at_pairs(grid: Factors, i: Ints, j: Ints) -> Floats:
    """Scores of all labels for some pairs: n x label."""
    scores: Floats = np.einsum("gns,gns->ng", grid.query[0][:, i], grid.key[0][:, j])
    if grid.row is not None and grid.column is not None:
        scores = scores + grid.row[0, i] + grid.column[0, j]
    return scores


def _link_chunk(
    candidates: Spans, subject: Ints, object_: Ints, grids: list[Factors], thresholds: Floats, allowed: Bools | None
) -> Triples:
    scores = _at_pairs(grids[0], subject, object_)
    for grid in grids[1:]:
        scores = np.minimum(scores, _at_pairs(grid, subject, object_))
    arguments = np.minimum(candidates.scores[subject], candidates.scores[object_])
    scores = np.minimum(scores, arguments[:, None])
    passes = scores > thresholds
    if allowed is not None:
        passes &= allowed[:, candidates.label[subject], candidates.label[object_]].T
    pair, relation = np.nonzero(passes)
    return Triples(candidates.batch[subject[pair]], subject[pair], relation, object_[pair], scores[pair, relation])


def _at(columns: Iterable[Any], kept: Ints) -> list[Any]:
    return [column[kept] for column in columns]


def _joined(parts: Iterable[Iterable[Any]]) -> list[Any]:
    return [np.concatenate(columns) for columns in zip(*parts, strict=True)]


def _keep_best(
    batch: Ints, scores: Floats, n_examples: int, most: int, ties: tuple[Ints, ...] = ()
) -> tuple[Ints, Ints]:
    """Order items by example and within it by falling score, and keep the first ``most`` of each example.

    Returns:
        The kept items as indices in their new order, and how many of each example were left out.
    """
    keys: list[Any] = [*ties, -scores, batch]  # the last one sorts first
    order = np.lexsort(keys)
    sizes = np.bincount(batch, minlength=n_examples)
    before = sizes.cumsum() - sizes  # items of earlier examples
    rank = np.arange(len(order)) - before[batch[order]]
    return order[rank < most], np.maximum(sizes - most, 0)
