"""Model folders that are missing, damaged or foreign: each is refused with a reason."""

import json
import shutil
from pathlib import Path

import pytest
from safetensors.torch import load_file, save_file

from gprel.encoders import tiny_config, tiny_tokenizer
from gprel.errors import CheckpointError, ConfigError
from gprel.model import Extractor, ExtractorConfig
from gprel.schema import Schema

TINY = tiny_tokenizer()


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("model")
    config = ExtractorConfig(
        encoder=tiny_config(TINY).to_dict(),
        head_options={"n_types": 2, "n_relations": 2},
        labels=Schema(("Loc", "Peop"), ("Kill", "Live_In")).to_dict(),
        features={"max_tokens": 64, "stride": 16},
    )
    model = Extractor(config)
    model.tokenizer = TINY
    model.save_pretrained(folder)
    return folder


@pytest.fixture
def folder(saved: Path, tmp_path: Path) -> Path:
    """A copy that a test may damage."""
    return Path(shutil.copytree(saved, tmp_path / "model"))


def change_config(folder: Path, **values: object) -> None:
    file = folder / "config.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | values))


def test_the_folder_is_sound_before_it_is_damaged(folder: Path) -> None:
    assert Extractor.from_pretrained(folder).schema.entity_types == ("Loc", "Peop")


@pytest.mark.parametrize("name", ["no-such-folder", "./owner/name", "/no/such/folder", "a/b/c"])
def test_a_missing_folder_is_named(name: str) -> None:
    with pytest.raises(CheckpointError, match=rf"model folder {Path(name)} does not exist"):
        Extractor.from_pretrained(name)


def test_what_may_be_a_hub_id_is_asked_for_there() -> None:
    """The test run is offline, so the hub cannot answer."""
    with pytest.raises(
        CheckpointError, match=r"model no-such/model cannot be loaded: there is no such folder here, and "
    ):
        Extractor.from_pretrained("no-such/model")


@pytest.mark.parametrize("name", ["config.json", "model.safetensors", "tokenizer.json"])
def test_a_missing_file_is_named(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(CheckpointError, match=rf"{folder} is not a gprel model: {name} missing"):
        Extractor.from_pretrained(folder)


def test_an_empty_folder_and_a_file_are_no_models(tmp_path: Path, saved: Path) -> None:
    for path in (tmp_path, saved / "config.json"):
        with pytest.raises(
            CheckpointError, match=r"is not a gprel model: config\.json, model\.safetensors, tokenizer\.json"
        ):
            Extractor.from_pretrained(path)


@pytest.mark.parametrize(
    ("file", "content", "message"),
    [
        ("config.json", b"{", r"config\.json is not JSON: "),
        ("config.json", b"\xff", r"config\.json is not JSON: "),
        ("config.json", b"[]", r"holds a model of type None, expected 'gprel'"),
        (
            "config.json",
            b'{"model_type": "bert"}',
            r"holds a model of type 'bert', expected 'gprel'; it may be an encoder",
        ),
        ("config.json", b'{"model_type": "gprel"}', r"cannot be loaded: \w+"),
        ("tokenizer.json", b"{", r"cannot be loaded: \w+"),
        ("tokenizer.json", b"", r"cannot be loaded: \w+"),
        ("model.safetensors", b"", r"cannot be loaded: SafetensorError: .*header"),
        ("model.safetensors", b"not weights at all", r"cannot be loaded: SafetensorError: .*header"),
    ],
)
def test_a_broken_file_is_refused(folder: Path, file: str, content: bytes, message: str) -> None:
    (folder / file).write_bytes(content)
    with pytest.raises(CheckpointError, match=message):
        Extractor.from_pretrained(folder)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (
            {"head_name": "future"},
            r"ConfigError: head 'future' is unknown \(known: global_pointer, gplinker, bert_crf, ",
        ),
        ({"head_options": {"n_types": 2, "n_relations": 2, "n_wings": 2}}, r"TypeError: .*'n_wings'"),
        ({"labels": {"relation_types": []}}, r"KeyError: 'entity_types'"),
        ({"labels": {"entity_types": ["A", "A"]}}, r"SchemaError: entity type 'A' occurs 2 times"),
        ({"n_shapes": "four"}, r"cannot be loaded: Strict\w+: .*n_shapes"),
        ({"encoder": {"model_type": "no-such-encoder"}}, r"cannot be loaded: \w+: .*no-such-encoder"),
    ],
)
def test_a_config_that_fits_nothing_is_refused(folder: Path, values: dict[str, object], message: str) -> None:
    change_config(folder, **values)
    with pytest.raises(CheckpointError, match=message):
        Extractor.from_pretrained(folder)


def test_truncated_weights_are_refused(folder: Path) -> None:
    file = folder / "model.safetensors"
    file.write_bytes(file.read_bytes()[:-1000])
    with pytest.raises(CheckpointError, match=r"cannot be loaded: SafetensorError: .*"):
        Extractor.from_pretrained(folder)


def test_weights_that_lack_a_tensor_are_refused(folder: Path) -> None:
    file = folder / "model.safetensors"
    weights = load_file(file)
    name = next(name for name in sorted(weights) if name.startswith("head."))
    del weights[name]
    save_file(weights, file, metadata={"format": "pt"})
    with pytest.raises(CheckpointError, match=rf"lack 1 of the tensors its config asks for \(first: {name}\)"):
        Extractor.from_pretrained(folder)


def test_weights_of_another_shape_are_refused(folder: Path) -> None:
    change_config(folder, head_options={"n_types": 2, "n_relations": 2, "size": 32})
    with pytest.raises(CheckpointError, match=r"cannot be loaded: RuntimeError: .*"):
        Extractor.from_pretrained(folder)


def test_a_config_without_an_encoder_is_refused() -> None:
    config = ExtractorConfig(encoder=tiny_config(TINY).to_dict())
    config.encoder = None
    with pytest.raises(ConfigError, match=r"the config's encoder is None, expected the config of an encoder"):
        Extractor(config)


def test_an_unknown_head_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"head 'future' is unknown \(known: global_pointer, gplinker, bert_crf, "):
        Extractor(ExtractorConfig(encoder=tiny_config(TINY).to_dict(), head_name="future"))


def test_a_single_text_is_refused(saved: Path) -> None:
    with pytest.raises(ConfigError, match=r"extract\(\) takes a list of texts; .* extract\(\[text\]\)"):
        Extractor.from_pretrained(saved).extract("Anna lives in Rome")


def test_a_model_without_a_tokenizer_says_so(saved: Path) -> None:
    model = Extractor.from_pretrained(saved)
    model.tokenizer = None
    with pytest.raises(CheckpointError, match=r"this model has no tokenizer; load it with from_pretrained or set"):
        model.extract(["Anna"])
