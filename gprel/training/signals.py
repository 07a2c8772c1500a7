"""Stopping politely: SIGTERM and Ctrl-C end a run after the step that is going on, and an evaluation at once."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType, TracebackType
from typing import Self

from gprel.errors import GprelError


class StoppedError(GprelError):
    """A run was asked to stop and saved a checkpoint.

    Attributes:
        signal: The signal that asked for it.
    """

    def __init__(self, message: str, signal: signal.Signals) -> None:
        super().__init__(message)
        self.signal = signal


class CutShort(BaseException):
    """A signal came while :meth:`StopSignals.at_once` held: no error, and nothing may take it for one."""


class StopSignals:
    """Notes SIGTERM and SIGINT instead of dying of them; a second one works as ever.

    Handlers can be set in the main thread only; elsewhere nothing is noted.

    Attributes:
        received: The signal that came, if any.
    """

    SIGNALS = (signal.SIGTERM, signal.SIGINT)

    def __init__(self) -> None:
        self.received: signal.Signals | None = None
        self._before: dict[signal.Signals, object] = {}
        self._is_at_once = False

    @contextmanager
    def at_once(self) -> Iterator[None]:
        """Let a signal end what is inside wherever it is; one that has come before does so at the beginning.

        Raises:
            CutShort: If a signal comes, or has come.
        """
        self._is_at_once = True
        try:
            if self.received:
                raise CutShort
            yield
        finally:
            self._is_at_once = False

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            self._before = {number: signal.signal(number, self._note) for number in self.SIGNALS}
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._restore()

    def _note(self, number: int, frame: FrameType | None) -> None:
        self.received = signal.Signals(number)
        self._restore()
        if self._is_at_once:
            raise CutShort

    def _restore(self) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)  # type: ignore[arg-type]
        self._before = {}
