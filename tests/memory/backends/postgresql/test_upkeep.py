"""A memory on a server is looked after: what is forgotten is gone, what is wrong is told."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import psycopg
import pytest

from spanmem.core.errors import InputError, StorageError
from spanmem.memory.backends.postgresql import upkeep
from spanmem.memory.backends.postgresql.store import ServerMemory
from spanmem.memory.contract import make_entry, unit_vector
from spanmem.memory.turn_contract import make_turn

from .conftest import Run

CANARY = "zyxcanary"


@pytest.fixture
def files(run: Run) -> Path:
    """The folder of all that the server keeps. Skips where it is another machine's, or not ours."""
    folder = Path(run("SHOW data_directory")[0][0])
    if not folder.is_dir() or run("SHOW wal_recycle")[0][0] == "on":
        pytest.skip("the server's files are not to be seen")
    return folder


def _holds(folder: Path, word: str) -> list[str]:
    found: list[str] = []
    for path in folder.rglob("*"):
        try:
            data = path.read_bytes() if path.is_file() else b""
        except FileNotFoundError:  # the server has dropped it
            continue
        found += [path.name] if word.encode() in data else []
    return found


def test_no_file_of_the_server_holds_what_was_forgotten(
    memory: ServerMemory, run: Run, files: Path
) -> None:
    of_document, of_turn = CANARY + "document", CANARY + "turn"
    metadata = {of_document: of_document}
    memory.put([make_entry("a", f"The {of_document} mill.", title=of_document, metadata=metadata)])
    memory.put([make_entry("b", "Stays."), make_entry("d", f"On the {of_document} too.")])
    memory.publish()
    memory.add_turn(make_turn("t", 1, answer=f"Yes, {of_turn}."), unit_vector("Q"))
    run("ANALYZE")
    run("CHECKPOINT")
    assert _holds(files, of_document)
    assert _holds(files, of_turn)
    assert memory.forget(documents=["a", "d"]) == (2, 1)
    assert memory.forget(scope="ann") == (0, 0)
    assert _holds(files, CANARY) == []
    assert [info.id for info in memory.documents()] == ["b"]
    assert memory.verify() == []
    memory.add_turn(make_turn("u", 1, answer=f"Yes, {of_turn}."), unit_vector("Q"))
    assert memory.forget(scope="ann", turn="u") == (0, 1)
    assert (_holds(files, CANARY), memory.notices) == ([], ())


def test_bytes_that_another_transaction_holds_are_told_of(
    memory: ServerMemory, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upkeep, "PATIENCE", 0.1)
    memory.put([make_entry("a", "The mill.")])
    with psycopg.connect(postgres_url) as other:
        other.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        other.execute("SELECT count(*) FROM pg_class")
        with pytest.raises(StorageError, match="other transactions") as caught:
            memory.forget(documents=["a"])
    assert "memory compact" in str(caught.value)
    assert memory.counts() == (0, 0)


def test_nothing_is_forgotten_where_a_name_is_wrong(memory: ServerMemory) -> None:
    memory.put([make_entry("a", "The mill.")])
    requests: list[dict[str, Any]] = [
        {"documents": ["a", "b"]},
        {"documents": ["a"], "before": "2026-01-01"},
    ]
    for request in requests:
        with pytest.raises(InputError):
            memory.forget(**request)
    assert memory.counts() == (1, 1)


@pytest.mark.parametrize(
    ("damage", "what"),
    [
        ("UPDATE passages SET text = 'Other.' WHERE place = 0", "not what their key says"),
        ("DELETE FROM passages WHERE place = 0", "not as many as their documents say"),
        ("UPDATE passages SET vector = vector * vector", "not of length 1"),
        ("UPDATE turns SET vector = NULL", "turns lack their vector"),
        ("UPDATE turns SET supersedes = 'gone'", "supersede one that is not there"),
        ("UPDATE turns SET evidence = '[{}]'", "turns cannot be read"),
        ("INSERT INTO totals VALUES (1, 0, 0, 0, 0)", "totals do not agree"),
        ("INSERT INTO term_changes VALUES ('tmill', 1)", "in as many passages as is noted"),
        ("DELETE FROM documents", "totals do not agree"),
    ],
)
def test_damage_is_told(memory: ServerMemory, run: Run, damage: str, what: str) -> None:
    memory.put([make_entry("a", "One mill.", "Two mills.")])
    memory.add_turn(make_turn("t", 1), unit_vector("Q"))
    assert memory.verify() == []
    run(damage)
    assert any(what in line for line in memory.verify()), memory.verify()


def test_totals_and_terms_add_up_whoever_writes_and_folds(
    memory: ServerMemory, address: str, run: Run
) -> None:
    def write(name: str) -> None:
        with ServerMemory.open(address) as own:
            for at in range(4):
                own.put([make_entry(f"{name}{at % 2}", f"The {name} mill {at}.", title="Mills")])
                own.put([make_entry("shared", f"By {name}.", *["More."] * at)])
                own.publish()
            own.remove([f"{name}0", "nobody"])

    threads = [threading.Thread(target=write, args=(name,)) for name in "abc"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert memory.counts()[0] == 4
    assert memory.verify() == []
    memory.publish()
    assert run("SELECT count(*) FROM term_changes") == [(0,)]
    assert run("SELECT count(*) FROM totals") == [(1,)]
    assert memory.verify() == []


def test_stats_say_what_is_there(memory: ServerMemory) -> None:
    memory.put([make_entry("a", "One.", "Two.")])
    memory.add_turn(make_turn("t", 1), unit_vector("Q"))
    stats: dict[str, Any] = memory.stats()
    counts = {name: stats[name] for name in ("documents", "passages", "turns", "scopes")}
    assert counts == {"documents": 1, "passages": 2, "turns": 1, "scopes": 1}
    assert stats["bytes"] > 100_000
    assert stats["index"]["kind"] == "flat"
