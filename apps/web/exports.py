"""What the service knows, row by row, for other tools."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ...core.records import Turn
from ...memory.protocol import Conversations
from .shown import turn_json

if TYPE_CHECKING:
    from ...pipeline.qa import QA
    from .access import Access

__all__ = ["export_rows"]

_PAGE = 200


def export_rows(access: Access, qa: QA, what: str) -> Iterator[dict[str, Any]]:
    """The rows of an export: `turns`, `feedback`, `gaps` or `squad2`."""
    makers = {"turns": _turns, "feedback": _feedback, "gaps": _gaps, "squad2": _squad2}
    return makers[what](access, qa)


def _turns(access: Access, qa: QA) -> Iterator[dict[str, Any]]:
    return (turn_json(turn, access) for turn in _all_turns(access, qa))


def _all_turns(access: Access, qa: QA) -> Iterator[Turn]:
    """The turns that a key may see, scope by scope, newest first."""
    for scope in _scopes(access, qa):
        before = None
        while turns := qa.memory.turns(scope, last=_PAGE, before=before):
            yield from reversed(turns)
            before = turns[0].sequence


def _scopes(access: Access, qa: QA) -> Iterator[str]:
    """The shared scope, and those of the key."""
    yield ""
    after = ""
    while isinstance(qa.memory, Conversations):
        infos = qa.memory.scopes(prefix=access.key.prefix, after=after, limit=_PAGE)
        yield from (info.scope for info in infos)
        if len(infos) < _PAGE:
            return
        after = infos[-1].scope


def _feedback(access: Access, _qa: QA) -> Iterator[dict[str, Any]]:
    for row, verdict in access.service.log.judged(access.memory, prefix=access.key.prefix):
        answer = row.answer if row.stored else None
        best = answer.answers[0].to_json() if answer is not None and answer.answers else None
        yield {
            "id": row.id,
            "at": row.at,
            "question": row.question,
            "looked_up": row.looked_up,
            "answer": None if answer is None else answer.text,
            "level": row.level,
            "source": None if best is None else best["source"],
            **verdict,
        }


def _gaps(access: Access, _qa: QA) -> Iterator[dict[str, Any]]:
    after: tuple[str, str] | None = None
    while gaps := access.service.gaps.listed(
        access.memory, prefix=access.key.prefix, state=None, after=after, limit=_PAGE
    ):
        yield from (gap.to_json() for gap in gaps)
        after = gaps[-1].last_at, gaps[-1].id


def _squad2(access: Access, qa: QA) -> Iterator[dict[str, Any]]:
    """Rows of https://rajpurkar.github.io/SQuAD-explorer/, with the passage as the context."""
    for turn in _all_turns(access, qa):
        place = turn.evidence[0] if turn.evidence else None
        told = turn.kind in ("correction", "confirmed") and turn.superseded_by is None
        if not told or place is None or place.offset_in_passage is None:
            continue
        yield {
            "id": turn.id,
            "title": place.title,
            "context": place.passage_text,
            "question": turn.question,
            "answers": {"text": [place.text], "answer_start": [place.offset_in_passage]},
        }
    for gap in _gaps(access, qa):
        rows = access.service.log.of_gap(gap["id"], prefix=access.key.prefix, limit=1)
        best = rows[0].answer.answers[:1] if rows and rows[0].stored else ()
        if gap["state"] != "ignored" or not best:
            continue  # whether the documents answer it is not settled yet
        yield {
            "id": gap["id"],
            "title": best[0].evidence.title,
            "context": best[0].evidence.passage_text,
            "question": gap["question"],
            "answers": {"text": [], "answer_start": []},
        }
