"""What a model sees and returns: spans and triples counted in tokens, both ends inside.

Nothing here knows a text or a label's name; :mod:`gprel.features` maps characters to tokens and back.
"""

from typing import NamedTuple


class TokenSpan(NamedTuple):
    """A run of tokens.

    Attributes:
        first: Position of the first token.
        last: Position of the last token, inside the span; ``last >= first``.
    """

    first: int
    last: int


class TokenEntity(NamedTuple):
    """A typed span.

    Attributes:
        span: Where it stands.
        type_id: Id of its entity type.
        score: Logit with threshold 0 where predicted, 0 for gold.
    """

    span: TokenSpan
    type_id: int
    score: float = 0.0


class TokenTriple(NamedTuple):
    """A triple over spans.

    Attributes:
        subject: Index of the first argument in the list of entities.
        relation_id: Id of the relation.
        object: Index of the second argument in the list of entities.
        score: Logit with threshold 0 where predicted, 0 for gold.
    """

    subject: int
    relation_id: int
    object: int
    score: float = 0.0


class TokenGold(NamedTuple):
    """Gold annotation of one example.

    Attributes:
        entities: Gold entities.
        triples: Gold triples over ``entities``.
    """

    entities: tuple[TokenEntity, ...] = ()
    triples: tuple[TokenTriple, ...] = ()


class Extraction(NamedTuple):
    """What a head found in one example.

    Attributes:
        entities: Predicted entities; the arguments of triples are always among them.
        triples: Predicted triples over ``entities``, or ``None`` if this method predicts none by design.
        n_dropped: Candidate spans or triples left out because the example reached its cap; 0 otherwise.
        arguments_only: This method has no entity output of its own: ``entities`` are the arguments of triples alone.
    """

    entities: tuple[TokenEntity, ...]
    triples: tuple[TokenTriple, ...] | None
    n_dropped: int = 0
    arguments_only: bool = False
