"""Progress: plain lines in a pipe, a bar on a terminal."""

from __future__ import annotations

import io
import re

import pytest

from spanmem.indexer.build import Progress
from spanmem.pipeline.progress import CountProgress, IndexProgress


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def test_plain_lines_with_rate_and_remaining_time() -> None:
    stream = io.StringIO()
    with CountProgress("passages", stream=stream, every=0.0) as shown:
        shown.step(1200, 5000)
        shown.step(1300, None)
        shown.say("skipped one")
    first, second, third = stream.getvalue().splitlines()
    assert re.fullmatch(r"1,200 of 5,000 passages, [\d,.]+/s, \d+:\d\d left", first)
    assert re.fullmatch(r"1,300 passages, [\d,.]+/s", second)
    assert third == "skipped one"


def test_a_stage_that_starts_anew_has_its_own_rate(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0
    monkeypatch.setattr("spanmem.pipeline.progress.time.monotonic", lambda: now)
    stream = io.StringIO()
    shown = CountProgress("questions", stream=stream, every=0.0)
    for now, done in ((10.0, 50), (100.0, 1), (101.0, 11)):  # noqa: B007  the clock reads it
        shown.step(done, 100)
    lines = stream.getvalue().splitlines()
    assert lines[0].startswith("50 of 100 questions, 5.0/s")
    assert lines[2].startswith("11 of 100 questions, 11.0/s")


def test_plain_lines_are_rare() -> None:
    stream = io.StringIO()
    with CountProgress("passages", stream=stream) as shown:
        for done in range(100):
            shown.step(done, 100)
    assert stream.getvalue() == ""


def test_a_terminal_gets_a_bar() -> None:
    stream = Terminal()
    with CountProgress("passages", stream=stream) as shown:
        shown.step(0, 10)
        shown.step(5, 10)
        shown.say("a [bold] word")
    assert "5 of 10 passages" in stream.getvalue()
    assert "a [bold] word" in stream.getvalue()


def test_indexing_tells_what_remains_where_the_corpus_has_a_size() -> None:
    stream = io.StringIO()
    with IndexProgress(stream=stream, every=0.0) as shown:
        shown.step(Progress(documents=900, passages=10, share=0.5))  # most of it was there
        shown.step(Progress(documents=950, passages=110, share=0.75))
        shown.step(Progress(documents=20, passages=100))
    _, sized, unsized = stream.getvalue().splitlines()
    assert re.fullmatch(r"110 of about 210 passages, .*/s, \d+:\d\d left, 950 documents", sized)
    assert re.fullmatch(r"100 passages, [\d,.]+/s, 20 documents", unsized)
