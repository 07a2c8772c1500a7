"""``--by`` of ``gprel evaluate``: scores by part."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from gprel.config import DataConfig
from gprel.corpora import Split
from gprel.document import Document
from gprel.errors import ConfigError
from gprel.evaluation import BREAKDOWNS, Evaluation
from gprel.evaluation.parts import breakdown_named

from .console import print_note
from .corpus import load_data

if TYPE_CHECKING:
    from gprel.evaluation.breakdown import Part


class Broken(NamedTuple):
    """The scores of one kind, broken down one way."""

    by: str
    kind: str
    rule: str
    parts: "list[Part]"


def training_documents(
    names: Sequence[str], data: DataConfig, split: Split, documents: Sequence[Document]
) -> list[Document] | None:
    """The training documents where a breakdown compares with them, found before anything is predicted.

    They are loaded by themselves: loaded together, a single file would be divided, and less of it scored.

    Args:
        names: Breakdowns.
        data: The corpus.
        split: The split that is scored.
        documents: Its documents.

    Raises:
        ConfigError: If a name is unknown, or there are no training documents.
    """
    comparing = [name for name in names if breakdown_named(name).needs_train]
    if not comparing:
        return None
    train = load_data(data, ("train",)).train
    texts = {document.text for document in documents}
    if train is None or (split != "train" and all(document.text in texts for document in train)):
        raise ConfigError(
            f"--by {comparing[0]} compares with the training documents, and {data.name} has none beside those that are "
            "scored; name a folder that has a train split as well"
        )
    return train


def broken_down(
    names: Sequence[str],
    gold: Sequence[Document],
    predicted: Sequence[Document],
    scores: Evaluation,
    rule: str,
    train: Sequence[Document] | None,
) -> list[Broken]:
    """Break down whatever is scored; a note says what cannot be.

    Args:
        names: Breakdowns.
        gold: Annotated documents.
        predicted: Predictions for them.
        scores: What they score as a whole.
        rule: Name of a matching rule.
        train: Training documents, where a breakdown needs them.
    """
    from gprel.evaluation.breakdown import breakdown  # numpy would slow every command's help down

    result = []
    for name in dict.fromkeys(names):
        kinds = [kind for kind in BREAKDOWNS[name].kinds if scores.tally(kind, rule) is not None]
        if not kinds:
            print_note(f"--by {name} shows nothing: no {' or '.join(BREAKDOWNS[name].kinds)} are scored here")
        for kind in kinds:
            result.append(Broken(name, kind, rule, breakdown(gold, predicted, name, rule, kind, train=train)))
    return result


def breakdowns_to_dict(broken: Sequence[Broken]) -> dict[str, Any]:
    """JSON-ready: breakdown -> kind -> part -> figures."""
    values: dict[str, Any] = {}
    for by, kind, rule, parts in broken:
        values.setdefault(by, {})[kind] = {part.name: part.to_dict(rule) for part in parts}
    return values


def meanings(broken: Sequence[Broken]) -> list[str]:
    """A line for each breakdown that says what its parts are."""
    return [f"by {by}: {BREAKDOWNS[by].meaning}" for by in dict.fromkeys(each.by for each in broken)]
