"""The conversation before a question: what follow-ups lean on. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, TypeAlias

from ..core.records import Turn, looked_up

__all__ = ["LATEST", "Exchange", "History", "exchanges", "exchanges_of"]

LATEST = 10
"""Latest turns in which a follow-up may find what it leaves out."""


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


def exchanges_of(turns: Sequence[Turn]) -> list[Exchange]:
    """What was said in remembered turns; taking a correction back says nothing."""
    return [
        Exchange(turn.question, turn.answer, turn.carried)
        for turn in turns
        if turn.kind != "withdrawal"
    ]
