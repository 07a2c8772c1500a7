"""Corpora by name and own data by path, on small invented files in the places the cards name."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from gprel.corpora import CORPORA, Corpus, card, cards_folder, load, read_card
from gprel.corpora.card import SPLITS
from gprel.corpora.files import CUTS
from gprel.document import Document
from gprel.errors import ConfigError, DataError
from gprel.formats import FORMATS


def write_json(path: Path, records: list[dict[str, Any]]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(records), encoding="utf-8")
    return path


def write_lines(path: Path, records: list[dict[str, Any]]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    return path


def triple(text: str, *arguments: str) -> dict[str, Any]:
    return {"text": text, "triple_list": [list(arguments)] if arguments else []}


def texts(documents: list[Document] | None) -> list[str]:
    return [document.text for document in documents or []]


@pytest.fixture(autouse=True)
def no_data_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GPREL_DATA", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", "nowhere")


@pytest.mark.parametrize("name", CORPORA)
def test_every_card_is_complete(name: str) -> None:
    found = read_card(name)
    assert found.facts["name"] == name
    assert found.language in ("en", "zh")
    assert found.unit in ("word", "character")
    assert {"source", "license", "citation", "about", "quirks", "published"} <= set(found.facts)
    for variant in found.variants.values():
        assert variant.format in {*FORMATS, *CUTS}
        assert variant.rule in ("partial", "exact", "boundaries", "strict")
        assert set(SPLITS) - {"ade": {"dev"}, "duie": {"test"}}.get(name, set()) <= set(variant.files)
        assert all(file.sha256 or not file.url for file in variant.files.values())  # the checksum guards a download
    for score in found.facts["published"]:
        assert score["rule"] in {variant.rule for variant in found.variants.values()}
        assert {"model", "split"} <= set(score)
        assert score.keys() & {"selected_on"} or name in ("nyt", "webnlg")


@pytest.mark.parametrize("bad", ["../x", "/x", "a/../../x", "C:/x", r"a\b"])
@pytest.mark.parametrize("key", ["path", "also"])
def test_no_path_of_a_card_leads_out_of_the_data_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: str, bad: str
) -> None:
    facts = yaml.safe_load(read_card("conll04").path.read_text(encoding="utf-8"))
    facts["variants"]["default"]["files"]["test"][key] = bad if key == "path" else ["fine.json", bad]
    (tmp_path / "bad.yaml").write_text(yaml.safe_dump(facts), encoding="utf-8")
    monkeypatch.setattr(card, "cards_folder", lambda: tmp_path)
    with pytest.raises(DataError, match=r"^card conll04: path '.*' leads out of the data folder; name a path below it"):
        read_card("bad")


def test_there_is_no_card_without_a_loader() -> None:
    assert {path.stem for path in cards_folder().glob("*.yaml")} >= set(CORPORA)


def test_card_of_a_fold() -> None:
    train = read_card("ade", 9).variants["overlaps"].files["train"]
    assert (train.path, train.counts["sentences"]) == ("ade/ade_split_9_train.json", 3843)


def test_cards_of_an_installed_package_come_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(card, "__file__", str(tmp_path / "gprel" / "corpora" / "card.py"))
    assert cards_folder() == tmp_path / "datasets"
    (tmp_path / "gprel" / "_datasets").mkdir(parents=True)
    assert cards_folder() == tmp_path / "gprel" / "_datasets"


def test_demo_needs_no_data_folder() -> None:
    corpus = load("demo")
    assert corpus.train
    assert corpus.dev
    assert corpus.test
    assert corpus.notes == ()  # the counts are those of the card


def test_files_are_read_and_compared_with_the_card(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    record = {"tokens": ["Ada", "left"], "entities": [{"type": "Peop", "start": 0, "end": 1}], "relations": []}
    write_json(tmp_path / "conll04/test_triples.json", [record])
    corpus = load("conll04", splits=["test"], data_dir=tmp_path)
    assert texts(corpus.split("test")) == ["Ada left"]
    assert (corpus.train, corpus.dev) == (None, None)
    assert (corpus.title, corpus.language, corpus.unit, corpus.rule) == ("CoNLL04", "en", "word", "strict")
    assert corpus.notes == tuple(
        f"test: conll04/test_triples.json has {n} {what}, its card says {expected}; scores on it may not be comparable"
        for n, what, expected in ((1, "sentences", "288"), (1, "entities", "1,079"), (0, "relations", "422"))
    )
    monkeypatch.setenv("GPREL_DATA", str(tmp_path))
    assert load("conll04", splits=["test"]) == corpus
    with pytest.raises(DataError, match=r"^CoNLL04 has no train split here \(loaded: test\); choose another split"):
        corpus.split("train")


def test_no_split_at_all() -> None:
    with pytest.raises(DataError, match=r"x has no dev split here \(loaded: none\)"):
        Corpus("x", "x", None, None, None).split("dev")


def test_no_data_folder_and_missing_files(tmp_path: Path) -> None:
    with pytest.raises(DataError) as error:
        load("conll04")
    assert str(error.value).startswith("conll04 is not bundled: set GPREL_DATA or pass --data-dir to name the folder")
    expected = "conll04/train_triples.json, conll04/dev_triples.json, conll04/test_triples.json"
    assert expected in str(error.value)
    write_json(tmp_path / "conll04/train_triples.json", [])
    with pytest.raises(DataError) as error:
        load("conll04", data_dir=tmp_path)
    missing = "conll04: conll04/dev_triples.json, conll04/test_triples.json not found in"
    assert str(error.value).startswith(f"{missing} {tmp_path} (expected there: {expected}); they come from https://")


def test_strings_are_placed_and_counted(tmp_path: Path) -> None:
    listed = [["a", "r", "b"], ["a", "r", "b"], ["z", "r", "b"], ["e", "r", "b"]]
    write_json(tmp_path / "webnlg/star/test_triples.json", [{"text": "a b a de", "triple_list": listed}])
    corpus = load("webnlg", splits=["test"], data_dir=tmp_path)
    assert corpus.title == "WebNLG (star)"
    assert corpus.rule == "partial"
    assert len(corpus.split("test")[0].relations or ()) == 3
    assert list(corpus.notes[3:]) == [
        "test: 1 of 4 triples have an argument that occurs more than once: every occurrence is labeled",
        "test: 1 of 4 triples are listed twice in one sentence and count once",
        "test: 1 of 4 triples have an argument that occurs only inside words",
        "test: 1 of 4 triples have an argument that is not in the text: they count as gold and cannot be found",
    ]
    corpus = load("webnlg", splits=["test"], data_dir=tmp_path, occurrences="first")
    assert len(corpus.split("test")[0].relations or ()) == 2
    assert corpus.notes[3].endswith("only the first occurrence is labeled")


def test_ade_holds_out_a_seeded_tenth(tmp_path: Path) -> None:
    records = [{"tokens": [str(n)], "entities": [], "relations": [], "orig_id": n} for n in range(20)]
    write_json(tmp_path / "ade/ade_split_3_train.json", records)
    write_json(tmp_path / "ade/ade_split_3_test.json", [{"tokens": ["x"], "entities": [], "relations": []}])
    corpus = load("ade", data_dir=tmp_path, fold=3)
    assert corpus.title == "ADE (overlaps, fold 3 of 10)"
    assert len(corpus.split("train")) == 18
    assert len(corpus.split("dev")) == 2
    assert sorted(texts(corpus.train) + texts(corpus.dev), key=int) == [str(n) for n in range(20)]
    assert texts(corpus.test) == ["x"]
    assert any(note.startswith("dev is held out: 2 of the fold's 20 training sentences") for note in corpus.notes)
    train_only = load("ade", data_dir=tmp_path, fold=3, splits=["train"])
    assert (train_only.train, train_only.dev) == (corpus.train, None)
    (tmp_path / "ade/ade_split_3_train.json").unlink()
    assert texts(load("ade", data_dir=tmp_path, fold=3, splits=["test"]).test) == ["x"]


def test_nyt_takes_the_training_file_where_it_is(tmp_path: Path) -> None:
    for name in ("train", "dev", "test"):
        write_json(tmp_path / f"nyt/exact/{name}_triples.json", [triple(f"Ada Byron {name}", "Ada Byron", "r", name)])
    corpus = load("nyt", data_dir=tmp_path, variant="exact")
    assert texts(corpus.train) == ["Ada Byron train"]
    assert (corpus.title, corpus.rule) == ("NYT (exact)", "exact")


def test_nyt_says_what_to_do_without_the_training_file(tmp_path: Path) -> None:
    write_json(tmp_path / "nyt/star/val_triples.json", [triple("a")])
    write_json(tmp_path / "nyt/star/test_triples.json", [triple("b")])
    with pytest.raises(DataError, match=r"^nyt: nyt/star/train_triples\.json not found in .*--low-resource trains on"):
        load("nyt", data_dir=tmp_path)
    assert texts(load("nyt", data_dir=tmp_path, splits=["dev", "test"]).test) == ["b"]


def nyt_low_resource(folder: Path, variant: str, dev_file: str) -> Corpus:
    write_json(folder / f"nyt/{variant}/{dev_file}", [triple(f"{n} b", str(n), "r", "b") for n in range(16)])
    write_json(folder / f"nyt/{variant}/test_triples.json", [triple("3 b", "3", "r", "b"), triple("t b")])
    write_json(
        folder / "nyt/extra_train_865.json",
        [triple(f"Ada {n} in New Oslo", f"Ada {n}", "r", "New Oslo") for n in range(5)],
    )
    return load("nyt", data_dir=folder, variant=variant, low_resource=True)


@pytest.mark.parametrize(
    ("variant", "dev_file", "surface"), [("exact", "dev_triples.json", "Ada 1"), ("star", "val_triples.json", "1")]
)
def test_nyt_low_resource(tmp_path: Path, variant: str, dev_file: str, surface: str) -> None:
    corpus = nyt_low_resource(tmp_path, variant, dev_file)
    train, dev, test = (texts(corpus.split(split)) for split in SPLITS)
    assert test == ["3 b", "t b"]
    assert len(dev) == 2
    extra = [f"Ada {n} in New Oslo" for n in range(5)]
    assert sorted(train + dev) == sorted([f"{n} b" for n in range(16) if n != 3] + extra)
    assert corpus.title == f"NYT low-resource ({variant})"
    assert corpus.notes[0] == "NYT low-resource: never comparable with published scores"
    assert "without the 1 sentences that are in test, and 5 extra sentences; of these 20, 2 drawn" in corpus.notes[-1]
    pool = corpus.split("train") + corpus.split("dev")
    (document,) = (document for document in pool if document.text == extra[1])
    assert document.id == "extra-2"
    assert next(document.surface(entity) for entity in document.entities or ()) == surface
    assert texts(load("nyt", data_dir=tmp_path, variant=variant, low_resource=True, splits=["test"]).test) == test


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ({"text": "a"}, r'extra_train_865\.json, record 1 has no field "triple_list"'),
        (triple("a", "a", "r"), r"record 1 is .*, expected a list of 3 values"),
        (triple("a", "a", "r", " "), r"record 1: an argument of \['a', 'r', ' '\] is empty; name it"),
    ],
)
def test_nyt_low_resource_names_a_bad_extra_record(tmp_path: Path, bad: dict[str, Any], message: str) -> None:
    nyt_low_resource(tmp_path, "star", "val_triples.json")
    write_json(tmp_path / "nyt/extra_train_865.json", [bad])
    with pytest.raises(DataError, match=message):
        load("nyt", data_dir=tmp_path, low_resource=True)


def test_cluener_is_reported_on_dev(tmp_path: Path) -> None:
    write_lines(tmp_path / "cluener/test.json", [{"id": 0, "text": "小城"}])
    corpus = load("cluener", splits=["test"], data_dir=tmp_path)
    assert corpus.report_split == "dev"
    assert corpus.notes[0] == "test carries no labels (they sit behind an online test), so scores are given on dev"
    assert corpus.split("test")[0].entities is None


def test_columns_corpus(tmp_path: Path) -> None:
    path = tmp_path / "peoples_daily/example.test"
    path.parent.mkdir()
    path.write_text("小 B-LOC\n城 I-LOC\n", encoding="utf-8")
    corpus = load("peoples_daily", splits=["test"], data_dir=tmp_path)
    assert texts(corpus.test) == ["小城"]
    assert (corpus.language, corpus.unit) == ("zh", "character")


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("ade", {"fold": 10}, r"fold is 10, but ade has 0 to 9"),
        ("ade", {"fold": -1}, r"fold is -1, but ade has 0 to 9"),
        ("conll04", {"fold": 0}, r"fold is 0, but conll04 has no folds"),
        ("nyt", {"variant": "partial"}, r"variant is 'partial', but nyt has: star, exact, typed"),
        ("conll04", {"variant": "star"}, r"variant is 'star', but conll04 has: default"),
        ("webnlg", {"low_resource": True}, r"low-resource training exists for nyt and redocred only, got webnlg"),
        (
            "nyt",
            {"low_resource": True, "variant": "typed"},
            r"low-resource training does not exist for the variant 'typed'",
        ),
        (".", {"variant": "star"}, r"variant, fold and low-resource are for named corpora, got own data at \."),
    ],
)
def test_options_that_do_not_fit(name: str, options: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        load(name, **options)


def test_unknown_name() -> None:
    with pytest.raises(
        DataError, match=r"^'conl04' is neither a corpus \(known: demo, .*\) .*; did you mean 'conll04'\?"
    ):
        load("conl04")
    with pytest.raises(DataError, match=r"nor a file or folder; name one of them, or a path that exists$"):
        load("no/such/folder")
