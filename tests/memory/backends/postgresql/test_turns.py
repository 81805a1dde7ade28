"""Turns on a server are those of a folder, whatever is done to both."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from spanmem.core.errors import InputError
from spanmem.core.records import Evidence, Turn
from spanmem.memory.backends.postgresql.store import ServerMemory
from spanmem.memory.contract import DIM, make_entry, unit_vector
from spanmem.memory.store import Memory
from spanmem.memory.turn_contract import make_turn

Store = Memory | ServerMemory
SCOPES = ("", "ann", "bob", "x" * 4000, "Ä\0b", "\ud800")
WORDS = ("mill", "Plumstead", "1912", "the", "Äpfel")


def _turn(rng: random.Random, name: str) -> Turn:
    place = Evidence(
        document=f"doc{rng.randint(0, 4)}",
        start=0,
        end=4,
        text="Yes.",
        passage="p",
        passage_text="Yes. It is.",
    )
    return make_turn(
        name,
        rng.randint(0, 59),
        scope=rng.choice(SCOPES),
        question=f"{rng.choice(WORDS)}?",
        answer=rng.choice([None, *WORDS]),
        kind=rng.choice(["answer", "answer", "correction", "imported"]),
        evidence=(place,) if rng.random() < 0.7 else (),
        carried=tuple(rng.sample(WORDS, rng.choice([0, 0, 1]))),
        confidence=rng.random(),
    )


def _change(rng: random.Random, names: list[str]) -> Callable[[Store], Any]:
    """Something that is done to both stores."""
    turn = _turn(rng, f"t{len(names)}" + rng.choice(["", "\ud800", "\0ü", "y" * 3000]))
    names.append(turn.id)
    vector, old = unit_vector(turn.question), rng.choice(names)
    kind, keep = rng.random(), rng.choice([None, None, 2])
    if kind < 0.4:
        return lambda store: store.add_turn(turn, vector, keep=keep)
    if kind < 0.55:
        return lambda store: store.supersede(old, turn, vector)
    if kind < 0.7:
        told = replace(turn, kind="correction", answer="So.")
        first = replace(turn, id=f"{turn.id} first") if rng.random() < 0.5 else None
        return lambda store: store.correct(told, vector, answered=first)
    if kind < 0.85:
        back = replace(turn, kind="withdrawal", answer=None, evidence=())
        return lambda store: store.withdraw(old, back)
    scope, before = rng.choice(SCOPES), f"2026-01-01T10:{rng.randint(0, 59):02}"
    requests: list[dict[str, Any]] = [
        {"scope": scope, "turn": old},
        {"scope": scope, "before": before},
        {"documents": [f"doc{rng.randint(0, 2)}"]},
    ]
    request = rng.choice(requests)
    return lambda store: store.forget(**request)


def _outcome(change: Callable[[Store], Any], store: Store) -> object:
    try:
        return change(store)
    except InputError:
        return InputError


def test_both_hold_the_same_after_each_change(memory: ServerMemory, tmp_path: Path) -> None:
    rng = random.Random(2)
    names: list[str] = []
    with Memory.create(tmp_path / "folder", encoder="test", dim=DIM) as folder:
        for store in (memory, folder):
            store.put([make_entry(f"doc{i}", f"Text {i}.") for i in range(3)])
        for _ in range(25):
            change = _change(rng, names)
            assert _outcome(change, memory) == _outcome(change, folder)
            as_of = rng.choice([None, f"2026-01-01T10:{rng.randint(0, 59):02}"])
            question = unit_vector(f"{rng.choice(WORDS)}?")
            for scope in SCOPES:
                assert memory.turns(scope, as_of=as_of) == folder.turns(scope, as_of=as_of)
                ours, theirs = (
                    store.search_turns(scope, question, k=9, as_of=as_of)
                    for store in (memory, folder)
                )
                assert [hit.turn for hit in ours] == [hit.turn for hit in theirs]
                cosines = [hit.similarity for hit in theirs]
                assert [hit.similarity for hit in ours] == pytest.approx(cosines, abs=1e-4)
        assert memory.notices == folder.notices
    assert memory.verify() == []


def test_an_id_of_another_scope_is_taken_too(memory: ServerMemory) -> None:
    memory.add_turn(make_turn("t", 1), unit_vector("Q"))
    with pytest.raises(InputError, match="an id of its own"):
        memory.add_turn(make_turn("t", 1, scope="bob"), unit_vector("Q"))
    assert memory.turns("bob") == []
