"""What scores are broken down by: into which parts a document, or an entity or triple of it, belongs."""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from gprel.document import Document, Entity, Relation, UnplacedTriple
from gprel.errors import ConfigError
from gprel.evaluation.score import KINDS
from gprel.formats.placing import blank_separated

Item = Entity | Relation | UnplacedTriple
StringTriple = tuple[str, str, str]
"""Subject, relation, object."""
_NO_TRIPLE = "no triple"


@dataclass(frozen=True, slots=True)
class ByDocument:
    """Parts that are made of whole documents.

    Attributes:
        names: Names of the parts, in order.
        of: The parts of a gold document, maybe several.
    """

    names: tuple[str, ...]
    of: Callable[[Document], Collection[str]]


@dataclass(frozen=True, slots=True)
class ByItem:
    """Parts that are made of entities or triples.

    Attributes:
        names: Names of the parts, in order; ``None`` where they are what labels there are, in alphabetical order.
        of: The part of an item of a document, gold or predicted.
    """

    names: tuple[str, ...] | None
    of: Callable[[Document, Item], str]


@dataclass(frozen=True, slots=True)
class Breakdown:
    """One way to break scores down.

    Attributes:
        meaning: One line that says what the parts are.
        make: The parts, from the gold documents and the training documents, if there are any.
        kinds: What can be broken down like this.
        needs_train: Whether it compares with the training documents.
    """

    meaning: str
    make: Callable[[Sequence[Document], Sequence[Document] | None], ByDocument | ByItem]
    kinds: tuple[str, ...] = KINDS
    needs_train: bool = False


def breakdown_named(name: str) -> Breakdown:
    """The breakdown of that name.

    Raises:
        ConfigError: If there is none.
    """
    if name not in BREAKDOWNS:
        raise ConfigError(f"breakdown {name!r} does not exist; choose one of: {', '.join(BREAKDOWNS)}")
    return BREAKDOWNS[name]


def overlap_classes(triples: Sequence[StringTriple]) -> set[str]:
    """How the triples of a sentence overlap, as published scores on NYT and WebNLG divide the test sets.

    ``Normal``: all arguments of all triples differ. Else ``EPO`` (entity pair overlap) where a pair of subject and
    object, in this order, has two triples, and ``SEO`` (single entity overlap) where two different pairs share an
    argument, or a pair is an entity and itself; many sentences are both. These three are the definitions of CopyRE
    (Zeng et al. 2018), which CasRel (Wei et al. 2020) and all later work kept. ``SOO`` (subject object overlap, PRGC,
    Zheng et al. 2021): one argument of a triple is part of the other one, as strings.

    Args:
        triples: The triples as listed: one that is listed twice makes its pair an overlapping one.
    """
    if not triples:
        return {_NO_TRIPLE}
    pairs = [(subject, object_) for subject, _, object_ in triples]
    classes = {"SOO"} if any(subject in object_ or object_ in subject for subject, object_ in pairs) else set()
    if _n_arguments(pairs) == 2 * len(pairs):
        return classes | {"Normal"}
    if len(set(pairs)) < len(pairs):
        classes.add("EPO")
    if _n_arguments(set(pairs)) < 2 * len(set(pairs)):
        classes.add("SEO")
    return classes


def _n_arguments(pairs: Iterable[tuple[str, str]]) -> int:
    return len({argument for pair in pairs for argument in pair})


def _string_triples(document: Document) -> list[StringTriple]:
    """The distinct triples of strings, however often their arguments occur."""
    triples: tuple[Relation | UnplacedTriple, ...] = (*(document.relations or ()), *document.unplaced)
    return list(dict.fromkeys(_string_triple(document, triple) for triple in triples))


def _string_triple(document: Document, triple: Relation | UnplacedTriple) -> StringTriple:
    if isinstance(triple, UnplacedTriple):
        return _string(triple.subject), triple.relation, _string(triple.object)
    subject, object_ = (_string(document.surface(entity)) for entity in _arguments(document, triple))
    return subject, triple.type, object_


def _string(text: str) -> str:
    return " ".join(text.split())  # a line break inside a mention is layout, as under the rules that compare strings


def _overlap(gold: Sequence[Document], train: Sequence[Document] | None) -> ByDocument:
    return ByDocument(
        (_NO_TRIPLE, "Normal", "SEO", "EPO", "SOO"), lambda document: overlap_classes(_string_triples(document))
    )


def _n_triples(gold: Sequence[Document], train: Sequence[Document] | None) -> ByDocument:
    names = ("0", "1", "2", "3", "4", ">= 5")
    return ByDocument(names, lambda document: (names[min(len(_string_triples(document)), 5)],))


def _nesting(gold: Sequence[Document], train: Sequence[Document] | None) -> ByDocument:
    return ByDocument(("flat", "nested"), lambda document: ("nested" if _is_nested(document) else "flat",))


def _is_nested(document: Document) -> bool:
    furthest = 0
    for start, end in sorted({(entity.start, entity.end) for entity in document.entities or ()}):
        if start < furthest:
            return True
        furthest = end
    return False


def _density(gold: Sequence[Document], train: Sequence[Document] | None) -> ByDocument:
    unit = _unit_of(gold)
    low, high = unit.density
    per = f"entities per {unit.name}"
    names = (f"D1: < {low} {per}", f"D2: {low} to {high} {per}", f"D3: >= {high} {per}")

    def of(document: Document) -> tuple[str]:
        density = len(document.entities or ()) / max(1, unit.length(document, 0, len(document.text)))
        return (names[bisect_right(unit.density, density)],)

    return ByDocument(names, of)


def _sentence_length(gold: Sequence[Document], train: Sequence[Document] | None) -> ByDocument:
    unit = _unit_of(gold)
    names = _ranges(unit.sentence, unit.name)

    def of(document: Document) -> tuple[str]:
        return (names[bisect_left(unit.sentence, unit.length(document, 0, len(document.text)))],)

    return ByDocument(names, of)


def _entity_length(gold: Sequence[Document], train: Sequence[Document] | None) -> ByItem:
    unit = _unit_of(gold)
    names = tuple(f"L{i}: {name}" for i, name in enumerate(_ranges(unit.entity, unit.name), start=1))

    def of(document: Document, item: Item) -> str:
        if isinstance(item, UnplacedTriple):
            length = max(unit.length_of(item.subject), unit.length_of(item.object))
        else:
            length = max(unit.length(document, e.start, e.end) for e in _arguments(document, item))
        return names[bisect_left(unit.entity, length)]

    return ByItem(names, of)


def _arguments(document: Document, item: Entity | Relation) -> tuple[Entity, ...]:
    if isinstance(item, Entity):
        return (item,)
    entities = document.entities or ()
    return entities[item.subject], entities[item.object]


def _label(gold: Sequence[Document], train: Sequence[Document] | None) -> ByItem:
    return ByItem(None, lambda document, item: item.relation if isinstance(item, UnplacedTriple) else item.type)


def _seen(gold: Sequence[Document], train: Sequence[Document] | None) -> ByItem:
    triples = {triple for document in train or () for triple in _string_triples(document)}
    strings = {_string(document.surface(e)) for document in train or () for e in document.entities or ()}
    strings |= {argument for subject, _, object_ in triples for argument in (subject, object_)}
    by_number = ("no argument seen", "one argument seen", "both arguments seen")

    def of(document: Document, item: Item) -> str:
        if isinstance(item, Entity):
            return "entity seen" if _string(document.surface(item)) in strings else "entity not seen"
        subject, relation, object_ = _string_triple(document, item)
        if (subject, relation, object_) in triples:
            return "triple seen"
        return by_number[(subject in strings) + (object_ in strings)]

    return ByItem(("triple seen", *reversed(by_number), "entity seen", "entity not seen"), of)


@dataclass(frozen=True, slots=True)
class _Unit:
    """What lengths are counted in, and where the parts end: near the thirds of common corpora, the same for all.

    Attributes:
        name: ``"word"`` or ``"character"``.
        entity: Longest entity of each part but the last.
        sentence: Longest sentence of each part but the last.
        density: Entities per unit from which on the second and the third part begin.
    """

    name: str
    entity: tuple[int, ...]
    sentence: tuple[int, ...]
    density: tuple[float, float]

    def length(self, document: Document, start: int, end: int) -> int:
        """Length of a stretch of a document's text; a word that it has only a part of counts."""
        if self.name == "word" and document.words is not None:
            behind = bisect_left(document.words, end, key=lambda word: word.start)
            return behind - bisect_right(document.words, start, key=lambda word: word.end)
        return self.length_of(document.text[start:end])

    def length_of(self, text: str) -> int:
        """Length of a string; blanks do not count."""
        words = text.split()
        return len(words) if self.name == "word" else sum(len(word) for word in words)


_WORDS = _Unit("word", entity=(1, 3), sentence=(10, 20, 30, 40, 50), density=(0.1, 0.15))
_CHARACTERS = _Unit("character", entity=(2, 4), sentence=(20, 40, 60, 80, 100), density=(0.04, 0.07))


def _unit_of(gold: Sequence[Document]) -> _Unit:
    """Characters where most texts are in a script without blanks between words."""
    have_words = Counter(document.words is not None or blank_separated(document.text) is not None for document in gold)
    return _CHARACTERS if have_words[False] > have_words[True] else _WORDS


def _ranges(ends: tuple[int, ...], unit: str) -> tuple[str, ...]:
    """Names of the parts that end at these lengths, and of the one behind the last."""
    starts = (1, *(end + 1 for end in ends))
    named = (f"{start}" if start == end else f"{start} to {end}" for start, end in zip(starts, ends, strict=False))
    return tuple(f"{name} {unit}{'' if name == '1' else 's'}" for name in (*named, f">= {starts[-1]}"))


BREAKDOWNS: Mapping[str, Breakdown] = {
    "overlap": Breakdown(
        "sentences whose triples share no argument (Normal), an argument (SEO), both (EPO), or whose subject and "
        "object overlap (SOO); a sentence may be in several parts",
        _overlap,
        ("triples",),
    ),
    "n_triples": Breakdown("sentences by their number of distinct gold triples", _n_triples, ("triples",)),
    "nesting": Breakdown("sentences in which two gold entities overlap (nested), and all others (flat)", _nesting),
    "density": Breakdown("sentences by gold entities per word, or per character of text without blanks", _density),
    "sentence_length": Breakdown(
        "sentences by length in words, or in characters of text without blanks", _sentence_length
    ),
    "entity_length": Breakdown(
        "entities, or triples by their longer argument, by length in words, or in characters of text without blanks",
        _entity_length,
    ),
    "relation": Breakdown("entities by type, triples by relation", _label),
    "seen": Breakdown(
        "entities by whether training has their string, triples by whether it has the triple or its arguments",
        _seen,
        needs_train=True,
    ),
}
"""The breakdowns by name."""
