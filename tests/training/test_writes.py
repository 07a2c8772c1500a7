"""What is on the disk while a run writes: at every moment a model and a checkpoint that load, or none."""

import errno
import itertools
import json
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save

from gprel.config import RunConfig
from gprel.errors import CheckpointError
from gprel.model import Extractor
from gprel.training import RunFolder, checkpoint, run_folder
from gprel.training.checkpoint import Checkpoints
from gprel.training.prepare import Parts

from .interrupted import Killed


class Small:
    """Stands for a model whose folder is written in no time."""

    def save_pretrained(self, path: Path, **_: Any) -> None:
        path.mkdir()
        (path / "config.json").write_text('{"whole": "yes"}')
        (path / "model.safetensors").write_bytes(save({"weight": torch.ones(5)}))


def small_parts() -> Parts:
    model = torch.nn.Linear(2, 2)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    return SimpleNamespace(  # type: ignore[return-value]
        accelerator=SimpleNamespace(scaler=None, device=torch.device("cpu")),
        team=SimpleNamespace(is_main=True, rank=0, gather=lambda state: [state]),
        model=model,
        optimizer=optimizer,
        schedule=torch.optim.lr_scheduler.ConstantLR(optimizer),
        average=None,
        whole=None,
        data="",
        micro_batches=SimpleNamespace(n_parts=1),
    )


@dataclass
class Life:
    """All that a run writes, in its order."""

    path: Path
    config: RunConfig
    parts: Parts
    model: Any
    n_saved: int = 0

    def live(self) -> None:
        folder = RunFolder(self.path, self.config, use_resume=True)
        checkpoints = Checkpoints(self.path, self.config, self.parts)
        for number in (1, 2):
            checkpoints.save({"number": number})
            self.n_saved = number
            folder.log(epoch=number)
            folder.save(self.model)
        folder.update(status="done")
        folder.remove_checkpoint()

    def check(self) -> None:
        """The folder is one that training can go on with, and what is there is whole and no older than it may be."""
        self.check_model()
        folder = RunFolder(self.path, self.config, use_resume=True)
        saved = Checkpoints(self.path, self.config, self.parts).load()
        if saved is not None:
            assert saved["number"] in (self.n_saved, self.n_saved + 1)  # it may have died right behind the renaming
        elif self.n_saved:
            assert folder.is_done

    def check_model(self) -> None:
        if not (self.path / "model").exists():
            return
        if isinstance(self.model, Extractor):
            assert Extractor.from_pretrained(self.path / "model").tokenizer is not None
        else:
            assert json.loads((self.path / "model" / "config.json").read_text()) == {"whole": "yes"}
            assert load_file(self.path / "model" / "model.safetensors").keys() == {"weight"}


class Faults:
    """Counts what is done to the disk, and lets one of these fail."""

    NAMES = ("replace", "rename", "fsync", "unlink", "rmdir", "mkdir")

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.count, self.at, self.error = 0, 0, Killed()
        for name in self.NAMES:
            self._wrap(monkeypatch, os, name)
        for place, name in ((Path, "write_text"), (Path, "open"), (checkpoint, "save_file")):
            self._wrap(monkeypatch, place, name)
        self._wrap(monkeypatch, Extractor, "save_pretrained")

    def arm(self, at: int, error: BaseException) -> None:
        self.count, self.at, self.error = 0, at, error

    def _wrap(self, monkeypatch: pytest.MonkeyPatch, place: Any, name: str) -> None:
        original = getattr(place, name)

        def wrapped(*arguments: Any, **options: Any) -> Any:
            if name == "open" and not {"a", "w"} & set("".join(map(str, arguments[1:2]))):
                return original(*arguments, **options)  # for reading
            if name == "mkdir" and Path(arguments[0]).is_dir():
                return original(*arguments, **options)  # nothing is written: a full disk cannot be what fails it
            self.count += 1
            if self.count == self.at:
                self._write_half(name, arguments)
                raise self.error
            if name == "fsync":
                return None  # it is slow, and changes nothing that a test could see
            return original(*arguments, **options)

        monkeypatch.setattr(place, name, wrapped)

    def _write_half(self, name: str, arguments: tuple[Any, ...]) -> None:
        at, self.at = self.at, 0
        if name == "write_text":
            arguments[0].write_bytes(arguments[1].encode()[: len(arguments[1]) // 2])
        elif name == "save_file":
            Path(arguments[1]).write_bytes(b"half")
        elif name == "save_pretrained":
            os.mkdir(arguments[1])
            (Path(arguments[1]) / "model.safetensors").write_bytes(b"half")
        self.at = at


@pytest.fixture
def faults(monkeypatch: pytest.MonkeyPatch) -> Faults:
    return Faults(monkeypatch)


@pytest.fixture(params=["small", pytest.param("real", marks=pytest.mark.slow)])
def life(
    request: pytest.FixtureRequest, kept_config: RunConfig, parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> Callable[[Path], Life]:
    """Lives of runs by folder, with a model that is a real one or a small one."""
    monkeypatch.setattr(run_folder, "provenance", dict)  # asks git, which takes longer than all the rest
    if request.param == "real":
        return lambda path: Life(path, kept_config, parts, parts.result)
    return lambda path: Life(path, kept_config, small_parts(), Small())


def n_writes(faults: Faults, life: Life) -> int:
    faults.arm(0, Killed())
    life.live()
    return faults.count


def test_killed_at_every_write(tmp_path: Path, life: Callable[[Path], Life], faults: Faults) -> None:
    total = n_writes(faults, life(tmp_path / "whole"))
    expected = {path.name for path in (tmp_path / "whole").iterdir()}
    for at in range(1, total + 1):
        one = life(tmp_path / str(at))
        faults.arm(at, Killed())
        with pytest.raises(Killed):
            one.live()
        faults.arm(0, Killed())
        one.check()
        one.live()  # and it can be brought to its end
        assert {path.name for path in one.path.iterdir()} == expected
        shutil.rmtree(one.path)
    assert total > 30


def test_a_disk_that_is_full_at_every_write(tmp_path: Path, life: Callable[[Path], Life], faults: Faults) -> None:
    total = n_writes(faults, life(tmp_path / "whole"))
    for at in range(1, total):  # the last only deletes, which needs no space
        one = life(tmp_path / str(at))
        faults.arm(at, OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)))
        with pytest.raises(CheckpointError) as error:
            one.live()
        assert str(one.path) in str(error.value)
        assert "No space left on device" in str(error.value)
        faults.arm(0, Killed())
        if one.path.exists():
            assert not list(one.path.glob("*.new"))
            one.check()
            shutil.rmtree(one.path)


def test_overwriting_is_killed_at_every_write(tmp_path: Path, life: Callable[[Path], Life], faults: Faults) -> None:
    """Never a part of the old model is there, and the folder can always be taken again."""
    one = life(tmp_path / "run")
    for at in itertools.count(1):
        faults.arm(0, Killed())
        shutil.rmtree(one.path, ignore_errors=True)
        one.live()
        faults.arm(at, Killed())
        try:
            RunFolder(one.path, one.config, use_overwrite=True)
        except Killed:
            faults.arm(0, Killed())
            one.check_model()
            RunFolder(one.path, one.config, use_resume=True)
            RunFolder(one.path, one.config, use_overwrite=True)
        else:
            break
    assert at > 8
    assert {path.name for path in one.path.iterdir()} == {"run.json", "config.yaml"}
