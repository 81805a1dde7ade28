"""What the release that wrote format 1 read, found and answered, and whether a memory still does.

Apart from the tests, and without pytest and the pipeline: processes that tests start import it.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from spanmem.core.records import Prompts, looked_up
from spanmem.indexer.encoders.hashed import HashEncoder
from spanmem.memory.store import Memory

FIXTURES = Path(__file__).parent / "fixtures"
QUESTIONS = (
    "When was the old mill built?",
    "How long is the warranty of the pump P20?",
    "What does the ferry to Hven cost?",
    "How long is the bridge?",
)


def written() -> dict[str, Any]:
    """What the release before read, found and answered."""
    table: dict[str, Any] = json.loads((FIXTURES / "format_1.json").read_text(encoding="utf-8"))
    return table


def as_before(memory: Memory, scope: str) -> list[dict[str, Any]]:
    """The turns of a scope as the release before gave them."""
    tables: list[dict[str, Any]] = []
    for turn in memory.turns(scope):
        table = json.loads(json.dumps(asdict(turn)))
        assert table.pop("sequence") > 0
        for place in table["evidence"]:
            assert place.pop("page") is None
        assert table.pop("wordings") == []
        table["question"] = looked_up(table["question"], table.pop("carried"))
        tables.append(table)
    return tables


def check_whole(memory: Memory) -> None:
    """The same documents, passages, turns and search results as before."""
    expected, encoder = written(), HashEncoder(32)
    vectors = encoder.encode_queries(list(QUESTIONS))
    assert memory.verify() == []
    assert memory.prompts == Prompts()
    assert [asdict(d) for d in memory.documents()] == expected["documents"]
    tables = [asdict(p) for p in memory.passages()]
    assert [table.pop("pages") for table in tables] == [()] * len(tables)
    assert tables == expected["passages"]
    for scope, turns in expected["turns"].items():
        assert as_before(memory, scope) == turns
        for vector, hits in zip(vectors, expected["turn_hits"][scope], strict=True):
            got = memory.search_turns(scope, vector, k=9)
            assert [h.turn.id for h in got] == [name for name, _ in hits]
            similarities = [h.similarity for h in got]
            np.testing.assert_allclose(similarities, [c for _, c in hits], rtol=0, atol=1e-6)
    for question, vector, hits in zip(QUESTIONS, vectors, expected["hits"], strict=True):
        passages = memory.search(question, vector, k=5)
        # The views are made anew, without what the removed passages counted in their scores.
        assert [h.passage.key for h in passages] == [key for key, _ in hits]
