"""The tokenizer without transformers gives what transformers gives."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from transformers import AutoTokenizer, PreTrainedTokenizerFast

from gprel.document import Document
from gprel.encoders import resolve, tiny_tokenizer
from gprel.errors import CheckpointError
from gprel.features import Featurizer
from gprel.schema import Schema
from gprel.tokenizer import LightTokenizer

from .byte_level import byte_level_tokenizer

ODD = [
    "",
    " ",
    "Ann lives in Köln.",
    "北京 is 很大 😀👩‍👩‍👧",
    "[CLS] a [SEP] b [PAD] [MASK]",
    "e\u0301a\u0300 \u200b\ufeff\u00ad x\ty\r\nz",
    "İstanbul ǅ ﬁ ½ 𝔘 ٣",
    "\x00\x07 \u2028 \u3000",
    "a" * 300,
]


Pair = tuple[PreTrainedTokenizerFast, LightTokenizer]


@pytest.fixture(scope="module", params=["tiny", "minilm", "byte_level"])
def pair(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Pair:
    """A tokenizer of transformers, and the light one from the folder it was saved in."""
    if request.param == "byte_level":
        tokenizer = byte_level_tokenizer(ODD)
    elif request.param == "tiny":
        tokenizer = tiny_tokenizer(["Köln"])
    else:
        source = resolve("minilm")
        if not Path(str(source.location)).is_dir():
            pytest.skip("the package of minilm is not installed")
        tokenizer = source.tokenizer()
    folder = tmp_path_factory.mktemp(request.param)
    tokenizer(["x", "y z"], padding=True, truncation=True, max_length=4)  # leaves its traces in the file
    tokenizer.save_pretrained(folder)
    return AutoTokenizer.from_pretrained(folder), LightTokenizer.from_folder(folder)


def check(pair: Pair, texts: list[str]) -> None:
    options = {"add_special_tokens": False, "return_offsets_mapping": True, "verbose": False}
    theirs, mine = (tokenizer(texts, **options) for tokenizer in pair)
    assert mine["input_ids"] == theirs["input_ids"]
    assert mine["offset_mapping"] == theirs["offset_mapping"]
    for text in texts:
        assert pair[1](text)["input_ids"] == pair[0](text)["input_ids"]  # with special tokens
    words = [list(text.replace(" ", "")) for text in texts]
    theirs, mine = (
        tokenizer(words, is_split_into_words=True, add_special_tokens=False, verbose=False) for tokenizer in pair
    )
    assert mine["input_ids"] == theirs["input_ids"]
    assert [mine.word_ids(i) for i in range(len(texts))] == [theirs.word_ids(i) for i in range(len(texts))]


def test_padding_is_known(pair: Pair) -> None:
    assert pair[0].pad_token_id is not None
    assert pair[1].pad_token_id == pair[0].pad_token_id


def test_odd_texts(pair: Pair) -> None:
    check(pair, ODD)


@given(st.lists(st.text(), min_size=1, max_size=4))
def test_any_text(pair: Pair, texts: list[str]) -> None:
    check(pair, texts)


@pytest.mark.parametrize("use_characters", [False, True])
def test_features_are_the_same(pair: Pair, use_characters: bool) -> None:
    schema = Schema(("A",))
    documents = [Document(text) for text in ODD]
    theirs, mine = (
        Featurizer(tokenizer, schema, max_tokens=16, stride=4, use_characters=use_characters).examples(documents)
        for tokenizer in pair
    )
    assert mine == theirs


@pytest.mark.parametrize("name", ["tokenizer.json", "tokenizer_config.json"])
def test_files_that_are_missing_or_damaged(tmp_path: Path, name: str) -> None:
    tiny_tokenizer().save_pretrained(tmp_path)
    (tmp_path / name).write_text("{", encoding="utf-8")
    with pytest.raises(CheckpointError, match=f"{name} cannot be read: "):
        LightTokenizer.from_folder(tmp_path)
    (tmp_path / name).write_text("[]", encoding="utf-8")
    with pytest.raises(CheckpointError, match=f"{name} cannot be read: "):
        LightTokenizer.from_folder(tmp_path)
    (tmp_path / name).unlink()
    with pytest.raises(CheckpointError, match=f"is not a complete model: {name} is missing"):
        LightTokenizer.from_folder(tmp_path)


def test_a_tokenizer_without_padding(tmp_path: Path) -> None:
    tiny_tokenizer().save_pretrained(tmp_path)
    path = tmp_path / "tokenizer_config.json"
    config = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(config | {"pad_token": {"content": "[MASK]"}}), encoding="utf-8")
    assert LightTokenizer.from_folder(tmp_path).pad_token_id == tiny_tokenizer().mask_token_id
    path.write_text(json.dumps({key: value for key, value in config.items() if key != "pad_token"}), encoding="utf-8")
    assert LightTokenizer.from_folder(tmp_path).pad_token_id is None
