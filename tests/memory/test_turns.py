from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from spanmem.core.errors import InputError
from spanmem.core.records import Evidence, Turn
from spanmem.memory.store import Memory

from .conftest import Opener, vector

PLACE = Evidence(
    document="mill", start=29, end=33, text="1912", passage="k", passage_text="built in 1912"
)


def turn(name: str, question: str, *, scope: str = "ann", minute: int = 0, **fields: Any) -> Turn:
    made: dict[str, Any] = {
        "id": name,
        "scope": scope,
        "question": question,
        "answer": "1912",
        "kind": "answer",
        "confidence": 0.75,
        "evidence": (PLACE,),
        "created_at": f"2026-01-01T10:{minute:02}:00.000000+00:00",
        **fields,
    }
    return Turn(**made)


@pytest.fixture
def memory(create: Opener) -> Any:
    with create() as opened:
        yield opened


def test_a_turn_comes_back_whole(memory: Memory, path: Path) -> None:
    given = turn("t1", "When?", evidence=(PLACE,), author="bo", model="reader@1")
    memory.add_turn(given, vector("When?"))
    with Memory.open(path) as other:
        assert other.turns("ann") == [given]


def test_a_reader_may_remember_turns_while_another_writes(memory: Memory, path: Path) -> None:
    with Memory.open(path) as reader:
        reader.add_turn(turn("t1", "When?"), vector("When?"))
    assert [t.id for t in memory.turns("ann")] == ["t1"]


def test_turns_are_seen_in_their_scope_only(memory: Memory) -> None:
    memory.add_turn(turn("t1", "When?"), vector("When?"))
    memory.add_turn(turn("t2", "When?", scope="bob"), vector("When?"))
    assert [t.id for t in memory.turns("bob")] == ["t2"]
    assert memory.turns("") == []
    assert [h.turn.id for h in memory.search_turns("ann", vector("When?"), k=9)] == ["t1"]
    assert memory.search_turns("", vector("When?"), k=9) == []


def test_turns_come_as_they_were_stored_whatever_the_clock_said(memory: Memory) -> None:
    for minute in (3, 1, 2):
        memory.add_turn(turn(f"t{minute}", "When?", minute=minute), vector("When?"))
    turns = memory.turns("ann")
    assert [t.id for t in turns] == ["t3", "t1", "t2"]
    assert [t.sequence for t in turns] == sorted({t.sequence for t in turns})
    assert [t.id for t in memory.turns("ann", last=2)] == ["t1", "t2"]


def test_search_returns_the_most_alike_with_their_cosine(memory: Memory) -> None:
    questions = [f"Question {i}?" for i in range(20)]
    for i, question in enumerate(questions):
        memory.add_turn(turn(f"t{i}", question), vector(question))
    asked = vector("Question 7?")
    hits = memory.search_turns("ann", asked, k=5)
    expected = sorted((float(vector(q) @ asked) for q in questions), reverse=True)[:5]
    assert [h.similarity for h in hits] == pytest.approx(expected, abs=2e-3)
    assert hits[0].turn.question == "Question 7?"


def test_among_equal_questions_corrections_come_first_and_new_before_old(memory: Memory) -> None:
    memory.add_turn(turn("told", "When?", kind="correction"), vector("When?"))
    for minute in range(1, 9):
        memory.add_turn(turn(f"t{minute}", "When?", minute=minute), vector("When?"))
    found = memory.search_turns("ann", vector("When?"), k=3)
    assert [h.turn.id for h in found] == ["told", "t8", "t7"]


def test_a_superseded_turn_is_kept_but_not_found(memory: Memory) -> None:
    memory.add_turn(turn("t1", "When?"), vector("When?"))
    memory.supersede("t1", turn("t2", "When?", minute=5, kind="correction"), vector("When?"))
    old, new = memory.turns("ann")
    assert (old.superseded_by, old.superseded_at) == ("t2", new.created_at)
    assert new.supersedes == "t1"
    assert [h.turn.id for h in memory.search_turns("ann", vector("When?"), k=9)] == ["t2"]
    (then,) = memory.turns("ann", as_of="2026-01-01T10:01:00")
    assert (then.id, then.superseded_by) == ("t1", None)


@pytest.mark.parametrize("old", ["t1", "t9", "other"])
def test_only_a_live_turn_of_the_scope_can_be_superseded(memory: Memory, old: str) -> None:
    memory.add_turn(turn("t1", "When?"), vector("When?"))
    memory.add_turn(turn("other", "When?", scope="bob"), vector("When?"))
    memory.supersede("t1", turn("t2", "When?"), vector("When?"))
    with pytest.raises(InputError, match="no live turn"):
        memory.supersede(old, turn("t3", "When?"), vector("When?"))
    assert len(memory.turns("ann")) == 2


def test_a_turn_without_an_answer_is_history_only(memory: Memory) -> None:
    memory.add_turn(turn("t1", "When?", answer=None), vector("When?"))
    assert len(memory.turns("ann")) == 1
    assert memory.search_turns("ann", vector("When?"), k=9) == []


def test_beyond_the_bound_the_oldest_answers_go_and_corrections_stay(memory: Memory) -> None:
    memory.add_turn(turn("c", "When?", kind="correction"), vector("When?"))
    for minute in range(1, 6):
        memory.add_turn(turn(f"t{minute}", "When?", minute=minute), vector("When?"), keep=2)
    memory.add_turn(turn("b", "When?", scope="bob"), vector("When?"), keep=2)
    assert [t.id for t in memory.turns("ann")] == ["c", "t4", "t5"]


def test_beyond_the_bound_what_was_corrected_stays_with_its_correction(memory: Memory) -> None:
    memory.add_turn(turn("wrong", "When?"), vector("When?"), keep=1)
    for name, old in (("told", "wrong"), ("better", "told")):
        memory.supersede(old, turn(name, "When?", kind="correction", evidence=()), vector("When?"))
    for minute in (1, 2):
        memory.add_turn(turn(f"t{minute}", "Who?", minute=minute), vector("Who?"), keep=1)
    assert {t.id: t.supersedes for t in memory.turns("ann")} == {
        "wrong": None,
        "told": "wrong",
        "better": "told",
        "t2": None,
    }
    assert memory.verify() == []


def test_an_answer_given_again_outlives_one_that_never_was(memory: Memory) -> None:
    for minute, name in enumerate(("used", "idle", "new")):
        given = turn(name, f"{name}?", minute=minute, answer=name)
        memory.add_turn(given, vector(given.question), keep=3)
    memory.add_turn(turn("echo", "used?", minute=9, answer="used", evidence=()), vector("used?"))
    memory.add_turn(turn("newest", "newest?", minute=10, answer="n"), vector("newest?"), keep=3)
    assert [t.id for t in memory.turns("ann")] == ["used", "new", "echo", "newest"]


def test_turns_without_knowledge_of_their_own_displace_none_that_have(memory: Memory) -> None:
    memory.add_turn(turn("known", "When?"), vector("When?"), keep=2)
    for minute in range(1, 6):
        passing = turn(f"p{minute}", "And?", minute=minute, answer=None, evidence=())
        memory.add_turn(passing, vector("And?"), keep=2)
    assert [t.id for t in memory.turns("ann")] == ["known", "p4", "p5"]


def test_what_was_given_from_memory_is_never_found_again(memory: Memory) -> None:
    memory.add_turn(turn("t1", "When?"), vector("When?"))
    for minute in range(1, 9):
        memory.add_turn(turn(f"e{minute}", "When?", minute=minute, evidence=()), vector("When?"))
    told = turn("told", "When?", minute=20, kind="imported", evidence=())
    memory.add_turn(told, vector("When?"))
    found = memory.search_turns("ann", vector("When?"), k=9)
    assert {hit.turn.id for hit in found} == {"t1", "told"}


def test_a_search_at_a_time_sees_what_was_live_then(memory: Memory) -> None:
    memory.add_turn(turn("t1", "When?"), vector("When?"))
    memory.supersede("t1", turn("t2", "When?", minute=5, kind="correction"), vector("When?"))

    def seen(minute: int) -> list[str]:
        then = f"2026-01-01T10:{minute:02}:30"
        hits = memory.search_turns("ann", vector("When?"), k=9, as_of=then)
        return [hit.turn.id for hit in hits]

    assert (seen(3), seen(6)) == (["t1"], ["t2"])
    assert memory.search_turns("ann", vector("When?"), k=9, as_of="2025-12-31") == []


def test_a_turn_is_had_by_its_id_in_its_scope_only(memory: Memory) -> None:
    memory.add_turn(turn("t1", "When?"), vector("When?"))
    assert memory.turn("ann", "t1") == turn("t1", "When?")
    assert memory.turn("bob", "t1") is None


@pytest.mark.parametrize("given", ["yesterday", "", "2027-13-01", "9999-12-31T23:59-05:00"])
def test_what_is_no_time_is_refused_and_forgets_nothing(memory: Memory, given: str) -> None:
    memory.add_turn(turn("t1", "When?"), vector("When?"))
    for ask in (
        lambda: memory.forget(scope="ann", before=given),
        lambda: memory.turns("ann", as_of=given),
        lambda: memory.search_turns("ann", vector("When?"), k=1, as_of=given),
    ):
        with pytest.raises(InputError, match="is no time; write one in UTC"):
            ask()
    assert [t.id for t in memory.turns("ann")] == ["t1"]


@pytest.mark.parametrize("then", ["2026-01-01T12:05:30+02:00", "2026-01-01 10:05:30"])
def test_a_time_cuts_where_it_is_however_it_is_written(memory: Memory, then: str) -> None:
    for minute in (5, 6):
        memory.add_turn(turn(f"t{minute}", "When?", minute=minute), vector("When?"))
    hits = memory.search_turns("ann", vector("When?"), k=9, as_of=then)
    assert [hit.turn.id for hit in hits] == ["t5"]
    assert [t.id for t in memory.turns("ann", as_of=then)] == ["t5"]
    assert memory.forget(scope="ann", before=then) == (0, 1)
    assert [t.id for t in memory.turns("ann")] == ["t6"]


def test_a_question_vector_of_a_wrong_shape_is_refused(memory: Memory) -> None:
    memory.add_turn(turn("t1", "When?"), vector("When?"))
    short = np.ones(4, np.float32)
    with pytest.raises(ValueError, match=r"shape \(8,\), not \(4,\)"):
        memory.add_turn(turn("t2", "When?"), short)
    with pytest.raises(ValueError, match="shape"):
        memory.supersede("t1", turn("t2", "When?", kind="correction"), short)
    assert memory.turns("ann") == [turn("t1", "When?")]


def test_a_question_vector_of_another_length_is_found_out(memory: Memory) -> None:
    memory.add_turn(turn("t1", "When?"), vector("When?"))
    with memory._database.change() as cursor:
        cursor.execute("UPDATE turn_vectors SET vector = x'0000'")
    assert memory.verify() == ["1 turns' vectors have another length than the encoder's"]


def test_an_id_that_another_turn_has_is_refused(memory: Memory) -> None:
    given = turn("t1", "When?")
    memory.add_turn(given, vector("When?"))
    with pytest.raises(InputError, match="'t1' cannot be remembered"):
        memory.add_turn(replace(given, question="Who?"), vector("Who?"))
    assert memory.turns("ann") == [given]
