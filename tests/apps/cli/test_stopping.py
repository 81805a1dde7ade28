"""Signals to stop: they unwind what is open, and leave other arrangements as they are."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator

import pytest

from spanmem.__main__ import main
from spanmem.apps.cli.stopping import Stopped, stoppable


@pytest.fixture(autouse=True)
def as_a_shell_starts_programs() -> Iterator[None]:
    """Whatever started the tests may have arranged for signals: `nohup` ignores one."""
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)}
    for number in before:
        signal.signal(number, signal.SIG_DFL)
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_unwinds_the_block_and_its_handler_is_given_back(number: signal.Signals) -> None:
    closed: list[str] = []

    def work() -> None:
        try:
            os.kill(os.getpid(), number)
            signal.sigtimedwait([], 1)
        finally:
            os.kill(os.getpid(), number)  # a second one does not interrupt cleaning up
            closed.append("memory")

    with pytest.raises(Stopped) as stopped, stoppable():
        work()
    assert stopped.value.signal is number
    assert closed == ["memory"]
    assert signal.getsignal(number) is signal.SIG_DFL


def test_what_another_arranged_stays() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)  # as `nohup` does
    try:
        with stoppable():
            assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
            assert signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)


def test_other_threads_are_as_they_were() -> None:
    handlers: list[object] = []

    def look() -> None:
        with stoppable():
            handlers.append(signal.getsignal(signal.SIGTERM))

    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    assert handlers == [signal.SIG_DFL]


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_command_says_what_stopped_it(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    number: signal.Signals,
    code: int,
) -> None:
    def stop(_words: object) -> int:
        os.kill(os.getpid(), number)
        return 0

    monkeypatch.setattr("spanmem.__main__._run", stop)
    assert main(["index"]) == code
    assert capsys.readouterr().err == (
        f"spanmem: stopped by {number.name}; what was finished is kept\n"
    )
