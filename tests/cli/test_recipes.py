"""The recipes in configs/, and which of them a command starts from."""

import shlex
from importlib.resources import files
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gprel.cli.main import app
from gprel.cli.recipes import find_recipe
from gprel.config import RunConfig
from gprel.corpora import CORPORA, read_card
from gprel.errors import ConfigError

RECIPES = sorted(Path(str(files("gprel.configs"))).glob("*.yaml"), key=lambda path: path.stem)


@pytest.fixture(params=RECIPES, ids=lambda path: path.stem)
def recipe(request: pytest.FixtureRequest) -> Path:
    path: Path = request.param
    return path


def opening_of(path: Path) -> list[str]:
    """The comment lines at the top of a recipe, without their sign."""
    lines = path.read_text(encoding="utf-8").splitlines()
    n_comments = next(i for i, line in enumerate(lines) if not line.startswith("#"))
    return [line.removeprefix("#").strip() for line in lines[:n_comments]]


def test_there_are_recipes() -> None:
    assert {"ade", "cluener", "conll04", "demo", "webnlg-star"} <= {path.stem for path in RECIPES}


def test_every_corpus_has_one() -> None:
    assert {RunConfig.load(recipe).data.name for recipe in RECIPES} == set(CORPORA)


def test_base_recipes_say_so() -> None:
    for recipe in RECIPES:
        config = RunConfig.load(recipe)
        assert (config.encoder.name == "mpnet-base") == recipe.stem.endswith("-base"), recipe
        assert config.encoder.name != "mpnet-base" or 5e-5 <= config.training.encoder_lr <= 7e-5, recipe
        if read_card(config.data.name).language == "zh":
            assert (config.encoder.name, config.features.unit) == ("zh-small", "character"), recipe


def test_it_loads_and_names_a_known_corpus(recipe: Path) -> None:
    data = RunConfig.load(recipe).data
    assert data.name in CORPORA
    card = read_card(data.name, data.fold or 0)
    assert data.variant is None or data.variant in card.variants
    assert data.fold is None or 0 <= data.fold < card.n_folds
    assert data.data_dir is None  # a path of somebody's machine


def test_its_opening_says_what_it_reproduces(recipe: Path) -> None:
    name = RunConfig.load(recipe).data.name
    first = opening_of(recipe)[0]
    title = read_card(name).title.split()[0]
    of_its_own = {"demo": "The bundled corpus", "default": "The model that comes with gprel"}
    assert first.startswith(of_its_own.get(recipe.stem, title)), first
    assert len(first) > 40


def test_its_launch_command_finds_it(recipe: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command in the opening, as it stands, starts from this very recipe."""
    (line,) = [line for line in opening_of(recipe) if line.startswith("gprel train ")]
    arguments = shlex.split(line)[1:]
    assert "--out" in arguments
    seen: list[RunConfig] = []

    def stop(config: RunConfig, splits: object) -> None:
        seen.append(config)
        raise ConfigError("far enough")

    monkeypatch.setattr("gprel.cli.train.resolve_corpus", stop)
    result = CliRunner().invoke(app, arguments)
    assert result.stderr.startswith(f"recipe: {recipe.stem}; "), result.output
    (config,) = seen
    overrides = ["data.data_dir=DIR"] if "--data-dir" in arguments else []
    if "--encoder" in arguments:  # one that has no name everybody knows
        path = arguments[arguments.index("--encoder") + 1]
        assert Path(path).name == RunConfig.load(recipe).encoder.name
        overrides.append(f"encoder.name={path}")
    assert config == RunConfig.load(recipe, overrides)


@pytest.mark.parametrize(
    ("wanted", "data", "variant", "task", "expected"),
    [
        (None, None, None, None, "demo"),
        (None, "demo", None, "re", "demo"),
        (None, "conll04", None, None, "conll04"),
        (None, "webnlg", None, None, "webnlg-star"),  # star is the default variant
        (None, "webnlg", "star", None, "webnlg-star"),
        (None, "webnlg", "exact", None, "webnlg-exact"),
        (None, "peoples_daily", None, None, "peoples_daily"),
        (None, "nyt", None, None, None),  # low-resource only where that is asked for
        ("nyt-low-resource", None, None, None, "nyt-low-resource"),
        (None, "genia", None, "ner", "genia"),
        ("webnlg-star-base", None, None, None, "webnlg-star-base"),
        (None, "cluener", None, None, "cluener"),
        (None, "cluener", None, "ner", "cluener"),
        (None, "conll04", None, "ner", None),  # its recipe is for triples
        ("ade", "conll04", None, None, "ade"),  # the one that is named
        ("none", "conll04", None, None, None),
    ],
)
def test_find_recipe(
    wanted: str | None, data: str | None, variant: str | None, task: str | None, expected: str | None
) -> None:
    path = find_recipe(wanted, data, variant, task)
    assert (path and path.stem) == expected


def test_a_recipe_may_be_a_file(tmp_path: Path) -> None:
    for name in ("mine.yaml", "mine.yml"):
        (tmp_path / name).write_text("task: ner", encoding="utf-8")
        assert find_recipe(str(tmp_path / name), "conll04", None, None) == tmp_path / name


def test_own_data_has_no_recipe_whatever_lies_beside_it(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("training: {epochs: 99}", encoding="utf-8")
    assert find_recipe(None, str(tmp_path / "mine"), None, None) is None


@pytest.mark.parametrize("wanted", ["conll", "missing.yaml", ""])
def test_a_recipe_that_does_not_exist(wanted: str) -> None:
    with pytest.raises(ConfigError) as error:
        find_recipe(wanted, None, None, None)
    known = ", ".join(path.stem for path in RECIPES)
    assert str(error.value) == f"there is no recipe {wanted!r}; name a YAML file, 'none', or one of: {known}"
