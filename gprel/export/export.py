"""A trained model to a folder that ONNX Runtime runs."""

import json
import tempfile
from pathlib import Path

from gprel import __version__
from gprel.errors import CheckpointError, ConfigError
from gprel.export.graph import write_entities, write_links
from gprel.export.quantize import quantize
from gprel.extraction.onnx_folder import CONFIG, LINKS, MODEL, SECTION, ExportedHead
from gprel.heads import HEADS, GlobalPointer, GPLinker, Head
from gprel.model import Extractor

EXPORTABLE = ("global_pointer", "gplinker")


def export_onnx(model: Extractor, folder: str | Path, *, use_int8: bool = False) -> None:
    """Write a folder that :class:`gprel.extraction.onnx_backend.OnnxBackend` loads without torch.

    It holds ``model.onnx`` (the encoder and the factors of the entity grid), ``links.onnx`` (the factors of the links,
    where the model finds triples), the tokenizer, and ``config.json`` with schema, features, thresholds and
    calibration.

    Args:
        model: A model with a tokenizer.
        folder: Where to write; made if it does not exist.
        use_int8: Store the encoder's weights in 8 bits.

    Raises:
        ConfigError: If the model's head cannot be exported.
        CheckpointError: If the model has no tokenizer.
        DependencyError: If a library is missing.
    """
    head = _exportable(model.config.head_name, model.head)
    if model.tokenizer is None:
        raise CheckpointError("this model has no tokenizer; load it with from_pretrained or set model.tokenizer")
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    if use_int8:
        with tempfile.TemporaryDirectory(dir=folder) as scratch:
            write_entities(model.encoder, head, Path(scratch) / MODEL)
            quantize(Path(scratch) / MODEL, folder / MODEL)
    else:
        write_entities(model.encoder, head, folder / MODEL)
    if isinstance(head, GPLinker):
        write_links(head, model.encoder.model.config.hidden_size, folder / LINKS)
    model.tokenizer.save_pretrained(folder)
    section = _decoding(head).to_dict() | {"weights": "int8" if use_int8 else "float32", "gprel": __version__}
    config = model.config.to_dict() | {SECTION: section}
    for part in (config, config["encoder"]):
        part.pop("_name_or_path", None)  # a folder of the machine that trained the model
    text = json.dumps(config, ensure_ascii=False, indent=2, sort_keys=True)
    (folder / CONFIG).write_text(text + "\n", encoding="utf-8")  # last: without it the folder is no model


def _exportable(name: str, head: Head) -> GlobalPointer | GPLinker:
    if isinstance(head, GlobalPointer | GPLinker):
        return head
    others = ", ".join(name for name in HEADS if name not in EXPORTABLE)
    raise ConfigError(
        f"a model with the head {name!r} cannot be exported; {' and '.join(EXPORTABLE)} can, {others} need torch"
    )


def _decoding(head: GlobalPointer | GPLinker) -> ExportedHead:
    if isinstance(head, GlobalPointer):
        return ExportedHead(False, False, head.max_candidates, head.max_width, 0, None)
    allowed = None if head.allowed_cells is None else tuple((r, s, o) for r, s, o in head.allowed_cells)
    return ExportedHead(True, head.use_roles, head.max_candidates, head.max_width, head.max_triples, allowed)
