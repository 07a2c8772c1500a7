"""What the real commands do with every kind of bad or odd input: a message or a behavior, never a traceback."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from typer.testing import CliRunner, Result

from gprel.cli.main import app

TEXT = "Ann Lee lives in Oslo ."
GOOD: dict[str, Any] = {
    "text": TEXT,
    "entities": [{"start": 0, "end": 7, "type": "Peop"}, {"start": 17, "end": 21, "type": "Loc"}],
    "relations": [{"type": "Live_In", "subject": 0, "object": 1}],
}
COMMANDS = ("extract", "train", "evaluate")

Run = Callable[..., Result]


def gprel(*arguments: object, exit_code: int = 0) -> Result:
    """Run a command in process."""
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert result.exit_code == exit_code, result.output
    assert "Traceback" not in result.output
    return result


def train(data: Path, out: Path, **options: Any) -> Result:
    """One quick epoch on a folder with a train.jsonl."""
    settings = ("--encoder", "tiny", "--epochs", 1, "--mixed-precision", "no")
    return gprel("train", "--data", data, "--out", out, *settings, **options)


def write(path: Path, *records: object) -> Path:
    """Records as JSON lines; a string is a line as it stands."""
    lines = [record if isinstance(record, str) else json.dumps(record, ensure_ascii=False) for record in records]
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model that knows Peop, Loc and Live_In, and finds them everywhere: its thresholds are far below any score."""
    torch.set_num_threads(1)  # models this small only get slower by sharing the work
    folder = tmp_path_factory.mktemp("bad_input")
    write(folder / "train.jsonl", *[GOOD] * 4)
    train(folder, folder / "run")
    path = folder / "run" / "model" / "config.json"
    low = {"entities": {"Peop": -1e6, "Loc": -1e6}, "relations": {"Live_In": -1e6}}
    path.write_text(json.dumps(json.loads(path.read_text(encoding="utf-8")) | {"thresholds": low}), encoding="utf-8")
    return path.parent


@pytest.fixture
def run(model: Path, tmp_path: Path) -> Run:
    """Give a file to a command: as texts, as the only file of a folder of splits, or as annotated documents."""

    def on_file(command: str, file: Path, exit_code: int) -> Result:
        if command == "extract":
            return gprel("extract", file, "--model", model, exit_code=exit_code)
        if command == "evaluate":
            return gprel("evaluate", model, "--data", file, exit_code=exit_code)
        folder = tmp_path / "splits"
        folder.mkdir()
        if file.exists():
            (folder / "train.jsonl").write_bytes(file.read_bytes())
        return train(folder, tmp_path / "out", exit_code=exit_code)

    return on_file


def extract(file: Path, model: Path, *options: object) -> tuple[list[dict[str, Any]], Result]:
    """The documents that the extract command returns; every offset is checked against the text."""
    result = gprel("extract", file, "--model", model, *options)
    records = [json.loads(line) for line in result.stdout.splitlines()]
    for record in records:
        for entity in record["entities"]:
            surface = record["text"][entity["start"] : entity["end"]]
            assert surface == surface.strip() != ""
        for relation in record["relations"]:
            assert {relation["subject"], relation["object"]} <= set(range(len(record["entities"])))
    return records, result


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("extract", "{file} does not exist; check the path"),
        ("evaluate", "'{file}' is neither a corpus (known: demo, ade"),
        ("train", "holds none of train.jsonl, dev.jsonl, test.jsonl; write at least one of them"),
    ],
)
def test_a_missing_file(run: Run, tmp_path: Path, command: str, message: str) -> None:
    file = tmp_path / "missing.jsonl"
    result = run(command, file, 1)
    assert result.stderr.splitlines()[-1].startswith("error: ")
    assert message.format(file=file) in result.stderr


@pytest.mark.parametrize(("command", "exit_code"), [("extract", 3), ("train", 1), ("evaluate", 1)])
@pytest.mark.parametrize("content", ["", "\n \n"])
def test_an_empty_file(run: Run, tmp_path: Path, command: str, exit_code: int, content: str) -> None:
    file = tmp_path / "mine.jsonl"
    file.write_text(content)
    result = run(command, file, exit_code)  # to extract it is one of many sources, and the others are not lost
    assert "is empty; expected at least one line that is not blank" in result.stderr
    assert result.stdout == ""


@pytest.mark.parametrize(("command", "exit_code"), [("extract", 3), ("train", 1), ("evaluate", 1)])
def test_malformed_json_on_line_17(run: Run, tmp_path: Path, command: str, exit_code: int) -> None:
    records: list[object] = [GOOD | {"id": str(i)} for i in range(1, 21)]
    records[16] = '{"text": "Ann Lee", "entities": [}'
    result = run(command, write(tmp_path / "mine.jsonl", *records), exit_code)
    assert ".jsonl:17: malformed JSON (Expecting value at column 34); expected one complete object" in result.stderr
    if command == "extract":  # the other 19 are not lost
        found = [json.loads(line)["id"] for line in result.stdout.splitlines()]
        assert found == [str(i) for i in range(1, 21) if i != 17]


@pytest.mark.parametrize("command", ["train", "evaluate"])  # extract does not look at annotation
@pytest.mark.parametrize(
    ("entity", "reason"),
    [
        ({"start": 17, "end": 24, "type": "Loc"}, "entity 0 has offsets 17..24 but the text has 23 characters"),
        ({"start": -1, "end": 3, "type": "Loc"}, "entity 0 has offsets -1..3 but the text has 23 characters"),
        ({"start": 3, "end": 3, "type": "Loc"}, "entity 0 has offsets 3..3 but the text has 23 characters"),
    ],
)
def test_offsets_outside_the_text(run: Run, tmp_path: Path, command: str, entity: dict[str, Any], reason: str) -> None:
    file = write(tmp_path / "mine.jsonl", GOOD, {"text": TEXT, "entities": [entity]})
    result = run(command, file, 1)
    assert f".jsonl:2: {reason}; offsets are half-open character positions" in result.stderr


def test_a_relation_to_an_entity_that_does_not_exist(run: Run, tmp_path: Path) -> None:
    relation = {"type": "Live_In", "subject": 0, "object": 2}
    result = run("train", write(tmp_path / "mine.jsonl", GOOD, GOOD | {"relations": [relation]}), 1)
    assert ".jsonl:2: relation 0 ('Live_In') has object 2 but the document has 2 entities" in result.stderr


def test_labels_the_model_does_not_know_still_count_as_gold(model: Path, tmp_path: Path) -> None:
    strange = GOOD | {
        "entities": [{"start": 0, "end": 7, "type": "Robot"}, {"start": 17, "end": 21, "type": "Loc"}],
        "relations": [
            {"type": "Live_In", "subject": 0, "object": 1},
            {"type": "Built_In", "subject": 0, "object": 1},
        ],
    }
    file = write(tmp_path / "mine.jsonl", GOOD, strange)
    result = gprel("evaluate", model, "--data", file, "--json")
    assert "gold entities: 4, of which 1 (25.00 %) cannot be reached" in result.stderr
    for kind in ("entities", "triples"):
        assert f"  1 {kind}: its label is not in the schema (e.g. '" in result.stderr
    assert "'Robot'" in result.stderr
    assert "'Built_In'" in result.stderr
    assert "1 triples: one of its arguments cannot be reached (e.g. 'Ann Lee' Live_In 'Oslo')" in result.stderr
    scores = json.loads(result.stdout)
    assert scores["entities"]["strict"]["micro"]["n_gold"] == 4
    assert scores["triples"]["strict"]["micro"]["n_gold"] == 3
    assert scores["entities"]["strict"]["per_type"]["Robot"]["n_gold"] == 1
    assert scores["triples"]["strict"]["per_type"]["Built_In"]["recall"] == 0.0
    assert scores["lost_gold"]["entities"] == {"gold": 4, "lost": {"its label is not in the schema": 1}}


def test_labels_of_dev_that_training_never_saw(tmp_path: Path) -> None:
    write(tmp_path / "train.jsonl", *[GOOD] * 2)
    new = {"text": TEXT, "entities": [{"start": 17, "end": 21, "type": "City"}], "relations": []}
    write(tmp_path / "dev.jsonl", GOOD, new)
    result = train(tmp_path, tmp_path / "out")
    assert "dev:   1 entities: its label is not in the schema (e.g. 'City')" in result.stderr
    facts = json.loads((tmp_path / "out" / "run.json").read_text(encoding="utf-8"))
    assert facts["dev"]["entities"]["strict"]["micro"]["n_gold"] == 3


def test_an_entity_in_the_middle_of_a_word_is_reported_before_training(tmp_path: Path) -> None:
    cut = GOOD | {"entities": [{"start": 0, "end": 6, "type": "Peop"}, *GOOD["entities"][1:]]}
    write(tmp_path / "train.jsonl", GOOD, cut)
    notes = train(tmp_path, tmp_path / "out").stderr
    line = "  1 entities: begins or ends inside a word or character that tokenization keeps whole (e.g. 'Ann Le' at 0"
    assert "train: gold entities: 4, of which 1 (25.00 %) cannot be reached" in notes
    assert "train:   1 triples: one of its arguments cannot be reached (e.g. 'Ann Le' Live_In 'Oslo')" in notes
    assert -1 < notes.index(line) < notes.index("epoch 1/1")
    facts = json.loads((tmp_path / "out" / "run.json").read_text(encoding="utf-8"))
    assert facts["lost_train"]["triples"] == {"gold": 2, "lost": {"one of its arguments cannot be reached": 1}}


@pytest.mark.parametrize("text", ["", "   ", "\u200b"])
def test_a_text_with_nothing_in_it(model: Path, tmp_path: Path, text: str) -> None:
    file = write(tmp_path / "mine.jsonl", {"id": "a", "text": text}, {"id": "b", "text": TEXT}, {"text": text})
    records, _ = extract(file, model)
    assert [record["text"] for record in records] == [text, TEXT, text]
    assert records[0] == {"id": "a", "text": text, "entities": [], "relations": []}
    assert [json.loads(line)["text"] for line in _alone(tmp_path, model, text)] == [text]


def _alone(folder: Path, model: Path, text: str) -> list[str]:
    return gprel("extract", write(folder / "one.jsonl", {"text": text}), "--model", model).stdout.splitlines()


def test_an_empty_text_in_training(tmp_path: Path) -> None:
    empty: dict[str, Any] = {"text": "", "entities": [], "relations": []}
    write(tmp_path / "train.jsonl", empty, GOOD, empty)
    write(tmp_path / "dev.jsonl", empty, GOOD)
    train(tmp_path, tmp_path / "out")
    assert json.loads((tmp_path / "out" / "run.json").read_text(encoding="utf-8"))["dev"]["n_documents"] == 2


def test_a_text_of_20_000_characters(model: Path, tmp_path: Path) -> None:
    text = (TEXT + " ") * (20_000 // (len(TEXT) + 1)) + "x" * (20_000 % (len(TEXT) + 1))
    assert len(text) == 20_000
    records, result = extract(write(tmp_path / "mine.jsonl", {"text": text}, {"text": TEXT}), model)
    assert [record["text"] for record in records] == [text, TEXT]
    starts = {entity["start"] // 2_000 for entity in records[0]["entities"]}
    assert starts == set(range(10))  # no part of the text went unseen
    assert "windows reached the cap on candidates or triples" in result.stderr


def test_training_on_a_long_text_loses_nothing(tmp_path: Path) -> None:
    n = 100
    shift = len(TEXT) + 1
    record: dict[str, Any] = {"text": f"{TEXT} " * n, "entities": [], "relations": []}
    for i in range(n):
        record["entities"] += [
            e | {"start": e["start"] + i * shift, "end": e["end"] + i * shift} for e in GOOD["entities"]
        ]
        record["relations"].append({"type": "Live_In", "subject": 2 * i, "object": 2 * i + 1})
    write(tmp_path / "train.jsonl", record)
    notes = train(tmp_path, tmp_path / "out").stderr
    assert "train: gold entities: 200, of which 0 (0.00 %) cannot be reached" in notes
    assert "train: gold triples: 100, of which 0 (0.00 %) cannot be reached" in notes


@pytest.mark.parametrize(
    "text",
    [
        "Ann 😀 Lee lives in Oslo 🇳🇴 .",
        "👩‍👩‍👧 Ann Lee",
        "Ann\x00 Lee lives in\x00 Oslo .",
        "\x00",
        "e\u0301te\u0301 \u202eAnn\u202c Lee",
    ],
)
def test_odd_characters_stay_as_they_are(model: Path, tmp_path: Path, text: str) -> None:
    records, _ = extract(write(tmp_path / "mine.jsonl", {"text": text}), model)
    assert [record["text"] for record in records] == [text]
    assert bool(records[0]["entities"]) is (text != "\x00")
    plain = tmp_path / "mine.txt"
    plain.write_text(f"{text}\n", encoding="utf-8")
    records, _ = extract(plain, model)
    assert [record["text"] for record in records] == [text]
    rows = gprel("extract", plain, "--model", model, "--format", "triples").stdout.splitlines()
    assert all(row.count("\t") == 4 for row in rows)


def test_offsets_count_characters_not_bytes_or_utf_16_units(tmp_path: Path) -> None:
    text = "😀 Ann\x00 Lee lives in Oslo ."
    person = {"start": text.index("Ann"), "end": text.index("Lee") + 3, "type": "Peop"}
    city = {"start": text.index("Oslo"), "end": text.index("Oslo") + 4, "type": "Loc"}
    record = {"text": text, "entities": [person, city], "relations": GOOD["relations"]}
    write(tmp_path / "train.jsonl", record, GOOD)
    notes = train(tmp_path, tmp_path / "out").stderr
    assert "train: gold entities: 4, of which 0 (0.00 %) cannot be reached" in notes


def test_bytes_that_are_not_utf_8(model: Path, tmp_path: Path) -> None:
    file = tmp_path / "mine.jsonl"
    file.write_bytes(json.dumps(GOOD).encode() + b'\n{"text": "Zo\xeb"}\n')
    result = gprel("extract", file, "--model", model, exit_code=3)
    assert f"{file}:2: byte 0xeb after 12 characters is not UTF-8; save the file as UTF-8" in result.stderr
    assert len(result.stdout.splitlines()) == 1
