"""The rooms of the house, as the tests see them: each is a folder with an `__init__.py`."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ROOMS = sorted(p.parent.name for p in ROOT.glob("*/__init__.py") if p.parent.name != "spanmem")


def modules_of(rooms: Iterable[str]) -> list[Path]:
    """The modules of some rooms, relative to the repository."""
    return sorted(path.relative_to(ROOT) for room in rooms for path in (ROOT / room).rglob("*.py"))
