"""A conversation under one scope, and the turns that it leaves."""

from __future__ import annotations

from typing import Protocol

from ..core.arguments import refused, takes, text
from ..core.records import Evidence, Turn
from .answers import Answer
from .history import LATEST, Exchange, History

__all__ = ["Pipeline", "Session"]


class Pipeline(Protocol):
    """What a session asks of a `QA`."""

    def ask(self, question: str, *, scope: str = "", history: History | None = None) -> Answer: ...
    def correct(
        self,
        answer: Answer | str,
        text: str,
        *,
        scope: str = "",
        author: str = "",
        evidence: Evidence | None = None,
    ) -> Turn: ...
    def confirm(self, answer: Answer, *, scope: str = "", author: str = "") -> Turn: ...
    def withdraw(
        self, correction: Turn | str | None = None, *, scope: str = "", author: str = ""
    ) -> Turn: ...
    def add_turn(self, question: str, answer: str, *, scope: str = "") -> Turn: ...
    def turns(self, scope: str, *, last: int | None = None) -> list[Turn]: ...


class Session:
    """A conversation under one scope: follow-ups are understood, corrections stick.

    Under the scope "" the turns live as long as the session, and corrections are seen by all.
    """

    @takes(scope=text)
    def __init__(self, qa: Pipeline, scope: str) -> None:
        """Raises ArgumentError for what is no pipeline or no text."""
        if isinstance(qa, type) or not hasattr(qa, "ask"):
            raise refused("qa", qa, "a QA")
        self.qa, self.scope = qa, scope
        self._unscoped: list[Exchange] = []

    def ask(self, question: str) -> Answer:
        """Answer in the light of the turns before. Raises InputError."""
        if self.scope:
            return self.qa.ask(question, scope=self.scope)
        answer = self.qa.ask(question, history=self._unscoped)
        exchange = Exchange(answer.question, answer.text, answer.carried)
        self._unscoped = [*self._unscoped, exchange][-LATEST:]
        return answer

    def correct(
        self,
        answer: Answer | str,
        text: str,
        *,
        author: str = "",
        evidence: Evidence | None = None,
    ) -> Turn:
        """Remember `text` as the right answer to a question, given as such or by its answer.

        What was answered or told to that question before is superseded, not deleted. With
        `evidence`, a place in a document, it counts as long as that stands. Raises InputError where
        `text` is empty.
        """
        return self.qa.correct(answer, text, scope=self.scope, author=author, evidence=evidence)

    def confirm(self, answer: Answer, *, author: str = "") -> Turn:
        """Remember that an answer is right at its place, as long as its source stands.

        Raises InputError: see `QA.confirm`.
        """
        return self.qa.confirm(answer, scope=self.scope, author=author)

    def withdraw(self, correction: Turn | str | None = None, *, author: str = "") -> Turn:
        """Take a correction or confirmation back, given by its turn or that one's id.

        None: the scope's latest correction. What it took the place of counts again: the correction
        before it, or what is read in the documents. Both stay in the history. Raises InputError
        where there is no such turn.
        """
        return self.qa.withdraw(correction, scope=self.scope, author=author)

    def add(self, question: str, answer: str) -> Turn:
        """Remember a turn from elsewhere, such as an imported conversation. Raises InputError."""
        return self.qa.add_turn(question, answer, scope=self.scope)

    def turns(self) -> list[Turn]:
        """All remembered turns of the scope, oldest first, superseded ones included."""
        return self.qa.turns(self.scope)
