"""Ten threads that ask, correct and remember through one `QA`."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import spanmem

SETTINGS = {"encoder": {"model": "hash-256"}, "reader": {"model": "overlap"}}
QUESTION = "How long does the warranty of the lamp last?"


def ten_threads(corpus: Path, folder: Path, seconds: float) -> None:
    settings = spanmem.Settings.load(SETTINGS)
    spanmem.index(corpus, into=folder, settings=settings).close()
    with spanmem.QA(folder, settings=settings) as qa, ThreadPoolExecutor(10) as pool:
        alone = qa.ask(QUESTION)
        until = time.monotonic() + seconds

        def talk(number: int) -> int:
            chat, told = qa.session(f"user-{number}"), 0
            while time.monotonic() < until or not told:
                answer = qa.ask(QUESTION)
                assert [c.text for c in answer.answers] == [c.text for c in alone.answers]
                asked = chat.ask(f"What is the secret of user-{number}?")
                assert not told or asked.text == f"secret {number}.{told}"
                told += 1
                chat.correct(asked, f"secret {number}.{told}")
            return told

        told = list(pool.map(talk, range(10)))
        for number, count in enumerate(told):
            said = [t for t in qa.memory.turns(f"user-{number}") if t.kind == "correction"]
            assert [t.answer for t in said] == [f"secret {number}.{i + 1}" for i in range(count)]
            assert all(t.superseded_by for t in said[:-1])
    with spanmem.Memory.open(folder) as memory:
        assert memory.verify() == []


def test_ten_threads_share_one_qa(corpus: Path, tmp_path: Path) -> None:
    ten_threads(corpus, tmp_path / "m", 1)


@pytest.mark.slow
def test_ten_threads_share_one_qa_for_a_minute(corpus: Path, tmp_path: Path) -> None:
    ten_threads(corpus, tmp_path / "m", 60)
