"""Pairs of questions and conversations, from the files they are published in."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from spanmem.core.errors import InputError
from spanmem.evaluation.remembering_data import Pair, packaged_pairs, read_pairs, read_talks


def write(path: Path, *rows: Any) -> Path:
    raw = "".join(json.dumps(row) + "\n" for row in rows).encode()
    path.write_bytes(gzip.compress(raw) if path.suffix == ".gz" else raw)
    return path


def test_pairs_are_read_in_both_of_their_forms(tmp_path: Path) -> None:
    answers = {"text": ["1912"], "answer_start": [9]}
    path = write(
        tmp_path / "pairs.jsonl.gz",
        {"a": " When? ", "b": "What year?", "relation": "number"},
        {
            **{"original": "When?", "other": "What year?", "kind": "paraphrase"},
            **{"context": "Built in 1912.", "title": "Mill", "answers": answers},
        },
        {"original": "When?", "other": "Where?", "kind": "distractor"},
    )
    assert read_pairs(path) == (
        Pair(first="When?", second="What year?", relation="number"),
        Pair(
            first="When?",
            second="What year?",
            context="Built in 1912.",
            title="Mill",
            answers=("1912",),
        ),
    )


def test_the_packaged_pairs_are_there_and_near_misses_say_what_sets_them_apart() -> None:
    near, same = packaged_pairs("near_misses"), packaged_pairs("paraphrases")
    assert len(near) == 318
    assert len(same) == 88
    assert all(pair.relation for pair in near)
    assert all(pair.first != pair.second for pair in (*near, *same))


def test_the_halves_of_the_newer_pairs_share_no_question() -> None:
    halves = [
        (packaged_pairs(f"near_misses_{half}"), packaged_pairs(f"paraphrases_{half}"))
        for half in ("development", "held_out")
    ]
    assert [len(near) + len(same) for near, same in halves] == [345, 353]
    assert all(pair.relation for near, _ in halves for pair in near)
    questions = [{pair.first for pairs in half for pair in pairs} for half in halves]
    assert questions[0].isdisjoint(questions[1])


def test_a_talk_has_its_history_and_the_texts_that_answer_it(tmp_path: Path) -> None:
    passages = [{"text": "Built in 1912."}, {"text": ""}, {"text": "By Ann."}]
    path = write(
        tmp_path / "talks.jsonl",
        {"question": "What mill?", "context": "The old mill.", "id": 7},
        {
            "question": "And when?",
            "history": [["What mill?", "the old one"], ["Why?", ""]],
            "rewrite": "When was the old mill built?",
            "passages": passages,
            "answers": ["1912", ""],
        },
        {"question": "Who?", "history": [["When?", "1912"]]},
    )
    first, second = read_talks(path)
    assert (first.id, first.texts, first.history) == ("7", ("The old mill.",), ())
    assert second.id == f"{path}:2"
    assert second.history == (("What mill?", "the old one"), ("Why?", None))
    assert second.texts == ("Built in 1912.", "By Ann.")
    assert second.answers == ("1912",)


@pytest.mark.parametrize(
    ("rewrite", "depends"),
    [("  when was IT built", False), ("When was the mill built?", True)],
)
def test_a_question_depends_on_its_history_where_people_rewrote_it(
    tmp_path: Path, rewrite: str, depends: bool
) -> None:
    row = {"question": "When was it built?", "history": [["a", "b"]], "context": "x"}
    (talk,) = read_talks(write(tmp_path / "a.jsonl", {**row, "rewrite": rewrite}))
    assert talk.depends == depends


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([{"a": "Who?"}], ":1: has no text under 'b' or 'other'"),
        ([{"a": "Who?", "b": " "}], ":1: has no text under 'b'"),
        ([{"a": 3, "b": "x"}], ":1: has no text under 'a' or 'original'"),
        ([{"kind": "distractor"}], "holds no pair of questions; write rows with `a` and `b`"),
        ([], "holds no pair of questions"),
        (["x"], ":1: holds str, not an object"),
    ],
)
def test_what_is_no_pair_is_said(tmp_path: Path, rows: list[Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_pairs(write(tmp_path / "a.jsonl", *rows))


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([{"question": "Who?", "context": "x"}], "no row has a `history`"),
        ([{"question": "Who?", "history": [["a", "b"]]}], "no row has a `history`.* and a text"),
        ([{"question": "Who?", "history": [1]}], r":1: `history` must hold \[question, answer\]"),
        ([{"context": "x", "history": [["a", "b"]]}], ":1: has no text under 'question'"),
    ],
)
def test_what_is_no_conversation_is_said(tmp_path: Path, rows: list[Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_talks(write(tmp_path / "a.jsonl", *rows))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    for read in (read_pairs, read_talks):
        with pytest.raises(InputError, match=r"none\.jsonl: no such file"):
            read(tmp_path / "none.jsonl")
