"""The conversation before a question: what follow-ups lean on. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

from ..core.arguments import refused
from ..core.records import Turn, looked_up

__all__ = ["LATEST", "Exchange", "History", "exchanges", "exchanges_of"]

LATEST = 10
"""Latest turns in which a follow-up may find what it leaves out."""


_PAIRS = "(question, answer) pairs of texts, oldest first, an answer of None where none was known"


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


History: TypeAlias = Iterable[Exchange | tuple[str, str | None]]
"""Earlier exchanges, oldest first; gone through once."""


def exchanges(history: History) -> list[Exchange]:
    """The history with each plain (question, answer) pair made an `Exchange`.

    Raises ArgumentError for what is no pair of texts, of which the answer may be None.
    """
    if isinstance(history, str | bytes | Mapping) or not isinstance(history, Iterable):
        raise refused("history", history, _PAIRS)
    return [_exchange(f"history[{i}]", exchange) for i, exchange in enumerate(history)]


def _exchange(name: str, pair: Any) -> Exchange:
    if not isinstance(pair, list | tuple) or len(pair) not in (2, 3):
        raise refused(name, pair, _PAIRS)
    given: tuple[Any, ...] = (*pair, ())
    question, answer, carried = given[:3]
    texts = [question, *([] if answer is None else [answer]), *carried]
    if isinstance(carried, str) or not all(isinstance(text, str) for text in texts):
        raise refused(name, pair, _PAIRS)
    return Exchange(question, answer, tuple(carried))


def exchanges_of(turns: Sequence[Turn]) -> list[Exchange]:
    """What was said in remembered turns; to confirm, or to take something back, says nothing."""
    return [
        Exchange(turn.question, turn.answer, turn.carried)
        for turn in turns
        if turn.kind not in ("confirmed", "withdrawal")
    ]
