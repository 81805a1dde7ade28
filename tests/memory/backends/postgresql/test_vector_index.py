"""The vector index is of the kind that is wanted, and searched until it finds enough."""

from __future__ import annotations

import pytest

from spanmem.core.errors import InputError
from spanmem.memory.backends.postgresql import vector_index
from spanmem.memory.backends.postgresql.store import ServerMemory
from spanmem.memory.backends.postgresql.vector_index import resolve
from spanmem.memory.contract import make_entry, unit_vector

from .conftest import Run


def test_the_size_says_which_kind_is_made() -> None:
    assert resolve("hnsw", 999, 384) == "flat"
    assert [resolve("auto", n, 384) for n in (20_000, 20_001, 20_000_001)] == [
        "flat",
        "hnsw",
        "bits",
    ]
    assert (resolve("hnsw", 5_000, 4_001), resolve("flat", 10**8, 8)) == ("bits", "flat")


def test_each_kind_is_made_measured_and_used(
    memory: ServerMemory, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vector_index, "_SMALL", 10)
    memory.put([make_entry(f"d{i}", f"Text {i}.") for i in range(200)])
    expected = memory.search("x", unit_vector("x"), k=5, mode="dense")
    for kind, method in (("hnsw", "halfvec_ip_ops"), ("bits", "bit_hamming_ops"), ("flat", "")):
        memory.compact(kind)
        index = memory.stats()["index"]
        assert (index["wanted"], index["kind"]) == (kind, kind)
        made = run(
            "SELECT indexdef FROM pg_indexes "
            "WHERE schemaname = current_schema AND indexname = 'passages_vector'"
        )
        assert [method in definition for (definition,) in made] == ([True] if method else [])
        # Eight dimensions are too few for codes of one bit each; more effort finds all the same.
        assert index["recall_at_10"] >= 0.95
        hits = memory.search("x", unit_vector("x"), k=5, mode="dense")
        assert [h.passage.key for h in hits] == [h.passage.key for h in expected]
    memory.compact()
    assert memory.stats()["index"]["wanted"] == "flat"


def test_what_an_interrupted_run_left_is_in_nobodys_way(
    memory: ServerMemory, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vector_index, "_SMALL", 1)
    memory.put([make_entry(f"d{i}", f"Text {i}.") for i in range(20)])
    run("CREATE INDEX passages_vector_new ON passages (place)")
    memory.compact("hnsw")
    memory.put([make_entry("new", "A new one.")])
    (hit,) = memory.search("x", unit_vector("A new one."), k=1, mode="dense")
    assert hit.passage.document == "new"


def test_an_unknown_kind_is_refused(memory: ServerMemory) -> None:
    with pytest.raises(InputError, match="known are auto, flat, hnsw, bits"):
        memory.compact("ivfpq")
