"""Corpora by name, or a user's own data by path."""

from collections.abc import Callable, Sequence
from difflib import get_close_matches
from pathlib import Path

from gprel.corpora.ade import load_ade
from gprel.corpora.card import SPLITS, Split, read_card
from gprel.corpora.corpus import Corpus
from gprel.corpora.files import load_as_split
from gprel.corpora.nyt import load_nyt
from gprel.corpora.own import load_own
from gprel.corpora.redocred import load_redocred
from gprel.corpora.request import Request, check_edition
from gprel.errors import ConfigError, DataError
from gprel.formats.placing import Occurrences

CORPORA: dict[str, Callable[[Request], Corpus]] = {
    "demo": load_as_split,
    "ade": load_ade,
    "cluener": load_as_split,
    "cmeee": load_as_split,
    "conll04": load_as_split,
    "duie": load_as_split,
    "genia": load_as_split,
    "nyt": load_nyt,
    "peoples_daily": load_as_split,
    "redocred": load_redocred,
    "webnlg": load_as_split,
}
"""Loaders by corpus name; each has a card of that name."""

_LOW_RESOURCE = ("nyt", "redocred")


def load(
    name: str,
    *,
    splits: Sequence[Split] = SPLITS,
    data_dir: str | Path | None = None,
    variant: str | None = None,
    fold: int | None = None,
    low_resource: bool = False,
    occurrences: Occurrences = "every",
) -> Corpus:
    """Load a corpus.

    Args:
        name: Name in ``CORPORA``, or the path of own data in any of ``gprel.formats.FORMATS``: a folder with
            ``train``, ``dev`` and ``test``, which are files of any suffix or brat folders, or one file or brat folder.
        splits: Splits to load; the others are ``None``, and their files need not exist.
        data_dir: Folder that holds the corpora; where ``None``, that of the environment variable ``GPREL_DATA``, and
            without it the one that downloads go to.
        variant: Edition of the corpus, as its card names them, for example ``"star"`` (arguments are last words) or
            ``"exact"`` for NYT and WebNLG; the first one where ``None``.
        fold: Fold of ADE, 0 to 9; 0 where ``None``.
        low_resource: For NYT and Re-DocRED without their training files: train on a substitute.
        occurrences: Where arguments come as strings, label every occurrence or the first.

    Raises:
        ConfigError: If an option does not exist, or not for this corpus.
        DataError: If the name is unknown, or a file is missing or cannot be read.
    """
    if name not in CORPORA:
        return _load_path(name, splits, variant, fold, low_resource, occurrences)
    card = read_card(name)
    if low_resource and name not in _LOW_RESOURCE:
        raise ConfigError(
            f"low-resource training exists for {' and '.join(_LOW_RESOURCE)} only, got {name}; leave it out"
        )
    check_edition(card, variant, fold)
    edition = variant or next(iter(card.variants))
    if low_resource and name == "nyt" and "extra" not in card.variants[edition].files:
        raise ConfigError(
            f"low-resource training does not exist for the variant {edition!r} of {name}; name another one"
        )
    request = Request(
        card=read_card(name, fold) if fold else card,
        variant=edition,
        splits=tuple(splits),
        fold=fold or 0,
        data_dir=None if data_dir is None else Path(data_dir),
        occurrences=occurrences,
        low_resource=low_resource,
    )
    return CORPORA[name](request)


def _load_path(
    name: str,
    splits: Sequence[Split],
    variant: str | None,
    fold: int | None,
    low_resource: bool,
    occurrences: Occurrences,
) -> Corpus:
    path = Path(name)
    if not path.exists():
        near = get_close_matches(name, CORPORA, n=1)
        meant = f"; did you mean {near[0]!r}?" if near else "; name one of them, or a path that exists"
        raise DataError(f"{name!r} is neither a corpus (known: {', '.join(CORPORA)}) nor a file or folder{meant}")
    if variant is not None or fold is not None or low_resource:
        raise ConfigError(
            f"variant, fold and low-resource are for named corpora, got own data at {name}; leave them out"
        )
    return load_own(path, splits, occurrences)
