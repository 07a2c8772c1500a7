"""What gprel reads and returns: text with entities and relations, in half-open character offsets.

Gold annotation and prediction are the same type, so metrics, reports and exporters never need a model.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from gprel.errors import DataError


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of text: ``text[start:end]``, counted in Unicode code points.

    Attributes:
        start: Offset of the first character.
        end: Offset behind the last character; ``end > start``.
    """

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Entity:
    """A mention: a span with a type.

    Attributes:
        start: Offset of the first character.
        end: Offset behind the last character.
        type: Entity type, for example ``"Peop"``.
        score: Logit with threshold 0 where predicted, ``None`` for gold.
    """

    start: int
    end: int
    type: str
    score: float | None = None

    @property
    def span(self) -> Span:
        """The span without its type."""
        return Span(self.start, self.end)


@dataclass(frozen=True, slots=True)
class Relation:
    """A triple: a relation type that links two entities of the same document.

    Attributes:
        type: Relation type, for example ``"Live_In"``.
        subject: Index of the first argument in ``Document.entities``.
        object: Index of the second argument in ``Document.entities``.
        score: Logit with threshold 0 where predicted, ``None`` for gold.
    """

    type: str
    subject: int
    object: int
    score: float | None = None


@dataclass(frozen=True, slots=True)
class UnplacedTriple:
    """A gold triple given by strings of which at least one does not occur in the text.

    It has no offsets, but it stays in the document so that it still counts as gold in every score.

    Attributes:
        subject: Surface of the first argument as the corpus writes it.
        relation: Relation type.
        object: Surface of the second argument as the corpus writes it.
    """

    subject: str
    relation: str
    object: str


@dataclass(frozen=True, slots=True)
class Document:
    """A text and what is known, or was predicted, about it.

    Attributes:
        text: The input text, never changed.
        entities: Mentions, or ``None`` where nobody annotated or predicted any ("unknown", not "none found").
        relations: Triples over ``entities``, or ``None`` where nobody annotated or predicted any.
        id: Identifier from the input, if any.
        words: Word spans in text order where the corpus came with words; ``None`` for plain text.
        unplaced: Gold triples that could not be found in the text.
        arguments_only: ``entities`` are the arguments of triples alone, because the method that predicted them finds
            no other entities; nothing is then known of entities as such, and they are not scored.

    Raises:
        DataError: If the text has a lone surrogate, an offset lies outside the text, a span is empty, a type is empty,
            or a relation points to an entity that does not exist.
    """

    text: str
    entities: tuple[Entity, ...] | None = None
    relations: tuple[Relation, ...] | None = None
    id: str | None = None
    words: tuple[Span, ...] | None = None
    unplaced: tuple[UnplacedTriple, ...] = field(default=())
    arguments_only: bool = False

    def __post_init__(self) -> None:
        try:
            self.text.encode("utf-8")
        except UnicodeEncodeError as error:
            raise DataError(
                f"character {error.start} of the text is a lone surrogate (U+{ord(self.text[error.start]):04X}), which "
                "no file can hold; decode the text anew or replace the character"
            ) from None
        length = len(self.text)
        for index, entity in enumerate(self.entities or ()):
            if not 0 <= entity.start < entity.end <= length:
                raise DataError(
                    f"entity {index} has offsets {entity.start}..{entity.end} but the text has {length} characters; "
                    "offsets are half-open character positions with 0 <= start < end <= length"
                )
            if not entity.type:
                raise DataError(f"entity {index} ({self.text[entity.start : entity.end]!r}) has an empty type")
        n_entities = len(self.entities or ())
        for index, relation in enumerate(self.relations or ()):
            for role, argument in (("subject", relation.subject), ("object", relation.object)):
                if not 0 <= argument < n_entities:
                    raise DataError(
                        f"relation {index} ({relation.type!r}) has {role} {argument} but the document has "
                        f"{n_entities} entities; subject and object are positions in the list of entities"
                    )
            if not relation.type:
                raise DataError(f"relation {index} has an empty type")
        for index, word in enumerate(self.words or ()):
            if not 0 <= word.start < word.end <= length:
                raise DataError(
                    f"word {index} has offsets {word.start}..{word.end} but the text has {length} characters; "
                    "offsets are half-open character positions with 0 <= start < end <= length"
                )

    def surface(self, span: Span | Entity) -> str:
        """The text of a span."""
        return self.text[span.start : span.end]

    def triples(self) -> Iterator[tuple[Entity, str, Entity]]:
        """Every triple as (subject entity, relation type, object entity)."""
        for relation in self.relations or ():
            assert self.entities is not None  # checked in __post_init__
            yield self.entities[relation.subject], relation.type, self.entities[relation.object]

    def without_annotation(self) -> "Document":
        """The same text, id and words with nothing known about them: what a model may see."""
        return replace(self, entities=None, relations=None, unplaced=(), arguments_only=False)
