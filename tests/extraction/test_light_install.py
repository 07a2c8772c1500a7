"""The wheel without its dependencies, beside a few small libraries, extracts with an exported model."""

import json
import re
import shutil
import subprocess
import sys
import venv
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

import pytest

from gprel.export import export_onnx

from .onnx_helpers import GOLD, build, train

CHECKOUT = Path(__file__).resolve().parents[2]
# What the documentation tells to install; huggingface-hub, which tokenizers asks for, is used for downloads alone.
LIGHT = ("onnxruntime", "tokenizers", "numpy", "typer", "rich", "pyyaml", "jsonlines")
NOT_NEEDED = {"huggingface-hub"}


def with_requirements(names: tuple[str, ...]) -> dict[str, Distribution]:
    """The distributions and all that they ask for on this machine, without extras."""
    found: dict[str, Distribution] = {}
    waiting = list(names)
    while waiting:
        name = re.sub(r"[-_.]+", "-", waiting.pop()).lower()
        if name in found or name in NOT_NEEDED:
            continue
        try:
            found[name] = distribution(name)
        except PackageNotFoundError:
            assert name not in names, f"{name} is not installed"
            continue  # for another system or version of Python
        requirements = (line for line in found[name].requires or () if "extra ==" not in line)
        waiting += [re.match(r"[\w.-]+", line).group() for line in requirements]
    return found


def link_into(site: Path, found: Distribution) -> None:
    """Put a distribution of this environment into another one, as its installation would, without any network."""
    for top in {file.parts[0] for file in found.files or () if not file.is_absolute() and file.parts[0] != ".."}:
        if not (site / top).exists() and top != "__pycache__":
            (site / top).symlink_to(Path(str(found.locate_file(top))))


@pytest.mark.slow
def test_extract_in_an_environment_without_torch(tmp_path: Path) -> None:
    model, source, wheels = tmp_path / "model", tmp_path / "source", tmp_path / "wheels"
    export_onnx(train(build()), model, use_int8=True)
    # A copy: building leaves folders beside the sources.
    ignored = shutil.ignore_patterns(".*", "build", "dist", "*.egg-info", "__pycache__", "tests", "benchmarks")
    shutil.copytree(
        CHECKOUT, source, ignore=lambda at, names: {*ignored(at, names), *(["runs"] if at == str(CHECKOUT) else [])}
    )
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "-q"]
    subprocess.run(
        [*pip, "wheel", "--no-deps", "--no-build-isolation", "-w", str(wheels), str(source)], check=True, cwd=tmp_path
    )
    (wheel,) = wheels.glob("gprel-*.whl")
    venv.create(tmp_path / "env", with_pip=False)
    (site,) = (tmp_path / "env").glob("lib/python*/site-packages")
    subprocess.run([*pip, "install", "--no-deps", "--target", str(site), str(wheel)], check=True, cwd=tmp_path)
    for found in with_requirements(LIGHT).values():
        link_into(site, found)
    python = str(tmp_path / "env" / "bin" / "python")
    line = json.dumps({"id": "7", "text": GOLD[0].text}) + "\n"
    done = subprocess.run(
        [python, "-I", "-m", "gprel", "extract", "-", "--model", str(model), "--format", "triples"],
        input=line,
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert ["7", "Anna Berg", "Live_In", "Rome"] in [row.split("\t")[:4] for row in done.stdout.splitlines()]
    names = ("torch", "transformers", "accelerate", "datasets", "safetensors", "huggingface_hub", "jaxtyping")
    look = f"from importlib.util import find_spec; print([name for name in {names!r} if find_spec(name)])"
    assert subprocess.run([python, "-I", "-c", look], capture_output=True, text=True, check=True).stdout == "[]\n"
    if (CHECKOUT / "gprel" / "default_model").is_dir():  # the wheel holds it, and nothing has to be named
        command = [python, "-I", "-m", "gprel", "extract", "--text", "Marie Curie was born in Warsaw.", "--json"]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
        assert done.returncode == 0, done.stderr[-2000:]
        assert {"PER", "LOC"} <= {entity["type"] for entity in json.loads(done.stdout)["entities"]}
    # What cannot work there says what to install.
    done = subprocess.run(
        [python, "-I", "-m", "gprel", "evaluate", str(model), "--data", "demo"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    assert re.fullmatch(r"error: this command needs \w+, which is not installed; run: pip install gprel\n", done.stderr)
