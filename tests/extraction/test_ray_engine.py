"""Extraction on a cluster: the same bytes as on one machine, whatever happens to the workers."""

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from gprel.encoders import tiny_tokenizer
from gprel.errors import CheckpointError, ClusterError, DataError, DependencyError
from gprel.extraction import ray_engine
from gprel.extraction.files import Files, Writer, begin
from gprel.extraction.pool import PoolRunner
from gprel.extraction.ray_engine import Plan, ray_shares
from gprel.extraction.record import json_lines
from gprel.extraction.run import Share, extract_to_file, write_shares
from gprel.extraction.sources import read_items
from gprel.extraction.wire import share_from_row

from .helpers import text

HERE = Path(__file__).parent
Load = Callable[[], PoolRunner]


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three pools of texts; every fiftieth line is broken, and a field travels along."""
    path = tmp_path_factory.mktemp("source") / "in.jsonl"
    extra = {"名": "中", "list": [1.5, None, {"é": "ü"}]}
    lines = [json.dumps({"id": n, "text": text(n), **extra}) if n % 50 else '{"text": ' for n in range(1, 3001)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    tiny_tokenizer(["anna", "rome"]).save_pretrained(path.parent / "tokenizer")
    return path


@pytest.fixture(scope="module")
def cluster() -> Iterator[None]:
    """A cluster of two workers on this machine; the next tests use it, as a user's would be used."""
    pytest.importorskip("ray.data", reason="Ray is not installed")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(HERE))  # where workers find the model that knows two words
        patch.setenv("RAY_worker_niceness", "0")
        ray = ray_engine.import_ray()
        ray.init(
            "local", num_cpus=2, object_store_memory=1 << 27, include_dashboard=False, logging_level="error",
            log_to_driver=False,
        )  # fmt: skip
        yield
        ray.shutdown()


def loader(folder: Path, death: str = "") -> Load:
    """Loads the model that knows two words.

    Args:
        folder: Folder with its tokenizer, and of a note that a worker has died.
        death: ``"once"``: the first worker that has a third batch dies of it, without a word; ``"always"``: every one.
    """
    tokenizer, note = str(folder / "tokenizer"), str(folder / f"died {death}")

    def load() -> PoolRunner:  # sent to the workers as it stands here, because they know no tests
        import os
        from pathlib import Path

        import helpers  # type: ignore[import-not-found]

        from gprel.extraction.pool import PoolRunner
        from gprel.tokenizer import LightTokenizer

        backend = helpers.FakeBackend(tokenizer=LightTokenizer.from_folder(Path(tokenizer)))
        extract, n_batches = backend.extract, [0]

        def dying(examples: Any) -> Any:
            n_batches[0] += 1
            if n_batches[0] >= 3 and (death == "always" or (death == "once" and not os.path.exists(note))):
                Path(note).touch()
                os._exit(1)
            return extract(examples)

        backend.extract = dying
        return PoolRunner(backend, tokens_per_batch=256)

    return load


@pytest.fixture
def load(source: Path, monkeypatch: pytest.MonkeyPatch) -> Load:
    """For this process."""
    monkeypatch.syspath_prepend(str(HERE))
    return loader(source.parent)


def extracted(folder: Path, work: Callable[[Writer], object], *, resume: bool = False) -> dict[str, bytes]:
    """What an extraction writes."""
    folder.mkdir(exist_ok=True)
    journal = begin(Files.beside(folder / "out", is_converted=False), {}, use_resume=resume, use_overwrite=False)
    assert journal is not None
    with Writer(Files.beside(folder / "out", is_converted=False), journal) as writer:
        work(writer)
        writer.finish()
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def local(source: Path, load: Load, folder: Path) -> dict[str, bytes]:
    """What the local engine writes."""
    stream = read_items([str(source)])
    return extracted(folder, lambda sink: extract_to_file(stream, load(), json_lines, sink, lambda counts: None))


def in_place(plan: Plan) -> Iterator[Share]:
    """The work of a cluster without any."""
    worker = ray_engine._Worker(plan, None)
    for table in plan.read(None):
        [row] = table.to_pylist()
        [done] = ray_engine._row(worker.work(row)).to_pylist()
        yield share_from_row(done)


def test_what_is_sent_to_workers_gives_the_same(source: Path, load: Load, tmp_path: Path) -> None:
    plan = Plan((str(source),), load, json_lines)
    expected = local(source, load, tmp_path / "local")
    assert [data.count(b"\n") for data in expected.values()] == [2940, 60]
    assert expected["out"].count(b"Live_In") > 500
    seen: list[int] = []
    found = extracted(
        tmp_path / "here",
        lambda sink: write_shares(in_place(plan), sink, lambda counts: seen.append(counts.n_read)),
    )
    assert found == expected
    assert (seen[0], len(seen), seen[-1]) == (0, 4, 3000)


def test_ray_is_not_installed(source: Path, load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(
        DependencyError, match=r"the engine ray needs a package that is missing: pip install gprel\[ray\]"
    ):
        next(ray_shares(Plan((str(source),), load, json_lines), n_workers=2, use_gpu=False))


@pytest.mark.slow
@pytest.mark.usefixtures("cluster")
def test_two_workers(source: Path, load: Load, tmp_path: Path) -> None:
    n_bytes: list[int] = []
    plan = Plan((str(source),), load, json_lines)
    found = extracted(
        tmp_path / "ray",
        lambda sink: write_shares(
            ray_shares(plan, n_workers=2, use_gpu=True, on_bytes=n_bytes.append), sink, lambda counts: None
        ),
    )
    assert found == local(source, load, tmp_path / "local")
    assert sum(n_bytes) == source.stat().st_size


@pytest.mark.slow
@pytest.mark.usefixtures("cluster")
def test_a_worker_that_dies(source: Path, load: Load, tmp_path: Path) -> None:
    plan = Plan((str(source),), loader(source.parent, "once"), json_lines)
    found = extracted(
        tmp_path / "ray",
        lambda sink: write_shares(ray_shares(plan, n_workers=2, use_gpu=False), sink, lambda counts: None),
    )
    assert (source.parent / "died once").exists()
    assert found == local(source, load, tmp_path / "local")


@pytest.mark.slow
@pytest.mark.usefixtures("cluster")
def test_stopped_here_and_taken_up_on_the_cluster(source: Path, load: Load, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    plan = Plan((str(source),), load, json_lines)

    def stop(sink: Writer) -> None:
        for number, share in enumerate(in_place(plan)):
            if number == 2:
                raise KeyboardInterrupt
            sink.put(share.lines, share.errors, share.counts)

    with pytest.raises(KeyboardInterrupt):
        extracted(folder, stop)

    def go_on(sink: Writer) -> None:
        assert sink.journal.counts.n_read == 2048
        rest = Plan((str(source),), load, json_lines, n_done=2048)
        write_shares(ray_shares(rest, n_workers=2, use_gpu=False), sink, lambda counts: None)

    assert extracted(folder, go_on, resume=True) == local(source, load, tmp_path / "local")


@pytest.mark.slow
@pytest.mark.usefixtures("cluster")
def test_texts_that_kill_every_worker(source: Path) -> None:
    plan = Plan((str(source),), loader(source.parent, "always"), json_lines)
    message = r"4 workers died one after the other over 1,0\d\d texts \(.*in.jsonl, line \d+ to .*in.jsonl, line \d+\)"
    with pytest.raises(ClusterError, match=message):
        list(ray_shares(plan, n_workers=1, use_gpu=False))


@pytest.mark.slow
@pytest.mark.usefixtures("cluster")
def test_errors_of_the_cluster_come_up_here(source: Path, load: Load, tmp_path: Path) -> None:
    def no_model() -> PoolRunner:
        raise CheckpointError("there is no model on this machine")

    def a_mistake() -> PoolRunner:
        raise ZeroDivisionError("one by none")

    with pytest.raises(ClusterError, match=r"the Ray cluster failed \(.*ZeroDivisionError: one by none\); what was wr"):
        list(ray_shares(Plan((str(source),), a_mistake, json_lines), n_workers=1, use_gpu=False))
    with pytest.raises(CheckpointError, match=r"^there is no model on this machine$"):
        list(ray_shares(Plan((str(source),), no_model, json_lines), n_workers=1, use_gpu=False))
    with pytest.raises(DataError, match=r"^.*/no.jsonl does not exist"):
        list(ray_shares(Plan((str(tmp_path / "no.jsonl"),), load, json_lines), n_workers=1, use_gpu=False))
