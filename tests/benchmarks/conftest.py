"""The scripts in ``benchmarks/`` as modules, and a small corpus in the form of Re-DocRED."""

import json
import random
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
PEOPLE, PLACES = ("Ada", "Bo", "Carl", "Dora"), ("Oslo", "Lima", "Ghent", "Bern")


@pytest.fixture
def scripts(monkeypatch: pytest.MonkeyPatch) -> Path:
    """Their folder, from which they can be imported."""
    monkeypatch.syspath_prepend(ROOT / "benchmarks")
    return ROOT / "benchmarks"


def _record(title: str, draw: random.Random) -> dict[str, Any]:
    sentences, entities, labels = [], [], []
    for number in range(3):
        person, place = draw.choice(PEOPLE), draw.choice(PLACES)
        is_born = draw.random() < 0.7
        sentences.append(
            [person, "was", "born", "in", place, "."] if is_born else [person, "met", "in", "all", place, "."]
        )
        for at, type_ in ((0, "PER"), (4, "LOC")):
            entities.append([{"name": "", "pos": [at, at + 1], "sent_id": number, "type": type_}])
        labels += [{"h": 2 * number, "t": 2 * number + 1, "r": "P19"}] if is_born else []
    return {"title": title, "sents": sentences, "vertexSet": entities, "labels": labels}


@pytest.fixture(scope="session")
def articles(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with articles of three sentences each."""
    folder = tmp_path_factory.mktemp("articles")
    (folder / "redocred").mkdir()
    draw = random.Random(0)
    for split, n in (("dev", 40), ("test", 24)):
        records = [_record(f"{split} {number}", draw) for number in range(n)]
        (folder / "redocred" / f"{split}_revised.json").write_text(json.dumps(records), encoding="utf-8")
    return folder
