"""What became of every item: right, or the one repair that would make it right, or simply missed or spurious."""

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from gprel.document import Document, Entity, Relation, UnplacedTriple
from gprel.evaluation.match import Rule

ENTITY_OUTCOMES = ("correct", "wrong type", "wrong boundary", "missed", "spurious")
"""What becomes of entities, in the order in which it is tried."""

TRIPLE_OUTCOMES = (
    "correct",
    "wrong type",
    "reversed arguments",
    "wrong relation",
    "wrong boundary",
    "missed",
    "spurious",
)
"""What becomes of triples, in the order in which it is tried."""


@dataclass(frozen=True, slots=True)
class Item:
    """What a rule counts once: an entity or a triple, with all its places where the rule compares strings.

    Attributes:
        label: Entity type (of the first place, where the rule ignores types) or relation.
        texts: Surface of the entity, or of subject and object, at the first place.
        mentions: The places in the text: of the entity, or of the subject and of the object; the first ones belong
            together. Empty for a triple that has no place.
        score: The best score of the places; ``None`` where there is none.
    """

    label: str
    texts: tuple[str, ...]
    mentions: tuple[tuple[Entity, ...], ...]
    score: float | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a gold item, a predicted item, or a pair of them.

    Attributes:
        name: One of ``ENTITY_OUTCOMES`` or ``TRIPLE_OUTCOMES``.
        gold: The gold item; ``None`` where the outcome is ``"spurious"``.
        predicted: The predicted item; ``None`` where the outcome is ``"missed"``.
    """

    name: str
    gold: Item | None
    predicted: Item | None


def entity_outcomes(gold: Document, predicted: Document, rule: Rule) -> list[Outcome]:
    """Explain every entity of a document; see :func:`triple_outcomes`.

    ``wrong type``: the same span. ``wrong boundary``: the spans overlap, and the rule sees nothing else wrong.
    """
    return _outcomes(_entities(gold, rule), _entities(predicted, rule), _entity_repairs(gold, rule))


def triple_outcomes(gold: Document, predicted: Document, rule: Rule) -> list[Outcome]:
    """Explain every triple of a document by the one repair that would make it correct under a rule.

    ``wrong type``: the spans and the relation are right. ``reversed arguments``: right once subject and object change
    places. ``wrong relation``: the arguments are right. ``wrong boundary``: right but for an argument whose span only
    overlaps. An item that needs two repairs is missed, or spurious.

    Each gold item is in exactly one outcome, and so is each predicted item; pairs are one to one, the closest spans
    first. So the outcomes with a gold (a predicted) item are as many as :func:`~gprel.evaluation.counts.count` counts,
    and those named ``"correct"`` as well.

    Args:
        gold: The annotated document; unknown (``None``) is taken for none.
        predicted: The prediction for the same text.
        rule: When an item counts as right.

    Returns:
        The outcomes, those of gold items first, in the order of the document.
    """
    return _outcomes(_triples(gold, rule), _triples(predicted, rule), _triple_repairs(gold, rule))


@dataclass(frozen=True, slots=True)
class _Keyed:
    """An item and what has to agree for its arguments; an entity is its own argument."""

    item: Item
    keys: tuple[Hashable, ...]


_Affinity = Callable[[_Keyed, _Keyed], float]  # of gold and predicted: 0 where the repair does not help, at most 1
_Repairs = Mapping[str, _Affinity]


def _outcomes(
    gold: Mapping[Hashable, _Keyed], predicted: Mapping[Hashable, _Keyed], repairs: _Repairs
) -> list[Outcome]:
    # An UnplacedTriple as key can match nothing: see `count`.
    found: dict[Hashable, tuple[str, Hashable]] = {
        key: ("correct", key) for key in gold if key in predicted and not isinstance(key, UnplacedTriple)
    }
    used = set(found)
    for name, affinity in repairs.items():
        rest_gold = {key: item for key, item in gold.items() if key not in found}
        rest_predicted = {key: item for key, item in predicted.items() if key not in used}
        for gold_key, predicted_key in _pairs(rest_gold, rest_predicted, affinity):
            found[gold_key] = (name, predicted_key)
            used.add(predicted_key)
    result = []
    for key, keyed in gold.items():
        name, partner = found.get(key, ("missed", None))
        result.append(Outcome(name, keyed.item, predicted[partner].item if key in found else None))
    return result + [Outcome("spurious", None, keyed.item) for key, keyed in predicted.items() if key not in used]


def _pairs(
    gold: Mapping[Hashable, _Keyed], predicted: Mapping[Hashable, _Keyed], affinity: _Affinity
) -> Iterator[tuple[Hashable, Hashable]]:
    """Pair what a repair joins, the best pairs first, each item once."""
    candidates = []
    for i, (gold_key, one) in enumerate(gold.items()):
        for j, (predicted_key, other) in enumerate(predicted.items()):
            value = affinity(one, other)
            if value:
                candidates.append((-value, i, j, gold_key, predicted_key))
    taken: set[tuple[str, int]] = set()
    for _, i, j, gold_key, predicted_key in sorted(candidates, key=lambda candidate: candidate[:3]):
        if ("gold", i) not in taken and ("predicted", j) not in taken:
            taken |= {("gold", i), ("predicted", j)}
            yield gold_key, predicted_key


def _entities(document: Document, rule: Rule) -> dict[Hashable, _Keyed]:
    places: dict[Hashable, list[Entity]] = {}
    for entity in document.entities or ():
        places.setdefault(rule.entity_key(document, entity), []).append(entity)
    return {
        key: _Keyed(
            Item(group[0].type, (document.surface(group[0]),), (tuple(group),), _best(e.score for e in group)), (key,)
        )
        for key, group in places.items()
    }


def _triples(document: Document, rule: Rule) -> dict[Hashable, _Keyed]:
    places: dict[Hashable, list[Relation | UnplacedTriple]] = {}
    triples: tuple[Relation | UnplacedTriple, ...] = (*(document.relations or ()), *document.unplaced)
    for triple in triples:
        places.setdefault(rule.triple_key(document, triple), []).append(triple)
    result = {}
    for key, group in places.items():
        # The key of a triple is (subject, relation, object), unless the rule cannot reach it.
        keys = (key[0], key[2]) if isinstance(key, tuple) else ()
        result[key] = _Keyed(_triple_item(document, group), keys)
    return result


def _triple_item(document: Document, group: list[Relation | UnplacedTriple]) -> Item:
    entities = document.entities or ()
    placed = [triple for triple in group if isinstance(triple, Relation)]
    first = group[0]
    if isinstance(first, UnplacedTriple):
        return Item(first.relation, (first.subject, first.object), ())
    subjects = tuple(dict.fromkeys(entities[triple.subject] for triple in placed))
    objects = tuple(dict.fromkeys(entities[triple.object] for triple in placed))
    texts = document.surface(subjects[0]), document.surface(objects[0])
    return Item(first.type, texts, (subjects, objects), _best(triple.score for triple in placed))


def _best(scores: Iterable[float | None]) -> float | None:
    return max((score for score in scores if score is not None), default=None)


def _entity_repairs(document: Document, rule: Rule) -> _Repairs:
    return {"wrong type": _shares_places, "wrong boundary": _Closeness(document, rule)}


def _triple_repairs(document: Document, rule: Rule) -> _Repairs:
    closeness = _Closeness(document, rule)

    def same_relation(gold: _Keyed, predicted: _Keyed) -> bool:
        return gold.item.label == predicted.item.label and bool(gold.keys) and bool(predicted.keys)

    return {
        "wrong type": lambda gold, predicted: same_relation(gold, predicted) and _shares_places(gold, predicted),
        "reversed arguments": lambda gold, predicted: (
            same_relation(gold, predicted) and gold.keys == predicted.keys[::-1]
        ),
        "wrong relation": lambda gold, predicted: bool(gold.keys) and gold.keys == predicted.keys,
        "wrong boundary": lambda gold, predicted: same_relation(gold, predicted) and closeness(gold, predicted),
    }


def _shares_places(gold: _Keyed, predicted: _Keyed) -> bool:
    """Whether all arguments have a span in common: only their types can then differ."""
    mentions = list(zip(gold.item.mentions, predicted.item.mentions, strict=False))
    return bool(mentions) and all({e.span for e in one} & {e.span for e in other} for one, other in mentions)


@dataclass(frozen=True, slots=True)
class _Closeness:
    """How well the worst of the arguments overlaps, where nothing but boundaries is wrong."""

    document: Document
    rule: Rule

    def __call__(self, gold: _Keyed, predicted: _Keyed) -> float:
        places = zip(gold.keys, predicted.keys, gold.item.mentions, predicted.item.mentions, strict=False)
        values = (
            1.0 if gold_key == predicted_key else max(self._overlap(a, b, gold_key) for a in one for b in other)
            for gold_key, predicted_key, one, other in places
        )
        return min(values, default=0.0)

    def _overlap(self, gold: Entity, predicted: Entity, gold_key: Hashable) -> float:
        """Characters in common among all characters; 0 where the rule sees something else wrong."""
        n_common = min(gold.end, predicted.end) - max(gold.start, predicted.start)
        if n_common <= 0:
            return 0.0
        mended = replace(predicted, start=gold.start, end=gold.end)
        if self.rule.mention_key(self.document, mended) != gold_key:
            return 0.0
        return n_common / (max(gold.end, predicted.end) - min(gold.start, predicted.start))
