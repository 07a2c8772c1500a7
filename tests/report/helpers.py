"""Documents by surfaces."""

from gprel.document import Document, Entity, Relation


def document(text, entities=(), relations=(), score=None, id=None):  # as in Document
    """A document of (surface, type) entities and (relation, subject, object) triples over their positions."""
    mentions = tuple(
        Entity(text.index(surface), text.index(surface) + len(surface), label, score) for surface, label in entities
    )
    return Document(text, mentions, tuple(Relation(*relation, score) for relation in relations), id=id)
