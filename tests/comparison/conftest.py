"""Two sentences as a corpus, a matrix of two fast methods on them, and one comparison that is run once."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from gprel.comparison.matrix import Matrix, load_matrix
from gprel.document import Document

from .helpers import MATRIX, Bench, Done, annotate, no_recipe


@pytest.fixture(scope="session", autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)  # models this small only get slower by sharing the work


@pytest.fixture(scope="session")
def documents() -> list[Document]:
    return [
        annotate(
            "Ann Lee lives in Oslo and works for Acme .",
            {"Ann Lee": "Peop", "Oslo": "Loc", "Acme": "Org"},
            [("Ann Lee", "Live_In", "Oslo"), ("Ann Lee", "Work_For", "Acme")],
        ),
        annotate(
            "In Lima , Bob met Carla Diaz of Blue Fox Ltd .",
            {"Lima": "Loc", "Bob": "Peop", "Carla Diaz": "Peop", "Blue Fox Ltd": "Org"},
            [("Carla Diaz", "Work_For", "Blue Fox Ltd")],
        ),
    ]


@pytest.fixture(scope="session")
def read(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Matrix]:
    """Read a matrix from text: ``read(MATRIX, seeds=[3])``."""
    folder = tmp_path_factory.mktemp("matrices")

    def load(text: str, **options: object) -> Matrix:
        path = folder / "mine.yaml"
        path.write_text(text, encoding="utf-8")
        return load_matrix(path, no_recipe, **options)  # type: ignore[arg-type]

    return load


@pytest.fixture(scope="session")
def matrix(read: Callable[..., Matrix]) -> Matrix:
    return read(MATRIX)


@pytest.fixture
def bench(tmp_path: Path, documents: list[Document]) -> Bench:
    return Bench(tmp_path / "out", documents)


@pytest.fixture(scope="session")
def done(tmp_path_factory: pytest.TempPathFactory, documents: list[Document], matrix: Matrix) -> Done:
    """The matrix, run once; tests copy the folder before they change it."""
    bench = Bench(tmp_path_factory.mktemp("done"), documents)
    return Done(bench.run(matrix), bench)
