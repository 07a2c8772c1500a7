"""Signals are noted while training, and mean again what they meant before when it ends."""

import signal
import threading

import pytest

from gprel.training.signals import CutShort, StopSignals

BOTH = (signal.SIGTERM, signal.SIGINT)


@pytest.mark.parametrize("number", BOTH)
def test_the_first_is_noted_and_the_second_works_as_ever(number: signal.Signals) -> None:
    before = [signal.getsignal(one) for one in BOTH]
    with StopSignals() as stop:
        assert stop.received is None
        signal.raise_signal(number)
        assert stop.received == number
        assert [signal.getsignal(one) for one in BOTH] == before
    assert [signal.getsignal(one) for one in BOTH] == before


@pytest.mark.parametrize("number", BOTH)
def test_at_once_is_at_once(number: signal.Signals) -> None:
    with StopSignals() as stop:
        with stop.at_once():
            pass
        with pytest.raises(CutShort), stop.at_once():
            signal.raise_signal(number)
        assert stop.received == number
        with pytest.raises(CutShort), stop.at_once():
            pytest.fail("one that came before counts, too")


def test_handlers_are_restored_behind_an_error() -> None:
    before = [signal.getsignal(one) for one in BOTH]
    with pytest.raises(ZeroDivisionError), StopSignals():
        1 / 0  # noqa: B018
    assert [signal.getsignal(one) for one in BOTH] == before


def test_other_threads_leave_signals_alone() -> None:
    before = [signal.getsignal(one) for one in BOTH]
    seen: list[object] = []

    def work() -> None:
        with StopSignals() as stop:
            seen.extend([stop.received, [signal.getsignal(one) for one in BOTH]])

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [None, before]
