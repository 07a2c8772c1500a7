"""Training that begins with the encoder of an earlier model, as it was trained or as it was exported."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from gprel.document import Document
from gprel.errors import CheckpointError, ConfigError
from gprel.export import export_onnx
from gprel.model import Extractor
from gprel.training.start import TrainedEncoder

Build = Callable[..., Extractor]


@pytest.fixture(scope="module")
def trained(run_in: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model as a training wrote it, with shapes that mean something."""
    path = tmp_path_factory.mktemp("start")
    run_in(path / "run", "training.epochs=1")
    model = Extractor.from_pretrained(path / "run" / "model")
    with torch.no_grad():
        assert model.encoder.shapes is not None
        model.encoder.shapes.weight.normal_()
    model.save_pretrained(path / "model")
    return path / "model"


def check_same(model: Extractor, folder: Path, error: float) -> None:
    """The encoders differ by at most a share of each weight's norm."""
    before, after = Extractor.from_pretrained(folder).encoder.state_dict(), model.encoder.state_dict()
    assert before.keys() == after.keys()
    for key, weight in before.items():
        assert (after[key] - weight).norm() <= error * weight.norm(), key
    assert len(model.extract(["Ann lives in Oslo ."])) == 1  # with its tokenizer


def test_a_new_model_has_the_weights_of_the_earlier_one(
    make: Build, documents: list[Document], notes: list[str], trained: Path
) -> None:
    model = make(*documents, settings=(f"encoder.init={trained}", "encoder.name=minilm"))
    assert f"training begins with the encoder of {trained}, with its shapes" in notes
    check_same(model, trained, 0.0)


@pytest.mark.slow
@pytest.mark.parametrize(("use_int8", "error"), [(False, 0.0), (True, 0.02)])
def test_weights_of_an_export(
    make: Build, documents: list[Document], trained: Path, tmp_path: Path, use_int8: bool, error: float
) -> None:
    export_onnx(Extractor.from_pretrained(trained), tmp_path, use_int8=use_int8)
    check_same(make(*documents, settings=(f"encoder.init={tmp_path}",)), trained, error)


def test_what_fits_no_shapes_is_said(make: Build, documents: list[Document], notes: list[str], trained: Path) -> None:
    make(*documents, settings=(f"encoder.init={trained}", "encoder.use_shapes=no"))
    assert any(note.endswith("without its shapes") for note in notes)


def test_trained_and_random_at_once(make: Build, documents: list[Document]) -> None:
    with pytest.raises(ConfigError, match=r"^encoder\.init is x but encoder\.random_init is on; use one of them$"):
        make(*documents, settings=("encoder.init=x", "encoder.random_init=true"))


def test_what_is_no_model(tmp_path: Path) -> None:
    with pytest.raises(
        CheckpointError, match=r"^--init .*nowhere does not exist; expected the folder of a gprel model"
    ):
        TrainedEncoder.named(str(tmp_path / "nowhere"))
    with pytest.raises(
        CheckpointError, match=r"is no gprel model: it needs config\.json and model\.safetensors or model"
    ):
        TrainedEncoder.named(str(tmp_path))


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ("{", r"config\.json cannot be read"),
        ("[]", r"config\.json cannot be read"),
        ('{"model_type": "bert"}', r"holds a model of type 'bert', expected gprel; pretrained encoders are named by"),
        ('{"model_type": "gprel"}', r"config\.json tells of no encoder"),
    ],
)
def test_damaged_config(tmp_path: Path, config: str, message: str) -> None:
    (tmp_path / "config.json").write_text(config, encoding="utf-8")
    (tmp_path / "model.onnx").touch()
    with pytest.raises(CheckpointError, match=message):
        TrainedEncoder.named(str(tmp_path)).config()


@pytest.mark.parametrize(("file", "content"), [("model.safetensors", b"x"), ("model.onnx", b"x"), ("model.onnx", None)])
def test_damaged_weights(tmp_path: Path, trained: Path, file: str, content: bytes | None) -> None:
    config = TrainedEncoder("x", trained).config()
    if content is not None:
        (tmp_path / file).write_bytes(content)
    with pytest.raises(CheckpointError, match=rf"{file} cannot be read"):
        TrainedEncoder("x", tmp_path).model(config)
    with pytest.raises(CheckpointError, match=r"^the tokenizer in .* cannot be read"):
        TrainedEncoder("x", tmp_path).tokenizer()


def test_weights_of_another_encoder(trained: Path) -> None:
    encoder = TrainedEncoder("x", trained)
    config = encoder.config()
    config.num_hidden_layers += 1
    n = len(Extractor.from_pretrained(trained).encoder.model.state_dict())
    with pytest.raises(
        CheckpointError, match=rf"^--init x lacks 16 of the encoder's {n + 16} tensors \(first: encoder\."
    ):
        encoder.model(config)
