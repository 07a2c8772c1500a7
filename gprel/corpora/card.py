"""Corpus cards: what a corpus is, which files it has and what must be in them; one YAML file each."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Literal

import yaml

from gprel.errors import DataError

Split = Literal["train", "dev", "test"]
SPLITS: tuple[Split, ...] = ("train", "dev", "test")
Unit = Literal["word", "character"]


@dataclass(frozen=True, slots=True)
class FileCard:
    """One file of a corpus.

    Attributes:
        path: Path below the data folder, with ``/``.
        counts: What the file must hold, for example ``{"sentences": 288, "entities": 1079}``.
        sha256: Checksum in hexadecimal digits, ``None`` where the file was never at hand.
        url: Where it can be downloaded, ``None`` where it may not or nobody publishes it.
        also: Other paths to look at, under the names that other public distributions give the file; their format is
            recognized from their content.
        is_optional: Whether the corpus is complete without it.
    """

    path: str
    counts: Mapping[str, int]
    sha256: str | None = None
    url: str | None = None
    also: tuple[str, ...] = ()
    is_optional: bool = False


@dataclass(frozen=True, slots=True)
class VariantCard:
    """One edition of a corpus, for example NYT with whole entities or with their last words.

    Attributes:
        rule: Match rule of the published scores.
        format: Name in ``gprel.formats.FORMATS``.
        files: Files by split; one under another name belongs to no split.
    """

    rule: str
    format: str
    files: Mapping[str, FileCard]


@dataclass(frozen=True, slots=True)
class Card:
    """A corpus card.

    Attributes:
        name: Name in ``CORPORA``.
        title: Name for reports.
        language: ``"en"`` or ``"zh"``.
        unit: What a tagger tags: words or characters.
        report_split: Split that published scores are given on.
        n_folds: Number of cross-validation folds, 0 where there are none.
        held_out: Share of the training texts that becomes dev where there is no dev file, 0 where nothing is held out.
        notes: What every report on this corpus must say.
        how_to_get: What to do where files may not be downloaded by a program; empty where all may.
        variants: Editions by name; the first one is the default.
        facts: The whole card as it stands: source, license, quirks, published scores.
        path: The card's own file.
    """

    name: str
    title: str
    language: str
    unit: Unit
    report_split: Split
    n_folds: int
    held_out: float
    notes: tuple[str, ...]
    how_to_get: str
    variants: Mapping[str, VariantCard]
    facts: Mapping[str, Any]
    path: Path


def cards_folder() -> Path:
    """The folder of cards and of the bundled corpus: inside an installed package, beside it in a checkout."""
    package = Path(__file__).resolve().parents[1]
    installed = package / "_datasets"
    return installed if installed.is_dir() else package.parent / "datasets"


def read_card(name: str, fold: int = 0) -> Card:
    """Read the card of a named corpus, with the files and counts of one fold.

    Raises:
        DataError: If a path in the card leads out of the data folder.
    """
    path = cards_folder() / f"{name}.yaml"
    facts = yaml.safe_load(path.read_text(encoding="utf-8"))
    variants = {
        variant: VariantCard(
            values["rule"],
            values.get("format", facts["format"]),
            {key: _file(file, fold, facts) for key, file in values["files"].items()},
        )
        for variant, values in facts["variants"].items()
    }
    return Card(
        name=name,
        title=facts["title"],
        language=facts["language"],
        unit=facts["unit"],
        report_split=facts["report_split"],
        n_folds=facts.get("folds", 0),
        held_out=facts.get("held_out", 0.0),
        notes=tuple(facts.get("notes", ())),
        how_to_get=" ".join(facts.get("how_to_get", "").split()),
        variants=variants,
        facts=facts,
        path=path,
    )


def _file(values: Mapping[str, Any], fold: int, card: Mapping[str, Any]) -> FileCard:
    # A value that differs from fold to fold is a list with one for each.
    facts = {
        what: value[fold] if isinstance(value, list) else value for what, value in values.items() if what != "also"
    }
    path, sha256, url, is_optional = (facts.pop(key, None) for key in ("path", "sha256", "url", "optional"))
    also = values.get("also", ())
    for named in (path, *also):
        parts = PurePosixPath(named)
        if parts.is_absolute() or ".." in parts.parts or "\\" in named or ":" in named:
            raise DataError(
                f"card {card['name']}: path {named!r} leads out of the data folder; name a path below it, with /"
            )
    return FileCard(
        path=path.format(fold=fold),
        counts=facts,
        sha256=sha256,
        url=card.get("downloads", "") + url.format(fold=fold) if url else None,
        also=tuple(name.format(fold=fold) for name in also),
        is_optional=bool(is_optional),
    )
