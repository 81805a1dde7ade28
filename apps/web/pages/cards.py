"""The answers of a conversation as the screen shows them, newest first."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import Any

from ....core.records import Turn
from ....pipeline.answers import Candidate
from ....pipeline.qa import QA
from ..access import Access
from ..asked import Asked, AskedRow
from ..rights import Right
from ..shown import addresses, asked_json, documents_of, readable

__all__ = ["SHOWN", "Recent", "conversation_cards"]

SHOWN = 20
"""Answers of a conversation that the screen holds."""
_KEPT = 500


class Recent:
    """The answers given last with all their candidates, of which the log keeps the best alone.

    Safe from several threads.
    """

    def __init__(self) -> None:
        self._answers: OrderedDict[str, Asked] = OrderedDict()
        self._lock = threading.Lock()

    def add(self, asked: Asked) -> None:
        """Keep an answer; of more than `_KEPT` the oldest goes."""
        with self._lock:
            self._answers[asked.id] = asked
            while len(self._answers) > _KEPT:
                self._answers.popitem(last=False)

    def whole(self, row: AskedRow) -> Asked | None:
        """An answer as it was given, as far as it is known; None: its texts are not kept."""
        with self._lock:
            asked = self._answers.get(row.id)
        if asked is None and row.stored:
            asked = Asked(row.id, row.memory, row.scope, row.level, row.answer)
        return asked


def conversation_cards(access: Access, recent: Recent, conversation: str) -> list[dict[str, Any]]:
    """The latest answers under a scope, those that the key may see."""
    if not conversation:
        return []
    rows = access.service.log.of_scope(access.memory, access.scope(conversation), limit=SHOWN)
    with access.service.memories.using(access.memory) as qa:
        return [
            card
            for row in rows
            if row.key == access.key.id or (access.may(Right.READ) and not access.key.where)
            if (card := _card(access, recent, qa, row)) is not None
        ]


def _card(access: Access, recent: Recent, qa: QA, row: AskedRow) -> dict[str, Any] | None:
    asked = recent.whole(row)
    may_be_seen = readable(qa, access.key.where)
    if asked is None or not all(map(may_be_seen, documents_of(asked.answer))):
        return None
    if not asked.urls:
        asked = Asked(
            *(asked.id, asked.memory, asked.scope, asked.level, asked.answer),
            addresses(qa, documents_of(asked.answer)),
        )
    table = asked_json(asked, access)
    for candidate, shown in zip(asked.answer.answers, table["answers"], strict=True):
        told = _turn_of(qa, asked, candidate)
        shown["author"] = "" if told is None else told.author
        shown["told_at"] = "" if told is None else told.created_at
        passage = candidate.evidence.passage
        shown["gone"] = bool(passage) and qa.memory.passage(passage) is None
    # What was removed since is not shown again, but for the answer itself.
    table["answers"] = table["answers"][:1] + [a for a in table["answers"][1:] if not a["gone"]]
    feedback = access.service.feedback.of(row.id)
    mine = [each["verdict"] for each in feedback if each["author"] == access.key.id]
    return {**table, "at": row.at, "verdict": mine[0] if mine else None}


def _turn_of(qa: QA, asked: Asked, candidate: Candidate) -> Turn | None:
    """The turn that told a candidate: of the conversation, or of everyone's."""
    if candidate.turn is None:
        return None
    return qa.memory.turn(asked.scope, candidate.turn) or qa.memory.turn("", candidate.turn)
