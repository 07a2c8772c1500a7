"""The best F1 that decoding allows: gold as perfect scores, through the real head and back to characters."""

import random
from collections.abc import Sequence

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from gprel.config import RunConfig
from gprel.document import Document
from gprel.errors import ConfigError
from gprel.evaluation import RULES, Evaluation, evaluate
from gprel.features import Example
from gprel.features.batch import Batch, Collator
from gprel.heads import GlobalPointer, GPLinker, Thresholds
from gprel.model import Extractor
from gprel.nn.grid import Grid
from gprel.nn.mask import TokenMask
from gprel.predict import to_document
from gprel.tokens import Extraction, TokenGold
from gprel.training.build import annotated, build

SCORE = 5.0  # of gold cells; all others have its negative

_Cells = dict[str, Int[Tensor, "n columns"]]


class GoldPointer(nn.Module):
    """Stands in for a pointer: gold cells score 5, all others -5.

    The states it is called with are the positions of the tokens themselves, because a head scores links on the tokens
    of candidates alone. The grid stays in factors: every gold cell of a label is one dimension in which its row has 10
    and its column 1, and in one more dimension every cell has -5. Nothing of size labels x seq x seq is written out.

    Args:
        n_labels: Labels of the grid.

    Attributes:
        cells: Gold cells (batch, label, row, column) of the batch at hand, each once.
    """

    def __init__(self, n_labels: int) -> None:
        super().__init__()
        self.n_labels = n_labels
        self.cells: Int[Tensor, "n 4"] = torch.empty(0, 4, dtype=torch.long)

    def forward(self, states: Float[Tensor, "batch seq 1"]) -> Grid:
        """The grid over the tokens whose positions are given."""
        at = states[..., 0].long()
        rows, columns = self._slots(len(at))
        query = 2 * SCORE * (at[:, None, :, None] == rows[:, :, None, :])  # batch label seq slot
        key = (at[:, None, :, None] == columns[:, :, None, :]).float()
        ones = torch.ones(*query.shape[:-1], 1)
        return Grid(torch.cat([query, ones], dim=-1), torch.cat([key, -SCORE * ones], dim=-1), None, None)

    def _slots(self, n_examples: int) -> tuple[Int[Tensor, "batch label slot"], Int[Tensor, "batch label slot"]]:
        """Rows and columns of the gold cells, numbered for each example and label; -1 where there are fewer."""
        group = self.cells[:, 0] * self.n_labels + self.cells[:, 1]
        order = group.argsort(stable=True)
        group, cells = group[order], self.cells[order]
        sizes = torch.bincount(group, minlength=n_examples * self.n_labels)
        slot = torch.arange(len(group)) - (sizes.cumsum(0) - sizes)[group]
        most = int(sizes.max()) if len(group) else 0
        rows, columns = (torch.full((n_examples * self.n_labels, most), -1) for _ in range(2))
        rows[group, slot], columns[group, slot] = cells[:, 2], cells[:, 3]
        shape = (n_examples, self.n_labels, most)
        return rows.view(shape), columns.view(shape)


class Oracle:
    """A model's own head with gold in the place of its scores.

    Args:
        model: The model; its head's pointers are replaced, so it is of no other use afterwards.

    Raises:
        ConfigError: If the head does not work with pointers.
    """

    def __init__(self, model: Extractor) -> None:
        self.schema = model.schema
        self.head = model.head
        n_types, n_relations = len(self.schema.entity_types), len(self.schema.relation_types)
        self.pointers: dict[str, GoldPointer] = {}
        if isinstance(self.head, GPLinker):
            self.pointers["entities"] = GoldPointer(2 if self.head.use_roles else n_types)
            self.pointers["firsts"] = GoldPointer(n_relations)
            if self.head.lasts is not None:
                self.pointers["lasts"] = GoldPointer(n_relations)
        elif isinstance(self.head, GlobalPointer):
            self.pointers["entities"] = GoldPointer(n_types)
        else:
            raise ConfigError(f"the oracle works with pointers, got head {type(self.head).__name__}; use gplinker")
        for name, pointer in self.pointers.items():
            setattr(self.head, name, pointer)
        self.thresholds = Thresholds(torch.zeros(n_types), torch.zeros(n_relations))

    @torch.inference_mode()
    def predict(
        self, documents: Sequence[Document], examples: Sequence[Example], batch_size: int = 16
    ) -> tuple[list[Document], int]:
        """What a model with perfect scores would return.

        Args:
            documents: Annotated documents.
            examples: Their windows with gold, as a featurizer cuts them.
            batch_size: Windows per batch.

        Returns:
            The documents with what is decoded, and how many windows reached the cap on candidates or triples.
        """
        order = sorted(range(len(examples)), key=lambda i: len(examples[i].input_ids))
        collate = Collator(0, self._targets)
        found: list[list[tuple[Example, Extraction]]] = [[] for _ in documents]
        n_capped = 0
        for start in range(0, len(order), batch_size):
            batch = [examples[i] for i in order[start : start + batch_size]]
            for example, extraction in zip(batch, self._extract(collate(batch)), strict=True):
                found[example.document].append((example, extraction))
                n_capped += extraction.n_dropped > 0
        bare = (document.without_annotation() for document in documents)
        return [to_document(d, parts, self.schema) for d, parts in zip(bare, found, strict=True)], n_capped

    def _targets(self, gold: TokenGold, length: int, generator: random.Random) -> _Cells:
        return self.head.targets(gold, length, generator)

    def _extract(self, batch: Batch) -> list[Extraction]:
        for name, pointer in self.pointers.items():
            pointer.cells = batch.targets[name]
        n_examples, n_tokens = batch.input_ids.shape
        positions = torch.arange(float(n_tokens))[None, :, None].expand(n_examples, -1, 1)
        return self.head.extract(positions, TokenMask(batch.valid, batch.starts, batch.ends), self.thresholds)


def oracle_scores(
    documents: Sequence[Document], *, encoder: str = "minilm", task: str = "re", rules: Sequence[str] = tuple(RULES)
) -> Evaluation:
    """The best scores that decoding allows on these documents, with the labels of the documents themselves.

    Args:
        documents: Annotated documents; those of which nothing is known are left out.
        encoder: Encoder whose tokens and limits count; its weights are not loaded.
        task: ``re`` for entities and triples, ``ner`` for entities.
        rules: Matching rules.

    Raises:
        ConfigError: If a name is unknown, or no document has what the task asks for.
        DataError: If no document has an entity.
    """
    known, _ = annotated(documents, task)
    config = RunConfig.from_dict({"task": task, "encoder": {"name": encoder, "random_init": True}})
    model = build(config, known, [])
    predicted, _ = Oracle(model).predict(known, model.featurizer().examples(known))
    return evaluate(known, predicted, rules)


def oracle_f1(
    documents: Sequence[Document], *, encoder: str = "minilm", task: str = "re", rule: str = "strict"
) -> float:
    """The best F1 in percent that decoding allows: of triples where the task is ``re``, else of entities.

    Arguments and errors are those of :func:`oracle_scores`.
    """
    scores = oracle_scores(documents, encoder=encoder, task=task, rules=(rule,))
    return scores.f1("triples" if task == "re" else "entities", rule)
