"""What settings may be, beyond their types."""

from typing import TYPE_CHECKING

from gprel.errors import ConfigError

if TYPE_CHECKING:
    from gprel.config.settings import RunConfig

HEADS_OF_TASK = {"re": ("gplinker", "casrel", "pfn"), "ner": ("global_pointer", "bert_crf", "pfn")}
"""Heads by task; the first one is what ``auto`` means."""


def check_ranges(config: "RunConfig") -> None:
    """Check what types cannot say.

    Raises:
        ConfigError: If a number is out of its range, or two settings contradict each other.
    """
    data, features, encoder, head, training = config.data, config.features, config.encoder, config.head, config.training
    rules: list[tuple[bool, str]] = [
        (data.limit >= 0, f"data.limit is {data.limit}, expected 0 (all) or more"),
        (
            encoder.dropout is None or 0 <= encoder.dropout < 1,
            f"encoder.dropout is {encoder.dropout}, expected 0 <= dropout < 1, or null",
        ),
        (
            encoder.init is None or not encoder.random_init,
            f"encoder.init is {encoder.init} but encoder.random_init is on; use one of them",
        ),
        (features.max_tokens >= 8, f"features.max_tokens is {features.max_tokens}, expected at least 8"),
        (
            0 <= features.stride <= features.max_tokens // 2,
            f"features.stride is {features.stride}, expected 0 to {features.max_tokens // 2} (half of max_tokens)",
        ),
        (head.size >= 2 and head.size % 2 == 0, f"head.size is {head.size}, expected an even number of at least 2"),
        (head.max_candidates >= 1, f"head.max_candidates is {head.max_candidates}, expected at least 1"),
        (head.max_triples >= 1, f"head.max_triples is {head.max_triples}, expected at least 1"),
        (0 <= head.dropout < 1, f"head.dropout is {head.dropout}, expected 0 <= dropout < 1"),
        (training.epochs >= 1, f"training.epochs is {training.epochs}, expected at least 1"),
        (training.batch_size >= 1, f"training.batch_size is {training.batch_size}, expected at least 1"),
        (
            training.tokens_per_batch >= 0,
            f"training.tokens_per_batch is {training.tokens_per_batch}, expected 0 (go by batch_size) or more",
        ),
        (training.accumulation >= 1, f"training.accumulation is {training.accumulation}, expected at least 1"),
        (training.encoder_lr > 0, f"training.encoder_lr is {training.encoder_lr}, expected more than 0"),
        (training.head_lr > 0, f"training.head_lr is {training.head_lr}, expected more than 0"),
        (
            training.checkpoint_minutes >= 0 and training.checkpoint_steps >= 0,
            f"training.checkpoint_minutes is {training.checkpoint_minutes} and training.checkpoint_steps "
            f"{training.checkpoint_steps}, expected 0 (none) or more",
        ),
        (0 <= training.ema < 1, f"training.ema is {training.ema}, expected 0 (off) <= ema < 1"),
        (0 <= training.fgm < float("inf"), f"training.fgm is {training.fgm}, expected 0 (off) or more"),
        (0 <= training.warmup < 1, f"training.warmup is {training.warmup}, expected 0 <= warmup < 1"),
        (head.partition_size >= 1, f"head.partition_size is {head.partition_size}, expected at least 1"),
        (
            head.name == "auto" or head.name in HEADS_OF_TASK[config.task],
            f"head.name is {head.name} but task is {config.task}, which has the heads "
            f"{', '.join(HEADS_OF_TASK[config.task])}; use one of them, or the other task",
        ),
    ]
    for holds, message in rules:
        if not holds:
            raise ConfigError(message)
