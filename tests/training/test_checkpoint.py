"""What a checkpoint holds, and what is none."""

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from gprel.config import RunConfig
from gprel.errors import CheckpointError, ConfigError
from gprel.training import checkpoint
from gprel.training.checkpoint import Checkpoints, restore_generators, write_whole
from gprel.training.prepare import Parts
from gprel.training.run_folder import CHECKPOINT

PROGRESS = {"run": {"epoch": 2}, "log_bytes": 0}


def test_a_checkpoint_holds_everything(tmp_path: Path, kept_config: RunConfig, parts: Parts) -> None:
    checkpoints = Checkpoints(tmp_path, kept_config, parts)
    checkpoints.save(PROGRESS)
    drawn = torch.rand(3)
    before = {
        name: {k: v.clone() for k, v in part.state_dict().items()}
        for name, part in (("model", parts.model), ("average", parts.average))
    }
    moments = [{k: v.clone() for k, v in state.items()} for state in parts.optimizer.state.values()]
    rate = parts.schedule.get_last_lr()
    with torch.no_grad():
        for weight in parts.model.parameters():
            weight.zero_()
        for state in parts.optimizer.state.values():
            for value in state.values():
                value.fill_(7)
    parts.schedule.step()
    saved = checkpoints.load()
    assert saved is not None
    restore_generators(saved.pop("generators"))
    assert saved == PROGRESS
    assert torch.equal(torch.rand(3), drawn)
    for name, part in (("model", parts.model), ("average", parts.average)):
        assert all(torch.equal(value, before[name][key]) for key, value in part.state_dict().items())
    again = list(parts.optimizer.state.values())
    assert len(again) == len(moments) > 30
    assert all(state.keys() == old.keys() for state, old in zip(again, moments, strict=True))
    assert all(torch.equal(state[k], v) for state, old in zip(again, moments, strict=True) for k, v in old.items())
    assert parts.schedule.get_last_lr() == rate


def test_no_checkpoint(tmp_path: Path, kept_config: RunConfig, parts: Parts) -> None:
    assert Checkpoints(tmp_path, kept_config, parts).load() is None


@pytest.mark.parametrize("content", [b"", b"no tensors", b"\x08\0\0\0\0\0\0\0{}      "])
def test_what_is_no_checkpoint(tmp_path: Path, kept_config: RunConfig, parts: Parts, content: bytes) -> None:
    (tmp_path / CHECKPOINT).write_bytes(content)
    with pytest.raises(CheckpointError, match=r"checkpoint\.safetensors cannot be read: .*; delete it to begin"):
        Checkpoints(tmp_path, kept_config, parts).load()


def test_another_version(tmp_path: Path, kept_config: RunConfig, parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(checkpoint, "VERSION", 99)
        Checkpoints(tmp_path, kept_config, parts).save(PROGRESS)
    with pytest.raises(CheckpointError, match=r"has version 99, this gprel reads 1; go on with the gprel that wrote"):
        Checkpoints(tmp_path, kept_config, parts).load()


def test_other_data(tmp_path: Path, kept_config: RunConfig, parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    Checkpoints(tmp_path, kept_config, parts).save(PROGRESS)
    monkeypatch.setattr(parts, "data", "other")
    with pytest.raises(
        CheckpointError, match=r"the training data of demo has changed since .* was written; restore it"
    ):
        Checkpoints(tmp_path, kept_config, parts).load()


def test_other_settings(tmp_path: Path, kept_config: RunConfig, parts: Parts) -> None:
    Checkpoints(tmp_path, kept_config, parts).save(PROGRESS)
    with pytest.raises(ConfigError, match=r"other settings \(training\.seed 42 -> 1\); repeat those, or begin"):
        Checkpoints(tmp_path, kept_config.override(["training.seed=1"]), parts).load()
    for free in ("training.checkpoint_minutes=1", "training.checkpoint_steps=3", "data.data_dir=there"):
        assert Checkpoints(tmp_path, kept_config.override([free]), parts).load() is not None


@pytest.mark.parametrize(
    ("settings", "expected"),
    [(("steps=3", "minutes=0"), [0, 0, 1, 0, 0, 1]), (("steps=0", "minutes=0"), [0] * 6), (("minutes=1e-9",), [1] * 6)],
)
def test_when_it_is_time(
    tmp_path: Path, kept_config: RunConfig, parts: Parts, settings: tuple[str, ...], expected: list[int]
) -> None:
    config = kept_config.override([f"training.checkpoint_{setting}" for setting in settings])
    checkpoints = Checkpoints(tmp_path, config, parts)
    due: list[int] = []
    for _ in expected:
        due.append(checkpoints.is_due())
        if due[-1]:
            checkpoints.save(PROGRESS)
    assert due == expected


def test_tied_weights_are_kept_both(tmp_path: Path) -> None:
    weight = torch.arange(6.0).reshape(2, 3)
    write_whole(tmp_path / "x", {"one": weight, "tied": weight, "turned": weight.T}, {})
    tensors = load_file(tmp_path / "x")
    assert torch.equal(tensors["one"], weight)
    assert torch.equal(tensors["tied"], weight)
    assert torch.equal(tensors["turned"], weight.T)


def test_no_pickle_and_no_second_file(tmp_path: Path, kept_config: RunConfig, parts: Parts) -> None:
    checkpoints = Checkpoints(tmp_path, kept_config, parts)
    for _ in range(3):
        checkpoints.save(PROGRESS)
    assert [path.name for path in tmp_path.iterdir()] == [CHECKPOINT]
    header = (tmp_path / CHECKPOINT).read_bytes()
    length = int.from_bytes(header[:8], "little")
    assert "gprel" in json.loads(header[8 : 8 + length])["__metadata__"]
