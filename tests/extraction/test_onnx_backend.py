"""An exported model finds what the model finds, and needs no torch for it."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import transformers

from gprel.document import Document
from gprel.errors import CheckpointError, ConfigError
from gprel.export import export_onnx
from gprel.export.quantize import quantize
from gprel.extraction.backend import open_backend
from gprel.extraction.cores import n_cores
from gprel.extraction.onnx_backend import OnnxBackend
from gprel.extraction.torch_backend import TorchBackend
from gprel.model import Extractor
from gprel.predict import predict_windows

from .helpers import records_of
from .onnx_helpers import TEXTS, build, check_same, train

HEAVY = ("torch", "transformers", "accelerate", "datasets", "safetensors", "huggingface_hub", "jaxtyping", "onnx")


@pytest.fixture(scope="module")
def trained() -> Extractor:
    """A model that knows its two sentences, tuned and calibrated."""
    model = train(build(allowed=[[0, 1, 1], [1, 1, 0]]))
    model.config.thresholds = {"entities": {"Loc": 0.5}, "relations": {"Knows": -0.5}}
    model.config.calibration = {"rule": "strict", "entities": {"temperature": 2.0, "bias": 0.5}}
    return model


@pytest.fixture(scope="module")
def folder(trained: Extractor, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its export."""
    folder = tmp_path_factory.mktemp("exported") / "model"
    export_onnx(trained, folder)
    return folder


@pytest.fixture
def copy(folder: Path, tmp_path: Path) -> Path:
    """A copy of the export, to be damaged."""
    return Path(shutil.copytree(folder, tmp_path / "copy"))


def test_the_same_is_found(trained: Extractor, folder: Path) -> None:
    assert check_same(open_backend(folder), TorchBackend(trained)) > 20


def test_a_threshold_of_the_user(trained: Extractor, folder: Path) -> None:
    thresholds = {"Loc": -1.0, "Live_In": 3.0}
    mine = OnnxBackend(folder, thresholds=thresholds)
    before = trained.config.thresholds
    theirs = TorchBackend(trained, thresholds=thresholds)
    try:
        assert check_same(mine, theirs) > 0
    finally:
        trained.config.thresholds = before
    with pytest.raises(ConfigError, match="does not know the label 'Lok'; did you mean 'Loc'"):
        OnnxBackend(folder, thresholds={"Lok": 1.0})


def test_schema_and_calibration_come_along(trained: Extractor, folder: Path) -> None:
    backend = OnnxBackend(folder)
    assert (backend.schema, backend.has_relations) == (trained.schema, True)
    assert backend.calibration is not None
    assert backend.calibration.to_dict() == trained.config.calibration
    assert backend.extract([]) == []


def test_int8_finds_the_same_with_other_scores(trained: Extractor, folder: Path, tmp_path: Path) -> None:
    small = Path(shutil.copytree(folder, tmp_path / "small"))
    quantize(folder / "model.onnx", small / "model.onnx")
    assert (small / "model.onnx").stat().st_size < 0.5 * (folder / "model.onnx").stat().st_size
    documents = [Document(text) for text in TEXTS[:2]]
    found = [
        [set(document.triples()) for document in without_scores(backend, documents)]
        for backend in (OnnxBackend(small), TorchBackend(trained))
    ]
    assert found[0] == found[1]
    assert all(found[0])


def without_scores(backend: Any, documents: list[Document]) -> list[Document]:
    found = predict_windows(documents, backend.extract, backend.featurizer)
    bare = []
    for document in found:
        entities = tuple(type(e)(e.start, e.end, e.type) for e in document.entities or ())
        bare.append(Document(document.text, entities, document.relations))
    return bare


CODE = """
import sys

class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {heavy!r}:
            raise ImportError(name + " is not installed here")

sys.meta_path.insert(0, Refuse())
import gprel
from gprel.document import Document
from gprel.extraction.backend import open_backend
from gprel.extraction.cores import n_cores
from gprel.predict import predict_windows
backend = open_backend(sys.argv[1])
for document in predict_windows([Document("Anna Berg lives in Rome.")], backend.extract, backend.featurizer):
    print([(document.surface(s), r, document.surface(o)) for s, r, o in document.triples()])
print([name for name in {heavy!r} if name in sys.modules])
"""


def test_nothing_heavy_is_imported(folder: Path) -> None:
    """In a process of its own where those libraries cannot be imported."""
    done = subprocess.run(
        [sys.executable, "-c", CODE.format(heavy=HEAVY), str(folder)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    found, imported = done.stdout.splitlines()
    assert "('Anna Berg', 'Live_In', 'Rome')" in found
    assert imported == "[]"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("config.json", "is not an exported model: config.json missing"),
        ("model.onnx", "is not an exported model: model.onnx missing"),
        ("links.onnx", "is not a complete model: links.onnx is missing"),
        ("tokenizer.json", "is not a complete model: tokenizer.json is missing"),
    ],
)
def test_files_that_are_missing(copy: Path, name: str, message: str) -> None:
    (copy / name).unlink()
    with pytest.raises(CheckpointError, match=message):
        OnnxBackend(copy)


def test_no_folder(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=r"model folder .*nothing does not exist"):
        OnnxBackend(tmp_path / "nothing")


@pytest.mark.parametrize("name", ["model.onnx", "links.onnx"])
def test_a_damaged_graph(copy: Path, name: str) -> None:
    (copy / name).write_bytes((copy / name).read_bytes()[:1000])
    with pytest.raises(CheckpointError, match=f"{name} cannot be loaded: .*; export the model again"):
        OnnxBackend(copy)


def edited(config: dict[str, Any], *path: str, value: Any) -> dict[str, Any]:
    part = config
    for key in path[:-1]:
        part = part[key]
    part[path[-1]] = value
    return config


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (("onnx",), None, "has no section 'onnx', which gprel export writes; export the model again"),
        (("onnx", "format"), 2, "has format 2, this gprel reads 1; export the model again"),
        (("onnx", "max_width"), "wide", "the section 'onnx' of .*config.json is damaged: ValueError.*wide"),
        (("onnx", "allowed"), [[9, 0, 0]], "config.json is damaged: IndexError"),
        (("labels",), None, "config.json is damaged: TypeError"),
        (("features",), {"window": 5}, "config.json is damaged: TypeError"),
    ],
)
def test_a_damaged_config(copy: Path, path: tuple[str, ...], value: Any, message: str) -> None:
    config = json.loads((copy / "config.json").read_text(encoding="utf-8"))
    (copy / "config.json").write_text(json.dumps(edited(config, *path, value=value)), encoding="utf-8")
    with pytest.raises(CheckpointError, match=message):
        OnnxBackend(copy)


def test_a_config_that_is_no_json(copy: Path) -> None:
    (copy / "config.json").write_text("{", encoding="utf-8")
    with pytest.raises(CheckpointError, match=r"config\.json is not JSON"):
        OnnxBackend(copy)


@pytest.mark.parametrize("value", ["3", "", "many"])
def test_threads_of_the_environment(folder: Path, monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", value)
    backend = OnnxBackend(folder)
    assert backend.n_threads == n_cores()
    assert backend._model.get_session_options().intra_op_num_threads == 1


def test_the_same_bits_with_any_number_of_threads(folder: Path, tmp_path: Path) -> None:
    small = Path(shutil.copytree(folder, tmp_path / "small"))
    quantize(folder / "model.onnx", small / "model.onnx")
    found = [records_of(OnnxBackend(small, n_threads=n), TEXTS * 6) for n in (1, 2, 3)]
    assert found[0] == found[1] == found[2]


SIZES = {"hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 128}
ENCODERS = {
    "roberta": lambda n: transformers.RobertaConfig(vocab_size=n, pad_token_id=0, **SIZES),
    "mpnet": lambda n: transformers.MPNetConfig(vocab_size=n, pad_token_id=1, **SIZES),
    "electra": lambda n: transformers.ElectraConfig(vocab_size=n, embedding_size=64, **SIZES),
    "deberta": lambda n: transformers.DebertaV2Config(
        vocab_size=n, relative_attention=True, pos_att_type=["p2c", "c2p"], **SIZES
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("n_shapes", [0, 4])
@pytest.mark.parametrize("name", ENCODERS)
def test_other_encoders(name: str, n_shapes: int, tmp_path: Path) -> None:
    model = build(ENCODERS[name](300), n_shapes=n_shapes)
    export_onnx(model, tmp_path)
    assert check_same(OnnxBackend(tmp_path), TorchBackend(model)) > 100


HEADS: list[dict[str, Any]] = [
    {"pointer": "standard"},
    {"pointer": "standard", "head_name": "global_pointer", "use_rope": False},
    {"head_name": "global_pointer", "max_candidates": 7},
    {"use_lasts": False, "max_triples": 5},
    {"use_roles": True, "allowed": [[0, 0, 0]]},
    {"max_width": 3, "allowed": [[0, 1, 1], [1, 1, 0]]},
]


@pytest.mark.slow
@pytest.mark.parametrize("options", HEADS, ids=str)
def test_other_heads(options: dict[str, Any], tmp_path: Path) -> None:
    model = build(**options)
    export_onnx(model, tmp_path)
    assert check_same(OnnxBackend(tmp_path), TorchBackend(model)) > 50
