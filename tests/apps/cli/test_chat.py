"""`spanmem chat`: what a line does, from a pipe and on a terminal."""

from __future__ import annotations

import io
import os
import pty
import re
import select
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.rooms import ROOT

if TYPE_CHECKING:
    from tests.conftest import Cli


MODEL_FREE = ("--encoder", "hash-256", "--reader", "overlap")


@pytest.fixture
def memory(cli: Cli, corpus: Path, tmp_path: Path) -> Path:
    """A memory of the small corpus."""
    cli("index", corpus, "--memory", tmp_path / "m")
    return tmp_path / "m"


def talk(monkeypatch: pytest.MonkeyPatch, *said: str) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("".join(f"{line}\n" for line in said)))


def test_a_correction_is_remembered_and_comes_first(
    cli: Cli, memory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    question = "How long does the warranty of the lamp last?"
    talk(monkeypatch, question, "/why", "thank you!", "/correct Five years", question)
    done = cli("chat", "--memory", memory, "--scope", "ann")
    assert done.code == 0, done.err
    assert f"Remembered, as the answer to: {question}" in done.err
    assert f"looked up: {question}" in done.out
    assert "Five years" in done.out.splitlines()[-2]
    best = cli("ask", question, "--memory", memory, "--scope", "ann", "--json").json["answers"][0]
    assert (best["text"], best["kind"]) == ("Five years", "correction")
    bobs = cli("ask", question, "--memory", memory, "--scope", "bob", "--json").json["answers"][0]
    assert bobs["kind"] == "passage"


def test_a_correction_may_begin_with_no_and_may_be_that_nothing_is_known(
    cli: Cli, memory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    question = "How long does the warranty of the lamp last?"
    talk(monkeypatch, question, "/correct no, five years", question, "/correct unknown", question)
    done = cli("chat", "--memory", memory, "--scope", "ann")
    assert done.code == 0, done.err
    assert "no, five years" not in done.out
    assert "five years" in done.out
    assert done.out.splitlines()[-1] == "I do not know."
    assert "that it is not known" in done.err


def test_a_conversation_goes_on_after_what_cannot_be_asked(
    cli: Cli, memory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    talk(monkeypatch, "/why", "???", "/jump", "", "What about the lamp?", "/correct", "/quit", "x")
    done = cli("chat", "--memory", memory)
    assert done.code == 0
    assert [line for line in done.err.splitlines() if line.startswith("spanmem: ")] == [
        "spanmem: /why needs a question before it",
        "spanmem: the question '???' has no word in it; ask with at least one word",
        "spanmem: /jump is not known; /correct TEXT: the right answer to the last question; "
        "/withdraw: take the last correction back; /why: how it came about; /quit",
        "spanmem: /correct needs the right answer after it",
    ]
    assert "warranty.txt" in done.out


def test_who_objects_is_told_how_to_correct_and_nothing_is_guessed(
    cli: Cli, memory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    question = "How long does the warranty of the lamp last?"
    talk(monkeypatch, "no, it is 7", question, "No, it is 5 years.", "/correct 5 years", question)
    done = cli("chat", "--memory", memory, "--scope", "ann")
    assert done.code == 0, done.err
    assert done.err.count("Not remembered") == 1  # before the first answer there is nothing to mend
    assert "say /correct 5 years;" in done.err
    assert "5 years" in done.out.splitlines()[-2]
    turns = cli("memory", "history", "--memory", memory, "--scope", "ann").out
    assert "No, it is 5 years" not in turns


def test_a_correction_is_taken_back(
    cli: Cli, memory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    question = "How long does the warranty of the lamp last?"
    talk(monkeypatch, question, "/withdraw", "/correct Five years", question, "/withdraw", question)
    done = cli("chat", "--memory", memory, "--scope", "ann")
    assert done.code == 0, done.err
    assert "no correction stands in scope 'ann'" in done.err
    assert "Withdrawn: Five years" in done.err
    answers = [line for line in done.out.splitlines() if " sure" in line]
    first, corrected, last = (line.split("  ")[0] for line in answers)
    assert (corrected, last) == ("Five years", first)
    kinds = [
        line.rsplit("(")[-1]
        for line in cli("memory", "history", "--memory", memory, "--scope", "ann").out.splitlines()
    ]
    assert [kind.split()[0].strip("),") for kind in kinds][:4] == [
        "answer",
        "correction",
        "answer",
        "withdrawal",
    ]


def test_a_follow_up_is_understood(cli: Cli, memory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    question = "How long does the warranty of the lamp last?"
    talk(monkeypatch, question, "How much does it cost?", "/why")
    done = cli("chat", "--memory", memory, "--scope", "ann")
    (line,) = [line for line in done.out.splitlines() if line.startswith("looked up: ")]
    assert re.fullmatch(r"looked up: How much does it cost\? \(.*lamp.*\)", line)


class Terminal:
    """A process on a terminal of its own, as a person sees and types."""

    def __init__(self, *words: str) -> None:
        self._ours, theirs = pty.openpty()
        self.seen = ""
        self.process = subprocess.Popen(
            [sys.executable, "-m", "spanmem", *words],
            cwd=ROOT,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env={**os.environ, "TERM": "dumb"},
        )
        os.close(theirs)

    def expect(self, pattern: str, *, seconds: float = 60) -> str:
        """Wait for what matches, and take it and all before it off the screen."""
        until = time.monotonic() + seconds
        while (match := re.search(pattern, self.seen)) is None:
            ready, _, _ = select.select([self._ours], [], [], max(0.0, until - time.monotonic()))
            assert ready, f"{pattern} did not come; there is {self.seen!r}"
            self.seen += os.read(self._ours, 4096).decode()
        self.seen = self.seen[match.end() :]
        return match[0]

    def type(self, text: str) -> None:
        os.write(self._ours, text.encode())

    def close(self) -> int:
        """The exit code, once the process is done."""
        try:
            return self.process.wait(timeout=60)
        finally:
            self.process.kill()
            os.close(self._ours)


def test_a_terminal_gets_a_prompt_and_ends_with_the_input(memory: Path) -> None:
    terminal = Terminal("chat", "--memory", str(memory), "--scope", "ann", *MODEL_FREE)
    terminal.expect(r"Ask away\. /correct TEXT: .*; /quit\r\n> ")
    terminal.type("\n")  # nothing: asked again for a line
    terminal.expect(r"> $")
    terminal.type("What does the ferry to Hven cost?\n")
    terminal.expect(r"ferry\.md \(Ferry\), characters \d+-\d+(.|\n)*> $")
    terminal.type("/correct 95 crowns\n")
    terminal.expect(r"Remembered, as the answer to: [^\r]+\r\n> $")
    terminal.type("\x04")  # Ctrl-D
    assert terminal.close() == 0


def test_a_terminal_takes_quit(memory: Path) -> None:
    terminal = Terminal("chat", "--memory", str(memory), *MODEL_FREE)
    terminal.expect(r"> $")
    terminal.type("/quit\n")
    assert terminal.close() == 0
