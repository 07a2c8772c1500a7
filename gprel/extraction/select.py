"""What of a model's findings a user wants to keep."""

from dataclasses import dataclass, replace

from gprel.document import Document, Entity, Relation
from gprel.errors import ConfigError
from gprel.extraction.labels import check_labels
from gprel.schema import Schema


@dataclass(frozen=True)
class Selection:
    """What is kept of the entities and triples of a document; by default all of it.

    A triple is kept only if both its arguments are.

    Attributes:
        types: Entity types to keep; ``None`` for all.
        relations: Relations to keep; ``None`` for all.
        min_score: Least score (a logit; thresholds are at 0 unless tuned) of an entity or triple that is kept.
        max_triples: Most triples of a document, the best-scored of it; ``None`` for no limit.
        entities_only: Leave triples out.
        use_dedupe: Keep one triple, the best-scored, of those whose surfaces and relation are equal.
    """

    types: tuple[str, ...] | None = None
    relations: tuple[str, ...] | None = None
    min_score: float | None = None
    max_triples: int | None = None
    entities_only: bool = False
    use_dedupe: bool = False

    def check(self, schema: Schema, *, has_relations: bool) -> None:
        """Check that a model can find what is asked for.

        Args:
            schema: Labels of the model.
            has_relations: Whether it finds triples.

        Raises:
            ConfigError: If a label is unknown, or options contradict each other or the model.
        """
        check_labels(self.types or (), schema.entity_types, "--types")
        asked = {
            "--relations": self.relations is not None,
            "--max-triples": self.max_triples is not None,
            "--dedupe": self.use_dedupe,
        }
        named = [name for name, is_asked in asked.items() if is_asked]
        if named and self.entities_only:
            raise ConfigError(f"{named[0]} is about triples, which --entities-only leaves out; drop one of them")
        if named and not has_relations:
            raise ConfigError(f"{named[0]} is about triples, but this model was trained for entities only; drop it")
        check_labels(self.relations or (), schema.relation_types, "--relations")

    def apply(self, document: Document) -> Document:
        """A document with what is kept of its findings; order stays as it is."""
        if self == Selection():
            return document
        entities = document.entities or ()
        kept = [i for i, entity in enumerate(entities) if self._keeps(entity)]
        position = {old: new for new, old in enumerate(kept)}
        return replace(
            document,
            entities=tuple(entities[i] for i in kept),
            relations=None if document.relations is None or self.entities_only else self._triples(document, position),
        )

    def _keeps(self, entity: Entity) -> bool:
        return (self.types is None or entity.type in self.types) and self._is_scored(entity.score)

    def _is_scored(self, score: float | None) -> bool:
        return self.min_score is None or (score is not None and score >= self.min_score)

    def _triples(self, document: Document, position: dict[int, int]) -> tuple[Relation, ...]:
        chosen = [
            replace(relation, subject=position[relation.subject], object=position[relation.object])
            for relation in document.relations or ()
            if relation.subject in position
            and relation.object in position
            and (self.relations is None or relation.type in self.relations)
            and self._is_scored(relation.score)
        ]
        if self.use_dedupe:
            entities = [entity for i, entity in enumerate(document.entities or ()) if i in position]
            chosen = _best_of_equal(chosen, [" ".join(document.surface(entity).split()) for entity in entities])
        if self.max_triples is not None and len(chosen) > self.max_triples:
            best = sorted(range(len(chosen)), key=lambda i: -_score(chosen[i]))[: self.max_triples]
            chosen = [chosen[i] for i in sorted(best)]
        return tuple(chosen)


def _best_of_equal(relations: list[Relation], surfaces: list[str]) -> list[Relation]:
    """One relation for each (subject surface, relation, object surface), in the place of the first of them."""
    best: dict[tuple[str, str, str], Relation] = {}
    for relation in relations:
        key = (surfaces[relation.subject], relation.type, surfaces[relation.object])
        if key not in best or _score(relation) > _score(best[key]):
            best[key] = relation
    return list(best.values())


def _score(relation: Relation) -> float:
    return 0.0 if relation.score is None else relation.score
