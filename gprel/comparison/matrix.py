"""The matrix of a comparison: methods x corpora x seeds, read from YAML and checked before anything runs."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from gprel.comparison.fields import (
    as_choice,
    as_choices,
    as_flag,
    as_section,
    as_seeds,
    as_text,
    as_texts,
    parse_yaml,
)
from gprel.config import DataConfig, RunConfig
from gprel.corpora import CORPORA, Split, read_card
from gprel.errors import ConfigError
from gprel.evaluation import AVERAGES, KINDS, RULES
from gprel.evaluation.parts import BREAKDOWNS

FindRecipe = Callable[[str | None, str | None, str | None, str | None], Path | None]
"""From the name of a recipe, of a corpus, of its variant and of the task to the recipe's file, if there is one."""

_KEYS = ("title", "methods", "corpora", "seeds", "published", "breakdowns", "speed", "set")
_DATA = ("variant", "fold", "low_resource")
_CORPUS_KEYS = ("recipe", "task", "data", *_DATA, "rule", "figures", "average", "set", "methods")


@dataclass(frozen=True)
class Method:
    """A method of a comparison.

    Attributes:
        name: Name in the report and of the folder of its runs.
        settings: What it sets, as ``section.key=value``.
    """

    name: str
    settings: tuple[str, ...] = ()


@dataclass(frozen=True)
class CorpusEntry:
    """A corpus of a comparison, with the budget that all methods have on it.

    Attributes:
        name: Name in the report and of the folders of its runs.
        config: Settings that all methods share.
        rule: Matching rule of the main table.
        figures: What is scored: ``entities``, ``triples``.
        average: ``micro`` or ``macro``: what the corpus's published scores are, shown first.
        split: Split that the scores are given on.
        methods: What single methods set on this corpus alone, by their names.
    """

    name: str
    config: RunConfig
    rule: str
    figures: tuple[str, ...]
    average: str
    split: Split
    methods: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Matrix:
    """What is compared.

    Attributes:
        name: Name of its file without the suffix; the reports are called so.
        title: Heading of the report.
        methods: The methods; speeds are given as ratios to the first one.
        corpora: The corpora.
        seeds: Seeds of the runs.
        published: Models whose scores on the corpus cards are shown, too.
        breakdowns: What the scores are broken down by.
        use_speed: Whether speed and memory are measured.
    """

    name: str
    title: str
    methods: tuple[Method, ...]
    corpora: tuple[CorpusEntry, ...]
    seeds: tuple[int, ...]
    published: tuple[str, ...] = ()
    breakdowns: tuple[str, ...] = ()
    use_speed: bool = False

    def __post_init__(self) -> None:
        for corpus in self.corpora:
            as_section(corpus.methods, f"corpora.{corpus.name}.methods", [method.name for method in self.methods])
            for method in self.methods:
                self.config(method, corpus, self.seeds[0])

    def config(self, method: Method, corpus: CorpusEntry, seed: int) -> RunConfig:
        """The settings of one run: the corpus's, the method's, the method's on this corpus, then the seed.

        Raises:
            ConfigError: If a setting is wrong or does not fit the corpus, or the method would be measured on other
                documents than the others.
        """
        where = f"methods.{method.name} on corpora.{corpus.name}"
        try:
            config = corpus.config.override((*method.settings, *corpus.methods.get(method.name, ())))
        except ConfigError as error:
            raise ConfigError(f"{where}: {error}") from None
        if replace(config.data, limit=corpus.config.data.limit) != corpus.config.data:
            raise ConfigError(
                f"{where}: the method sets data.*, so that it would be measured on other documents than the others; "
                "make it an entry of corpora (data.limit alone may differ)"
            )
        if config.training.seed != corpus.config.training.seed:
            raise ConfigError(f"{where}: the method sets training.seed; name the seeds in seeds")
        return config.override([f"training.seed={seed}"])


def load_matrix(
    path: Path,
    find_recipe: FindRecipe,
    *,
    settings: Sequence[str] = (),
    seeds: Sequence[int] | None = None,
    data_dir: str | None = None,
) -> Matrix:
    """Read a matrix and check it.

    Args:
        path: A YAML file.
        find_recipe: Finds the recipe of a corpus, as ``gprel train`` does.
        settings: ``section.key=value`` for every run, stronger than what the file sets for corpora, weaker than what
            it sets for methods.
        seeds: Seeds instead of the file's.
        data_dir: Folder that holds the corpora.

    Raises:
        ConfigError: If the file cannot be read, a key is unknown, or a value is wrong; the message names the key.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"matrix {path} cannot be read: {error}") from None
    values = as_section(parse_yaml(text, str(path)), f"matrix {path}", _KEYS)
    for key in ("title", "methods", "corpora"):
        if key not in values:
            raise ConfigError(f"matrix {path} has no {key}; add it")
    common = (*_settings(values.get("set", []), "set"), *settings)
    methods = as_section(values["methods"], "methods")
    corpora = as_section(values["corpora"], "corpora")
    return Matrix(
        name=path.stem,
        title=as_text(values["title"], "title"),
        methods=tuple(_method(name, value) for name, value in methods.items()),
        corpora=tuple(_corpus(name, value, common, data_dir, find_recipe) for name, value in corpora.items()),
        seeds=as_seeds(list(seeds) if seeds is not None else values.get("seeds", [42]), "seeds"),
        published=as_texts(values.get("published", []), "published"),
        breakdowns=as_choices(values.get("breakdowns", []), "breakdowns", BREAKDOWNS, may_be_empty=True),
        use_speed=as_flag(values.get("speed", False), "speed"),
    )


def _method(name: str, value: object) -> Method:
    where = f"methods.{name}"
    section = as_section({} if value is None else value, where, ("set",))
    return Method(name, _settings(section.get("set", []), f"{where}.set"))


def _settings(value: object, where: str) -> tuple[str, ...]:
    settings = as_texts(value, where)
    for setting in settings:
        if "=" not in setting:
            raise ConfigError(f"{where} has {setting!r}, expected section.key=value, e.g. training.epochs=5")
    return settings


def _corpus(
    name: str, value: object, common: Sequence[str], data_dir: str | None, find_recipe: FindRecipe
) -> CorpusEntry:
    where = f"corpora.{name}"
    section = as_section(value, where, _CORPUS_KEYS)
    settings = (*_settings(section.get("set", []), f"{where}.set"), *common)
    try:
        config = _base(section, find_recipe).override(settings)
    except ConfigError as error:
        raise ConfigError(f"{where}: {error}") from None
    if data_dir is not None:
        config = replace(config, data=replace(config.data, data_dir=data_dir))
    possible = KINDS if config.task == "re" else ("entities",)
    return CorpusEntry(
        name=name,
        config=config,
        rule=as_choice(section.get("rule", _rule(config.data)), f"{where}.rule", RULES),
        figures=as_choices(section.get("figures", list(possible)), f"{where}.figures", possible),
        average=as_choice(section.get("average", "micro"), f"{where}.average", AVERAGES),
        split=read_card(config.data.name).report_split if config.data.name in CORPORA else "test",
        methods=_methods_on(section["methods"], f"{where}.methods") if "methods" in section else {},
    )


def _methods_on(value: object, where: str) -> dict[str, tuple[str, ...]]:
    return {method: _settings(of, f"{where}.{method}") for method, of in as_section(value, where).items()}


def _base(section: Mapping[str, object], find_recipe: FindRecipe) -> RunConfig:
    """What ``gprel train`` would start from with these options."""
    named = {key: as_text(section[key], key) for key in ("recipe", "task", "data") if key in section}
    data, task = named.get("data"), named.get("task")
    if data is None and "recipe" not in named:
        raise ConfigError("it names neither recipe nor data; add one of them")
    variant = as_text(section["variant"], "variant") if "variant" in section else None
    path = find_recipe(named.get("recipe"), data, variant, task)
    config = RunConfig.load(path) if path else RunConfig()
    if data is not None and data != config.data.name:  # a recipe's variant or fold belongs to its own corpus
        config = replace(config, data=DataConfig(name=data))
    values: dict[str, Any] = config.to_dict()
    values["data"] |= {key: section[key] for key in _DATA if key in section}
    return RunConfig.from_dict(values if task is None else values | {"task": task})


def _rule(data: DataConfig) -> str:
    if data.name not in CORPORA:
        return "strict"
    variants = read_card(data.name).variants
    edition: str = data.variant or next(iter(variants))
    return variants[edition].rule if edition in variants else "strict"  # loading says that there is no such variant
