"""The conversation before a question: what follow-ups lean on. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, TypeAlias

from ..core.records import looked_up

__all__ = ["Exchange", "History", "exchanges"]


class Exchange(NamedTuple):
    """An earlier question with its answer; a plain pair of both stands for one."""

    question: str
    """As it was asked."""
    answer: str | None
    """None where nothing was known."""
    carried: tuple[str, ...] = ()
    """What was carried to the question from the exchanges before it, if it was a follow-up."""

    @property
    def looked_up(self) -> str:
        """The question as it was searched: followed in parentheses by what was carried to it."""
        return looked_up(self.question, self.carried)


History: TypeAlias = Sequence[Exchange | tuple[str, str | None]]
"""Earlier exchanges, oldest first."""


def exchanges(history: History) -> list[Exchange]:
    """The history with each plain (question, answer) pair made an `Exchange`."""
    return [
        exchange if isinstance(exchange, Exchange) else Exchange(*exchange) for exchange in history
    ]
