"""Hugging Face data sets: saved folders with every mapping of columns; the hub is never reached."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from gprel.document import Document, Entity, Relation, Span
from gprel.errors import ConfigError, DataError
from gprel.formats import FORMATS, BadLine
from gprel.formats.hf_datasets import read_dataset

datasets = pytest.importorskip("datasets")

STRINGS = datasets.List(datasets.Value("string"))
TAGS = datasets.List(datasets.ClassLabel(names=["O", "B-P", "I-P", "B-L"]))


def saved(path: Path, columns: Mapping[str, list[Any]], features: Mapping[str, Any] | None = None) -> str:
    known = datasets.Features(features) if features else None
    datasets.Dataset.from_dict(dict(columns), features=known).save_to_disk(str(path / "set"))
    return str(path / "set")


def read(source: str, **columns: str) -> list[Document]:
    return list(read_dataset(source, columns=columns or None))


TAGGED = {"tokens": [["Ann", "Lee", "in", "Oslo"], ["Bo"]], "ner_tags": [[1, 2, 0, 3], [0]], "pos": [[1] * 4, [1]]}
TAGGED_FEATURES = {"tokens": STRINGS, "ner_tags": TAGS, "pos": datasets.List(datasets.Value("int8"))}
ANN = Document(
    "Ann Lee in Oslo",
    (Entity(0, 7, "P"), Entity(11, 15, "L")),
    id="1",
    words=(Span(0, 3), Span(4, 7), Span(8, 10), Span(11, 15)),
)


def test_tags_that_are_class_labels(tmp_path: Path) -> None:
    source = saved(tmp_path, TAGGED, TAGGED_FEATURES)
    expected = [ANN, Document("Bo", (), id="2", words=(Span(0, 2),))]
    assert read(source) == expected
    assert read(source, tokens="tokens", tags="ner_tags") == expected
    assert list(FORMATS["datasets"].read(Path(source))) == expected


def test_tags_that_are_strings_in_other_columns(tmp_path: Path) -> None:
    tags = [["B-P", "E-P", "O", "S-L"], None]
    source = saved(tmp_path, {"words_": [ANN.text.split(), ["Bo"]], "t": tags, "name": ["1", "b"]})
    assert read(source, tokens="words_", tags="t", id="name") == [ANN, Document("Bo", id="b", words=(Span(0, 2),))]


SPANS = [{"start": 0, "end": 7, "type": "P"}, {"start": 11, "end": 15, "type": "L"}]


def test_entities_and_relations_in_characters(tmp_path: Path) -> None:
    relations = [{"type": "in", "subject": 0, "object": 1}]
    columns = {"id": [5], "text": [ANN.text], "entities": [SPANS], "relations": [relations]}
    assert read(saved(tmp_path, columns)) == [Document(ANN.text, ANN.entities, (Relation("in", 0, 1),), id="5")]


def test_entities_in_words(tmp_path: Path) -> None:
    entities = [{"start": 0, "end": 2, "type": "P"}, {"start": 3, "end": 4, "type": "L"}]
    columns = {
        "tokens": [ANN.text.split()],
        "entities": [entities],
        "relations": [[{"type": "in", "head": 0, "tail": 1}]],
    }
    (document,) = read(saved(tmp_path, columns))
    assert (document.entities, document.words, document.id) == (ANN.entities, ANN.words, "1")
    assert document.relations == (Relation("in", 0, 1),)


def test_entities_as_a_structure_of_lists_with_class_labels(tmp_path: Path) -> None:
    labels = datasets.ClassLabel(names=["P", "L"])
    whole = datasets.Value("int32")
    features = {
        "sentence": datasets.Value("string"),
        "spans": {"start": datasets.List(whole), "end": datasets.List(whole), "label": datasets.List(labels)},
    }
    columns = {"sentence": [ANN.text], "spans": [{"start": [0, 11], "end": [7, 15], "label": [0, 1]}]}
    (document,) = read(saved(tmp_path, columns, features), text="sentence", entities="spans")
    assert document == Document(ANN.text, ANN.entities, id="1")


def test_texts_alone(tmp_path: Path) -> None:
    assert read(saved(tmp_path, {"text": ["a", "b"], "label": [0, 1]})) == [
        Document("a", id="1"),
        Document("b", id="2"),
    ]


def test_a_format_that_was_saved_with_the_set_is_not_used(tmp_path: Path) -> None:
    rows = datasets.Dataset.from_dict(TAGGED, features=datasets.Features(TAGGED_FEATURES)).with_format("numpy")
    rows.save_to_disk(str(tmp_path / "set"))
    assert read(str(tmp_path / "set"))[0] == ANN


def test_bad_records_cost_only_themselves(tmp_path: Path) -> None:
    columns = {
        "tokens": [["a"], ["a"], ["a", ""], ["a"], None, ["a"]],
        "tags": [["O"], ["O", "O"], ["O", "O"], ["X"], ["O"], ["O"]],
    }
    source = saved(tmp_path, columns)
    bad: list[BadLine] = []
    assert [document.id for document in read_dataset(source, on_error=bad.append)] == ["1", "6"]
    assert [(line.line, line.unit) for line in bad] == [(n, "record") for n in (2, 3, 4, 5)]
    for line, reason in zip(
        bad,
        (
            "there are 2 tags for 1 tokens, expected one for each",
            "token 1 is empty",
            "tag 'X' is neither O nor one of B, I, M, E, L, S, U with a type, as in B-PER",
            '"tokens" is null, expected a list',
        ),
        strict=True,
    ):
        assert line.reason.startswith(reason)
    assert bad[0].content == '{"tokens": ["a"], "tags": ["O", "O"]}'
    with pytest.raises(DataError, match=r"set, record 2: there are 2 tags for 1 tokens"):
        read(source)


@pytest.mark.parametrize(
    ("columns", "features", "message"),
    [
        ({"tokens": [["a"]], "tags": [[3]]}, None, r"tag 3 is a number and the column has no names for it"),
        (
            {"tokens": [["a"]], "tags": [[-1]]},
            {"tokens": STRINGS, "tags": TAGS},
            r"class label -1 is not one of 0 to 3",
        ),
        (
            {"text": ["abc"], "entities": [{"start": [0], "end": [1, 2], "type": ["P"]}]},
            None,
            r"the lists of start, end, type differ in length; each is to have one value per item",
        ),
        ({"text": ["abc"], "entities": [[{"start": 0, "end": 9, "type": "P"}]]}, None, r"entity 0 has offsets 0\.\.9"),
    ],
)
def test_values_that_are_wrong(
    tmp_path: Path, columns: dict[str, list[Any]], features: dict[str, Any] | None, message: str
) -> None:
    with pytest.raises(DataError, match=r"set, record 1: " + message):
        read(saved(tmp_path, columns, features))


@pytest.mark.parametrize(
    ("columns", "error", "message"),
    [
        ({"word": "tokens"}, ConfigError, r"field 'word' is given a column, but the fields are text, tokens, tags, "),
        (
            {"tokens": "words"},
            DataError,
            r"column 'words' for tokens is not in .*set \(columns: tokens, ner_tags, pos\)",
        ),
        ({"tags": "ner_tags"}, ConfigError, r"expected a column for either text or tokens, got tags \(columns of "),
        (
            {"text": "pos", "tokens": "tokens"},
            ConfigError,
            r"expected a column for either text or tokens, got text, to",
        ),
        ({"text": "pos", "tags": "ner_tags"}, ConfigError, r"tags go with tokens, and without entities and relations"),
    ],
)
def test_columns_that_do_not_fit(tmp_path: Path, columns: dict[str, str], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        read(saved(tmp_path, TAGGED, TAGGED_FEATURES), **columns)


def test_splits(tmp_path: Path) -> None:
    one = datasets.Dataset.from_dict({"text": ["a"]})
    two = datasets.Dataset.from_dict({"text": ["b"]})
    datasets.DatasetDict({"train": one, "test": two}).save_to_disk(str(tmp_path / "both"))
    datasets.DatasetDict({"train": one}).save_to_disk(str(tmp_path / "one"))
    both = str(tmp_path / "both")
    assert [document.text for document in read_dataset(both, split="test")] == ["b"]
    assert [document.text for document in read_dataset(str(tmp_path / "one"))] == ["a"]
    with pytest.raises(ConfigError, match=r"both has several splits \(train, test\); name one of them"):
        read_dataset(both)
    with pytest.raises(ConfigError, match=r"split is 'dev', but .*both has: train, test"):
        read_dataset(both, split="dev")
    with pytest.raises(ConfigError, match=r"split is 'dev', but .*train is one set without splits; leave it out"):
        read_dataset(str(tmp_path / "one" / "train"), split="dev")
    with pytest.raises(ConfigError, match=r"subset is 'x', but .*both is a saved folder, which has none; leave it out"):
        read_dataset(both, subset="x")


def test_what_is_no_saved_set(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"is no folder that save_to_disk wrote \(no state\.json and no dataset_dict"):
        read_dataset(str(tmp_path))
    with pytest.raises(DataError, match=r"/gone does not exist; check the path"):
        read_dataset(str(tmp_path / "gone"))
    (tmp_path / "state.json").write_text("{}")
    with pytest.raises(DataError, match=r"cannot be opened \(.*\); save it again"):
        read_dataset(str(tmp_path))


def test_an_empty_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = saved(tmp_path, {"text": ["a"]})
    monkeypatch.setattr(datasets, "load_from_disk", lambda _: datasets.Dataset.from_dict({"text": []}))
    with pytest.raises(DataError, match=r"set is empty; expected at least one record"):
        read(source)


def test_the_hub_without_a_connection() -> None:
    with pytest.raises(
        DataError, match=r"^nobody/nothing cannot be opened \(ConnectionError: .*\); there is no folder "
    ):
        read_dataset("nobody/nothing")


class Stream:
    """A stream from the hub that says nothing about itself and is cut behind its second record."""

    column_names = features = None

    def with_format(self, type: None) -> "Stream":
        return self

    def __iter__(self) -> Iterator[dict[str, str]]:
        yield {"text": "a"}
        yield {"text": "b"}
        raise OSError("the line was cut\nfar away")


def test_the_hub_is_asked_for_a_stream_and_never_for_code(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []

    def load_dataset(*arguments: object, **options: object) -> object:
        asked.append((arguments, options))
        return {"train": Stream()}

    monkeypatch.setattr(datasets, "load_dataset", load_dataset)
    documents = read_dataset("someone/something", subset="small", split="train")
    assert asked == [(("someone/something", "small"), {"streaming": True})]
    assert [next(documents).text, next(documents).text] == ["a", "b"]
    with pytest.raises(
        DataError, match=r"^someone/something cannot be read behind record 2 \(OSError: the line was cut\)"
    ):
        next(documents)
