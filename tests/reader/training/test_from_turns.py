"""Turns as training rows: every offset holds, and what was wrong teaches nothing."""

from __future__ import annotations

import io
import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanmem.core.records import Evidence, Passage, Turn
from spanmem.reader.reader import ReadRequest, SpanReader
from spanmem.reader.training.from_turns import training_rows
from spanmem.reader.windows import Windows

if TYPE_CHECKING:
    from tests.conftest import Cli

TEXT = "Two years, and two years more: two years."


def turn(name: str, answer: str | None, *, start: int | None = None, **fields: object) -> Turn:
    """A turn; with `start` it was read there, in a passage that begins at character 100."""
    place = Evidence(
        document="d",
        start=100 + (start or 0),
        end=100 + (start or 0) + len(answer or ""),
        text=answer or "",
        passage="key",
        passage_text=TEXT,
        title="Warranty",
    )
    made = Turn(
        id=name,
        scope="ann",
        question="How long?",
        answer=answer,
        kind="answer",
        confidence=0.9,
        created_at="2026-01-01T10:00:00.000000+00:00",
        evidence=() if start is None else (place,),
    )
    return replace(made, **fields)  # type: ignore[arg-type]


def stored(_: str) -> Passage | None:
    return Passage(document="d", start=100, end=100 + len(TEXT), text=TEXT)


def gone(_: str) -> Passage | None:
    return None


@given(st.integers(0, len(TEXT) - 1), st.integers(1, 12), st.booleans())
def test_each_answer_stands_at_its_offset(start: int, length: int, known: bool) -> None:
    text = TEXT[start : start + length]
    rows, left_out = training_rows([turn("a", text, start=start)], stored if known else gone)
    (row,), answers = rows, rows[0].to_json()["answers"]
    assert left_out == 0
    assert row.context[row.answer_start :].startswith(text)
    assert answers == {"text": [text], "answer_start": [row.answer_start]}
    assert row.answer_start == start if known else row.answer_start <= start


def test_the_place_that_was_read_is_meant_not_the_first_of_its_kind() -> None:
    at = TEXT.rindex("two years")
    (row,), _ = training_rows([turn("a", "two years", start=at)], stored)
    assert row.answer_start == at


def test_a_correction_is_read_in_the_passage_of_what_it_corrects() -> None:
    turns = [
        turn("wrong", "Two", start=0, superseded_by="half"),
        turn("half", "three", supersedes="wrong", superseded_by="right", kind="correction"),
        turn("right", "years more", supersedes="half", kind="correction"),
    ]
    (row,), left_out = training_rows(turns, stored)
    assert (row.id, row.answer, left_out) == ("right", "years more", 0)
    assert row.context[row.answer_start :].startswith("years more")


def test_what_teaches_nothing_is_left_out_and_counted() -> None:
    turns = [
        turn("abstained", None),
        turn("from memory", "Two years"),
        turn("wrong", "Two", start=0, superseded_by="right"),
        turn("right", "five years", supersedes="wrong", kind="correction"),
        turn("circle", "Two", supersedes="circle"),
    ]
    assert training_rows(turns, stored) == ([], 4)


MILL = "The old mill was built in the north of town. A wall of stone was built in the south."
MILL_QUESTION = "where was the mill built ?"
MILL_ANSWER = "in the north of town"


def best(folder: Path) -> str:
    reader = SpanReader.load(folder, device="cpu", windows=Windows(128, 8))
    passage = Passage(document="d", start=0, end=len(MILL), text=MILL)
    return reader.read([ReadRequest(MILL_QUESTION, (passage,))])[0].spans[0].text


def test_what_people_corrected_in_a_memory_fine_tunes_the_reader(
    cli: Cli, base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text, memory, rows = tmp_path / "mill.txt", tmp_path / "m.memory", tmp_path / "rows.jsonl"
    text.write_text(MILL, encoding="utf-8")
    assert cli("index", text, "--memory", memory).code == 0
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{MILL_QUESTION}\n/correct {MILL_ANSWER}\n"))
    assert cli("chat", "--memory", memory, "--scope", "ann").code == 0
    export = cli("memory", "export", "--memory", memory, "--scope", "ann", "--squad")
    rows.write_text(export.out, encoding="utf-8")
    assert json.loads(export.out)["answers"]["text"] == [MILL_ANSWER]
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text(
        f"base: {base}\ndata: [none]\noutput: none\ncheckpoints: none\nepochs: 60\n"
        "learning_rate: 3.0e-3\ndropout: 0.0\nwindow: 128\noverlap: 8\nheld_out_articles: 0\n"
        "threads: 1\nbf16: false\ntitle_dropout: 1.0\n",
        encoding="utf-8",
    )
    learned = tmp_path / "learned"
    assert best(base) != MILL_ANSWER
    done = cli("train", "reader", recipe, "--data", rows, "--output", learned, "--json")
    assert done.json["steps"] == 60
    assert best(learned) == MILL_ANSWER
