"""A conversation under one scope, and the turns that it leaves."""

from __future__ import annotations

import uuid
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from ..memory.errors import InputError
from ..memory.records import Evidence, Turn, TurnKind
from .answers import Answer, History
from .questions import clean_question

if TYPE_CHECKING:
    from .qa import QA

__all__ = ["Session", "answered"]

_HISTORY = 10
"""Latest turns in which a follow-up may find what it leaves out."""


class Session:
    """A conversation under one scope: follow-ups are understood, corrections stick.

    Under the scope "" the turns live as long as the session, and corrections are seen by all.
    """

    def __init__(self, qa: QA, scope: str) -> None:
        self.qa, self.scope = qa, scope
        self._passing: list[tuple[str, str | None]] = []

    def ask(self, question: str) -> Answer:
        """Answer in the light of the turns before. Raises InputError."""
        answer = self.qa.ask(question, scope=self.scope, history=self._history())
        if not self.scope:
            self._passing = [*self._passing, (answer.looked_up, answer.text)][-_HISTORY:]
        return answer

    def correct(self, answer: Answer | str, text: str, *, author: str = "") -> Turn:
        """Remember `text` as the right answer to a question, given as such or by its answer.

        What was answered or told to that question before is superseded, not deleted. Raises
        InputError where `text` is empty.
        """
        if not text.strip():
            raise InputError("the correction is empty; give the right answer")
        question = answer.looked_up if isinstance(answer, Answer) else clean_question(answer)
        vector = self.qa.encoder.encode([question])[0]
        live = [
            old
            for old in self.qa.memory.turns(self.scope)
            if old.superseded_by is None and old.question.casefold() == question.casefold()
        ]
        if not live and isinstance(answer, Answer):
            # Asked under no scope, it left no trace; what is corrected has to be seen beside it.
            live = [answered(answer, self.scope, self.qa.reader.name)]
            self.qa.memory.add_turn(live[0], vector)
        turn = new_turn(self.scope, question, text.strip(), "correction", author=author)
        if live:
            last = max(live, key=_weight)
            self.qa.memory.supersede(last.id, turn, vector)
        else:
            self.qa.memory.add_turn(turn, vector)
        return turn

    def add(self, question: str, answer: str) -> Turn:
        """Remember a turn from elsewhere, such as an imported conversation. Raises InputError."""
        if not answer.strip():
            raise InputError("the answer is empty; a turn needs one to be remembered")
        asked = clean_question(question)
        turn = new_turn(self.scope, asked, answer.strip(), "imported")
        self.qa.memory.add_turn(turn, self.qa.encoder.encode([asked])[0])
        return turn

    def turns(self) -> list[Turn]:
        """All remembered turns of the scope, oldest first, superseded ones included."""
        return self.qa.memory.turns(self.scope)

    def _history(self) -> History:
        if not self.scope:
            return self._passing
        return [(t.question, t.answer) for t in self.qa.memory.turns(self.scope, last=_HISTORY)]


def _weight(turn: Turn) -> tuple[bool, bool, str]:
    """Which of several turns a correction takes the place of: the one that would answer."""
    return turn.kind == "correction", bool(turn.evidence), turn.created_at


def answered(answer: Answer, scope: str, model: str) -> Turn:
    """The turn that an answer is remembered by.

    Its evidence is where the best candidate stands, given or held back. An answer that came from
    memory has none: so it can never be the ground of another.
    """
    best = answer.answers[0] if answer.answers else None
    fresh = best is not None and best.kind == "passage"
    return new_turn(
        scope,
        answer.looked_up,
        answer.text,
        "answer",
        confidence=answer.confidence,
        evidence=(best.evidence,) if best and fresh else (),
        model=model,
    )


def new_turn(
    scope: str,
    question: str,
    answer: str | None,
    kind: TurnKind,
    *,
    confidence: float = 1.0,
    evidence: tuple[Evidence, ...] = (),
    author: str = "",
    model: str = "",
) -> Turn:
    return Turn(
        id=uuid.uuid4().hex,
        scope=scope,
        question=question,
        answer=answer,
        kind=kind,
        confidence=confidence,
        created_at=datetime.now(timezone.utc).isoformat(timespec="microseconds"),
        evidence=evidence,
        author=author,
        model=model,
    )
