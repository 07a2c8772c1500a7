"""Opening a model for extraction."""

from pathlib import Path

import pytest

from gprel.config import RunConfig
from gprel.document import Document, Entity, Relation
from gprel.errors import CheckpointError, ConfigError
from gprel.extraction.backend import open_backend
from gprel.extraction.torch_backend import TorchBackend
from gprel.training.build import build

GOLD = Document("Anna lives in Rome", (Entity(0, 4, "Peop"), Entity(14, 18, "Loc")), (Relation("Live_In", 0, 1),))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("model") / "model"
    build(RunConfig.from_dict({"encoder": {"name": "tiny"}}), [GOLD], []).save_pretrained(path)
    return path


@pytest.mark.parametrize("name", ["auto", "torch"])
def test_torch(folder: Path, name: str) -> None:
    backend = open_backend(folder, backend=name, precision="no")  # type: ignore[arg-type]
    assert isinstance(backend, TorchBackend)
    assert (backend.schema.relation_types, backend.has_relations, backend.calibration) == (("Live_In",), True, None)
    examples = backend.featurizer.examples([Document("Anna"), Document("Anna lives in Rome")])
    assert len(backend.extract(examples)) == 2


def test_thresholds_change_what_is_found(folder: Path) -> None:
    everything = open_backend(folder, precision="no", thresholds={"Peop": -100.0})
    examples = everything.featurizer.examples([GOLD])
    [found] = everything.extract(examples)
    assert {entity.type_id for entity in found.entities} == {everything.schema.entity_id("Peop")}
    [found] = open_backend(folder, precision="no").extract(examples)
    assert found.entities == ()


def test_what_cannot_be_opened(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="backend is 'tpu', expected one of: auto, torch, onnx"):
        open_backend(folder, backend="tpu")  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match=r"the model does not know the label 'Pep'; did you mean 'Peop'\?"):
        open_backend(folder, thresholds={"Pep": 1.0})
    with pytest.raises(CheckpointError, match="does not exist"):
        open_backend(tmp_path / "no")
