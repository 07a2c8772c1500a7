"""Matrices are read strictly: every message names the key and the value."""

from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

import pytest

from gprel.cli.recipes import find_recipe
from gprel.comparison.matrix import Matrix, load_matrix
from gprel.comparison.published import published_scores
from gprel.config import RunConfig
from gprel.errors import ConfigError

from .helpers import MATRIX, no_recipe

Read = Callable[..., Matrix]
SHIPPED = sorted(Path(str(files("gprel.configs"))).glob("compare/*.yaml"))


def test_what_a_file_says_and_what_it_leaves_out(matrix: Matrix) -> None:
    assert (matrix.name, matrix.title, matrix.seeds) == ("mine", "Two <methods> & one corpus", (1, 2))
    assert (matrix.published, matrix.breakdowns, matrix.use_speed) == ((), (), False)
    (entry,) = matrix.corpora
    assert (entry.rule, entry.figures, entry.average, entry.split) == (
        "strict",
        ("entities", "triples"),
        "micro",
        "test",
    )


def test_settings_come_from_the_corpus_then_the_method_then_the_seed(read: Read) -> None:
    text = MATRIX.replace("head.name=casrel]", "head.name=casrel, training.head_lr=2e-3]")
    matrix = read(text, settings=["training.epochs=3", "training.head_lr=5e-3"], seeds=[7])
    configs = [matrix.config(method, matrix.corpora[0], 7) for method in matrix.methods]
    assert [config.head.name for config in configs] == ["gplinker", "casrel"]
    assert [config.training.epochs for config in configs] == [3, 3]
    assert [config.training.head_lr for config in configs] == [5e-3, 2e-3]
    assert [config.training.seed for config in configs] == [7, 7]


def test_a_method_may_have_settings_of_its_own_on_one_corpus(read: Read) -> None:
    text = MATRIX.replace("data: sample", "data: sample\n    methods: {casrel: [training.epochs=9]}")
    matrix = read(text)
    assert [matrix.config(method, matrix.corpora[0], 7).training.epochs for method in matrix.methods] == [1, 9]


def test_a_corpus_starts_from_its_recipe_and_knows_its_card(read: Read, tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_text("title: x\nmethods: {a: }\ncorpora: {w: {data: webnlg, variant: exact}}", encoding="utf-8")
    (entry,) = load_matrix(path, find_recipe, data_dir="/some/where: else").corpora
    recipe = find_recipe("webnlg-exact", None, None, None)
    assert recipe is not None
    assert entry.config.training == RunConfig.load(recipe).training
    assert (entry.config.data.variant, entry.rule) == ("exact", "exact")
    assert entry.config.data.data_dir == "/some/where: else"


def test_entities_alone_have_no_triples_to_show(read: Read) -> None:
    matrix = read("title: x\nmethods: {a: }\ncorpora: {c: {data: cluener, task: ner}}")
    assert (matrix.corpora[0].figures, matrix.corpora[0].split) == (("entities",), "dev")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("title: Two", "titel: Two"), r"unknown key titel in matrix .*mine.yaml; did you mean title\?"),
        (("seeds: [1, 2]", "seeds: 1"), r"seeds is 1, expected a list of seeds such as \[42, 43, 44\]"),
        (("seeds: [1, 2]", "seeds: [1, -2]"), r"seeds has -2, expected whole numbers from 0"),
        (("seeds: [1, 2]", "seeds: [1, 1]"), r"seeds has 1 twice; name it once"),
        (("seeds: [1, 2]", "speed: 1"), r"speed is 1, expected true or false"),
        (("seeds: [1, 2]", "breakdowns: [length]"), r"breakdowns is 'length', expected one of overlap, n_triples"),
        (("seeds: [1, 2]", "published: CopyRE"), r"published is 'CopyRE', expected a list such as"),
        (("seeds: [1, 2]", "published: [3]"), r"published\[0\] is 3, expected a text"),
        (("title: Two <methods> & one corpus", "title: ''"), r"title is '', expected a text"),
        (("title: Two <methods> & one corpus", ""), r"matrix .*mine.yaml has no title; add it"),
        (("  casrel: {set: [head.name=casrel]}", "  a/b: {}"), r"methods has the name 'a/b', expected letters"),
        (("  casrel: {set: [head.name=casrel]}", "  gplinker: {}"), r"mine.yaml:5: gplinker stands here and in line 4"),
        (("{set: [head.name=casrel]}", "[1]"), r"methods.casrel is \[1\], expected a section with keys"),
        (("head.name=casrel", "head.name"), r"methods.casrel.set has 'head.name', expected section.key=value"),
        (
            ("head.name=casrel", "head.name=bert_crf"),
            r"methods.casrel on corpora.sample: head.name is bert_crf but task",
        ),
        (("head.name=casrel", "data.fold=3"), r"methods.casrel on corpora.sample: the method sets data.\*, so that"),
        (("head.name=casrel", "training.seed=3"), r"methods.casrel on corpora.sample: the method sets training.seed"),
        (("data: sample", "recipes: sample"), r"unknown key recipes in corpora.sample; did you mean recipe\?"),
        (("data: sample", "fold: 3"), r"corpora.sample: it names neither recipe nor data; add one of them"),
        (("data: sample", "data: 3"), r"corpora.sample: data is 3, expected a text"),
        (("data: sample", "data: sample\n    fold: x"), r"corpora.sample: data.fold is 'x', expected int"),
        (
            ("data: sample", "data: sample\n    rule: hard"),
            r"corpora.sample.rule is 'hard', expected one of strict, bou",
        ),
        (
            ("data: sample", "data: sample\n    figures: []"),
            r"corpora.sample.figures is empty, expected at least one of",
        ),
        (("data: sample", "data: sample\n    figures: [f1]"), r"corpora.sample.figures is 'f1', expected one of entit"),
        (
            ("data: sample", "data: sample\n    methods: {casrle: [training.epochs=9]}"),
            r"unknown key casrle in corpora.sample.methods; did you mean casrel",
        ),
        (
            ("data: sample", "data: sample\n    methods: {casrel: [training.epoch=9]}"),
            r"methods.casrel on corpora.sample: unknown setting training.epoch",
        ),
        (
            ("data: sample", "data: sample\n    methods: {casrel: [data.limit]}"),
            r"corpora.sample.methods.casrel has 'data.limit', expected section.key=value",
        ),
        (("training.epochs=1", "training.epoch=1"), r"corpora.sample: unknown setting training.epoch; did you mean"),
        (("seeds: [1, 2]", "seeds: [1"), r"mine.yaml is not YAML: while parsing"),
    ],
)
def test_a_wrong_value_is_named(read: Read, change: tuple[str, str], message: str) -> None:
    assert change[0] in MATRIX
    with pytest.raises(ConfigError, match=message):
        read(MATRIX.replace(*change))


def test_fewer_documents_are_a_method_that_can_be_compared(read: Read) -> None:
    matrix = read(MATRIX.replace("head.name=casrel", "data.limit=1"))
    assert matrix.config(matrix.methods[1], matrix.corpora[0], 1).data.limit == 1


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"matrix .*none.yaml cannot be read: .*No such file"):
        load_matrix(tmp_path / "none.yaml", no_recipe)


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_shipped_matrices_are_valid_and_their_published_rows_exist(path: Path) -> None:
    matrix = load_matrix(path, find_recipe)
    scores = published_scores(matrix)
    assert {score.model for rows in scores.values() for score in rows} == set(matrix.published)
    opening = path.read_text(encoding="utf-8").split("title:")[0]
    assert f"# gprel compare {path.stem} " in opening


def test_the_tables_of_the_paper_are_shipped() -> None:
    assert {path.stem for path in SHIPPED} >= {f"table{number}" for number in range(2, 8)}
