"""``gprel data stats``, and how much memory the commands for data take."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from typer.testing import Result

Command = Callable[..., Result]


def cells(result: Result, name: str) -> list[str]:
    """The cells of a row."""
    rows = ([part.strip() for part in line.split("│")[1:-1]] for line in result.stdout.splitlines())
    return next(row[1:] for row in rows if row and row[0] == name)


def test_a_folder_of_splits(gprel: Command, corpus_folder: Path) -> None:
    result = gprel("data", "stats", corpus_folder)
    assert result.stdout.startswith(f"{corpus_folder.name} ")
    assert cells(result, "documents") == ["4", "4", "2"]
    assert cells(result, "entities") == ["12", "12", "6"]
    assert cells(result, "triples (distinct by surface)") == ["8", "8", "4"]
    assert cells(result, "documents with 2 triples") == ["4", "4", "2"]
    assert cells(result, "Peop") == ["4 (33.3 %)", "4 (33.3 %)", "2 (33.3 %)"]
    assert cells(result, "Live_In") == ["4 (50.0 %)", "4 (50.0 %)", "2 (50.0 %)"]
    assert result.stderr == ""


def test_a_corpus_by_name(gprel: Command) -> None:
    values = json.loads(gprel("data", "stats", "demo", "--json").stdout)
    assert (values["data"], values["unreadable"]) == ("demo", 0)
    assert {split: stats["documents"] for split, stats in values["splits"].items()} == {
        "train": 675,
        "dev": 92,
        "test": 128,
    }
    assert values["splits"]["dev"]["relations"] == 150


def test_splits_that_are_not_here_are_named(gprel: Command, data_dir: Path, tmp_path: Path) -> None:
    source = data_dir / "conll04" / "dev_triples.json"
    if not source.is_file():
        pytest.skip(f"no {source}")
    (tmp_path / "conll04").mkdir()
    (tmp_path / "conll04" / "dev_triples.json").write_bytes(source.read_bytes())
    result = gprel("data", "stats", "conll04", "--data-dir", tmp_path, "--json")
    assert {split: stats["entities"] for split, stats in json.loads(result.stdout)["splits"].items()} == {"dev": 893}
    assert "train is left out: conll04: conll04/train_triples.json not found in" in result.stderr
    assert "test is left out: " in result.stderr


def test_a_corpus_that_is_not_here(gprel: Command, tmp_path: Path) -> None:
    result = gprel("data", "stats", "conll04", "--data-dir", tmp_path, exit_code=1)
    assert f"error: conll04: conll04/train_triples.json not found in {tmp_path}" in result.stderr


def test_a_file_in_another_format_with_bad_records(gprel: Command, tmp_path: Path) -> None:
    path = tmp_path / "in.json"
    path.write_text(json.dumps([{"tokens": ["Ann", "sings"], "entities": [], "relations": []}, {"tokens": 3}]))
    result = gprel("data", "stats", path, "--json", exit_code=3)
    values = json.loads(result.stdout)
    assert (values["unreadable"], values["splits"]["all"]["documents"]) == (1, 1)
    assert result.stderr.startswith(f"{path}, record 2: ")
    assert result.stderr.endswith("1 record could not be read and was left out\n")
    assert [file.name for file in tmp_path.iterdir()] == ["in.json"]


def test_standard_input(gprel: Command) -> None:
    result = gprel("data", "stats", "-", stdin="Ann sings\nBo\n")
    assert result.stdout.startswith("standard input ")
    assert cells(result, "words per text: max") == ["2"]
    assert cells(result, "no entity annotation") == ["2"]


def test_a_path_that_is_not_there(gprel: Command, tmp_path: Path) -> None:
    assert "does not exist" in gprel("data", "stats", tmp_path / "no.jsonl", exit_code=1).stderr


def big_file(path: Path, n: int) -> Path:
    """Documents of the usual size with entities and relations."""

    def lines() -> Iterator[str]:
        text = "Ann Lee lives in Oslo and works for Acme . " * 3
        entities = [{"start": 43 * i + s, "end": 43 * i + e, "type": t} for i in range(3) for s, e, t in _SPANS]
        relations = [{"type": "Live_In", "subject": 3 * i, "object": 3 * i + 1} for i in range(3)]
        for number in range(n):
            record = {"id": str(number), "text": f"{text}{number}", "entities": entities, "relations": relations}
            yield json.dumps(record) + "\n"

    with path.open("w") as file:
        file.writelines(lines())
    return path


_SPANS = ((0, 7, "Peop"), (17, 21, "Loc"), (36, 40, "Org"))


def peak_memory(*arguments: object) -> int:
    """Run a command in a process of its own and return the most memory it held, in MiB."""
    code = (
        "import resource, sys; from gprel.cli.main import app; app(sys.argv[1:], standalone_mode=False); "
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr)"
    )
    command = [sys.executable, "-c", code, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    unit = 1 << 20 if sys.platform == "darwin" else 1 << 10
    return int(done.stderr.splitlines()[-1]) // unit


@pytest.mark.slow
@pytest.mark.parametrize("command", ["stats", "convert", "sample", "split"])
def test_memory_does_not_grow_with_the_file(tmp_path: Path, command: str) -> None:
    pytest.importorskip("resource", reason="peak memory is read through a module that Windows does not have")
    peaks = []
    for n in (2_000, 200_000):
        source, out = big_file(tmp_path / f"{n}.jsonl", n), tmp_path / f"{n}.out"
        arguments = {
            "stats": (source, "--json"),
            "convert": (source, out, "--to", "jsonl"),
            "sample": (source, 100, out),
            "split": (source, "--out", out),
        }
        peaks.append(peak_memory("data", command, *arguments[command]))
    # Split holds a few numbers for each text; the file itself has about 200 MB.
    assert peaks[1] - peaks[0] < (160 if command == "split" else 10)
