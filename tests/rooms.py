"""The rooms of the house, as the tests see them: each is a folder with an `__init__.py`."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ROOMS = sorted(p.parent.name for p in ROOT.glob("*/__init__.py") if p.parent.name != "spanmem")


ADAPTERS = ROOT / "apps" / "adapters"
"""Distributions of their own, which use the package as others do, by its public names."""


def modules_of(rooms: Iterable[str]) -> list[Path]:
    """The modules of some rooms, relative to the repository."""
    paths = [path for room in rooms for path in (ROOT / room).rglob("*.py")]
    return sorted(path.relative_to(ROOT) for path in paths if ADAPTERS not in path.parents)
