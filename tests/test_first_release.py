"""Programs that were written for release 0.1.0 import what they need."""

from __future__ import annotations

import importlib

import pytest


@pytest.mark.parametrize(
    ("then", "now"),
    [
        ("memory.errors", "core.errors"),
        ("indexer.encoder", "indexer.encoders.encoder"),
        ("indexer.encoder", "indexer.encoders.hashed"),
        ("indexer.encoder", "indexer.encoders.sentence"),
    ],
)
def test_its_names_are_those_of_today(then: str, now: str) -> None:
    old, new = importlib.import_module(f"spanmem.{then}"), importlib.import_module(f"spanmem.{now}")
    shared = [name for name in old.__all__ if hasattr(new, name)]
    assert shared
    assert all(getattr(old, name) is getattr(new, name) for name in shared)
