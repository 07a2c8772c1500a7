"""Which head a run trains, and with which options: every ``auto`` of ``head`` is decided here."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from gprel.config import HEADS_OF_TASK, RunConfig
from gprel.document import Document
from gprel.errors import ConfigError
from gprel.features import Featurizer
from gprel.features.words import characters_of, words_of
from gprel.schema import Schema

_POINTER_OPTIONS = ("pointer", "size", "use_rope", "loss", "use_dense")


def head_options(
    config: RunConfig, schema: Schema, documents: Sequence[Document], featurizer: Featurizer, notes: list[str]
) -> tuple[str, dict[str, Any]]:
    """The name of the head and its keyword arguments.

    Args:
        config: Settings.
        schema: Labels of the training documents.
        documents: Training documents.
        featurizer: How they become tokens.
        notes: Receives a sentence for every decision a user should know.

    Raises:
        ConfigError: If a setting does not fit the data.
    """
    name = HEADS_OF_TASK[config.task][0] if config.head.name == "auto" else config.head.name
    settings = asdict(config.head)
    options: dict[str, Any] = {key: settings[key] for key in ("dropout", "max_candidates")}
    options["n_types"] = len(schema.entity_types)
    if name in ("gplinker", "global_pointer"):
        options |= {key: settings[key] for key in _POINTER_OPTIONS}
    if name == "pfn":
        options |= {"size": config.head.partition_size, "use_nested": config.head.use_nested}
    if config.task == "ner":
        return name, options
    options |= {"n_relations": len(schema.relation_types), "max_triples": config.head.max_triples}
    if name == "casrel":
        options["subject_vector"] = config.head.subject_vector
        options["argument_types"] = _usual_types(schema, documents)
        return name, options
    if name == "gplinker":
        options |= _linker_options(config, schema, documents, featurizer, notes)
    if config.head.use_argument_types and len(schema.entity_types) > 1:
        options["allowed"] = _allowed(schema)
    return name, options


def _linker_options(
    config: RunConfig, schema: Schema, documents: Sequence[Document], featurizer: Featurizer, notes: list[str]
) -> dict[str, Any]:
    use_roles = config.head.entity_labels == "roles"
    if config.head.entity_labels == "auto" and _all_are_arguments(schema, documents):
        use_roles = True
        notes.append(
            "entities have no types and all take part in triples: subjects and objects are learned instead "
            "(head.entity_labels)"
        )
    if use_roles and len(schema.entity_types) > 1:
        raise ConfigError(
            f"head.entity_labels is roles but there are {len(schema.entity_types)} entity types; use types"
        )
    use_lasts = config.head.lasts == "yes"
    if config.head.lasts == "auto":
        use_lasts = not _all_one_word(documents, featurizer)
        if not use_lasts:
            notes.append("every training entity is one word or token wide: last tokens are not linked (head.lasts)")
    return {"use_roles": use_roles, "use_lasts": use_lasts}


def _usual_types(schema: Schema, documents: Sequence[Document]) -> list[list[int]]:
    """The types that each relation's subject and object most often have."""
    seen: dict[str, Counter[tuple[str, str]]] = {relation: Counter() for relation in schema.relation_types}
    for document in documents:
        for subject, relation, object_ in document.triples():
            seen[relation][subject.type, object_.type] += 1
    usual = [counts.most_common(1)[0][0] for counts in seen.values()]
    return [[schema.entity_types.index(type_) for type_ in types] for types in usual]


def _all_are_arguments(schema: Schema, documents: Sequence[Document]) -> bool:
    if len(schema.entity_types) > 1:
        return False
    for document in documents:
        arguments = {i for relation in document.relations or () for i in (relation.subject, relation.object)}
        if len(arguments) < len(document.entities or ()):
            return False
    return True


def _all_one_word(documents: Sequence[Document], featurizer: Featurizer) -> bool:
    """Whether a span is known by its first token: no entity is wider than one token, or than one word if words bind."""
    for document in documents:
        words = characters_of(document.text) if featurizer.use_characters else document.words or words_of(document.text)
        bounds = {word.start: word.end for word in words}
        if any(bounds.get(entity.start) != entity.end for entity in document.entities or ()):
            return False
    return featurizer.use_word_edges


def _allowed(schema: Schema) -> list[list[int]]:
    """Every (relation, subject type, object type) that the schema permits."""
    ids = range(len(schema.entity_types))
    return [
        [r, s, o]
        for r, relation in enumerate(schema.relation_types)
        for s in ids
        for o in ids
        if schema.allows(relation, schema.entity_types[s], schema.entity_types[o])
    ]
