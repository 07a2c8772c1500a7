"""A model that knows two words, and streams for it."""

from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from functools import cache
from pathlib import Path

from gprel.document import Document
from gprel.extraction.at_once import found_in
from gprel.extraction.backend import Backend
from gprel.extraction.item import Item
from gprel.extraction.pool import PoolRunner, pools
from gprel.features import Example, Featurizer
from gprel.formats import BadLine
from gprel.schema import Schema
from gprel.tokenizer import LightTokenizer
from gprel.tokens import Extraction, TokenEntity, TokenSpan, TokenTriple

SCHEMA = Schema(("Peop", "Loc"), ("Live_In", "Visits"))


class FakeBackend:
    """Finds "anna" and "rome", and that every Anna lives in the Rome next to her.

    Scores depend on the batch a window is in, as those of real models do in their last digits.
    """

    calibration = None
    has_relations = True
    n_threads = 2

    def __init__(self, max_tokens: int = 24, stride: int = 8, tokenizer: LightTokenizer | None = None) -> None:
        tokenizer = tokenizer or light_tokenizer()
        [[self.anna, self.rome]] = tokenizer(["anna rome"], add_special_tokens=False)["input_ids"]
        self.schema = SCHEMA
        self.featurizer = Featurizer(tokenizer, SCHEMA, max_tokens=max_tokens, stride=stride)
        self.batches: list[list[int]] = []

    def threads(self) -> Executor:
        return ThreadPoolExecutor(self.n_threads)

    def extract(self, examples: Sequence[Example]) -> list[Extraction]:
        lengths = [len(example.input_ids) for example in examples]
        self.batches.append(lengths)
        return [self._found(example, len(examples) + max(lengths) / 100) for example in examples]

    def _found(self, example: Example, score: float) -> Extraction:
        names = [i for i, token in enumerate(example.input_ids) if token in (self.anna, self.rome)]
        kinds = [int(example.input_ids[i] == self.rome) for i in names]
        entities = tuple(
            TokenEntity(TokenSpan(i, i), kind, score + i / 1000) for i, kind in zip(names, kinds, strict=True)
        )
        near = [n for n in range(len(names) - 1) if kinds[n : n + 2] == [0, 1]]
        return Extraction(entities, tuple(TokenTriple(n, 0, n + 1, score - n / 1000) for n in near))


@cache
def light_tokenizer() -> LightTokenizer:
    """A tokenizer that knows the two words."""
    from gprel.encoders import tiny_tokenizer

    tokenizer = tiny_tokenizer(["anna", "rome"])
    return LightTokenizer(tokenizer.backend_tokenizer, tokenizer.pad_token_id)


def text(number: int) -> str:
    """A text of a length of its own; every third has a triple, every seventh is long."""
    filling = "so " * (number * 7 % 11) + ("and then. " * 15 if number % 7 == 0 else "")
    return f"{filling}Anna went to {'Rome' if number % 3 == 0 else 'sea'} {number}"


def stream(n: int = 40, source: str = "in.jsonl") -> Iterator[Item | BadLine]:
    """Items, of which every tenth is bad; fields that nobody knows come along."""
    for number in range(1, n + 1):
        if number % 10 == 0:
            yield BadLine(source, number, "malformed JSON", f"broken {number}")
        else:
            yield Item(source, number, "line", Document(text(number), id=str(number)), {"lang": "en", "n": number})


def records_of(backend: Backend, texts: Sequence[str]) -> list[object]:
    """What is found in texts, each with an ending of its own, in many small pools and batches."""
    documents = [Document(text + " and so on" * (number % 5)) for number, text in enumerate(texts)]
    items = [Item("in", number, "line", document) for number, document in enumerate(documents, start=1)]
    runner = PoolRunner(backend, tokens_per_batch=64)
    prepared = map(runner.prepare, pools(items, max_items=20))
    return [record for _, found in found_in(prepared, runner) for record in found.records]


def files_of(folder: Path) -> dict[str, bytes]:
    """What lies in a folder, by name."""
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}
