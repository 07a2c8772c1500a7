"""What the doctor can find: kinds, their weight, what to do about them, and where they were seen."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Severity = Literal["error", "warning", "note"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")
"""``error``: surely wrong, training or scores suffer; ``warning``: probably wrong; ``note``: good to know."""

MAX_CASES = 1000
"""Cases of one kind that are kept with place and example; all are counted."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of finding.

    Attributes:
        severity: How bad it is.
        message: What is the case; follows a number.
        advice: What to do.
    """

    severity: Severity
    message: str
    advice: str


KINDS: Mapping[str, Kind] = {
    "unreadable": Kind("error", "lines or records cannot be read", "mend them; --fix leaves them out and logs them"),
    "blank_edge": Kind(
        "error", "entities begin or end with a blank, where no token begins or ends", "trim them; --fix does"
    ),
    "blank_entity": Kind("error", "entities hold nothing but blanks", "remove them; --fix does, with their relations"),
    "cut_character": Kind(
        "error",
        "entities begin or end inside a character (a letter and its accent, a joined emoji)",
        "move the offset to the edge; --fix --fix-words does; if an emoji stands before it, the offsets may count "
        "UTF-16 units instead of characters",
    ),
    "label_typo": Kind(
        "error",
        "labels differ from another one only in case, blanks or punctuation",
        "write both alike; --fix does where one of them is ten times as frequent",
    ),
    "unplaced": Kind(
        "error",
        "triples have an argument that does not occur in the text",
        "write the argument as the text does; until then it counts as gold and cannot be found",
    ),
    "contradiction": Kind(
        "error", "texts occur again with a different annotation", "decide on one annotation and remove the other"
    ),
    "leakage": Kind(
        "error",
        "texts of dev or test occur in an earlier split, too",
        "remove them from the earlier split, or say so beside every score",
    ),
    "cut_word": Kind(
        "warning",
        "entities begin or end inside a word",
        "extend them to the whole word; --fix --fix-words does; if it is meant, set features.word_edges=false; if an "
        "emoji stands before it, the offsets may count UTF-16 units instead of characters",
    ),
    "duplicate_entity": Kind("warning", "entities are listed twice in a document", "drop one; --fix does"),
    "duplicate_relation": Kind("warning", "relations are listed twice in a document", "drop one; --fix does"),
    "duplicate_document": Kind(
        "warning", "texts occur again in the same split", "drop one; --fix does if all is equal"
    ),
    "two_types": Kind("warning", "spans have two entity types", "decide on one, unless both are meant"),
    "same_type_overlap": Kind(
        "warning", "entities overlap another one of the same type", "keep one of the two, unless nesting is meant"
    ),
    "crossing": Kind(
        "warning", "entities cross another one: each holds a part of the other", "check where each begins and ends"
    ),
    "repeated_mention": Kind(
        "warning",
        "surfaces are annotated in one place of a text but not in another",
        "annotate every mention, or the model learns that the others are none",
    ),
    "reversed": Kind(
        "warning", "relations link their usual types the wrong way round", "swap subject and object, unless it is meant"
    ),
    "rare_arguments": Kind(
        "warning", "relations link types that they link nowhere else", "check the types of both arguments"
    ),
    "near_label": Kind(
        "warning", "rare labels are spelled almost like a frequent one", "if it is a typing error, write both alike"
    ),
    "not_in_train": Kind(
        "warning",
        "labels occur in dev or test but not in train, so nothing can be learned about them",
        "move some of their documents to train",
    ),
    "types_not_in_train": Kind(
        "warning",
        "triples of dev or test link types that their relation never links in train, so they are never predicted",
        "move some of their documents to train, or set head.use_argument_types=false",
    ),
    "partly_annotated": Kind(
        "warning",
        "splits hold annotated documents beside documents of which nothing is known",
        "write [] where there is none; unknown documents are left out of training",
    ),
    "empty_document": Kind("warning", "documents have no text", "remove them"),
    "nested": Kind("note", "entities lie inside another one", "nothing, if it is meant: the pointers can predict it"),
    "long_document": Kind(
        "note",
        "documents are ten times as long as the usual one",
        "cut them at paragraphs, if what is annotated allows",
    ),
}
"""Every kind by name, the worst first."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where something was found.

    Attributes:
        source: File or folder.
        number: Line, record or document, counted from 1; ``None`` for the file as a whole.
        unit: What ``number`` counts.
        id: The document's id, if it has one.
    """

    source: str
    number: int | None = None
    unit: Literal["line", "record", "document"] = "line"
    id: str | None = None

    def __str__(self) -> str:
        if self.number is None:
            return self.source
        if self.unit == "line":
            return f"{self.source}:{self.number}"
        named = f" (id {self.id!r})" if self.unit == "document" and self.id not in (None, str(self.number)) else ""
        return f"{self.source}, {self.unit} {self.number}{named}"

    def to_dict(self) -> dict[str, Any]:
        """The place as JSON-ready values."""
        values = {"file": self.source, self.unit: self.number, "id": self.id}
        return {key: value for key, value in values.items() if value is not None}


@dataclass(frozen=True, slots=True)
class Case:
    """One thing that was found.

    Attributes:
        place: Where.
        example: What exactly is there.
    """

    place: Place
    example: str


@dataclass(frozen=True, slots=True)
class Finding:
    """Everything of one kind.

    Attributes:
        kind: Name in ``KINDS``.
        count: How often it was seen.
        cases: The first ``MAX_CASES`` of them, in reading order.
    """

    kind: str
    count: int
    cases: tuple[Case, ...]

    @property
    def severity(self) -> Severity:
        """How bad it is."""
        return KINDS[self.kind].severity

    @property
    def message(self) -> str:
        """What is the case."""
        return KINDS[self.kind].message

    @property
    def advice(self) -> str:
        """What to do."""
        return KINDS[self.kind].advice

    def to_dict(self) -> dict[str, Any]:
        """The finding as JSON-ready values."""
        return {
            "kind": self.kind,
            "severity": self.severity,
            "count": self.count,
            "message": self.message,
            "advice": self.advice,
            "cases": [case.place.to_dict() | {"example": case.example} for case in self.cases],
        }


class Notebook:
    """Collects cases while the checks run."""

    def __init__(self) -> None:
        self._counts: dict[str, int] = dict.fromkeys(KINDS, 0)
        self._cases: dict[str, list[Case]] = {kind: [] for kind in KINDS}

    def add(self, kind: str, place: Place, example: str) -> None:
        """Note one case; beyond ``MAX_CASES`` of a kind it is only counted."""
        self._counts[kind] += 1
        if len(self._cases[kind]) < MAX_CASES:
            self._cases[kind].append(Case(place, example))

    def findings(self) -> tuple[Finding, ...]:
        """What was found, the worst first."""
        return tuple(Finding(kind, n, tuple(self._cases[kind])) for kind, n in self._counts.items() if n)
