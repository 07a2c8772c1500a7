"""Download the files of a corpus where its card says from where, and say what to do where it does not."""

import hashlib
import http.client
import os
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from gprel.corpora.card import Card, FileCard, read_card
from gprel.corpora.load import CORPORA
from gprel.corpora.request import check_edition, data_folder
from gprel.errors import ConfigError, DataError

OnProgress = Callable[[str, int, int | None], None]
"""Takes the path of a file in the card, the bytes that are here, and all its bytes where the server says how many."""

_BLOCK = 1 << 16  # bytes
_TIMEOUT_S = 30.0  # without any byte
_N_TRIES = 4
_WAIT_S = 1.0  # before the second try; doubled before each further one


def fetch(
    name: str,
    folder: Path | None = None,
    *,
    variant: str | None = None,
    fold: int | None = None,
    on_progress: OnProgress | None = None,
) -> list[Path]:
    """Download what is missing of a corpus; every file is checked against its checksum before it gets its name.

    A download that was cut goes on where it stopped. Proxies are taken from the environment (``HTTPS_PROXY``,
    ``NO_PROXY``); with ``GPREL_OFFLINE=1`` or ``HF_HUB_OFFLINE=1`` nothing is downloaded.

    Args:
        name: Name in ``CORPORA``.
        folder: Folder for the corpora; the one that :func:`gprel.corpora.load` looks into where ``None``.
        variant: Its edition; all of them where ``None``.
        fold: Its fold; all of them where ``None``.
        on_progress: Is told how a download goes on.

    Returns:
        The files, also those that were there before.

    Raises:
        ConfigError: If there is no such corpus, edition or fold.
        DataError: If a file may not be downloaded or cannot be; the message says what to do.
    """
    if name not in CORPORA:
        raise ConfigError(f"there is no corpus {name!r}; expected one of: {', '.join(CORPORA)}")
    card = read_card(name)
    check_edition(card, variant, fold)
    root = folder or data_folder(card)
    folds = [fold or 0] if fold is not None or not card.n_folds else range(card.n_folds)
    files: dict[str, FileCard] = {}
    for number in folds:
        for edition, values in read_card(name, number).variants.items():
            if variant in (None, edition):
                files |= {file.path: file for file in values.files.values()}
    missing = [file for file in files.values() if not _is_here(root / file.path, file)]
    wanted = [file for file in missing if file.url or not file.is_optional]
    _check_allowed(card, wanted)
    for file in wanted:
        _download(file, root / file.path, on_progress or _say_nothing, card)
    return [root / file.path for file in files.values() if file in wanted or file not in missing]


def _say_nothing(path: str, done: int, total: int | None) -> None:
    """The progress that nobody watches."""


def _is_here(path: Path, file: FileCard) -> bool:
    if not path.is_file():
        return False
    if file.sha256 and _checksum(path) != file.sha256:
        raise DataError(
            f"{path} is not the file of the card (sha256 {_checksum(path)}, expected {file.sha256}); "
            "move it away to download that one"
        )
    return True


def _checksum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _check_allowed(card: Card, wanted: list[FileCard]) -> None:
    by_hand = [file.path for file in wanted if not file.url]
    if by_hand:
        how = card.how_to_get or f"take them from {card.facts['source']}"
        raise DataError(f"{card.name}: {', '.join(by_hand)} cannot be downloaded by gprel. {how}")
    offline = [key for key in ("GPREL_OFFLINE", "HF_HUB_OFFLINE") if _is_on(os.environ.get(key, ""))]
    if wanted and offline:
        paths = ", ".join(file.path for file in wanted)
        raise DataError(f"{card.name}: {paths} would have to be downloaded, but {offline[0]} is set; unset it")


def _is_on(value: str) -> bool:
    return value.strip().lower() in ("1", "true", "yes", "on")


class _CutError(Exception):
    """A download that may go on if it is tried again."""


def _download(file: FileCard, target: Path, on_progress: OnProgress, card: Card) -> None:
    assert file.url is not None  # _check_allowed
    part = target.with_name(target.name + ".part")
    by_hand = f"take {file.path} from {card.facts['source']} by hand if this goes on"
    try:
        part.parent.mkdir(parents=True, exist_ok=True)
        is_resumed = part.is_file() and part.stat().st_size > 0
    except OSError as error:
        raise DataError(f"{part.parent} cannot be made ({error.strerror}); name another folder") from None
    download = _Download(file.url, part, lambda done, total: on_progress(file.path, done, total), by_hand)
    download.run()
    if file.sha256 and _checksum(part) != file.sha256 and is_resumed:
        part.unlink()  # what was here was the beginning of something else
        download.run()
    if file.sha256 and _checksum(part) != file.sha256:
        got = _checksum(part)
        part.unlink()
        raise DataError(
            f"{file.url} is not the file of the card (sha256 {got}, expected {file.sha256}), so it was thrown away; "
            f"try again, and {by_hand}"
        )
    part.replace(target)


@dataclass(frozen=True, slots=True)
class _Download:
    """From a URL to a file that may hold a part of it.

    Attributes:
        url: Where from.
        part: Where to; what it holds is taken for the beginning.
        on_progress: Takes the bytes that are here, and all where known.
        by_hand: What can be done instead.
    """

    url: str
    part: Path
    on_progress: Callable[[int, int | None], None]
    by_hand: str

    def run(self) -> None:
        """Download, and try again where that can help.

        Raises:
            DataError: If it cannot be done.
        """
        if urllib.parse.urlsplit(self.url).scheme not in ("http", "https"):
            raise DataError(f"{self.url} is neither http nor https; mend the card")
        # Not urlopen, which would remember the proxies of its first call.
        opener = urllib.request.build_opener()
        for number in range(_N_TRIES):
            try:
                return self._try(opener)
            except _CutError as error:
                reason = str(error)
            if number + 1 < _N_TRIES:
                time.sleep(_WAIT_S * 2**number)
        raise DataError(
            f"{self.url}: {reason}, {_N_TRIES} times; check the connection and the proxy (HTTPS_PROXY) and try again, "
            f"what is here is kept; {self.by_hand}"
        )

    def _try(self, opener: urllib.request.OpenerDirector) -> None:
        done = self.part.stat().st_size if self.part.exists() else 0
        headers = {"User-Agent": "gprel", "Accept-Encoding": "identity"}
        if done:
            headers["Range"] = f"bytes={done}-"
        try:
            with opener.open(urllib.request.Request(self.url, headers=headers), timeout=_TIMEOUT_S) as response:
                if response.status != 206 or not response.headers.get("Content-Range", "").startswith(f"bytes {done}-"):
                    done = 0  # the server sends all of it
                with self._open("ab" if done else "wb") as file:
                    self._receive(response, file, done)
        except urllib.error.HTTPError as error:
            if error.code == 416:  # all of it is here already, or more than all
                self.part.unlink()
                raise _CutError("the part that is here does not fit what the server has") from None
            if error.code == 429 or error.code >= 500:
                raise _CutError(f"the server answered {error.code} {error.reason}") from None
            raise DataError(f"{self.url}: the server answered {error.code} {error.reason}; {self.by_hand}") from None
        except (OSError, http.client.HTTPException) as error:
            raise _CutError(str(getattr(error, "reason", "") or error or type(error).__name__)) from None

    def _receive(self, response: http.client.HTTPResponse, file: BinaryIO, done: int) -> None:
        length = response.headers.get("Content-Length", "")
        total = done + int(length) if length.isdigit() else None
        self.on_progress(done, total)
        while block := response.read(_BLOCK):
            try:
                file.write(block)
                file.flush()
            except OSError as error:
                raise self._unwritable(error) from None
            done += len(block)
            self.on_progress(done, total)
        if total is not None and done < total:
            raise _CutError(f"the connection was cut after {done:,} of {total:,} bytes")

    def _open(self, mode: str) -> BinaryIO:
        try:
            return self.part.open(mode)  # type: ignore[return-value]
        except OSError as error:
            raise self._unwritable(error) from None

    def _unwritable(self, error: OSError) -> DataError:
        return DataError(f"{self.part} cannot be written ({error.strerror}); make room there, or name another folder")
