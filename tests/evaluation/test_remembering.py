"""Benchmarks of remembering, with an encoder and a reader that need no model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

from spanmem.core.records import Vectors
from spanmem.evaluation.remembering import (
    Models,
    measure_corrections,
    measure_follow_ups,
    measure_reuse,
    measure_stale,
    memory_of,
)
from spanmem.evaluation.remembering_data import Pair, Talk
from spanmem.indexer.encoders.hashed import HashEncoder
from spanmem.memory.store import Memory
from spanmem.pipeline.qa import QA
from spanmem.pipeline.settings import Settings
from spanmem.pipeline.verifier import Verdict
from spanmem.reader.overlap import OverlapReader

ENCODER = HashEncoder(256)
MODELS = Models(ENCODER, OverlapReader())


def pair(first: str, second: str, **rest: Any) -> Pair:
    return Pair(first=first, second=second, **rest)


def steps() -> tuple[list[tuple[str, int, int]], Callable[[str, int, int], None]]:
    """What a measurement told of its progress, and what it is told by."""
    progress: list[tuple[str, int, int]] = []
    return progress, lambda name, done, of: progress.append((name, done, of))


class Alike(HashEncoder):
    """An encoder to which all questions are alike, so that their words decide."""

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        return np.tile(super().encode_queries(["same"]), (len(texts), 1))


def test_reuse_counts_near_misses_and_paraphrases_apart() -> None:
    year = "When was the mill built in 1912?"
    near = [
        pair(year, "When was the mill built in 1913?", relation="number"),
        pair("Who built the mill?", "Who built the mill?", relation="none"),
    ]
    same = [pair("Who built the mill?", "Who built the mill?"), pair(year, "What is a ferry?")]
    table = measure_reuse(Alike(), near, same)
    assert (table["near_misses"], table["false_reuse"]) == (2, 50.0)
    assert table["by_relation"] == {"none": "1 of 1", "number": "0 of 1"}
    assert table["rules_alone"] == {"false_reuse": 50.0, "true_reuse": 50.0}
    assert (table["paraphrases"], table["true_reuse"]) == (2, 50.0)
    nothing = measure_reuse(Alike(), [], [])
    assert (nothing["near_misses"], nothing["rules_alone"]) == (0, {})
    assert not {"false_reuse", "may_be_read", "true_reuse"} & set(nothing)


def test_another_verifier_is_measured_as_it_is() -> None:
    def nothing(question: str, remembered: str, similarity: float) -> Verdict:
        return Verdict(same=False, why="of no interest")

    table = measure_reuse(Alike(), [], [pair("Who?", "Who?")], verifier=nothing)
    assert (table["true_reuse"], table["rules_alone"]["true_reuse"]) == (0.0, 100.0)


PAIRS = [
    pair(
        "Where does the river Danube end?",
        "Where does the river Danube end?",
        context="The river Danube does end in Ukraine.",
        answers=("in Ukraine at last",),
    ),
    pair(
        "What does the ferry to Hven cost?",
        "Who sails the ferry to Hven?",
        context="The ferry to Hven does cost 90 crowns.",
        answers=("ninety crowns",),
    ),
]


def test_a_correction_answers_its_own_question_alone() -> None:
    progress, step = steps()
    settings = Settings.load({"answer": {"abstain_below": 0.0}, "memory": {"reuse_above": 0.0}})
    table = measure_corrections(PAIRS, models=MODELS, settings=settings, step=step)
    assert table == {
        "n": 2,
        "exact_match_before": 0.0,
        "exact_match_after": 50.0,
        "found_again": 50.0,
    }
    assert progress == [(name, i, 2) for name in ("corrections", "asked again") for i in (1, 2)]


def test_no_answer_outlives_its_source() -> None:
    progress, step = steps()
    settings = Settings.load({"answer": {"abstain_below": 0.0}, "memory": {"reuse_above": 0.0}})
    table = measure_stale(PAIRS, models=MODELS, settings=settings, step=step)
    assert table == {"n": 2, "remembered": 2, "stale": 0}
    assert progress[-1] == ("after the edit", 2, 2)


def test_nothing_is_stale_where_nothing_was_remembered() -> None:
    settings = Settings.load({"memory": {"reuse": False}})
    table = measure_stale(PAIRS, models=MODELS, settings=settings, step=steps()[1])
    assert table == {"n": 2, "remembered": 0}


def talk(name: str, question: str, *turns: tuple[str, str], **rest: Any) -> Talk:
    return Talk(id=name, question=question, history=turns, **rest)


TALKS = [
    talk(
        "a",
        "Where does it end?",
        ("How long is the river Danube?", "2850 km"),
        rewrite="Where does the river Danube end?",
        texts=("The river Danube does end in Ukraine.",),
        answers=("Ukraine",),
    ),
    talk(
        "b",
        "What does a ferry cost?",
        ("Where is Hven?", "in the Sound"),
        rewrite="What does a ferry cost?",
        texts=("A ferry to Hven does cost 90 crowns.",),
        answers=(),
    ),
    talk("c", "Who are you?", rewrite="", texts=("Nobody is here.",), answers=()),
]


def test_follow_ups_are_measured_with_and_without_their_turns() -> None:
    progress, step = steps()
    with (
        memory_of(TALKS, ENCODER) as folder,
        QA(folder, reader=MODELS.reader, encoder=ENCODER) as qa,
    ):
        table = measure_follow_ups(qa, TALKS, step=step)
    # "b" says everything itself, and "c" follows nothing.
    assert (table["dependent"]["n"], table["stand_alone"]["n"]) == (1, 2)
    assert table["dependent"]["recall@5 with"] == 100.0
    assert set(table["dependent"]) == {
        "n",
        *(f"{score} {turns}" for score in ("recall@5", "f1") for turns in ("with", "without")),
    }
    assert progress == [("dependent", 1, 1), ("stand alone", 1, 2), ("stand alone", 2, 2)]


@pytest.mark.parametrize("rows", [PAIRS, TALKS])
def test_a_memory_holds_each_text_once_and_is_gone_afterwards(rows: Sequence[Pair | Talk]) -> None:
    with memory_of([*rows, *rows], ENCODER) as folder, Memory.open(folder) as memory:
        assert memory.counts()[0] == len(rows)
    assert not folder.exists()
