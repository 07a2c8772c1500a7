"""Pools, batches and records."""

import itertools
import json
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gprel.document import Document
from gprel.evaluation import Calibration, Platt
from gprel.extraction.ahead import ahead
from gprel.extraction.item import Item
from gprel.extraction.journal import Counts
from gprel.extraction.pool import POOL_CHARACTERS, PoolRunner, pools
from gprel.extraction.record import json_lines
from gprel.extraction.run import extract_to_pipe
from gprel.extraction.select import Selection
from gprel.features.packing import pack
from gprel.formats import BadLine

from .helpers import FakeBackend, stream


def items(*texts: str) -> list[Item]:
    return [Item("in", number, "line", Document(text)) for number, text in enumerate(texts, start=1)]


def test_a_pool_is_full_by_items_or_by_characters() -> None:
    assert [len(pool) for pool in pools(stream(25), max_items=10)] == [10, 10, 5]
    texts = items("a" * 6, "b" * 6, "c" * 50, "d", "e")
    assert [[len(i.document.text) for i in pool.items] for pool in pools(texts, max_characters=10)] == [
        [6, 6],
        [50],
        [1, 1],
    ]
    assert list(pools([])) == []


def test_a_bad_line_counts_as_an_item() -> None:
    bad = BadLine("in", 1, "why", "x" * 20)
    assert [len(pool) for pool in pools([bad] * 5, max_items=2)] == [2, 2, 1]
    assert [len(pool) for pool in pools([bad] * 5, max_characters=30)] == [2, 2, 1]


@given(start=st.integers(0, 60), size=st.integers(1, 9))
def test_pools_after_a_border_do_not_depend_on_what_came_before(start: int, size: int) -> None:
    whole = list(pools(stream(60), max_items=size, max_characters=90))
    ends = list(itertools.accumulate(len(pool) for pool in whole))
    border = max([0, *(end for end in ends if end <= start)])
    rest = list(pools(itertools.islice(stream(60), border, None), max_items=size, max_characters=90))
    assert rest == whole[len(whole) - len(rest) :]


@given(
    lengths=st.lists(st.integers(1, 50), max_size=60),
    tokens=st.one_of(st.none(), st.integers(1, 200)),
    windows=st.one_of(st.none(), st.integers(1, 9)),
)
def test_batches_keep_within_their_limits(lengths: list[int], tokens: int | None, windows: int | None) -> None:
    batches = pack(lengths, max_tokens=tokens, max_windows=windows)
    assert sorted(i for batch in batches for i in batch) == list(range(len(lengths)))
    for batch in batches:
        padded = max(lengths[i] for i in batch) * len(batch)
        assert tokens is None or padded <= tokens or len(batch) == 1
        assert windows is None or len(batch) <= windows
    order = [lengths[i] for batch in batches for i in batch]
    assert order == sorted(lengths, reverse=True)


def test_batches_are_filled() -> None:
    assert pack([3, 8, 3, 2, 8], max_tokens=16) == [[1, 4], [0, 2, 3]]


def test_windows_of_one_text_spread_over_batches_and_come_back_in_order() -> None:
    backend = FakeBackend()
    texts = items("Anna saw Rome. " * 40, "Anna", "", "Rome and Anna")
    records = PoolRunner(backend, tokens_per_batch=48).run_pool(texts)
    assert [record["text"] for record in records] == [item.document.text for item in texts]
    assert [len(record["entities"]) for record in records] == [80, 1, 0, 2]
    assert len(records[0]["relations"]) == 40
    assert len(backend.batches) > 10
    assert all(len(batch) * max(batch) <= 48 for batch in backend.batches)


def test_records_do_not_depend_on_the_size_of_batches_but_for_the_scores() -> None:
    texts = [item for item in stream() if isinstance(item, Item)]
    runs = [PoolRunner(FakeBackend(), tokens_per_batch=n).run_pool(texts) for n in (24, 10_000)]

    def places(records: list[dict[str, object]]) -> object:
        return json.loads(json.dumps(records), object_hook=lambda d: {k: v for k, v in d.items() if k != "score"})

    assert places(runs[0]) == places(runs[1])
    assert runs[0] != runs[1]


def test_unknown_fields_pass_through_behind_the_known_ones() -> None:
    item = Item("in", 1, "line", Document("Anna", id="7"), {"lang": "en", "text": "other", "deep": {"x": [1, None]}})
    [record] = PoolRunner(FakeBackend()).run_pool([item])
    assert list(record) == ["id", "text", "entities", "relations", "lang", "deep"]
    assert (record["text"], record["deep"]) == ("Anna", {"x": [1, None]})


def test_chosen_fields_come_in_the_order_asked_for() -> None:
    item = Item("in", 1, "line", Document("Anna", id="7"), {"lang": "en"})
    [record] = PoolRunner(FakeBackend(), fields=("lang", "entities", "url", "id")).run_pool([item])
    assert list(record) == ["lang", "entities", "id"]


def test_calibrated_scores_come_with_a_probability() -> None:
    backend = FakeBackend()
    backend.calibration = Calibration("strict", {"triples": Platt(2.0, -1.0)})  # type: ignore[assignment]
    [record] = PoolRunner(backend).run_pool(items("Anna saw Rome"))
    assert all("prob" not in entity for entity in record["entities"])
    [relation] = record["relations"]
    assert relation["prob"] == round(Platt(2.0, -1.0).probability(relation["score"]), 4)


def test_what_is_selected_is_what_is_written() -> None:
    runner = PoolRunner(FakeBackend(), Selection(types=("Loc",)))
    [record] = runner.run_pool(items("Anna saw Rome"))
    assert ([e["type"] for e in record["entities"]], record["relations"]) == (["Loc"], [])


def test_a_pipe_gets_everything_in_order() -> None:
    written: list[bytes] = []
    bad: list[BadLine] = []
    seen = []
    runner = PoolRunner(FakeBackend())
    counts = extract_to_pipe(stream(), runner, json_lines, written.append, bad.append, seen.append)
    assert [json.loads(line)["n"] for line in written] == [n for n in range(1, 41) if n % 10]
    assert [line.line for line in bad] == [10, 20, 30, 40]
    assert (counts.n_read, counts.n_bad, counts.n_documents) == (40, 4, 36)
    assert counts.n_entities == sum(len(json.loads(line)["entities"]) for line in written)
    assert counts.n_triples == sum(len(json.loads(line)["relations"]) for line in written)
    assert counts.n_windows > 36
    assert seen == [Counts(), counts]


def test_one_value_is_made_ahead_and_no_more() -> None:
    made = []

    def values() -> Iterator[int]:
        for number in range(5):
            made.append(number)
            yield number

    ahead_of = ahead(values())
    assert next(ahead_of) == 0
    ahead_of.close()  # waits for the thread
    assert made == [0, 1]
    assert list(ahead(values())) == [0, 1, 2, 3, 4]


def test_an_error_comes_where_its_value_would_have() -> None:
    def values() -> Iterator[int]:
        yield 1
        raise ValueError("no second one")

    found = ahead(values())
    assert next(found) == 1
    with pytest.raises(ValueError, match="no second one"):
        next(found)


def test_the_characters_of_a_pool_bound_what_is_tokenized_at_once() -> None:
    texts = (replace(item, document=Document("x" * 1000)) for item in items(*["x"] * 1000))
    sizes = [sum(len(item.document.text) for item in pool.items) for pool in pools(texts)]
    assert max(sizes) < POOL_CHARACTERS + 1000
