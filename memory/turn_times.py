"""What a time means among turns, whose order is that of their numbers and not of the clock.

A turn is dated by what the clock showed as it was stored, and clocks are set: ahead by mistake, and
back again. Two rules, for the turns of one scope, make of a time a place in their order:

- Known at a time is all up to the last turn that is dated so or earlier. So a turn is known at its
  own date, whatever is known now is known at the present time, and of a time that the clock showed
  twice the second counts.
- Before a time is what precedes the first turn that is dated so or later, up to a turn that is
  dated earlier. So nothing goes that was told after something that stays. Dates in the future are
  none.

Where all dates ascend, both are what the dates say.
"""

from __future__ import annotations

import sqlite3
from typing import NamedTuple

from ..core.times import now
from .database import Database, storable

__all__ = ["Bound", "last_known", "place_before"]

_LAST_KNOWN = """
SELECT sequence FROM turns WHERE scope = ? AND created_at <= ? ORDER BY sequence DESC LIMIT 1
"""
_FIRST_LATER = """
SELECT min(sequence) FROM turns WHERE scope = ? AND created_at >= ? AND created_at <= ?
"""
_LAST_EARLIER = """
SELECT coalesce(max(sequence), 0) FROM turns WHERE scope = ? AND created_at < ? AND sequence < ?
"""
_OUT_OF_ORDER = """
SELECT coalesce(sum(sequence <= ?3 AND created_at >= ?2), 0),
    coalesce(sum(sequence > ?3 AND created_at < ?2), 0)
FROM turns WHERE scope = ?1
"""
_NO_END = (1 << 63) - 1


def last_known(database: Database, scope: str, then: str) -> int:
    """Number of the last turn that is known at a moment; 0: none is."""
    rows = database.all(_LAST_KNOWN, (storable(scope), then))
    return int(rows[0][0]) if rows else 0


class Bound(NamedTuple):
    """Where a time lies in the order of a scope's turns."""

    last: int
    """Number of the last turn before it; 0: there is none."""
    later_dates: int
    """Turns up to there that are dated later."""
    earlier_dates: int
    """Turns behind that are dated earlier."""

    def notices(self, scope: str, before: str) -> list[str]:
        """What a person should know where the dates do not ascend."""
        came = f"of scope {scope!r} and {before[:19]}, by the order in which they were told"
        notices: list[str] = []
        if self.later_dates:
            notices.append(f"{self.later_dates} turns with later dates count as before it: {came}")
        if self.earlier_dates:
            notices.append(
                f"{self.earlier_dates} turns with earlier dates stay, as they came after one that "
                f"stays: {came}; forget them by their ids"
            )
        return notices


def place_before(cursor: sqlite3.Cursor, scope: str, before: str) -> Bound:
    """Where a moment lies: what comes before it is what `--before` means."""
    name = storable(scope)
    (first,) = cursor.execute(_FIRST_LATER, (name, before, now())).fetchone()
    end = _NO_END if first is None else first
    (last,) = cursor.execute(_LAST_EARLIER, (name, before, end)).fetchone()
    return Bound(last, *cursor.execute(_OUT_OF_ORDER, (name, before, last)).fetchone())
