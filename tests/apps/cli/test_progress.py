"""Progress: plain lines in a pipe, a bar on a terminal."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest

from spanmem.apps.cli.progress import CountProgress, IndexProgress
from spanmem.indexer.build import Progress
from spanmem.indexer.encoders.hashed import HashEncoder
from spanmem.pipeline.indexing import index_with_report


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def printed(stream: Terminal) -> str:
    """What a terminal was sent, without what colors it and moves the cursor."""
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", stream.getvalue())


def test_plain_lines_with_rate_and_remaining_time() -> None:
    stream = io.StringIO()
    with CountProgress("passages", stream=stream, every=0.0) as progress:
        progress.step(1200, 5000)
        progress.step(1300, None)
        progress.say("skipped one")
    first, second, third = stream.getvalue().splitlines()
    assert re.fullmatch(r"1,200 of 5,000 passages, [\d,.]+/s, \d+:\d\d left", first)
    assert re.fullmatch(r"1,300 passages, [\d,.]+/s", second)
    assert third == "skipped one"


def test_a_stage_that_starts_anew_has_its_own_rate(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0
    monkeypatch.setattr("spanmem.apps.cli.progress.time.monotonic", lambda: now)
    stream = io.StringIO()
    progress = CountProgress("questions", stream=stream, every=0.0)
    for now, done in ((10.0, 50), (100.0, 1), (101.0, 11)):  # noqa: B007  the clock reads it
        progress.step(done, 100)
    lines = stream.getvalue().splitlines()
    assert lines[0].startswith("50 of 100 questions, 5.0/s")
    assert lines[2].startswith("11 of 100 questions, 11.0/s")


def test_plain_lines_are_rare() -> None:
    stream = io.StringIO()
    with CountProgress("passages", stream=stream) as progress:
        for done in range(100):
            progress.step(done, 100)
    assert stream.getvalue() == ""


def test_a_terminal_gets_a_bar() -> None:
    stream = Terminal()
    with CountProgress("passages", stream=stream) as progress:
        progress.step(0, 10)
        progress.step(5, 10, ", 3 documents")
        progress.say("a [bold] word")
    assert re.search(r" 5 of 10 passages, [\d,.]+/s, 3 documents -:--:--", printed(stream))
    assert "a [bold] word" in stream.getvalue()


def test_a_bar_counts_anew_with_each_stage(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0
    monkeypatch.setattr("spanmem.apps.cli.progress.time.monotonic", lambda: now)
    stream = Terminal()
    with CountProgress("questions", stream=stream, estimated=True) as progress:
        for now, done in ((10.0, 50), (100.0, 1), (101.0, 11)):  # noqa: B007  the clock reads it
            progress.step(done, 100, ", a stage")
    assert re.search(r"11 of about 100 questions, 11\.0/s, a stage +0:00:09", printed(stream))


def test_a_bar_without_a_total_has_a_count_and_a_rate() -> None:
    stream = Terminal()
    with CountProgress("passages", stream=stream) as progress:
        progress.step(7, None)
    assert re.search(r"7 of +\? passages, [\d,.]+/s", printed(stream))


def test_indexing_tells_what_remains_where_the_corpus_has_a_size() -> None:
    stream = io.StringIO()
    with IndexProgress(stream=stream, every=0.0) as progress:
        progress.step(Progress(documents=900, passages=10, share=0.5))  # most of it was there
        progress.step(Progress(documents=950, passages=110, share=0.75))
        progress.step(Progress(documents=20, passages=100))
    _, sized, unsized = stream.getvalue().splitlines()
    assert re.fullmatch(r"110 of about 210 passages, .*/s, \d+:\d\d left, 950 documents", sized)
    assert re.fullmatch(r"100 passages, [\d,.]+/s, 20 documents", unsized)


def test_nothing_is_left_only_when_all_is_done(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    for number in range(400):
        text = f"The lamp number {number} stands in the hall. " * 20
        (tmp_path / "docs" / f"{number}.txt").write_text(text)
    stream = io.StringIO()
    with IndexProgress(stream=stream, every=0.0) as progress:
        memory, report = index_with_report(
            tmp_path / "docs", into=tmp_path / "m", encoder=HashEncoder(32), progress=progress.step
        )
        memory.close()
    *before, last = stream.getvalue().splitlines()
    assert len(before) > 2
    assert f"{report.passages} of about {report.passages} passages" in last
    assert last.endswith("0:00 left, 400 documents")
    for line in before:
        numbers = re.match(r"(\d+) of about (\d+)", line)
        assert "0:00 left" not in line
        assert numbers is None or int(numbers[1]) < int(numbers[2]) < 1.5 * report.passages
