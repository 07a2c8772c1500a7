"""The backend that computes with PyTorch: the model as it was trained, on a GPU where there is one."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import torch
from transformers.utils import logging

from gprel.evaluation import Calibration
from gprel.extraction.labels import override_thresholds
from gprel.features import Example
from gprel.features.batch import Collator
from gprel.model import Extractor
from gprel.nn.precision import pick_precision
from gprel.tokens import Extraction


class TorchBackend:
    """An :class:`gprel.model.Extractor` behind the protocol of :class:`gprel.extraction.backend.Backend`.

    Args:
        model: The model, on the device it is to run on; it is put into evaluation mode.
        thresholds: Scores above which a label is predicted, by label; the model's own hold for all others.

    Raises:
        ConfigError: If a threshold is for a label that the model does not know.
    """

    def __init__(self, model: Extractor, *, thresholds: Mapping[str, float] | None = None) -> None:
        model.eval()  # type: ignore[no-untyped-call]
        self.model = model
        self.schema = model.schema
        self.featurizer = model.featurizer()
        values = model.config.calibration
        self.calibration = None if values is None else Calibration.from_dict(values)
        self.has_relations = bool(model.schema.relation_types)
        self.n_threads = torch.get_num_threads() if model.device.type == "cpu" else 1
        self.collate = Collator(self.featurizer.tokenizer.pad_token_id or 0)
        if thresholds:
            model.config.thresholds = override_thresholds(model.schema, model.config.thresholds, thresholds)

    @classmethod
    def open(
        cls, model: str | Path, *, precision: str = "auto", thresholds: Mapping[str, float] | None = None
    ) -> "TorchBackend":
        """Load a model onto the fastest device, without transformers' own progress bars.

        Raises:
            CheckpointError: If there is no such model, or it is not complete.
            ConfigError: If a threshold is for a label that the model does not know.
        """
        logging.disable_progress_bar()
        loaded = Extractor.from_pretrained(model)
        loaded.to(torch.device("cuda" if torch.cuda.is_available() else "cpu"))  # type: ignore[arg-type]
        loaded.precision = pick_precision(precision, loaded.device)
        return cls(loaded, thresholds=thresholds)

    @contextmanager
    def threads(self) -> Iterator[Executor]:
        """Threads that compute with one core each; torch has no more than that until they are done with."""
        before = torch.get_num_threads()
        use_one = partial(torch.set_num_threads, 1) if self.model.device.type == "cpu" else None
        with ThreadPoolExecutor(self.n_threads, "batch", use_one) as threads:
            yield threads
        torch.set_num_threads(before)

    def extract(self, examples: Sequence[Example]) -> list[Extraction]:
        """Pad the windows to one batch and find what is in them; one result for each, in order."""
        return self.model.extract_batch(self.collate(examples))
