"""The backend that computes with ONNX Runtime and numpy: a model that ``gprel export`` wrote, without torch."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from numpy.typing import NDArray

from gprel.collect import collect
from gprel.errors import CheckpointError, DependencyError
from gprel.evaluation.calibration import Calibration
from gprel.extraction.cores import n_cores
from gprel.extraction.labels import override_thresholds
from gprel.extraction.numpy_decode import Bools, Factors, Floats, find_spans, link, pair_up
from gprel.extraction.onnx_folder import CONFIG, LINKS, MODEL, ExportedHead, read_config
from gprel.features import Example, Featurizer
from gprel.schema import Schema
from gprel.tokenizer import LightTokenizer
from gprel.tokens import Extraction

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

Scalar = TypeVar("Scalar", bound=np.generic)
SUBJECT, OBJECT = 0, 1  # labels of the entity grid in the role mode
# The states of more do not fit into the cache of a core: int8 loses almost half of its speed on batches of 32 windows.
_TOKENS_PER_RUN = 512


class OnnxBackend:
    """An exported model behind the protocol of :class:`gprel.extraction.backend.Backend`.

    Args:
        folder: What ``gprel export`` wrote.
        thresholds: Scores above which a label is predicted, by label; the model's own hold for all others.
        n_threads: Batches that are computed at once; by default ``$OMP_NUM_THREADS``, which torch heeds as well, or all
            cores. Each has a core to itself: two cores on one batch take twice the time of one core, because of all the
            waiting for each other.

    Raises:
        CheckpointError: If the folder holds no exported model, or it is damaged.
        ConfigError: If a threshold is for a label that the model does not know.
        DependencyError: If a library is missing.
    """

    def __init__(
        self, folder: str | Path, *, thresholds: Mapping[str, float] | None = None, n_threads: int | None = None
    ) -> None:
        folder = Path(folder)
        config, self._head = read_config(folder)
        tokenizer = LightTokenizer.from_folder(folder)
        try:
            self.schema = Schema.from_dict(config["labels"])
            self.featurizer = Featurizer(tokenizer, self.schema, **config["features"])
            self._allowed = _allowed(self._head, self.schema)
        except (IndexError, KeyError, TypeError, ValueError) as error:
            raise CheckpointError(f"{folder / CONFIG} is damaged: {error!r}; export the model again") from error
        limits = override_thresholds(self.schema, config.get("thresholds"), thresholds)
        self.calibration = None if config.get("calibration") is None else Calibration.from_dict(config["calibration"])
        self.has_relations = self._head.has_relations
        self._pad_id = tokenizer.pad_token_id or 0
        self.n_threads = n_threads or n_cores()
        self._model = _session(folder / MODEL)
        self._links = _session(folder / LINKS) if self.has_relations else None
        self._feeds = {part.name for part in self._model.get_inputs()}
        self._entity_limits = _as_array(self.schema.entity_types, limits["entities"])
        self._relation_limits = _as_array(self.schema.relation_types, limits["relations"])

    def threads(self) -> Executor:
        """Threads that compute on a core each."""
        return ThreadPoolExecutor(self.n_threads, "batch")

    def extract(self, examples: Sequence[Example]) -> list[Extraction]:
        """Find what is in the windows, a few of them at a time; one result for each, in order."""
        return [found for part in _parts(examples, _TOKENS_PER_RUN) for found in self._extract(part)]

    def _extract(self, examples: Sequence[Example]) -> list[Extraction]:
        length = max(len(example.input_ids) for example in examples)
        valid = [[True] * len(example.input_ids) for example in examples]
        inputs = {
            "input_ids": _padded([example.input_ids for example in examples], length, self._pad_id, np.int64),
            "valid": _padded(valid, length, False, np.bool_),
            "shapes": _padded([example.shapes for example in examples], length, 0, np.int64),
        }
        starts = _padded([example.starts for example in examples], length, False, np.bool_)
        ends = _padded([example.ends for example in examples], length, False, np.bool_)
        states, *factors = self._model.run(None, {name: inputs[name] for name in inputs if name in self._feeds})
        return self._decode(states, _factors(factors), starts, ends)

    def _decode(self, states: Floats, entities: Factors, starts: Bools, ends: Bools) -> list[Extraction]:
        """Entities first, then relations between those only; links are computed at candidates alone."""
        head = self._head
        limits = np.repeat(self._entity_limits[:1], 2) if head.use_roles else self._entity_limits
        spans, n_dropped = find_spans(entities, starts, ends, limits, head.max_candidates, head.max_width)
        if self._links is None:
            return collect(spans, None, n_dropped.tolist())
        everyone = np.arange(len(spans.batch))
        subjects = everyone[spans.label == SUBJECT] if head.use_roles else everyone
        objects = everyone[spans.label == OBJECT] if head.use_roles else everyone
        pairs = pair_up(subjects, objects, spans.batch, len(states))
        if not len(pairs[0]):
            return collect(spans, (), n_dropped.tolist(), use_roles=head.use_roles)
        tokens = {"first_states": spans.first, "last_states": spans.last}
        feeds = {part.name: states[spans.batch, tokens[part.name]][None] for part in self._links.get_inputs()}
        outputs = self._links.run(None, feeds)
        size = len(outputs) // len(feeds)
        grids = [_factors(outputs[begin : begin + size]) for begin in range(0, len(outputs), size)]
        triples, n_more = link(spans, pairs, grids, self._relation_limits, head.max_triples, len(states), self._allowed)
        return collect(spans, triples, (n_dropped + n_more).tolist(), use_roles=head.use_roles)


def _parts(examples: Sequence[Example], most_tokens: int) -> Iterator[Sequence[Example]]:
    """Runs of windows that have at most so many tokens when they are padded, or are a single window."""
    begin, longest = 0, 0
    for end, example in enumerate(examples):
        longest = max(longest, len(example.input_ids))
        if end > begin and longest * (end + 1 - begin) > most_tokens:
            yield examples[begin:end]
            begin, longest = end, len(example.input_ids)
    if begin < len(examples):
        yield examples[begin:]


def _session(path: Path) -> "InferenceSession":
    try:
        import onnxruntime
    except ImportError as error:
        raise DependencyError(
            f"an exported model needs ONNX Runtime ({error}); run: pip install gprel[onnx]"
        ) from error
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    if not _has_amx():
        # Before VNNI, processors add up products of 8 bits in 16, where they overflow. ONNX Runtime looks for VNNI by
        # itself, but takes AMX, which does not overflow either, for its absence.
        options.add_session_config_entry("session.x64quantprecision", "1")
    try:
        # The fused kernel goes through every number by itself: Add and LayerNormalization take a third of its time.
        return onnxruntime.InferenceSession(
            str(path), options, providers=["CPUExecutionProvider"], disabled_optimizers=["SkipLayerNormFusion"]
        )
    except Exception as error:  # a class of its own for every code, none of them public
        reason = str(error).strip().split("\n")[0]
        raise CheckpointError(f"{path} cannot be loaded: {reason}; export the model again") from error


def _has_amx() -> bool:
    try:
        return "amx_int8" in Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:  # no Linux
        return False


def _padded(rows: Sequence[Sequence[int]], length: int, value: int, dtype: type[Scalar]) -> NDArray[Scalar]:
    return np.array([[*row, *[value] * (length - len(row))] for row in rows], dtype=dtype)


def _factors(outputs: Sequence[Floats]) -> Factors:
    """Query, key and, of an efficient pointer, row and column."""
    query, key, *shares = outputs
    return Factors(query, key, *(shares or (None, None)))


def _as_array(labels: Sequence[str], limits: Mapping[str, float]) -> Floats:
    return np.array([limits.get(label, 0.0) for label in labels], dtype=np.float32)


def _allowed(head: ExportedHead, schema: Schema) -> Bools | None:
    """Which types a relation may link; roles are no types, so nothing is forbidden there."""
    if head.allowed is None or head.use_roles:
        return None
    n_types = len(schema.entity_types)
    allowed = np.zeros((len(schema.relation_types), n_types, n_types), dtype=np.bool_)
    for relation, subject, object_ in head.allowed:
        allowed[relation, subject, object_] = True
    return allowed
