"""An invented corpus without faults, and a way to plant them in any corpus of gprel JSONL."""

import copy
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

Record = dict[str, Any]
Splits = dict[str, list[Record]]
Fault = tuple[str, str, int]  # kind, split, line

FIRST = ("Ada", "Bert", "Cleo", "Dirk", "Edda", "Finn", "Gwen", "Hugo", "Iris", "Jonas", "Kara", "Leon", "Mona", "Nils")
LAST = ("Alder", "Birch", "Cedar", "Doyle", "Elmer", "Fuchs", "Gates", "Hazel", "Ivers", "Jarvis")
TOWNS = ("Oslo", "Lima", "Quito", "Turin", "Kyoto", "Ghent", "Malmo")


def _sentence(number: int) -> Record:
    person = f"{FIRST[number % len(FIRST)]} {LAST[number % len(LAST)]}"
    town = f"New {TOWNS[number % len(TOWNS)]}"
    firm = f"Firm{number} Group"
    text = f"{person} lives in {town} and works for {firm} ."
    entities = [
        {"start": text.index(surface), "end": text.index(surface) + len(surface), "type": type_}
        for surface, type_ in ((person, "Peop"), (town, "Loc"), (firm, "Org"))
    ]
    relations = [{"type": "Live_In", "subject": 0, "object": 1}, {"type": "Work_For", "subject": 0, "object": 2}]
    return {"id": f"doc-{number}", "text": text, "entities": entities, "relations": relations}


@pytest.fixture
def records() -> Splits:
    """Thirty sentences, each unlike all others."""
    return {
        "train": [_sentence(number) for number in range(24)],
        "dev": [_sentence(number) for number in range(24, 27)],
        "test": [_sentence(number) for number in range(27, 30)],
    }


def write_splits(folder: Path, splits: Splits, extra_lines: dict[str, list[str]] | None = None) -> Path:
    folder.mkdir(exist_ok=True)
    for split, split_records in splits.items():
        lines = [json.dumps(record, ensure_ascii=False) for record in split_records]
        lines += (extra_lines or {}).get(split, [])
        (folder / f"{split}.jsonl").write_text("".join(line + "\n" for line in lines), encoding="utf-8")
    return folder


@pytest.fixture
def write() -> Callable[..., Path]:
    """Write records as a folder of splits, with further lines as they are."""
    return write_splits


@pytest.fixture
def plant() -> Callable[[Path, Splits], list[Fault]]:
    """Write a copy of a corpus with one fault of each kind, and say where each of them stands."""
    return plant_faults


def plant_faults(folder: Path, splits: Splits) -> list[Fault]:
    splits = copy.deepcopy(splits)
    train, test = splits["train"], splits["test"]
    free = _free(splits)
    used: list[Record] = []
    faults: list[Fault] = []
    for kind, change in CHANGES.items():
        record = next(r for r in free if r not in used and change(r))
        used.append(record)
        faults.append((kind, "train", train.index(record) + 1))
    twice, leaked, contradicted = [r for r in free if r not in used and len(r["entities"]) > 2][:3]
    train.append(copy.deepcopy(twice))
    faults.append(("duplicate_document", "train", len(train)))
    train.append(copy.deepcopy(contradicted) | {"relations": [], "entities": contradicted["entities"][:1]})
    faults.append(("contradiction", "train", len(train)))
    test.append(copy.deepcopy(leaked))
    faults.append(("leakage", "test", len(test)))
    broken = json.dumps(leaked)[: len(json.dumps(leaked)) // 2]
    faults.append(("unreadable", "dev", len(splits["dev"]) + 1))
    write_splits(folder, splits, {"dev": [broken]})
    return faults


def _free(splits: Splits) -> list[Record]:
    """Training records whose text occurs once."""
    texts = [record["text"] for records in splits.values() for record in records]
    return [record for record in splits["train"] if texts.count(record["text"]) == 1]


def _entities(record: Record) -> Iterator[tuple[dict[str, Any], str]]:
    for entity in record["entities"]:
        yield entity, record["text"][entity["start"] : entity["end"]]


def _trailing_blank(record: Record) -> bool:
    for entity, _ in _entities(record):
        if record["text"][entity["end"] : entity["end"] + 1] == " ":
            entity["end"] += 1
            return True
    return False


def _cut_word(record: Record) -> bool:
    for entity, surface in _entities(record):
        if len(surface) > 3 and surface[-2:].isalpha():
            entity["end"] -= 1
            return True
    return False


def _outside(record: Record) -> bool:
    for entity, _ in _entities(record):
        entity["end"] = len(record["text"]) + 5
        return True
    return False


def _typo(record: Record) -> bool:
    for relation in record["relations"]:
        if relation["type"] == "Work_For":
            relation["type"] = "Work_for"
            return True
    return False


def _reverse(record: Record) -> bool:
    for relation in record["relations"]:
        if relation["type"] == "Live_In":
            relation["subject"], relation["object"] = relation["object"], relation["subject"]
            return True
    return False


def _overlap(record: Record) -> bool:
    for entity, surface in _entities(record):
        if " " in surface:
            record["entities"].append({**entity, "end": entity["start"] + surface.index(" ")})
            return True
    return False


def _forgotten(record: Record) -> bool:
    for _, surface in _entities(record):
        if (len(surface) > 3 and surface.isalpha()) or " " in surface:
            if "words" in record:
                record["words"].append([len(record["text"]) + 1, len(record["text"]) + 1 + len(surface)])
            record["text"] += f" {surface}"
            return True
    return False


CHANGES: dict[str, Callable[[Record], bool]] = {
    "blank_edge": _trailing_blank,
    "cut_word": _cut_word,
    "unreadable": _outside,
    "label_typo": _typo,
    "reversed": _reverse,
    "same_type_overlap": _overlap,
    "repeated_mention": _forgotten,
}
