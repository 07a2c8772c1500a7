"""Texts longer than the encoder's limit: windows, what they hold, and what no window holds."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import PreTrainedTokenizerFast

from gprel.document import Document, Entity, Relation
from gprel.encoders import tiny_tokenizer
from gprel.errors import ConfigError
from gprel.features import Example, Featurizer, LostGold
from gprel.features.lost import WINDOW
from gprel.features.words import words_of
from gprel.predict import oracle
from gprel.schema import Schema

# The type checks of the test run look at a random item of a list, which hypothesis takes for a random strategy.
pytestmark = pytest.mark.filterwarnings("ignore:Do not use the `random` module")

SCHEMA = Schema(("A", "B"), ("likes",))
TINY = tiny_tokenizer()  # knows letters only: a word of n letters is n tokens


def featurizer(max_tokens: int, stride: int, **options: bool) -> Featurizer:
    return Featurizer(TINY, SCHEMA, max_tokens=max_tokens, stride=stride, **options)


def inner(example: Example) -> list[tuple[int, int]]:
    """Character offsets of a window's tokens, without [CLS] and [SEP]; they tell the tokens of a text apart."""
    assert example.offsets[0] == example.offsets[-1] == (0, 0)
    return example.offsets[1:-1]


@st.composite
def sizes(draw: st.DrawFn) -> tuple[int, int]:
    max_tokens = draw(st.integers(8, 40))
    return max_tokens, draw(st.integers(0, min(max_tokens // 2, max_tokens - 3)))


@st.composite
def documents(draw: st.DrawFn) -> Document:
    text = " ".join(draw(st.lists(st.text("abcxyz,", min_size=1, max_size=8), max_size=40)))
    words = words_of(text)
    if not words:
        return Document(text, (), ())
    position = st.integers(0, len(words) - 1)
    edges = draw(st.lists(st.tuples(position, st.integers(0, 6)), max_size=8, unique=True))
    spans = {(words[i].start, words[min(i + width, len(words) - 1)].end) for i, width in edges}
    entities = tuple(Entity(*span, "A") for span in sorted(spans))
    if not entities:
        return Document(text, (), ())
    argument = st.integers(0, len(entities) - 1)
    pairs = draw(st.lists(st.tuples(argument, argument), max_size=8, unique=True))
    return Document(text, entities, tuple(Relation("likes", *pair) for pair in pairs))


@given(document=documents(), size=sizes())
def test_windows_cover_the_text_and_overlap_by_the_stride(document: Document, size: tuple[int, int]) -> None:
    max_tokens, stride = size
    whole = [offset for e in featurizer(4096, 0).examples([document]) for offset in inner(e)]
    windows = featurizer(max_tokens, stride).examples([document])
    assert all(len(e.input_ids) <= max_tokens for e in windows)
    assert sorted({offset for e in windows for offset in inner(e)}) == whole
    for left, right in itertools.pairwise(windows):
        shared = [offset for offset in inner(left) if offset in inner(right)]
        assert len(shared) >= stride
        assert shared == inner(left)[len(inner(left)) - len(shared) :]
        assert len(left.input_ids) >= max_tokens - (max_tokens - stride) // 4  # only the last one may be much shorter
        assert inner(right)[0] > inner(left)[0]


@given(document=documents(), size=sizes())
def test_a_window_begins_at_a_word_unless_the_word_is_longer_than_a_step(
    document: Document, size: tuple[int, int]
) -> None:
    features = featurizer(*size)
    for window in features.examples([document]):
        if not window.starts[1]:
            word = next(w for w in words_of(document.text) if w.start < window.offsets[1][0] < w.end)
            assert word.end - word.start > features.step


@settings(max_examples=200)
@given(document=documents(), size=sizes())
def test_gold_survives_exactly_where_a_window_holds_it(document: Document, size: tuple[int, int]) -> None:
    features = featurizer(*size)
    lost = LostGold()
    windows = [(inner(e)[0][0], inner(e)[-1][1]) for e in features.examples([document], lost)]

    def fits(*entities: Entity) -> bool:
        low, high = min(e.start for e in entities), max(e.end for e in entities)
        return any(start <= low and high <= end for start, end in windows)

    [back] = oracle([document], features)
    held = {e.span for e in document.entities or () if fits(e)}
    linked = {(s.span, o.span) for s, _, o in document.triples() if fits(s, o)}
    assert {e.span for e in back.entities or ()} == held
    assert {(s.span, o.span) for s, _, o in back.triples()} == linked
    n_lost = len(document.entities or ()) - len(held), len(document.relations or ()) - len(linked)
    assert (lost.entities.total(), lost.triples.total()) == n_lost
    assert {*lost.entities, *lost.triples} <= {WINDOW}


def test_an_entity_no_wider_than_the_stride_is_never_lost() -> None:
    text = "ab " * 100
    document = Document(text, tuple(Entity(3 * i, 3 * i + 8, "A") for i in range(98)), ())  # three words, six tokens
    lost = LostGold()
    assert len(featurizer(20, 6).examples([document], lost)) > 5
    assert lost.entities == {}


def test_what_is_lost_is_named() -> None:
    text = "anna " + "x " * 30 + "rome"
    document = Document(text, (Entity(0, 4, "A"), Entity(65, 69, "B"), Entity(0, 69, "A")), (Relation("likes", 0, 1),))
    lost = LostGold()
    featurizer(20, 5).examples([document], lost)
    assert (lost.n_entities, lost.entities) == (3, {WINDOW: 1})
    assert (lost.n_triples, lost.triples) == (1, {WINDOW: 1})
    assert lost.examples == {("entities", WINDOW): ["38 tokens"], ("triples", WINDOW): ["'anna' likes 'rome'"]}


def test_a_text_of_twenty_thousand_characters(tokenizer: PreTrainedTokenizerFast) -> None:
    text = ("Anna Berg lives in Rome. " * 800)[:20_000]
    document = Document(text, (Entity(0, 9, "A"), Entity(19_994, 19_998, "B")), ())
    features = Featurizer(tokenizer, SCHEMA, max_tokens=512, stride=64)
    windows = features.examples([document])
    assert len(windows) > 5
    assert max(len(e.input_ids) for e in windows) <= 512
    assert max(end for e in windows for _, end in e.offsets) in (19_999, 20_000)  # the blank at the end
    [back] = oracle([document], features)
    assert [(e.start, e.end) for e in back.entities or ()] == [(0, 9), (19_994, 19_998)]


@pytest.mark.parametrize(("letter", "use_characters"), [("x", False), ("東", False), ("東", True)])
def test_a_text_without_blanks_of_twenty_thousand_characters(
    tokenizer: PreTrainedTokenizerFast, letter: str, use_characters: bool
) -> None:
    document = Document(letter * 20_000, (Entity(0, 20_000, "A"), Entity(7, 8, "A")), ())
    features = Featurizer(tokenizer, SCHEMA, max_tokens=256, stride=32, use_characters=use_characters)
    lost = LostGold()
    windows = features.examples([document], lost)
    assert {len(e.input_ids) for e in windows[:-1]} <= {253, 254, 255, 256}  # no character is cut
    assert (windows[0].offsets[1][0], windows[-1].offsets[-2][1]) == (0, 20_000)
    assert sum(len(e.gold.entities) for e in windows) + lost.entities.total() == 2
    if use_characters:
        assert len(windows[0].gold.entities) == 1
        assert lost.entities == {WINDOW: 1}


def test_each_window_knows_its_document() -> None:
    texts = ["x " * 30, "", "y", "z " * 30]
    assert [e.document for e in featurizer(20, 5).examples([Document(text) for text in texts])] == [0, 0, 2, 3, 3]


@pytest.mark.parametrize(("max_tokens", "stride"), [(2, 0), (8, 6), (16, 14)])
def test_windows_that_could_not_move_are_refused(max_tokens: int, stride: int) -> None:
    with pytest.raises(
        ConfigError, match=rf"max_tokens is {max_tokens} and features.stride {stride}, but 2 tokens are"
    ):
        featurizer(max_tokens, stride)
