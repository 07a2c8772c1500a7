"""A fast tokenizer without transformers, whose import takes seconds."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from gprel.errors import CheckpointError, DependencyError

if TYPE_CHECKING:
    from tokenizers import Encoding, Tokenizer


class Encoded:
    """Tokens of one text or of several, under the names transformers gives them.

    Args:
        encodings: One per text.
        is_one: Whether it was a single text rather than a list.
    """

    def __init__(self, encodings: "Sequence[Encoding]", *, is_one: bool) -> None:
        self._encodings = encodings
        self._is_one = is_one

    def __getitem__(self, name: str) -> list[Any]:
        """``input_ids`` (token ids) or ``offset_mapping`` (characters of each token), one list per text."""
        columns = {"input_ids": "ids", "offset_mapping": "offsets"}
        values: list[list[Any]] = [getattr(encoding, columns[name]) for encoding in self._encodings]
        return values[0] if self._is_one else values

    def word_ids(self, index: int = 0) -> list[int]:
        """For each token of a text the word it came from; only where no special tokens were added, which have none."""
        return cast("list[int]", self._encodings[index].word_ids)


class LightTokenizer:
    """What features need of a transformers fast tokenizer, with the same results.

    Args:
        tokenizer: The tokenizer of the ``tokenizers`` library that a fast tokenizer is made around.
        pad_token_id: Id of padding; ``None`` if there is none.
    """

    def __init__(self, tokenizer: "Tokenizer", pad_token_id: int | None) -> None:
        tokenizer.no_truncation()
        tokenizer.no_padding()
        self._tokenizer = tokenizer
        self.pad_token_id = pad_token_id

    @classmethod
    def from_folder(cls, folder: Path) -> "LightTokenizer":
        """Load ``tokenizer.json``, and from ``tokenizer_config.json`` the name of the padding token.

        Raises:
            CheckpointError: If one of the files is missing or damaged.
            DependencyError: If the ``tokenizers`` library is missing.
        """
        try:
            from tokenizers import Tokenizer
        except ImportError as error:
            raise DependencyError(f"{error}; run: pip install tokenizers") from error
        paths = {name: folder / name for name in ("tokenizer.json", "tokenizer_config.json")}
        for path in paths.values():
            if not path.is_file():
                raise CheckpointError(f"{folder} is not a complete model: {path.name} is missing; export it again")
        try:
            tokenizer = Tokenizer.from_file(str(paths["tokenizer.json"]))
        except Exception as error:  # the library raises nothing narrower
            raise CheckpointError(f"{paths['tokenizer.json']} cannot be read: {error}") from error
        try:
            config = json.loads(paths["tokenizer_config.json"].read_text(encoding="utf-8"))
            pad = config.get("pad_token")
        except (AttributeError, ValueError) as error:
            raise CheckpointError(f"{paths['tokenizer_config.json']} cannot be read: {error}") from error
        name = pad.get("content") if isinstance(pad, dict) else pad
        return cls(tokenizer, None if name is None else tokenizer.token_to_id(name))

    def __call__(
        self,
        text: str | Sequence[str] | Sequence[Sequence[str]],
        *,
        add_special_tokens: bool = True,
        is_split_into_words: bool = False,
        **_: bool,
    ) -> Encoded:
        """Tokenize a text or a list of texts.

        Args:
            text: A text, or a list of texts, or of lists of words.
            add_special_tokens: Add what the encoder expects before and behind a text.
            is_split_into_words: Each text is a list of words.
            **_: Which columns transformers is to make; all are there.
        """
        is_one = isinstance(text, str)
        encodings = self._tokenizer.encode_batch(
            [text] if is_one else text, is_pretokenized=is_split_into_words, add_special_tokens=add_special_tokens
        )
        return Encoded(encodings, is_one=is_one)
