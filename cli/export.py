"""``gprel export``."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from gprel.config import DataConfig
from gprel.plain_table import PlainTable

from .console import print_note, print_table, rich_table, stderr
from .corpus import load_data
from .data_options import DataDir, Fold, LowResource, Variant
from .output import check_output_folder

if TYPE_CHECKING:
    from gprel.export import Comparison

_BYTES = 1e6  # of a megabyte, as sizes of downloads are told


def export(
    model: Annotated[Path, typer.Argument(help="Model folder, for example runs/last/model.")],
    out: Annotated[Path, typer.Option(help="Folder to write, new or empty; gprel extract --model takes it.")],
    to: Annotated[
        Literal["onnx"], typer.Option("--to", help="onnx: runs with ONNX Runtime and numpy, without torch.")
    ] = "onnx",
    int8: Annotated[
        bool, typer.Option("--int8", help="Store the encoder in 8 bits: a quarter of the size, and faster.")
    ] = False,
    data: Annotated[
        str | None,
        typer.Option(
            help="Corpus name, or a .jsonl file or folder: compare the export with the model there.",
            show_default="no comparison",
        ),
    ] = None,
    split: Annotated[Literal["train", "dev", "test"], typer.Option(help="Split to compare on.")] = "test",
    variant: Variant = None,
    fold: Fold = None,
    low_resource: LowResource = False,
    data_dir: DataDir = None,
    batch_size: Annotated[int, typer.Option(min=1, help="Windows per batch of the comparison.")] = 32,
) -> None:
    """Write a model as a folder that runs without torch; its heads must be gplinker or global_pointer.

    The export takes over thresholds and calibration: tune first. With --data it prints what the export costs.
    """
    check_output_folder(out)
    corpus = None
    if data is not None:
        folder = None if data_dir is None else str(data_dir)
        corpus = load_data(DataConfig(data, folder, variant, fold, low_resource), (split,))
    from gprel.export import compare_backends, export_onnx
    from gprel.extraction.onnx_backend import OnnxBackend
    from gprel.extraction.torch_backend import TorchBackend

    original = TorchBackend.open(model, precision="no")
    with stderr.status("exporting"):
        export_onnx(original.model, out, use_int8=int8)
    size = sum(path.stat().st_size for path in out.iterdir())
    print_note(f"{out}: {size / _BYTES:,.1f} MB, {'int8' if int8 else 'float32'}")
    exported = OnnxBackend(out)  # a broken export is found here, not by its user
    if corpus is None:
        return
    documents, rule = corpus.split(split), corpus.rule or "strict"
    with stderr.status("comparing"):
        compared = compare_backends(original, exported, documents, rule, batch_size=batch_size)
    title = f"{corpus.title}, {split}, {len(documents):,} documents, {rule}"
    print_table(rich_table(_table(compared, title, "int8" if int8 else "float32")))


def _table(compared: "list[Comparison]", title: str, weights: str) -> PlainTable:
    rows = tuple((one.kind, f"{one.before:.2f}", f"{one.after:.2f}", f"{one.loss:+.2f}") for one in compared)
    return PlainTable(title, ("micro F1", "torch float32", f"onnx {weights}", "loss"), rows)
