"""The findings of a record, with the surfaces they stand for."""

from collections.abc import Iterator
from dataclasses import dataclass

from gprel.errors import DataError
from gprel.extraction.targets.target import Record


@dataclass(frozen=True, slots=True)
class Mention:
    """An entity of a document.

    Attributes:
        start: Offset of its first character.
        end: Offset behind its last character.
        type: Its type.
        surface: Its text.
        score: Its logit, where there is one.
        prob: Its probability, where the model is calibrated.
    """

    start: int
    end: int
    type: str
    surface: str
    score: float | None
    prob: float | None


@dataclass(frozen=True, slots=True)
class Triple:
    """A relation of a document.

    Attributes:
        subject: Position of its first argument among the mentions.
        type: Its type.
        object: Position of its second argument among the mentions.
        score: Its logit, where there is one.
        prob: Its probability, where the model is calibrated.
    """

    subject: int
    type: str
    object: int
    score: float | None
    prob: float | None


@dataclass(frozen=True, slots=True)
class Findings:
    """What was found in a document.

    Attributes:
        number: Position of the document in the output, from 1.
        id: Its id, or ``None``.
        mentions: Its entities.
        triples: Its relations; ``None`` where the model finds none at all.
    """

    number: int
    id: str | None
    mentions: tuple[Mention, ...]
    triples: tuple[Triple, ...] | None

    @property
    def name(self) -> str:
        """The id, or ``#`` and the number."""
        return f"#{self.number}" if self.id is None else self.id


def findings_of(record: Record, number: int) -> Findings:
    """The findings of a record.

    Args:
        record: The record.
        number: Its position in the output, from 1.

    Raises:
        DataError: If a field that is needed is missing, as where a user left out ``text``.
    """
    try:
        text: str = record["text"]
        mentions = tuple(
            Mention(e["start"], e["end"], e["type"], text[e["start"] : e["end"]], e.get("score"), e.get("prob"))
            for e in record.get("entities") or ()
        )
        relations = record.get("relations")
        triples = None if relations is None else tuple(_triples(relations, len(mentions)))
        id_ = record.get("id")
        return Findings(number, None if id_ is None else str(id_), mentions, triples)
    except (KeyError, TypeError, AttributeError) as error:
        raise DataError(
            f"record {number} is not complete ({type(error).__name__}: {error}); this form needs text, entities and "
            "relations as they were found, so do not leave these fields out"
        ) from None


def _triples(relations: list[Record], n_mentions: int) -> Iterator[Triple]:
    for relation in relations:
        triple = Triple(
            relation["subject"], relation["type"], relation["object"], relation.get("score"), relation.get("prob")
        )
        if not (0 <= triple.subject < n_mentions and 0 <= triple.object < n_mentions):
            raise KeyError(f"entity {max(triple.subject, triple.object)} of {n_mentions}")
        yield triple
