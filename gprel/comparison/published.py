"""Published scores from the corpus cards, and what keeps each of them from being compared with the runs here."""

import difflib
from dataclasses import dataclass

from gprel.comparison.matrix import CorpusEntry, Matrix
from gprel.corpora import CORPORA, Card, read_card
from gprel.errors import ConfigError

_NOT_SAID = "not said"
_F1 = {"entities": ("entity_f1",), "triples": ("triple_f1", "relation_f1")}


@dataclass(frozen=True)
class PublishedScore:
    """A score that a paper reports; nothing of it was run here.

    Attributes:
        model: Name of the model.
        f1: F1 in percent by kind (``entities``, ``triples``), where the paper gives one.
        rule: Matching rule.
        split: Split.
        average: ``micro``, ``macro``, or ``not said``.
        selected_on: What picked the model: ``dev``, something of the test split, or ``unknown``.
        note: What the card adds.
        caveats: Why it is not to be compared with the runs here.
    """

    model: str
    f1: dict[str, float]
    rule: str
    split: str
    average: str
    selected_on: str
    note: str
    caveats: tuple[str, ...]


def published_scores(matrix: Matrix) -> dict[str, list[PublishedScore]]:
    """The published scores that a matrix asks for, by corpus, in the order it names them.

    Raises:
        ConfigError: If no card of its corpora has a model of that name.
    """
    cards = {entry.name: _card(entry) for entry in matrix.corpora}
    found = {
        entry.name: [
            score
            for model in matrix.published
            for row in card.facts.get("published", [])
            if row["model"] == model and row.get("variant", _edition(entry, card)) == _edition(entry, card)
            if (score := _score(row, entry, card)).f1
        ]
        for entry in matrix.corpora
        if (card := cards[entry.name]) is not None
    }
    known = {row["model"] for card in cards.values() if card for row in card.facts.get("published", [])}
    for model in matrix.published:
        if model not in known:
            near = difflib.get_close_matches(model, known, n=1, cutoff=0.5)
            hint = f"did you mean {near[0]}?" if near else f"known: {', '.join(sorted(known)) or 'none'}"
            raise ConfigError(f"published has {model!r}, which no card of these corpora names; {hint}")
    return found


def _card(entry: CorpusEntry) -> Card | None:
    return read_card(entry.config.data.name) if entry.config.data.name in CORPORA else None


def _edition(entry: CorpusEntry, card: Card) -> str:
    return entry.config.data.variant or next(iter(card.variants))


def _score(row: dict[str, object], entry: CorpusEntry, card: Card) -> PublishedScore:
    f1 = {kind: row[key] for kind, keys in _F1.items() for key in keys if key in row and kind in entry.figures}
    average = row.get("average", card.facts.get("average", _NOT_SAID))
    caveats = []
    if row["rule"] != entry.rule:
        caveats.append(f"rule {row['rule']}, here {entry.rule}")
    if row["split"] != entry.split:
        caveats.append(f"split {row['split']}, here {entry.split}")
    if average not in (entry.average, _NOT_SAID):
        caveats.append(f"{average} average, here {entry.average}")
    if entry.config.data.low_resource:
        caveats.append("trained on the full training file, here low-resource")
    if card.n_folds:
        caveats.append(f"mean of {card.n_folds} folds, here fold {entry.config.data.fold or 0}")
    if entry.config.data.limit:
        caveats.append(f"trained on all documents, here on {entry.config.data.limit:,}")
    return PublishedScore(
        model=str(row["model"]),
        f1={kind: float(str(value)) for kind, value in f1.items()},
        rule=str(row["rule"]),
        split=str(row["split"]),
        average=str(average),
        selected_on=str(row.get("selected_on", "unknown")),
        note=str(row.get("note", "")),
        caveats=tuple(caveats),
    )
