"""Whether an answer is who got a mail, where it is asked who sent it, or the other way round. Pure.

A reader takes the names of a mail's head for each other. The head's lines are those that
`indexer/documents/mail.py` writes.
"""

from __future__ import annotations

from dataclasses import dataclass

from ...core.expressions import expression
from ...core.records import Passage

__all__ = ["Heads", "Senders"]

_ASKS_RECEIVER = expression(
    r"\b(?:to whom|recipients?|receivers?|addressees?|whom? (?:has |have )?(?:received|got|gets?)"
    r"|(?<!from )whom? (?:did|does|was|were|has|is)\b(?!.*\bfrom\b).*\b(?:to|write|addressed))\b"
)
_ASKS_SENDER = expression(
    r"\b(?:who (?:has |have |had )?(?:sent|sends?|wrote|writes|written|e-?mailed|mailed|forwarded)"
    r"|senders?|from whom|(?:author|writer) of|(?:sent|written) by (?:who|whom)"
    r"|by whom|whose (?:e-?)?mail|who (?:is|was)\b.*\bfrom)\b"
)
_RECEIVERS = ("To: ", "Cc: ")
_SENDER = "Sent by: "


class Senders:
    """Who of a mail is asked for: the one that sent it, or those that got it."""

    def __init__(self, question: str) -> None:
        question = question.lower()
        self._wrong: tuple[str, ...] = ()
        if _ASKS_RECEIVER.search(question):
            self._wrong = (_SENDER,)
        elif _ASKS_SENDER.search(question):
            self._wrong = _RECEIVERS

    def __bool__(self) -> bool:
        return bool(self._wrong)

    def in_passage(self, passage: Passage) -> Heads:
        """The heads of mails in a passage."""
        return Heads(passage.text if _SENDER in passage.text else "", self._wrong)


@dataclass(frozen=True, slots=True)
class Heads:
    """The heads of mails in one passage, looked at from the places of answers in it."""

    text: str
    """"" for a passage without any."""
    wrong: tuple[str, ...]

    def another(self, start: int, end: int) -> bool:
        """Whether the answer at `start:end` stands in a line of the head that tells another."""
        line = self.text.rfind("\n", 0, start) + 1
        return self.text.startswith(self.wrong, line)
