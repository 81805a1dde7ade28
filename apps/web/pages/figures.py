"""How it is going: questions a day, how sure the answers were, and whether that held."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Response

from ..api import feedback as api
from ..rights import Right
from .screen import PageRoute, Screen, on_memory
from .words import LEVELS, counted

__all__ = ["router"]

router = APIRouter(route_class=PageRoute, include_in_schema=False)
_HEIGHT = 116.0
_FLOOR = 120.0
_STEP = 24


@dataclass(frozen=True, slots=True)
class Bar:
    """A part of a day's bar, in the units of the drawing."""

    level: str
    x: float
    y: float
    height: float


@router.get("/m/{memory}/figures")
def figures(screen: Annotated[Screen, Depends(on_memory(Right.READ))]) -> Response:
    """The last month, day by day."""
    stats = api.get_stats(screen.access)
    days = _every_day(stats)
    return screen.page(
        "figures.jinja",
        days=days,
        bars=_bars(days),
        tiles=_tiles(days, stats["open_gaps"]),
        record=_record(days),
        step=_STEP,
    )


def _every_day(stats: dict[str, Any]) -> list[dict[str, Any]]:
    """All days of the time, those too on which nothing was asked."""
    known = {row["day"]: row for row in stats["days"]}
    first, last = date.fromisoformat(stats["from"]), date.fromisoformat(stats["to"])
    days: list[dict[str, Any]] = []
    for number in range((last - first).days + 1):
        day = (first + timedelta(number)).isoformat()
        row = known.get(day, {"asked": 0, "levels": {}, "verdicts": {}, "judged": {}, "kinds": {}})
        right = row["verdicts"].get("right", 0)
        wrong = sum(row["verdicts"].values()) - right
        days.append({**row, "day": day, "right": right, "wrong": wrong})
    return days


def _bars(days: Sequence[dict[str, Any]]) -> list[Bar]:
    """One bar a day, its parts by level, the surest at its foot."""
    most = max((day["asked"] for day in days), default=0) or 1
    bars: list[Bar] = []
    for number, day in enumerate(days):
        y = _FLOOR
        for level in LEVELS:
            height = round(_HEIGHT * day["levels"].get(level, 0) / most, 2)
            if height:
                y = round(y - height, 2)
                bars.append(Bar(level, _STEP * number + 3, y, height))
    return bars


def _tiles(days: Sequence[dict[str, Any]], gaps: int) -> list[tuple[str, str, str]]:
    """The sums that stand above: what, how many, of what."""
    asked = sum(day["asked"] for day in days)
    unknown = sum(day["levels"].get("unknown", 0) for day in days)
    again = sum(day["kinds"].get(kind, 0) for day in days for kind in ("memory", "confirmed"))
    told = sum(day["kinds"].get("correction", 0) for day in days)
    right = sum(day["right"] for day in days)
    judged = right + sum(day["wrong"] for day in days)
    return [
        ("Asked", f"{asked:,}", "questions"),
        ("Answered", f"{asked - unknown:,}", f"of {counted(asked, 'question')}"),
        ("From memory", f"{again:,}", "answered before"),
        ("By corrections", f"{told:,}", "told by people"),
        ("Judged right", f"{right:,}", f"of {judged:,} judged"),
        ("Unanswered", f"{gaps:,}", "on the work list"),
    ]


def _record(days: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Of the answers that were given each sign and judged, how many were right."""
    rows: list[dict[str, Any]] = []
    for level in LEVELS:
        verdicts = [day["judged"].get(level, {}) for day in days]
        judged = sum(sum(each.values()) for each in verdicts)
        if judged:
            right = sum(each.get("right", 0) for each in verdicts)
            rows.append({"level": level, "judged": judged, "right": right})
    return rows
