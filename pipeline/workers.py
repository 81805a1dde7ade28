"""How many encode, or where: what `spanmem index --workers` may be."""

from __future__ import annotations

import re
from typing import Any, TypeAlias

from ..core.arguments import brief, plain, refused
from ..core.errors import InputError

__all__ = ["MOST_WORKERS", "Workers", "workers_of"]

Workers: TypeAlias = int | str
"""Processes of this machine, or a Ray cluster: `ray://HOST:PORT`, or `ray` for that of this one."""
MOST_WORKERS = 64
_CLUSTER = re.compile(r"ray(?:://(?:[\w.-]+|\[[0-9A-Fa-f:.]+\]):[0-9]{1,5})?")


def workers_of(name: str, value: Any) -> Workers:
    """The value, checked. Raises InputError."""
    given = plain(value)
    wanted = f"1 to {MOST_WORKERS} processes, ray, or ray://HOST:PORT"
    if isinstance(given, bool) or not isinstance(given, int | str):
        raise refused(name, value, wanted)
    fits = _CLUSTER.fullmatch(given) if isinstance(given, str) else 1 <= given <= MOST_WORKERS
    if not fits:
        raise InputError(f"{name} is {brief(given)}; give {wanted}")
    return given
