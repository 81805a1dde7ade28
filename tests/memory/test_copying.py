"""A memory that is copied holds the same, from a folder to a server and back."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from spanmem.core.errors import EncoderMismatch, InputError, MemoryNotFound, StorageError
from spanmem.memory import copying
from spanmem.memory.contract import DIM, PROMPTS, make_entry, unit_vector
from spanmem.memory.copying import copy_memory
from spanmem.memory.opening import AnyMemory, create_memory, open_memory
from spanmem.memory.turn_contract import make_turn
from tests.servers import NameMemory

ODD = "a\0b \ud800"


def _fill(memory: AnyMemory) -> None:
    entries = [
        make_entry(f"d{i}", f"Text {i}.", "The mill.", title="T", source="s", metadata={"n": i})
        for i in range(5)
    ]
    paged = make_entry(ODD, ODD, "More.")
    pages = tuple(replace(passage, pages=((0, 1), (3, 2))) for passage in paged.passages)
    memory.put([*entries, replace(paged, passages=pages), make_entry("empty")])
    for name in ("read", "other"):
        memory.add_turn(make_turn(name, 1, answer="Yes."), unit_vector(name))
    first = make_turn("first", 2, kind="correction", evidence=())
    memory.supersede("read", first, unit_vector("read"))
    memory.supersede("first", replace(first, id="second"), unit_vector("read"))
    back = make_turn("back", 3, kind="withdrawal", answer=None, evidence=())
    memory.withdraw("second", back)
    memory.add_turn(make_turn("bob's", 1, scope=ODD), unit_vector("Q"))


def _state(memory: AnyMemory) -> object:
    scopes = memory.contents.scopes()
    return (
        list(memory.documents()),
        list(memory.passages()),
        {d.id: memory.contents.vectors(d.id).tolist() for d in memory.documents()},
        scopes,
        {scope: memory.turns(scope) for scope in scopes},
        {scope: memory.turns(scope, as_of="2026-01-01T10:02") for scope in scopes},
        {scope: _answers(memory, scope) for scope in scopes},
        memory.verify(),
    )


def _answers(memory: AnyMemory, scope: str) -> list[str]:
    return [hit.turn.id for hit in memory.search_turns(scope, unit_vector("read"), k=9)]


@pytest.fixture
def places(tmp_path: Path, postgres: NameMemory) -> tuple[str, str, str]:
    """A folder, a server's memory, and another folder."""
    return str(tmp_path / "folder"), postgres(tmp_path), str(tmp_path / "back")


def _make(place: str, encoder: str = "test") -> AnyMemory:
    return create_memory(place, encoder=encoder, dim=DIM, prompts=PROMPTS)


def test_a_memory_goes_to_a_server_and_comes_back(places: tuple[str, str, str]) -> None:
    folder, server, back = places
    with _make(folder) as memory:
        _fill(memory)
        expected = _state(memory)
    for source, target in ((folder, server), (server, back)):
        report = copy_memory(source, target)
        assert (report.documents, report.passages, report.turns) == (7, 12, 6)
        with open_memory(target) as copy:
            assert _state(copy) == expected
            assert (copy.encoder, copy.prompts) == ("test", PROMPTS)


def test_a_copy_goes_on_where_it_was_interrupted(
    places: tuple[str, str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, server, _ = places
    with _make(folder) as memory:
        _fill(memory)
    monkeypatch.setattr(copying, "_BATCH", 4)
    with monkeypatch.context() as patch:
        patch.setattr(copying, "_must_agree", lambda *_: pytest.fail("it was not interrupted"))
        patch.setattr("spanmem.memory.contents.FolderContents.scopes", _interrupted)
        with pytest.raises(KeyboardInterrupt):
            copy_memory(folder, server)
    with open_memory(folder, write=True) as memory:
        memory.put([make_entry("d1", "Changed."), make_entry("new", "New.")])
        memory.supersede("other", make_turn("late", 9, kind="correction"), unit_vector("Q"))
    report = copy_memory(folder, server)
    assert (report.documents, report.already_there, report.turns) == (2, 6, 7)
    with open_memory(folder, write=True) as memory:
        memory.supersede("bob's", make_turn("b", 9, scope=ODD, kind="correction"), unit_vector("Q"))
        again = copy_memory(folder, server)
        assert (again.documents, again.already_there, again.turns) == (0, 8, 1)
        with open_memory(server) as copy:
            for scope in ("ann", ODD):
                assert copy.turns(scope) == memory.turns(scope)
                assert _answers(copy, scope) == _answers(memory, scope)


def _interrupted(self: object) -> None:
    raise KeyboardInterrupt


def test_what_differs_in_the_end_is_told(
    places: tuple[str, str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, server, _ = places
    with _make(folder) as memory:
        _fill(memory)
    copy_memory(folder, server)
    with open_memory(server) as copy:
        copy.forget(scope="ann", turn="other")
        monkeypatch.setattr(copying, "_copied", lambda *_: None)
        with pytest.raises(StorageError, match="differs in turn"):
            copy_memory(folder, server)
        copy.remove(["d1"])
    with pytest.raises(StorageError, match="differs in document 'd1'"):
        copy_memory(folder, server)


def test_a_copy_that_makes_no_sense_is_refused(places: tuple[str, str, str]) -> None:
    folder, server, other = places
    with pytest.raises(MemoryNotFound):
        copy_memory(folder, server)
    with pytest.raises(MemoryNotFound):
        open_memory(server)  # none was made
    _make(folder).close()
    _make(other, "another").close()
    for target in (folder, f"{folder}/../folder"):
        with pytest.raises(InputError, match="onto itself"):
            copy_memory(folder, target)
    with pytest.raises(EncoderMismatch):
        copy_memory(folder, other)
    with pytest.raises(InputError, match=r"known: postgresql://"):
        copy_memory(folder, "redis://h/0")
