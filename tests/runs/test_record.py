"""Reading run folders of any age, whole or not."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from gprel.errors import ConfigError, DataError
from gprel.runs.find import find_runs
from gprel.runs.metrics import read_metrics
from gprel.runs.record import SILENT, read_run, this_process
from gprel.runs.tables import differences, epochs_table, list_table, row, sort_rows

Write = Callable[..., Path]


def test_a_run_in_a_line(write_run: Write) -> None:
    settings = ("data.name=webnlg", "data.variant=star", "training.seed=7", "encoder.name=path/to/zh-small")
    path = write_run("a", *settings, status="done", best_epoch=2, seconds=12.25)
    assert row(read_run(path)) == {
        "name": str(path),
        "corpus": "webnlg-star",
        "head": "gplinker",  # what auto means
        "encoder": "zh-small",
        "seed": 7,
        "status": "done",
        "epoch": 2,
        "rule": "strict",
        "entity": 70.0,
        "triple": 30.5,
        "seconds": 12.25,
        "commit": "abc",
    }
    assert (row(read_run(path), "partial")["triple"], row(read_run(path), "exact")["triple"]) == (33.0, None)


@pytest.mark.parametrize(
    ("settings", "corpus", "head"),
    [
        (("data.name=ade", "data.fold=3"), "ade-3", "gplinker"),
        (("data.name=nyt", "data.low_resource=true"), "nyt-low-resource", "gplinker"),
        (("data.name=a/b/mine", "task=ner"), "mine", "global_pointer"),
        (("head.name=pfn",), "demo", "pfn"),
    ],
)
def test_names(settings: tuple[str, ...], corpus: str, head: str, write_run: Write) -> None:
    run = read_run(write_run("a", *settings))
    assert (run.corpus, run.head) == (corpus, head)


def test_facts_of_a_finished_run_are_stronger_than_its_log(write_run: Write) -> None:
    dev = {"n_documents": 3, "entities": None, "triples": {"strict": {"micro": {"f1": 31.25}}}}
    run = read_run(write_run("a", status="done", dev=dev))
    assert run.f1("triples", "strict") == 31.25
    assert run.scores() == {"entities": {"strict": 70.0, "partial": 75.0}, "triples": {"strict": 31.25}}


def test_a_run_that_goes_on_tells_its_best_epoch_so_far(write_run: Write) -> None:
    run = read_run(write_run("a", process=this_process()))
    assert (run.status, run.best_epoch, run.seconds) == ("running", 2, 9.0)


def test_status(write_run: Write) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    here, elsewhere = socket.gethostname(), {"host": "elsewhere", "id": 1}
    assert read_run(write_run("stopped", status="stopped", process=this_process())).status == "interrupted"
    assert read_run(write_run("other", process={"host": here, "id": os.getppid()})).status == "running"
    assert read_run(write_run("far", process=elsewhere)).status == "running"
    assert read_run(write_run("silent", process=elsewhere, age=SILENT + 60)).status == "interrupted"
    assert read_run(write_run("old", age=SILENT + 60)).status == "interrupted"
    if os.name != "nt":
        assert read_run(write_run("killed", process={"host": here, "id": ended.pid})).status == "interrupted"


def test_settings_of_an_older_version_are_shown_as_they_are(write_run: Write) -> None:
    path = write_run("a", "training.epochs=3", "training.trackers=[tensorboard]", "data.data_dir=/somewhere")
    text = (path / "config.yaml").read_text(encoding="utf-8")
    (path / "config.yaml").write_text(text + "sampling:\n  temperature: 2\n", encoding="utf-8")
    assert read_run(path).changed() == {
        "training.epochs": (3, 10),
        "training.trackers": (["tensorboard"], []),
        "sampling.temperature": (2, None),
    }
    (path / "config.yaml").write_text("task: ner\n", encoding="utf-8")  # what is missing has today's default
    assert (read_run(path).corpus, read_run(path).head, read_run(path).seed) == ("demo", "global_pointer", 42)


def test_broken_and_foreign_folders_are_named(write_run: Write, tmp_path: Path) -> None:
    good, deep = write_run("good"), write_run("sweep/x/seed-1")
    bad_json, bad_yaml, a_list = write_run("bad"), write_run("worse"), write_run("list")
    (bad_json / "run.json").write_text('{"status": ')
    (bad_yaml / "config.yaml").write_bytes(b"\xff\xfe")
    (a_list / "config.yaml").write_text("- 1")
    (tmp_path / "notes" / "deeper").mkdir(parents=True)
    (good / "model" / "run.json").parent.mkdir()
    (good / "model" / "run.json").write_text("{}")  # inside a run there is nothing to find
    found = find_runs([tmp_path, good])
    assert [run.path for run in found.runs] == [good, deep]
    assert found.foreign == [tmp_path / "notes"]
    assert list(found.broken) == [bad_json, a_list, bad_yaml]
    assert found.broken[bad_json].startswith(f"{bad_json / 'run.json'} cannot be read: Expecting value")
    assert found.broken[a_list] == f"{a_list / 'config.yaml'} holds list, expected names and values"
    assert found.broken[bad_yaml].startswith(f"{bad_yaml / 'config.yaml'} cannot be read: 'utf-8' codec")


def test_no_run(tmp_path: Path) -> None:
    with pytest.raises(DataError) as error:
        read_run(tmp_path)
    assert str(error.value) == f"{tmp_path} holds no run (no run.json); expected a folder that gprel train wrote"
    with pytest.raises(DataError, match=r"x is no folder; expected a folder that gprel train wrote"):
        read_run(tmp_path / "x")
    with pytest.raises(ConfigError, match=r"x is no folder; name the folder where the runs are"):
        find_runs([tmp_path / "x"])


def test_a_log_that_was_cut_off(write_run: Write) -> None:
    path = write_run("a") / "metrics.jsonl"
    with path.open("a") as file:
        file.write('{"epoch": 4}\n[1]\n{"step": null, "loss": 1}\n{"epoch": 4, "lo')
    metrics = read_metrics(path)
    assert (len(metrics.steps), len(metrics.epochs), metrics.n_bad) == (3, 3, 4)
    assert metrics.best is not None
    assert metrics.best.number == 2
    assert read_metrics(path.with_name("missing.jsonl")).epochs == []
    with pytest.raises(DataError, match="cannot be read"):
        read_metrics(path.parent)


def test_the_log_of_an_older_version_has_no_steps_by_epoch(write_run: Write) -> None:
    lines = [{"step": 20, "loss": 1.0}, {"epoch": 1, "loss": 2.0, "seconds": 1.0, "is_best": True}]
    (epoch,) = read_metrics(write_run("a", lines=lines) / "metrics.jsonl").epochs
    assert (epoch.step, epoch.dev) == (20, {})


def test_sorting(write_run: Write) -> None:
    low = [{"epoch": 1, "loss": 1.0, "is_best": True, "dev": {"triples": {"strict": 9.0}}}]
    runs = [write_run("a", lines=low), write_run("b", "training.seed=5"), write_run("c", lines=[])]
    rows = [row(read_run(path)) for path in runs]
    names = [[Path(one["name"]).name for one in sort_rows(rows, column)] for column in ("triple", "seed", "epoch")]
    assert names == [["b", "a", "c"], ["b", "a", "c"], ["a", "b", "c"]]
    assert list_table(rows).rows[2][6:11] == ("-", "strict", "-", "-", "-")


def test_epochs(write_run: Write) -> None:
    table = epochs_table(read_run(write_run("a")))
    assert table.columns == ("epoch", "loss", "dev entity F1", "dev triple F1", "seconds", "")
    assert table.rows[0] == ("1", "4.5000", "40.00", "-", "3", "best so far")
    assert table.rows[2] == ("3", "1.1250", "69.00", "29.00", "9", "")


def test_differences(write_run: Write) -> None:
    runs = {"a": read_run(write_run("a")), "b": read_run(write_run("b", "training.ema=0.9", status="done"))}
    settings, results = differences(runs)
    assert settings == {"training.ema": {"a": 0.0, "b": 0.9}}
    assert results["dev triples/strict F1"] == {"a": 30.5, "b": 30.5}
    assert results["status"] == {"a": "running", "b": "done"}
    assert json.dumps(results)
