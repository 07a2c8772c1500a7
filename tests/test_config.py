import dataclasses
from pathlib import Path
from typing import Any

import pytest

from gprel.config import RunConfig
from gprel.errors import ConfigError


def changed(**sections: Any) -> RunConfig:
    return RunConfig.from_dict(sections)


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    file = tmp_path / "recipe.yaml"
    file.write_text("data:\n  name: conll04\ntraining:\n  encoder_lr: 3e-4\n  epochs: 3\n", encoding="utf-8")
    return file


def test_every_field_is_described() -> None:
    sections = [
        RunConfig,
        *(type(getattr(RunConfig(), f.name)) for f in dataclasses.fields(RunConfig) if f.name != "task"),
    ]
    for section in sections:
        for setting in dataclasses.fields(section):
            assert f"        {setting.name}: " in (section.__doc__ or ""), f"{section.__name__}.{setting.name}"


def test_a_recipe_changes_only_what_it_names(recipe: Path) -> None:
    config = RunConfig.load(recipe)
    assert (config.data.name, config.training.encoder_lr, config.training.epochs) == ("conll04", 3e-4, 3)
    assert config.head == RunConfig().head


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    config = changed(
        task="ner",
        data={"name": "人民日报", "fold": 0, "limit": 10},
        encoder={"use_shapes": "yes", "dropout": 0.0},
        head={"lasts": "no"},
        training={"mixed_precision": "no", "encoder_lr": 1e-5},
    )
    (tmp_path / "run.yaml").write_text(config.to_yaml(), encoding="utf-8")
    assert RunConfig.load(tmp_path / "run.yaml") == config
    assert RunConfig.from_dict(config.to_dict()) == config


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"trainin": {}}, r"unknown setting trainin; did you mean training\?"),
        ({"training": {"epoch": 3}}, r"unknown setting training\.epoch; did you mean training\.epochs\?"),
        ({"head": {"maxcandidates": 3}}, r"unknown setting head\.maxcandidates; did you mean head\.max_candidates\?"),
        ({"encoder": {"zzz": 1}}, r"unknown setting encoder\.zzz; known: name, use_shapes, dropout, random_init"),
        ({3: {}}, r"unknown setting 3; known: task, data,"),
    ],
)
def test_an_unknown_setting_names_the_nearest(values: dict[Any, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        RunConfig.from_dict(values)


@pytest.mark.parametrize(
    ("section", "key", "value", "message"),
    [
        ("training", "epochs", "three", r"training\.epochs is 'three', expected int"),
        ("training", "epochs", 2.5, r"training\.epochs is 2\.5, expected int"),
        ("training", "epochs", True, r"training\.epochs is True, expected int"),
        ("training", "epochs", None, r"training\.epochs is None, expected int"),
        ("training", "encoder_lr", "fast", r"training\.encoder_lr is 'fast', expected float"),
        ("training", "encoder_lr", False, r"training\.encoder_lr is False, expected float"),
        ("features", "word_edges", 1, r"features\.word_edges is 1, expected bool"),
        ("data", "name", 2004, r"data\.name is 2004, expected str"),
        ("data", "fold", "0", r"data\.fold is '0', expected int"),
        ("data", "variant", 3, r"data\.variant is 3, expected str"),
        ("head", "pointer", "fast", r"head\.pointer is 'fast', expected one of efficient, standard"),
        ("head", "lasts", 1, r"head\.lasts is 1, expected one of auto, yes, no"),
    ],
)
def test_a_value_of_the_wrong_type_is_refused(section: str, key: str, value: object, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        changed(**{section: {key: value}})


@pytest.mark.parametrize("value", [None, 5, ["epochs"]])
def test_a_section_without_keys_is_refused(value: object) -> None:
    with pytest.raises(ConfigError, match=r"training is .*, expected a section with keys"):
        changed(training=value)


@pytest.mark.parametrize(
    ("section", "key", "value", "message"),
    [
        ("data", "limit", -1, r"data\.limit is -1, expected 0 \(all\) or more"),
        ("encoder", "dropout", 1.0, r"encoder\.dropout is 1\.0, expected 0 <= dropout < 1, or null"),
        ("features", "max_tokens", 7, r"features\.max_tokens is 7, expected at least 8"),
        ("features", "stride", 257, r"features\.stride is 257, expected 0 to 256 \(half of max_tokens\)"),
        ("features", "stride", -1, r"features\.stride is -1, expected 0 to 256"),
        ("head", "size", 63, r"head\.size is 63, expected an even number of at least 2"),
        ("head", "size", 0, r"head\.size is 0, expected an even number"),
        ("head", "max_candidates", 0, r"head\.max_candidates is 0, expected at least 1"),
        ("head", "max_triples", 0, r"head\.max_triples is 0, expected at least 1"),
        ("head", "dropout", 1.0, r"head\.dropout is 1\.0, expected 0 <= dropout < 1"),
        ("training", "epochs", 0, r"training\.epochs is 0, expected at least 1"),
        ("training", "batch_size", 0, r"training\.batch_size is 0, expected at least 1"),
        ("training", "tokens_per_batch", -1, r"tokens_per_batch is -1, expected 0 \(go by batch_size\) or more"),
        ("training", "accumulation", 0, r"training\.accumulation is 0, expected at least 1"),
        ("training", "encoder_lr", 0.0, r"training\.encoder_lr is 0\.0, expected more than 0"),
        ("training", "head_lr", float("nan"), r"training\.head_lr is nan, expected more than 0"),
        ("training", "ema", 1.0, r"training\.ema is 1\.0, expected 0 \(off\) <= ema < 1"),
        ("training", "fgm", -0.5, r"training\.fgm is -0\.5, expected 0 \(off\) or more"),
        ("training", "warmup", 1.0, r"training\.warmup is 1\.0, expected 0 <= warmup < 1"),
    ],
)
def test_a_value_out_of_range_is_refused(section: str, key: str, value: object, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        changed(**{section: {key: value}})


def test_a_task_and_a_head_that_contradict_each_other_are_refused() -> None:
    with pytest.raises(
        ConfigError, match=r"head\.name is gplinker but task is ner, which has the heads global_pointer, bert"
    ):
        changed(task="ner", head={"name": "gplinker"})
    with pytest.raises(
        ConfigError,
        match=r"head\.name is global_pointer but task is re, which has the heads gplinker, casrel, pfn; use",
    ):
        changed(task="re", head={"name": "global_pointer"})


@pytest.mark.parametrize(
    ("setting", "section", "key", "value"),
    [
        ("training.encoder_lr=3e-4", "training", "encoder_lr", 3e-4),  # YAML reads it as a string
        ("training.head_lr=1", "training", "head_lr", 1.0),
        ("training.epochs = 5", "training", "epochs", 5),
        ("training.mixed_precision=no", "training", "mixed_precision", "no"),  # YAML reads it as False
        ("head.lasts=yes", "head", "lasts", "yes"),
        ("head.use_rope=no", "head", "use_rope", False),
        ("encoder.dropout=null", "encoder", "dropout", None),
        ("encoder.dropout=0", "encoder", "dropout", 0.0),
        ("encoder.name=a=b", "encoder", "name", "a=b"),
        ("data.variant=star", "data", "variant", "star"),
    ],
)
def test_single_settings_are_replaced(setting: str, section: str, key: str, value: object) -> None:
    found = getattr(getattr(RunConfig().override([setting]), section), key)
    assert (found, type(found)) == (value, type(value))


def test_overrides_are_checked_together(recipe: Path) -> None:
    config = RunConfig.load(recipe, ["task=ner", "head.name=global_pointer", "training.epochs=9"])
    assert (config.task, config.head.name, config.training.epochs) == ("ner", "global_pointer", 9)
    assert config.data.name == "conll04"


def test_overriding_nothing_changes_nothing() -> None:
    assert RunConfig().override([]) == RunConfig()


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("training.epochs", r"--set 'training\.epochs' has no '='; write section\.key=value"),
        ("trainng.epochs=3", r"--set trainng\.epochs: there is no section 'trainng' \(known: data, features, encoder,"),
        ("head.name.x=3", r"--set head\.name\.x: there is no section 'name'"),
        ("training.epoch=3", r"unknown setting training\.epoch; did you mean training\.epochs\?"),
        ("training.epochs=[", r"--set 'training\.epochs=\[' is not a YAML value"),
        ("training.epochs=x", r"training\.epochs is 'x', expected int"),
        ("training=3", r"training is 3, expected a section with keys"),
    ],
)
def test_overrides_that_are_wrong_are_refused(setting: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        RunConfig().override([setting])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"training: [", r"recipe .*run\.yaml cannot be read: .*"),
        (b"\xff\xfe\xfa", r"recipe .*run\.yaml cannot be read: .*"),
        (b"", r"recipe .*run\.yaml holds NoneType, expected sections such as 'training:'"),
        (b"- a\n- b\n", r"recipe .*run\.yaml holds list, expected sections such as 'training:'"),
    ],
)
def test_a_recipe_that_cannot_be_read_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "run.yaml").write_bytes(content)
    with pytest.raises(ConfigError, match=message):
        RunConfig.load(tmp_path / "run.yaml")


def test_a_recipe_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"recipe .*none\.yaml does not exist"):
        RunConfig.load(tmp_path / "none.yaml")
    with pytest.raises(ConfigError, match=r"cannot be read: .*[Dd]irectory|Permission"):
        RunConfig.load(tmp_path)
