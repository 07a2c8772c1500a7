"""Whether the baselines are good ones: what they reach on the documents they learn from, beside what they could reach.

    python benchmarks/baseline_ceiling.py

Trains CasRel and PFN on the bundled corpus and scores them on its train split, threshold 0. The ceiling is what a model
with perfect scores would get there: gold, written into the method's tags or tables and read back. CasRel takes types
from the relation, its tags of first and last tokens say little where spans overlap, and of two subjects one gets all
objects that the other has. PFN's table links first tokens, and so whatever else begins there. The result is
``benchmarks/results/baseline-ceiling.json``, which docs/baselines.md shows.
"""

import argparse
import datetime
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from itertools import accumulate, permutations
from pathlib import Path
from typing import Any

from gprel.corpora import load
from gprel.document import Document
from gprel.evaluation import evaluate
from gprel.features import Example
from gprel.heads import PFN, CasRel
from gprel.model import Extractor
from gprel.predict import to_document
from gprel.provenance import provenance
from gprel.tokens import Extraction, TokenEntity, TokenGold, TokenSpan, TokenTriple

RESULT = Path(__file__).parent / "results" / "baseline-ceiling.json"
RULES = ("strict", "boundaries")
SETTINGS = {"casrel": ("head.subject_vector=edges",), "pfn": ()}  # as configs/compare/baselines.yaml has them


def main() -> None:
    """Train, score, and write what was found."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--epochs", type=int, default=30, help="passes over the train split (default: 30)")
    parser.add_argument("--encoder", default="minilm", help="encoder (default: minilm)")
    arguments = parser.parse_args()
    documents = load("demo").split("train")
    result: dict[str, Any] = {"name": "baseline-ceiling", "date": datetime.date.today().isoformat(), **provenance()}
    result |= {"corpus": "demo", "split": "train", "n_documents": len(documents), "epochs": arguments.epochs}
    result["methods"] = {}
    for method, settings in SETTINGS.items():
        command = [f"head.name={method}", f"training.epochs={arguments.epochs}", f"encoder.name={arguments.encoder}"]
        with tempfile.TemporaryDirectory() as folder:
            options = [part for setting in (*command, *settings) for part in ("--set", setting)]
            subprocess.run(
                [sys.executable, "-m", "gprel", "train", "--recipe", "demo", "--out", f"{folder}/run", *options],
                check=True,
            )
            result["methods"][method] = measure(Extractor.from_pretrained(f"{folder}/run/model"), documents)
        print(method, json.dumps(result["methods"][method]), flush=True)
    RESULT.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")


def measure(model: Extractor, documents: list[Document]) -> dict[str, Any]:
    """Triple scores of a model and of a perfect one of its kind.

    Args:
        model: A trained ``casrel`` or ``pfn`` model.
        documents: Annotated documents.
    """
    bare = [document.without_annotation() for document in documents]
    found = {"model": model.extract(bare), "ceiling": perfect(model, documents)}
    scores = {}
    for name, predicted in found.items():
        scores[name] = {rule: evaluate(documents, predicted, (rule,)).f1("triples", rule) for rule in RULES}
    return {name: {rule: round(f1, 2) for rule, f1 in figures.items()} for name, figures in scores.items()}


def perfect(model: Extractor, documents: list[Document]) -> list[Document]:
    """What a model with perfect scores would find."""
    parts: list[list[tuple[Example, Extraction]]] = [[] for _ in documents]
    for example in model.featurizer().examples(documents):
        head = model.head
        assert isinstance(head, CasRel | PFN), f"the ceiling of a {type(head).__name__} is not known here"
        read = read_tags(head, example.gold) if isinstance(head, CasRel) else read_tables(head, example.gold)
        parts[example.document].append((example, read))
    bare = (document.without_annotation() for document in documents)
    return [to_document(d, windows, model.schema) for d, windows in zip(bare, parts, strict=True)]


def read_tables(head: PFN, gold: TokenGold) -> Extraction:
    """Every pair of gold entities whose tables say that it is linked, of types that the relation may link."""
    spans = [entity.span for entity in gold.entities]
    firsts = {(t.relation_id, spans[t.subject].first, spans[t.object].first) for t in gold.triples}
    lasts = {(t.relation_id, spans[t.subject].last, spans[t.object].last) for t in gold.triples}
    allowed = None if head.allowed_cells is None else {tuple(cell) for cell in head.allowed_cells}
    triples = []
    for i, subject in enumerate(gold.entities):
        for j, object_ in enumerate(gold.entities):
            for relation in sorted({t.relation_id for t in gold.triples}):
                is_linked = (relation, subject.span.first, object_.span.first) in firsts
                if head.lasts is not None:
                    is_linked &= (relation, subject.span.last, object_.span.last) in lasts
                if is_linked and (allowed is None or (relation, subject.type_id, object_.type_id) in allowed):
                    triples.append(TokenTriple(i, relation, j))
    return Extraction(gold.entities, tuple(triples))


def read_tags(head: CasRel, gold: TokenGold) -> Extraction:
    """Subjects from their tags, and the objects that gold ones among them can have; types are those of the relation."""
    spans = [entity.span for entity in gold.entities]
    tagged: dict[int, dict[TokenSpan, set[TokenSpan]]] = {}
    for triple in gold.triples:
        tagged.setdefault(triple.relation_id, {}).setdefault(spans[triple.subject], set()).add(spans[triple.object])
    subjects = {spans[triple.subject] for triple in gold.triples}
    seen = nearest(subjects) & subjects
    entities: dict[TokenEntity, int] = {}
    triples = []
    for relation, objects_of in tagged.items():
        types = head.argument_types[relation]
        for subject, objects in nested({s: objects_of.get(s, set()) for s in seen}).items():
            for object_ in sorted(nearest(objects)):
                ends = TokenEntity(subject, types[0]), TokenEntity(object_, types[1])
                places = [entities.setdefault(end, len(entities)) for end in ends]
                triples.append(TokenTriple(places[0], relation, places[1]))
    return Extraction(tuple(entities), tuple(triples), arguments_only=True)


def nested(objects_of: dict[TokenSpan, set[TokenSpan]]) -> dict[TokenSpan, set[TokenSpan]]:
    """The sets nearest to these of which, of any two, one holds the other: a sum of subject and token makes no others.

    Nearest means the most objects right, less those wrong; where that is equal, the most right.
    """
    objects = sorted(set().union(*objects_of.values()))
    best: tuple[int, dict[TokenSpan, set[TokenSpan]]] = (-1, {})
    with_objects = sorted(subject for subject, own in objects_of.items() if own)
    for order in permutations(with_objects):  # the first has all that the others have; those with none stay without
        gain, chosen = 0, {subject: set[TokenSpan]() for subject in objects_of}
        for object_ in objects:
            gains = [0, *accumulate(1 if object_ in objects_of[subject] else -1 for subject in order)]
            n_subjects = max(range(len(gains)), key=lambda n: (gains[n], n))
            gain += gains[n_subjects]
            for subject in order[:n_subjects]:
                chosen[subject].add(object_)
        best = max(best, (gain, chosen), key=lambda one: one[0])
    return best[1]


def nearest(spans: Iterable[TokenSpan]) -> set[TokenSpan]:
    """What is read where these spans' first and last tokens are tagged: every first token with the nearest last one."""
    spans = list(spans)
    return {TokenSpan(a.first, min(b.last for b in spans if b.last >= a.first)) for a in spans}


if __name__ == "__main__":
    main()
