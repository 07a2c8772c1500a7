"""Where the triples of joint models get lost: in their entities, or in the links between them.

    python benchmarks/link_errors.py --data-dir DIR --corpus conll04 RUN ...

RUN is a folder of ``gprel train`` with a ``gplinker`` or ``pfn`` model. Scored on dev, strict, threshold 0, in tokens:
entities and triples as the model finds them; the gold triples it misses, by whether both arguments were found; the
triples it finds wrongly, likewise; and triples where gold entities are given, so that links alone decide. The result is
``benchmarks/results/link-errors.json``, which docs/baselines.md shows.
"""

import argparse
import datetime
import json
import os
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import torch
import yaml
from torch import Tensor

from gprel.corpora import load
from gprel.decode import Spans, link, pair_up
from gprel.document import Document
from gprel.features import Example, LostGold
from gprel.features.batch import Batch, Collator
from gprel.heads.gplinker import GPLinker
from gprel.heads.pfn import PFN
from gprel.model import Extractor
from gprel.nn.mask import TokenMask
from gprel.provenance import provenance
from gprel.tokens import TokenEntity, TokenTriple

RESULT = Path(__file__).parent / "results" / "link-errors.json"
BATCH = 32
CERTAIN = 1e4  # the score of a gold entity: never the weakest part of a triple

Entity = tuple[int, int, int]
Triple = tuple[Entity, int, Entity]


def main() -> None:
    """Measure the models that were named."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", nargs="+", type=Path, metavar="RUN", help="folder of a training run")
    parser.add_argument("--corpus", default="conll04", help="name of the corpus (default: conll04)")
    parser.add_argument("--data-dir", default=os.environ.get("GPREL_DATA"), help="folder of the corpora")
    arguments = parser.parse_args()
    documents = load(arguments.corpus, data_dir=arguments.data_dir, splits=("dev",)).split("dev")
    result: dict[str, Any] = {"name": "link-errors", "date": datetime.date.today().isoformat(), **provenance()}
    result |= {"corpus": arguments.corpus, "split": "dev", "n_documents": len(documents), "models": []}
    for path in arguments.runs:
        settings = yaml.safe_load((path / "config.yaml").read_text(encoding="utf-8"))
        run = json.loads((path / "run.json").read_text(encoding="utf-8"))
        training = settings["training"]
        of = {"head": settings["head"]["name"], "fgm": training.get("fgm", 0), "seed": training["seed"]}
        found = measure(Extractor.from_pretrained(path / "model"), documents)
        result["models"].append({**of, "commit": run["commit"], "best_epoch": run["best_epoch"], **found})
        print(json.dumps(result["models"][-1]), flush=True)
    RESULT.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")


def measure(model: Extractor, documents: list[Document]) -> dict[str, Any]:
    """What is found, missed and given, of one model."""
    model.eval()  # type: ignore[no-untyped-call]
    scores = {kind: Counter[str]() for kind in ("entities", "triples", "triples of gold entities")}
    missed, spurious = Counter[str](), Counter[str]()
    for examples, batch in _batches(model, documents):
        given = _link_gold(model, batch, examples)
        for example, found, linked in zip(examples, model.extract_batch(batch), given, strict=True):
            gold, entities = _entities(example.gold.entities), _entities(found.entities)
            gold_triples = _triples(gold, example.gold.triples)
            triples = _triples(entities, found.triples or ())
            _count(scores["entities"], set(gold), set(entities))
            _count(scores["triples"], gold_triples, triples)
            _count(scores["triples of gold entities"], gold_triples, linked)
            missed.update(_whose_fault(gold_triples - triples, set(entities)))
            spurious.update(_whose_fault(triples - gold_triples, set(gold)))
    return {kind: _figures(counts) for kind, counts in scores.items()} | {"missed": missed, "spurious": spurious}


def _batches(model: Extractor, documents: list[Document]) -> Iterator[tuple[list[Example], Batch]]:
    featurizer = model.featurizer()
    examples = sorted(featurizer.examples(documents, LostGold()), key=lambda example: len(example.input_ids))
    collate = Collator(featurizer.tokenizer.pad_token_id or 0)
    for start in range(0, len(examples), BATCH):
        yield examples[start : start + BATCH], collate(examples[start : start + BATCH])


@torch.inference_mode()
def _link_gold(model: Extractor, batch: Batch, examples: list[Example]) -> list[set[Triple]]:
    """The triples found between gold entities."""
    head = model.head
    assert isinstance(head, GPLinker | PFN), f"a {type(head).__name__} has no links between entities"
    gold = [_entities(example.gold.entities) for example in examples]
    rows = [(number, *entity, CERTAIN) for number, entities in enumerate(gold) for entity in entities]
    spans = Spans(*(torch.tensor(column) for column in zip(*rows, strict=True)))
    everyone = torch.arange(len(rows))
    pairs = pair_up(everyone, everyone, spans.batch, len(gold))
    states = model.encoder(batch.input_ids, batch.valid, batch.shapes).float()
    firsts, lasts = _links(head, states, TokenMask(batch.valid, batch.starts, batch.ends))
    zeros = torch.zeros(len(model.schema.relation_types))
    triples, _ = link(spans, pairs, firsts, lasts, zeros, head.max_triples, head._allowed(states.device))
    found: list[set[Triple]] = [set() for _ in gold]
    for example, subject, relation, object_ in zip(*(column.tolist() for column in triples[:4]), strict=True):
        found[example].add((rows[subject][1:4], relation, rows[object_][1:4]))
    return found


def _links(head: GPLinker | PFN, states: Tensor, mask: TokenMask) -> tuple[Any, Any]:
    if isinstance(head, GPLinker):
        return head.firsts(states), None if head.lasts is None else head.lasts(states)
    _, relations, shared = head.filter(states)
    assert head.firsts is not None, "this model finds entities only"
    lasts = None if head.lasts is None else head.lasts(shared, relations, mask.valid)
    return head.firsts(relations, shared, mask.valid), lasts


def _entities(entities: Iterable[TokenEntity]) -> list[Entity]:
    return [(entity.type_id, entity.span.first, entity.span.last) for entity in entities]


def _triples(entities: list[Entity], triples: Iterable[TokenTriple]) -> set[Triple]:
    return {(entities[t.subject], t.relation_id, entities[t.object]) for t in triples}


def _whose_fault(wrong: set[Triple], right: set[Entity]) -> Iterator[str]:
    for subject, _, object_ in wrong:
        yield "link" if subject in right and object_ in right else "argument"


def _count(counts: Counter[str], gold: set[Any], found: set[Any]) -> None:
    counts.update(gold=len(gold), found=len(found), correct=len(gold & found))


def _figures(counts: Counter[str]) -> dict[str, float]:
    precision, recall = (100 * counts["correct"] / max(1, counts[part]) for part in ("found", "gold"))
    f1 = 200 * counts["correct"] / max(1, counts["found"] + counts["gold"])
    return {"precision": round(precision, 1), "recall": round(recall, 1), "f1": round(f1, 1), **counts}


if __name__ == "__main__":
    main()
