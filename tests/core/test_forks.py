"""What is made anew in a forked child, and what a fork waits for."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable

import pytest

from spanmem.core.forks import lost_threads, on_fork, undivided

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="nothing forks here")


def in_child(work: Callable[[], object]) -> str:
    """What `work` gives in a forked child, as text."""
    reading, writing = os.pipe()
    pid = os.fork()
    if not pid:
        try:
            os.write(writing, str(work()).encode())
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as file:
        answer = file.read()
    os.waitpid(pid, 0)
    return answer


class Counter:
    """Something that is made anew."""

    def __init__(self) -> None:
        self.renewed = 0
        on_fork(self, Counter._renew)

    def _renew(self) -> None:
        self.renewed += 1


def test_what_lives_is_made_anew_in_each_child_and_in_none_else() -> None:
    counter = Counter()
    assert in_child(lambda: counter.renewed) == "1"
    assert in_child(lambda: in_child(lambda: counter.renewed)) == "2"
    assert counter.renewed == 0


def test_a_child_knows_what_its_parent_had_loaded() -> None:
    assert not lost_threads("pytest")
    assert in_child(lambda: (lost_threads("pytest"), lost_threads("no such"))) == "(True, False)"


@pytest.mark.skipif(sys.platform != "linux", reason="told by /proc")
def test_a_child_that_loads_the_package_itself_knows_it_too() -> None:
    words = """
import os, sys, colorsys
pid = os.fork()
from spanmem.core.forks import lost_threads
if not pid:
    os._exit(lost_threads("colorsys"))
sys.exit(2 * os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) + lost_threads("colorsys"))
"""
    assert subprocess.run([sys.executable, "-c", words], check=False).returncode == 2


def test_a_fork_waits_for_what_must_not_be_cut_in_two() -> None:
    inside, left = threading.Event(), []

    def work() -> None:
        with undivided(), undivided():
            inside.set()
            time.sleep(0.3)
            left.append("whole")

    thread = threading.Thread(target=work)
    thread.start()
    inside.wait()
    assert in_child(lambda: left) == "['whole']"
    thread.join()


def test_who_forks_within_a_stretch_does_not_wait_for_itself() -> None:
    began = time.monotonic()
    with undivided():
        assert in_child(_another_stretch) == "through"
    assert in_child(_another_stretch) == "through"
    assert time.monotonic() - began < 4.0


def test_a_stretch_that_never_ends_keeps_nobody_from_forking(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("spanmem.core.forks._PATIENCE", 0.1)
    inside, end = threading.Event(), threading.Event()

    def work() -> None:
        with undivided():
            inside.set()
            end.wait()

    thread = threading.Thread(target=work)
    thread.start()
    inside.wait()
    assert in_child(_another_stretch) == "through"
    end.set()
    thread.join()
    assert _another_stretch() == "through"


def _another_stretch() -> str:
    with undivided():
        return "through"
