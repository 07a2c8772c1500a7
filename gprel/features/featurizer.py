"""Documents to examples: tokens with character offsets, word edges, windows, and gold in tokens."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import compress
from typing import TYPE_CHECKING

from gprel.document import Document, Entity, Span
from gprel.errors import ConfigError
from gprel.features.example import Example, shape_of
from gprel.features.lost import ARGUMENT, EDGE, LABEL, UNPLACED, WINDOW, LostGold
from gprel.features.windows import cut_windows
from gprel.features.words import characters_of, word_edges
from gprel.schema import Schema
from gprel.tokens import TokenEntity, TokenGold, TokenSpan, TokenTriple

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast

    from gprel.tokenizer import LightTokenizer


@dataclass(frozen=True)
class Tokens:
    """The tokens of a whole text, before it is cut into windows."""

    input_ids: list[int]
    offsets: list[tuple[int, int]]
    starts: list[bool]
    ends: list[bool]


class Featurizer:
    """Turns documents into examples.

    Args:
        tokenizer: Fast tokenizer (it gives character offsets).
        schema: Labels and their ids.
        max_tokens: Longest window in tokens, special tokens included.
        stride: Tokens that neighboring windows share.
        use_characters: Feed every character as a word of its own (text without blanks).
        use_word_edges: Let entities begin and end only at word edges; words are the document's own or found by rule.

    Raises:
        ConfigError: If a window has no room beside its special tokens and the stride.
    """

    def __init__(
        self,
        tokenizer: "PreTrainedTokenizerFast | LightTokenizer",
        schema: Schema,
        *,
        max_tokens: int,
        stride: int,
        use_characters: bool = False,
        use_word_edges: bool = True,
    ) -> None:
        self.tokenizer = tokenizer
        self.schema = schema
        self.use_characters = use_characters
        self.use_word_edges = use_word_edges
        self.prefix, self.suffix = _special_tokens(tokenizer)
        self.stride = stride
        self.room = max_tokens - len(self.prefix) - len(self.suffix)
        self.step = self.room - stride
        if self.step < 1:
            raise ConfigError(
                f"features.max_tokens is {max_tokens} and features.stride {stride}, but {max_tokens - self.room} "
                "tokens are special ones, so that a window could not move on; raise max_tokens or lower stride"
            )

    def examples(self, documents: Sequence[Document], lost: LostGold | None = None) -> list[Example]:
        """Cut documents into windows; gold is mapped along where there is any.

        Args:
            documents: The documents, in any number; a document without a token gives no example.
            lost: Collects the gold that cannot be reached.

        Returns:
            Windows in document order; ``Example.document`` is the position in ``documents``.
        """
        lost = LostGold() if lost is None else lost
        result: list[Example] = []
        for index, (document, tokens) in enumerate(zip(documents, self._tokenize(documents), strict=True)):
            gold, origins = self._gold(document, tokens, lost)
            windows = cut_windows(document.text, tokens.offsets, tokens.starts, room=self.room, stride=self.stride)
            for first, last in windows:
                inside = [e.span.first >= first and e.span.last < last for e in gold.entities]
                part = _cut(gold, inside, first, len(self.prefix))
                result.append(self._example(index, document.text, tokens, first, last, part))
            if len(windows) > 1:
                _count_cut(document, gold, origins, windows, lost)
        return result

    def _tokenize(self, documents: Sequence[Document]) -> list[Tokens]:
        if not documents:
            return []
        if self.use_characters:
            return self._tokenize_characters(documents)
        encoded = self.tokenizer(
            [document.text for document in documents],
            add_special_tokens=False,
            return_offsets_mapping=True,
            return_attention_mask=False,
            return_token_type_ids=False,
            verbose=False,
        )
        result = []
        for document, ids, offsets in zip(documents, encoded["input_ids"], encoded["offset_mapping"], strict=True):
            spans = _trimmed(document.text, offsets)
            words = word_edges(document.text) if document.words is None else _edges(document.words)
            result.append(self._with_edges(ids, spans, *words))
        return result

    def _tokenize_characters(self, documents: Sequence[Document]) -> list[Tokens]:
        units = [characters_of(document.text) for document in documents]
        encoded = self.tokenizer(
            [[document.surface(unit) for unit in spans] for document, spans in zip(documents, units, strict=True)],
            is_split_into_words=True,
            add_special_tokens=False,
            return_attention_mask=False,
            return_token_type_ids=False,
            verbose=False,
        )
        result = []
        for index, spans in enumerate(units):
            ids = encoded["input_ids"][index]
            word_ids = encoded.word_ids(index)
            result.append(self._with_edges(ids, [(spans[w].start, spans[w].end) for w in word_ids], *_edges(spans)))
        return result

    def _with_edges(
        self, ids: list[int], offsets: list[tuple[int, int]], word_starts: list[int], word_ends: list[int]
    ) -> Tokens:
        """Mark the tokens where words begin and end.

        Those take over the word's own offsets, because tokenizers drop some signs at the edges of words.
        """
        if not self.use_word_edges:
            real = [start < end for start, end in offsets]
            return Tokens(ids, offsets, real, list(real))
        is_start, is_end = set(word_starts), set(word_ends)
        starts = [start in is_start for start, _ in offsets]
        ends = [end in is_end for _, end in offsets]
        begun = [start for start, _ in compress(offsets, starts)]
        ended = [end for _, end in compress(offsets, ends)]
        if begun == word_starts and ended == word_ends and all(start < end for start, end in offsets):
            return Tokens(ids, offsets, starts, ends)  # every word has its own first and its own last token
        return _placed(ids, offsets, word_starts, word_ends)

    def _gold(self, document: Document, tokens: Tokens, lost: LostGold) -> tuple[TokenGold, list[int]]:
        """Reachable gold in tokens of the whole text, and for each of its triples the position in the document."""
        if not (document.entities or document.relations or document.unplaced):
            return TokenGold(), []
        at_start = {offset[0]: i for i, offset in reversed(list(enumerate(tokens.offsets))) if tokens.starts[i]}
        at_end = {offset[1]: i for i, offset in enumerate(tokens.offsets) if tokens.ends[i]}
        entities: list[TokenEntity] = []
        position: dict[int, int] = {}
        for index, entity in enumerate(document.entities or ()):
            lost.n_entities += 1
            first, last = at_start.get(entity.start), at_end.get(entity.end)
            if not self.schema.knows_entity(entity.type):
                lost.add("entities", LABEL, repr(entity.type))
            elif first is None or last is None or first > last:
                lost.add("entities", EDGE, _name(document, entity))
            else:
                position[index] = len(entities)
                entities.append(TokenEntity(TokenSpan(first, last), self.schema.entity_id(entity.type)))
        triples: list[TokenTriple] = []
        origins: list[int] = []
        for index, relation in enumerate(document.relations or ()):
            lost.n_triples += 1
            if not self.schema.knows_relation(relation.type):
                lost.add("triples", LABEL, repr(relation.type))
            elif relation.subject not in position or relation.object not in position:
                lost.add("triples", ARGUMENT, _triple_name(document, index))
            else:
                relation_id = self.schema.relation_id(relation.type)
                triples.append(TokenTriple(position[relation.subject], relation_id, position[relation.object]))
                origins.append(index)
        for unplaced in document.unplaced:
            lost.n_triples += 1
            lost.add("triples", UNPLACED, f"{unplaced.subject!r} {unplaced.relation} {unplaced.object!r}")
        return TokenGold(tuple(entities), tuple(triples)), origins

    def _example(self, index: int, text: str, tokens: Tokens, first: int, last: int, gold: TokenGold) -> Example:
        before, after = len(self.prefix), len(self.suffix)
        return Example(
            index,
            [*self.prefix, *tokens.input_ids[first:last], *self.suffix],
            [*[(0, 0)] * before, *tokens.offsets[first:last], *[(0, 0)] * after],
            [*[False] * before, *tokens.starts[first:last], *[False] * after],
            [*[False] * before, *tokens.ends[first:last], *[False] * after],
            [*[0] * before, *(shape_of(text[s:e]) for s, e in tokens.offsets[first:last]), *[0] * after],
            gold,
        )


def _edges(words: Sequence[Span]) -> tuple[list[int], list[int]]:
    return [word.start for word in words], [word.end for word in words]


def _placed(ids: list[int], offsets: list[tuple[int, int]], word_starts: list[int], word_ends: list[int]) -> Tokens:
    """The first and last token of every word that has one, where tokens and words do not go hand in hand."""
    starts, ends = [False] * len(ids), [False] * len(ids)
    result = list(offsets)
    seen_start: set[int] = set()
    last_end: dict[int, int] = {}
    for i, (start, end) in enumerate(offsets):
        if start >= end:
            continue
        w = bisect_left(word_starts, start + 1) - 1  # the word the token begins in
        if w >= 0 and start < word_ends[w] and w not in seen_start:
            seen_start.add(w)
            starts[i] = True
            result[i] = (word_starts[w], result[i][1])
        w = bisect_left(word_starts, end) - 1  # the word the token ends in
        if w >= 0 and end <= word_ends[w]:
            last_end[w] = i
    for w, i in last_end.items():
        ends[i] = True
        result[i] = (result[i][0], word_ends[w])
    return Tokens(ids, result, starts, ends)


def _special_tokens(tokenizer: "PreTrainedTokenizerFast | LightTokenizer") -> tuple[list[int], list[int]]:
    """What the tokenizer puts before and behind a text."""
    bare = list(tokenizer("a", add_special_tokens=False)["input_ids"])
    full = list(tokenizer("a")["input_ids"])
    at = next(i for i in range(len(full)) if full[i : i + len(bare)] == bare)
    return full[:at], full[at + len(bare) :]


def _trimmed(text: str, offsets: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Byte-level tokenizers count the blank before a word as part of it."""
    return [
        (start, end)
        if start < end and not text[start].isspace() and not text[end - 1].isspace()
        else _trim(text, start, end)
        for start, end in offsets
    ]


def _trim(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start].isspace():
        start += 1
    while start < end and text[end - 1].isspace():
        end -= 1
    return start, end


def _cut(gold: TokenGold, inside: list[bool], first: int, shift: int) -> TokenGold:
    """The gold that lies inside a window, counted from the window's first token."""
    kept = [i for i, is_inside in enumerate(inside) if is_inside]
    position = {old: new for new, old in enumerate(kept)}
    move = shift - first
    entities = tuple(
        TokenEntity(TokenSpan(span.first + move, span.last + move), type_id)
        for span, type_id, _ in (gold.entities[i] for i in kept)
    )
    triples = tuple(
        TokenTriple(position[t.subject], t.relation_id, position[t.object])
        for t in gold.triples
        if inside[t.subject] and inside[t.object]
    )
    return TokenGold(entities, triples)


def _count_cut(
    document: Document, gold: TokenGold, origins: list[int], windows: list[tuple[int, int]], lost: LostGold
) -> None:
    """Count the gold that no window holds whole."""
    for entity in gold.entities:
        if not any(first <= entity.span.first and entity.span.last < last for first, last in windows):
            lost.add("entities", WINDOW, f"{entity.span.last - entity.span.first + 1} tokens")
    for triple, origin in zip(gold.triples, origins, strict=True):
        spans = (gold.entities[triple.subject].span, gold.entities[triple.object].span)
        low, high = min(s.first for s in spans), max(s.last for s in spans)
        if not any(first <= low and high < last for first, last in windows):
            lost.add("triples", WINDOW, _triple_name(document, origin))


def _name(document: Document, entity: Entity) -> str:
    around = document.text[max(0, entity.start - 15) : entity.end + 15]
    return f"{document.surface(entity)!r} at {entity.start} in {around!r}"


def _triple_name(document: Document, index: int) -> str:
    assert document.entities is not None  # the caller walks over both
    assert document.relations is not None
    relation = document.relations[index]
    subject, object_ = document.entities[relation.subject], document.entities[relation.object]
    return f"{document.surface(subject)!r} {relation.type} {document.surface(object_)!r}"
