"""Training data of the model that comes with gprel: Re-DocRED's articles, and short sentences written for the project.

    python benchmarks/default_short.py --data-dir DIR --out runs/default/data [--per-pattern 15]

People try a tool with short sentences ("Marie Curie was born in Warsaw."), and articles have few. The patterns of
``default_short.yaml`` are filled with names from the training articles: a name stands where it stood in the same
relation, but beside others, so that no fact is repeated and only the words of the sentence tell what holds. The folder
gets ``train.jsonl`` (articles and short sentences) and ``dev.jsonl`` (articles alone).
"""

import argparse
import os
import random
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from gprel.corpora import load
from gprel.document import Document, Entity, Relation
from gprel.errors import DataError
from gprel.formats import jsonl

PATTERNS = Path(__file__).parent / "default_short.yaml"
SLOT = re.compile(r"\[(?P<type>[A-Z]+) (?P<slot>[a-z])\]")
PROPERTY = re.compile(r"\((P\d+)\)$")
SUBJECT, OBJECT = "subject", "object"
MOST_WORDS = 6  # of a name
Place = tuple[str, str, str]  # entity type, property, role; the last two empty for names of any place
Names = Mapping[Place, Sequence[str]]


@dataclass(frozen=True)
class Pattern:
    """A sentence with slots.

    Attributes:
        text: The sentence, with ``[TYPE slot]`` for every name.
        says: (slot of the subject, property of Wikidata, slot of the object) of everything it says.
        like: Property whose names fill slots, instead of the first that each slot has in ``says``.
    """

    text: str
    says: tuple[tuple[str, str, str], ...]
    like: str | None = None

    def places(self) -> dict[str, Place]:
        """Where the name of every slot comes from, in the order of the text."""
        types = {match["slot"]: match["type"] for match in SLOT.finditer(self.text)}
        places: dict[str, Place] = {slot: (type_, "", "") for slot, type_ in types.items()}
        for subject, property_, object_ in reversed(self.says):
            if self.like in (None, property_):
                places[subject] = (types[subject], property_, SUBJECT)
                places[object_] = (types[object_], property_, OBJECT)
        return places


def main() -> None:
    """Write the folder."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data-dir", default=os.environ.get("GPREL_DATA"), help="folder of the corpora")
    parser.add_argument("--out", type=Path, default=Path("runs/default/data"), help="folder that is written")
    parser.add_argument("--per-pattern", type=int, default=15, help="sentences made of every pattern (default: 15)")
    parser.add_argument("--seed", type=int, default=42, help="seed of the choice of names (default: 42)")
    arguments = parser.parse_args()
    corpus = load("redocred", variant="mixed", low_resource=True, data_dir=arguments.data_dir, splits=("train", "dev"))
    articles = corpus.split("train")
    short = list(sentences(read_patterns(), articles, arguments.per_pattern, arguments.seed))
    arguments.out.mkdir(parents=True, exist_ok=True)
    for name, documents in (("train", [*articles, *short]), ("dev", corpus.split("dev"))):
        with (arguments.out / f"{name}.jsonl").open("w", encoding="utf-8") as file:
            jsonl.write(documents, file)
    print(f"{arguments.out}: {len(articles):,} texts of articles and {len(short):,} short sentences to train on")


def read_patterns(path: Path = PATTERNS) -> list[Pattern]:
    """The patterns of a file."""
    rows = yaml.safe_load(path.read_text(encoding="utf-8"))
    return [Pattern(row["text"], tuple(tuple(fact.split()) for fact in row["says"]), row.get("like")) for row in rows]


def sentences(
    patterns: Iterable[Pattern], articles: Sequence[Document], per_pattern: int, seed: int
) -> Iterator[Document]:
    """Short sentences with names of the articles.

    Args:
        patterns: What they look like.
        articles: Whose names and relations.
        per_pattern: Sentences of every pattern.
        seed: Of the choice of names.

    Raises:
        DataError: If a pattern asks for names or for a relation that the articles do not have.
    """
    names, relations = _names(articles), _relations(articles)
    generator = random.Random(seed)
    for number, pattern in enumerate(patterns):
        for copy in range(per_pattern):
            yield _fill(pattern, names, relations, generator, f"short-{number}-{copy}")


def _fill(pattern: Pattern, names: Names, relations: Mapping[str, str], generator: random.Random, id_: str) -> Document:
    chosen: dict[str, str] = {}
    for slot, place in pattern.places().items():
        candidates = [name for name in names.get(place, ()) if name not in chosen.values()]
        if not candidates:
            raise DataError(f"{pattern.text}: the articles have no {' '.join(place)} for [{slot}]")
        chosen[slot] = generator.choice(candidates)
    text, entities, slots = "", [], []
    for part in re.split(r"(\[[A-Z]+ [a-z]\])", pattern.text):
        if match := SLOT.fullmatch(part):
            part = chosen[match["slot"]]
            entities.append(Entity(len(text), len(text) + len(part), match["type"]))
            slots.append(match["slot"])
        text += part
    missing = {property_ for _, property_, _ in pattern.says} - relations.keys()
    if missing:
        raise DataError(f"{pattern.text}: the articles have no relation {', '.join(sorted(missing))}")
    facts = [Relation(relations[property_], slots.index(s), slots.index(o)) for s, property_, o in pattern.says]
    return Document(text, tuple(entities), tuple(facts), id_)


def _names(articles: Iterable[Document]) -> Names:
    found: defaultdict[Place, set[str]] = defaultdict(set)
    for article in articles:
        entities = article.entities or ()
        shown = [_as_written(article.text[entity.start : entity.end]) for entity in entities]
        for entity, name in zip(entities, shown, strict=True):
            found[entity.type, "", ""].add(name)
        for relation in article.relations or ():
            property_ = _property(relation.type)
            for role, i in ((SUBJECT, relation.subject), (OBJECT, relation.object)):
                found[entities[i].type, property_, role].add(shown[i])
    return {place: sorted(n for n in names if len(n.split()) <= MOST_WORDS) for place, names in found.items()}


def _relations(articles: Iterable[Document]) -> dict[str, str]:
    return {_property(r.type): r.type for article in articles for r in article.relations or ()}


def _property(relation: str) -> str:
    match = PROPERTY.search(relation)
    return match[1] if match else relation


def _as_written(name: str) -> str:
    """A name without the spaces that Re-DocRED has around every mark."""
    return re.sub(r"(?<=[(]) | (?=[,.)'])", "", name)


if __name__ == "__main__":
    main()
