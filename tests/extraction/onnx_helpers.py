"""Small models for triples and entities, with weights that find something."""

from typing import Any

import torch
from transformers import PreTrainedConfig

from gprel.document import Document, Entity, Relation
from gprel.encoders import tiny_config, tiny_tokenizer
from gprel.extraction.backend import Backend
from gprel.features.batch import Collator
from gprel.model import Extractor, ExtractorConfig
from gprel.schema import Schema

GOLD = [
    Document(
        "Anna Berg lives in Rome.",
        (Entity(0, 9, "Peop"), Entity(19, 23, "Loc")),
        (Relation("Live_In", 0, 1), Relation("Knows", 0, 0)),
    ),
    Document(
        "In Ghent, Bo met Anna Berg of New Rome",
        (Entity(3, 8, "Loc"), Entity(10, 12, "Peop"), Entity(17, 26, "Peop"), Entity(30, 38, "Loc")),
        (Relation("Knows", 1, 2), Relation("Live_In", 2, 3), Relation("Live_In", 1, 0)),
    ),
]
TEXTS = [*(document.text for document in GOLD), "", "Köln 北京 😀", "Bo knows Anna Berg and IBM in 1991. " * 9]
SCHEMA = Schema.from_documents(GOLD)


def build(config: PreTrainedConfig | None = None, *, head_name: str = "gplinker", n_shapes: int = 4, **head: Any):
    """A model with random weights, the head's large enough to find many spans and triples."""
    torch.manual_seed(0)
    tokenizer = tiny_tokenizer(TEXTS)
    options = {"n_types": 2, **({} if head_name == "global_pointer" else {"n_relations": 2}), **head}
    model = Extractor(
        ExtractorConfig(
            encoder=(tiny_config(tokenizer) if config is None else config).to_dict(),
            n_shapes=n_shapes,
            head_name=head_name,
            head_options=options,
            labels=SCHEMA.to_dict(),
            features={"max_tokens": 48, "stride": 16},
        )
    )
    for name, weights in model.named_parameters():
        if name.startswith(("head.", "encoder.shapes.")):
            torch.nn.init.normal_(weights, std=0.3)
    model.tokenizer, model.precision = tokenizer, "no"
    return model.eval()


def train(model: Extractor, steps: int = 150) -> Extractor:
    """Learn the gold by heart; dropout off, so that few steps do."""
    batch = Collator(model.tokenizer.pad_token_id, model.head.targets)(model.featurizer().examples(GOLD))
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    for _ in range(steps):
        loss = model(batch).total
        if loss.item() < 0.01:
            break
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
    return model


def check_same(mine: Backend, theirs: Backend, tolerance: float = 1e-4) -> int:
    """Both find the same in a batch and in every window alone; gives how much that is."""
    windows = theirs.featurizer.examples([Document(text) for text in TEXTS])
    assert mine.featurizer.examples([Document(text) for text in TEXTS]) == windows
    n_found = 0
    for batch in (windows, *([window] for window in windows)):
        for want, got in zip(theirs.extract(batch), mine.extract(batch), strict=True):
            assert (want.triples is None, want.n_dropped) == (got.triples is None, got.n_dropped)
            # Without scores as keys: close ones may change places.
            entities = ({(e.span, e.type_id): e.score for e in each.entities} for each in (want, got))
            triples = (
                {
                    (each.entities[t.subject][:2], t.relation_id, each.entities[t.object][:2]): t.score
                    for t in each.triples or ()
                }
                for each in (want, got)
            )
            for wanted, found in (entities, triples):
                assert wanted.keys() == found.keys()
                assert all(abs(wanted[key] - found[key]) < tolerance for key in wanted)
                n_found += len(wanted)
    return n_found
