"""Forgetting leaves no byte behind, and compacting no dead weight."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from spanmem.core.errors import InputError, StorageError
from spanmem.core.records import Evidence, Turn
from spanmem.memory.store import Memory
from tests.memory.conftest import Opener, entry, vector

SECRET = "Zanzibarquux lives in Plumstead"
OTHER = "The mill was built in 1912."


def files_with(folder: Path, text: str) -> set[str]:
    """Files in which the bytes of a text still stand, or those of its vector."""
    drawn = vector(text)
    stored = drawn.astype("<f2")
    traces = (text.encode(), drawn.tobytes(), stored.astype(np.float32).tobytes(), stored.tobytes())
    return {
        path.suffix
        for path in folder.rglob("*")
        if path.is_file() and any(trace in path.read_bytes() for trace in traces)
    }


def turn(name: str, *, scope: str = "ann", answer: str | None = "Plumstead", **fields: Any) -> Turn:
    made: dict[str, Any] = {
        "id": name,
        "scope": scope,
        "question": f"Where does {name} live?",
        "answer": answer,
        "kind": "answer",
        "confidence": 0.9,
        "created_at": "2026-01-01T10:00:00.000000+00:00",
        **fields,
    }
    return Turn(**made)


def quoting(document: str) -> tuple[Evidence, ...]:
    return (
        Evidence(
            document=document,
            start=22,
            end=31,
            text="Plumstead",
            passage="k",
            passage_text=SECRET,
        ),
    )


def add(memory: Memory, *turns: Turn) -> None:
    for one in turns:
        memory.add_turn(one, vector(one.question))


@pytest.fixture
def filled(create: Opener) -> Memory:
    memory = create()
    memory.put([entry("secret", SECRET), entry("open", OTHER)])
    memory.publish()
    return memory


def ids(memory: Memory, scope: str = "ann") -> list[str]:
    return [t.id for t in memory.turns(scope)]


def test_a_forgotten_document_is_in_no_file(filled: Memory, path: Path) -> None:
    with filled as memory:
        assert {".sqlite-wal", ".faiss"} <= files_with(path, SECRET)
        assert memory.forget(documents=["secret"]) == (1, 0)
        assert files_with(path, SECRET) == set()
        (left,) = memory.search("mill", vector(OTHER), k=5)
        assert left.passage.document == "open"
        assert memory.verify() == []
    with Memory.open(path) as memory:
        assert memory.verify() == []
    assert files_with(path, SECRET) == set()


def test_with_a_document_go_the_turns_that_rest_on_it(filled: Memory, path: Path) -> None:
    with filled as memory:
        add(
            memory,
            turn("read", evidence=quoting("secret")),
            turn("again"),  # answered from memory: the text without evidence
            turn("elsewhere", scope="bob", evidence=quoting("secret")),
            turn("other", answer="1912", evidence=quoting("open")),
            turn("told", kind="correction"),
        )
        assert memory.forget(documents=["secret"]) == (1, 3)
        assert (ids(memory), ids(memory, "bob")) == (["other", "told"], [])
        assert memory.verify() == []


def held(folder: Path, *texts: str) -> list[str]:
    """Which of the texts still stand in a file of the memory."""
    everything = b"".join(p.read_bytes() for p in folder.rglob("*") if p.is_file())
    return [text for text in texts if text.encode() in everything]


def minute(number: int) -> dict[str, str]:
    return {"created_at": f"2026-01-01T10:{number:02}:00.000000+00:00"}


def conversation(memory: Memory) -> None:
    """Of "first", which rests on the secret, two follow-ups hold words; of the others, none."""
    old: dict[str, Any] = {"answer": "1912", **minute(4)}
    carried = ("Plumstead",)
    follow_up = turn("second", question="And then?", carried=carried, answer="Ratz C9", **minute(2))
    add(
        memory,
        turn("before", question="Is it old?", carried=("Plumstead",), answer="Yes", **minute(0)),
        turn("first", answer="Dr. Quux in Plumstead", evidence=quoting("secret"), **minute(1)),
        follow_up,
        turn("third", question="How dear is the Nurg?", carried=("c9",), answer=None, **minute(3)),
        turn("fourth", question="When was it built (Plumstead)", carried=("mill", "in"), **old),
        turn(
            "other",
            question="And then?",
            carried=("Plumstead",),
            scope="bob",
            answer="No",
            **minute(5),
        ),
    )


@pytest.mark.parametrize(
    "chosen",
    [
        {"documents": ["secret"]},
        {"scope": "ann", "turn": "first"},
    ],
)
def test_with_a_turn_go_the_follow_ups_that_took_words_from_it(
    filled: Memory, path: Path, chosen: dict[str, Any]
) -> None:
    with filled as memory:
        conversation(memory)
        assert memory.forget(**chosen)[1] == 3
        assert (ids(memory), ids(memory, "bob")) == (["before", "fourth"], ["other"])
        assert memory.verify() == []
    assert held(path, "Quux in", "Ratz", "Nurg", "it built") == ["it built"]


def test_with_the_older_turns_go_later_follow_ups(filled: Memory, path: Path) -> None:
    with filled as memory:
        conversation(memory)
        assert memory.forget(scope="ann", before=minute(2)["created_at"]) == (0, 4)
        assert ids(memory) == ["fourth"]
    assert held(path, "Quux in", "Ratz", "Nurg") == []


@pytest.mark.parametrize("scope", ["ann", ""])
def test_with_a_correction_go_the_turns_answered_from_it(
    filled: Memory, path: Path, scope: str
) -> None:
    with filled as memory:
        add(
            memory,
            turn("told", kind="correction", scope=scope, answer="Wenslow Ey", **minute(1)),
            turn("again", answer="Wenslow Ey", question="Whence?", **minute(2)),
            turn("on", question="Since when?", carried=("Wenslow",), answer="1912", **minute(3)),
            turn("read", answer="Wenslow Ey", evidence=quoting("open"), **minute(4)),
            turn("bob", scope="bob", answer="Wenslow Ey", question="Whence?", **minute(5)),
        )
        everywhere = scope == ""
        assert memory.forget(scope=scope, turn="told") == (0, 4 if everywhere else 3)
        assert (ids(memory), ids(memory, "bob")) == (["read"], [] if everywhere else ["bob"])
        assert memory.verify() == []
    assert held(path, "Since when?", "Whence?") == ([] if everywhere else ["Whence?"])


def test_a_scope_is_forgotten_whole_and_no_other(filled: Memory, path: Path) -> None:
    with filled as memory:
        add(memory, turn("a", question=SECRET), turn("b"), turn("c", scope="bob"))
        assert memory.forget(scope="ann") == (0, 2)
        assert (ids(memory), ids(memory, "bob")) == ([], ["c"])
        assert memory.forget(documents=["secret"])[0] == 1
    assert files_with(path, SECRET) == set()


def test_one_turn_or_the_older_ones(filled: Memory, path: Path) -> None:
    with filled as memory:
        add(
            memory,
            turn("old", created_at="2025-12-31T10:00:00.000000+00:00", question="Ye olde?"),
            turn("new", question="Brand new?"),
            turn("newer", created_at="2026-02-01T10:00:00.000000+00:00"),
        )
        assert memory.forget(scope="bob", turn="new") == (0, 0)
        assert files_with(path, "Brand new?")
        assert memory.forget(scope="ann", turn="new") == (0, 1)
        assert files_with(path, "Brand new?") == set()
        assert files_with(path, "Ye olde?")
        assert memory.forget(scope="ann", before="2026-01-15") == (0, 1)
        assert files_with(path, "Ye olde?") == set()
        assert ids(memory) == ["newer"]


def test_a_correction_outlives_what_it_corrected(filled: Memory) -> None:
    with filled as memory:
        add(memory, turn("wrong"))
        memory.supersede("wrong", turn("right", kind="correction"), vector("x"))
        memory.forget(scope="ann", turn="wrong")
        (left,) = memory.turns("ann")
        assert (left.id, left.supersedes) == ("right", None)
        assert memory.verify() == []


@pytest.mark.parametrize(
    ("chosen", "why"),
    [
        ({}, "nothing to forget"),
        ({"turn": "t"}, "name their scope"),
        ({"documents": ["secret", "gone"]}, "no document 'gone' here, so nothing was forgotten"),
    ],
)
def test_what_makes_no_sense_forgets_nothing(
    filled: Memory, chosen: dict[str, Any], why: str
) -> None:
    with filled as memory:
        with pytest.raises(InputError, match=why):
            memory.forget(**chosen)
        assert memory.counts() == (2, 2)


def test_who_only_reads_cannot_forget(filled: Memory, path: Path) -> None:
    filled.close()
    with Memory.open(path) as memory, pytest.raises(InputError, match="write=True"):
        memory.forget(documents=["secret"])


def test_a_reader_that_holds_the_log_is_told_about(filled: Memory, path: Path) -> None:
    import sqlite3
    from contextlib import closing

    with filled as memory, closing(sqlite3.connect(path / "rows.sqlite")) as other:
        other.execute("BEGIN")
        other.execute("SELECT count(*) FROM passages").fetchone()
        memory._database._writing_connection().execute("PRAGMA busy_timeout = 50")
        with pytest.raises(StorageError, match="spanmem memory compact"):
            memory.forget(documents=["secret"])
        assert memory.counts() == (1, 1)
        other.rollback()
        memory.compact()
        assert files_with(path, SECRET) == set()


def test_a_reader_goes_on_while_the_memory_is_compacted(filled: Memory, path: Path) -> None:
    with filled as memory, Memory.open(path) as reader:
        assert len(reader.search("mill", vector(OTHER), k=5)) == 2
        memory.remove(["secret"])
        memory.compact()
        for opened in (reader, memory):
            hits = opened.search("mill", vector(OTHER), k=5)
            assert [h.passage.document for h in hits] == ["open"]
        assert reader.verify() == memory.verify() == []


def test_compacting_gives_space_back_and_keeps_everything_else(create: Opener) -> None:
    with create() as memory:
        memory.put([entry(f"d{i}", f"Lamp {i} stands in the hall. " * 20) for i in range(300)])
        memory.publish()
        memory.remove([f"d{i}" for i in range(290)])
        memory.publish()
        kept = list(memory.passages())
        before = memory.stats()["bytes"]
        memory.compact()
        assert memory.stats()["bytes"] < before / 3
        assert list(memory.passages()) == kept
        assert len(memory.search("lamp", None, k=300)) == 10
        assert memory.verify() == []
