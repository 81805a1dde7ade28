"""Whether an answer is that of another thing than a question names, by all rules. Pure.

Each rule looks at one way in which what a sentence says is mistaken for what was asked: another
name, version or date, the opposite, another person, the way back, a neighbor's value in a list,
who is at the other end, another quantity, a namesake, a sentence of the same form or about another
thing, another speaker.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Protocol, TypeAlias

from ...core.records import Passage
from .agents import Agents
from .bare import Bare
from .converse import Converse
from .directions import Directions
from .doers import Doers
from .fields import Fields
from .listed import Questioned
from .naming import Naming
from .negated import Negated
from .opposites import Opposites
from .periods import Periods
from .polarity import Polarity
from .senders import Senders
from .speakers import Speakers
from .subjects import Subjects
from .tenses import Tenses
from .terms import Terms
from .titles import Titles
from .topics import Topics
from .twins import Twins
from .units import Units

__all__ = ["AnotherThing", "Judge"]

Judge: TypeAlias = Callable[[int, int], bool]
"""Whether the answer at these places of a passage's text is of another thing."""


class _Places(Protocol):
    def another(self, start: int, end: int) -> bool: ...


class _Rule(Protocol):
    def in_passage(self, passage: Passage) -> _Places: ...


class AnotherThing:
    """What one question names, in all respects in which an answer may be that of another thing."""

    def __init__(self, question: str) -> None:
        rules: Sequence[_Rule] = (
            Bare(question),
            Fields(question),
            Naming(question),
            Opposites(question),
            Subjects(question),
            Directions(question),
            Questioned(question),
            Converse(question),
            Agents(question),
            Units(question),
            Polarity(question),
            Periods(question),
            Tenses(question),
            Terms(question),
            Doers(question),
            Titles(question),
            Twins(question),
            Topics(question),
            Negated(question),
            Speakers(question),
            Senders(question),
        )
        self._rules = [rule for rule in rules if rule]

    def judge(self, passage: Passage) -> Judge:
        """The judge of all answers in a passage; what it looks at is prepared once."""
        return _Judges(self._rules, passage).another


class _Judges:
    """The rules of one question in one passage, each prepared as soon as an answer needs it."""

    def __init__(self, rules: Iterable[_Rule], passage: Passage) -> None:
        self._ready: list[Judge] = []
        self._left = (rule.in_passage(passage).another for rule in rules)

    def another(self, start: int, end: int) -> bool:
        """Whether any rule takes the answer at `start:end` for that of another thing."""
        return any(judge(start, end) for judge in self._ready) or any(
            judge(start, end) for judge in self._prepared()
        )

    def _prepared(self) -> Iterator[Judge]:
        for judge in self._left:
            self._ready.append(judge)
            yield judge
