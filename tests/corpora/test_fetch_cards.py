"""Which files of a corpus are downloaded, which may not be, and where they are looked for afterwards."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gprel.corpora import CORPORA, load, read_card
from gprel.corpora.card import Card, FileCard, VariantCard
from gprel.corpora.fetch import fetch as fetch_corpus
from gprel.errors import ConfigError, DataError

NAME = "tiny/train.json"


@pytest.fixture(autouse=True)
def online(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for key in ("GPREL_DATA", "GPREL_OFFLINE", "HF_HUB_OFFLINE"):
        monkeypatch.delenv(key, raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def set_files(monkeypatch: pytest.MonkeyPatch, *files: FileCard, how_to_get: str = "") -> None:
    def card(name: str, fold: int = 0) -> Card:
        variants = {"default": VariantCard("strict", "tokens", {str(n): file for n, file in enumerate(files)})}
        return replace(read_card("conll04"), name="tiny", variants=variants, how_to_get=how_to_get)

    monkeypatch.setattr("gprel.corpora.fetch.read_card", card)
    monkeypatch.setattr("gprel.corpora.fetch.CORPORA", {"tiny": None})


def test_the_cache_is_looked_into(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "cache/gprel/conll04/test_triples.json"
    path.parent.mkdir(parents=True)
    path.write_text('[{"tokens": ["Ada"], "entities": [], "relations": []}]', encoding="utf-8")
    assert len(load("conll04", splits=["test"]).split("test")) == 1
    with pytest.raises(DataError, match=r"conll04/dev_triples\.json not found in .*`gprel data fetch conll04`"):
        load("conll04", splits=["dev", "test"])
    monkeypatch.setenv("GPREL_DATA", str(tmp_path))
    with pytest.raises(DataError, match=r"conll04/test_triples\.json not found in"):
        load("conll04", splits=["test"])


def test_what_may_not_be_downloaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "tiny").mkdir()
    (tmp_path / NAME).write_bytes(b"x")
    there = FileCard(NAME, {})
    by_hand = FileCard("tiny/dev.json", {})
    set_files(monkeypatch, there, by_hand, how_to_get="Sign and ask.")
    with pytest.raises(DataError, match=r"^tiny: tiny/dev\.json cannot be downloaded by gprel\. Sign and ask\.$"):
        fetch_corpus("tiny", tmp_path)
    set_files(monkeypatch, there, by_hand)
    with pytest.raises(DataError, match=r"cannot be downloaded by gprel\. take them from https://"):
        fetch_corpus("tiny", tmp_path)
    set_files(monkeypatch, there, replace(by_hand, is_optional=True))
    assert fetch_corpus("tiny", tmp_path) == [tmp_path / NAME]
    (tmp_path / "tiny/dev.json").write_bytes(b"y")
    assert fetch_corpus("tiny", tmp_path) == [tmp_path / NAME, tmp_path / "tiny/dev.json"]


def test_folds_and_variants(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []

    def download(file: FileCard, target: Path, *_: object) -> None:
        seen.append(file.path)

    monkeypatch.setattr("gprel.corpora.fetch._download", download)
    assert len(fetch_corpus("ade", tmp_path)) == 21  # no file twice
    assert sorted(seen) == sorted({*seen})
    assert len(fetch_corpus("ade", tmp_path, fold=3)) == 3
    assert {path.parent.name for path in fetch_corpus("webnlg", tmp_path, variant="exact")} == {"exact"}


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("conl04", {}, r"^there is no corpus 'conl04'; expected one of: demo, ade, "),
        ("webnlg", {"variant": "typed"}, r"^variant is 'typed', but webnlg has: star, exact$"),
        ("ade", {"fold": 10}, r"^fold is 10, but ade has 0 to 9$"),
    ],
)
def test_what_does_not_exist(tmp_path: Path, name: str, options: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        fetch_corpus(name, tmp_path, **options)


@pytest.mark.parametrize("name", CORPORA)
def test_every_corpus_can_be_had(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """By download, or the card says how."""
    asked: list[str] = []
    monkeypatch.setattr("gprel.corpora.fetch._download", lambda file, *_: asked.append(file.url))
    if name == "demo":
        assert all(path.is_file() for path in fetch_corpus(name))
    elif read_card(name).how_to_get:
        with pytest.raises(DataError, match=r"cannot be downloaded by gprel\. \w+ .*--data-dir or GPREL_DATA"):
            fetch_corpus(name, tmp_path)
    else:
        fetch_corpus(name, tmp_path)
        assert asked
        assert all(url.startswith("https://raw.githubusercontent.com/") for url in asked)
