"""Numbers in a sentence, and what stands in a row there. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Protocol, TypeVar

__all__ = ["NUMBER", "rows_of"]

NUMBER = r"\d{1,3}(?:,\d{3}){1,4}(?:\.\d{1,9})?|\d{1,12}(?:\.\d{1,9})?"
"""A number as it is written in a text: 12, 4.5, 1,200,000."""


class _Placed(Protocol):
    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...


_Item = TypeVar("_Item", bound=_Placed)


def rows_of(sentence: str, items: Sequence[_Item], link: re.Pattern[str]) -> list[list[_Item]]:
    """The items, two and more, that stand one behind the other with but a link between them."""
    rows: list[list[_Item]] = []
    for item in items:
        if rows and link.fullmatch(sentence, rows[-1][-1].end, item.start):
            rows[-1].append(item)
        else:
            rows.append([item])
    return [row for row in rows if len(row) > 1]
