"""What people tell: corrections and confirmations, with their chains."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal, TypeVar

from fastapi import APIRouter, Depends, Query
from pydantic import Field

from ....core.errors import InputError
from ....core.records import Evidence, Turn
from ....pipeline.qa import QA
from ..access import Access, allow
from ..asked import AskedRow
from ..errors import NotFound
from ..models import Body, Cursor, Limit, page, read_cursor
from ..rights import Right
from ..shown import addresses, readable, readable_turns, turn_json, turn_state
from .lists import ListRoute

__all__ = [
    "Correction",
    "Place",
    "correct",
    "in_memory",
    "must_be_readable",
    "must_be_told_in",
    "must_name_a_question",
    "number_of",
    "router",
    "visible",
]

router = APIRouter(route_class=ListRoute, prefix="/v1/memories/{memory}", tags=["corrections"])
Reader = Annotated[Access, Depends(allow(Right.READ, conditions=True))]
Corrector = Annotated[Access, Depends(allow(Right.CORRECT, conditions=True))]
Editor = Annotated[Access, Depends(allow(Right.EDIT))]
Scope = Annotated[str, Query(max_length=200, description="Its scope; none: the shared one.")]
T = TypeVar("T")
_CHAIN = 100
"""Turns of a chain that are shown, at most."""
_SEEN = 2000
"""Turns that are looked through for one part of a list."""


class Place(Body):
    """Characters of a document's text, whose own words the correction is."""

    document: Annotated[str, Field(max_length=2000)]
    start: Annotated[int, Field(ge=0)]
    end: Annotated[int, Field(ge=1)]


class Correction(Body):
    """The right answer to a question."""

    asked: Annotated[str, Field(max_length=64)] | None = None
    """Id of the question that was answered; or:"""
    question: Annotated[str, Field(max_length=3000)] | None = None
    """The question itself."""
    scope: Annotated[str, Field(max_length=200)] = ""
    """In which conversation it counts; none: for everyone."""
    text: Annotated[str, Field(max_length=20_000, examples=["three years"])] | None = None
    """The answer; with `evidence` it may be left out: it is what stands there."""
    evidence: Place | None = None
    """Where it stands: it is shown there, and counts as long as that text does."""


class Confirmation(Body):
    """An answer that is right at its place."""

    asked: Annotated[str, Field(max_length=64)]
    scope: Annotated[str, Field(max_length=200)] = ""
    """In which conversation it counts; none: for everyone."""


@router.post("/corrections", operation_id="correct", summary="Correct an answer", status_code=201)
def add_correction(access: Corrector, body: Correction) -> dict[str, Any]:
    """From now on it is given to that question; what was told before is superseded, not deleted.

    For everyone, it takes a key that may edit.
    """
    must_name_a_question(body)
    must_be_told_in(access, body.scope, "correcting for everyone")
    row = None if body.asked is None else visible(access, body.asked)
    scope = access.scope(body.scope)

    def told(qa: QA) -> dict[str, Any]:
        must_be_readable(qa, access, body.evidence)
        turn = correct(qa, body, row, scope, author=access.key.name, where=access.key.where)
        old = None if turn.supersedes is None else qa.memory.turn(scope, turn.supersedes)
        if old is not None and not readable_turns(qa, access.key.where)(old):
            old = None
        return {
            **_shown(qa, turn, access),
            "superseded": None if old is None else turn_json(old, access),
        }

    table = in_memory(access, told)
    access.service.engine.changed(access.memory)
    if row is not None:
        access.service.gaps.settle(row.gap)
    access.service.audit.add(access, "correction.add", table["id"])
    return table


@router.post("/confirmations", operation_id="confirm", summary="Confirm an answer", status_code=201)
def add_confirmation(access: Corrector, body: Confirmation) -> dict[str, Any]:
    """It is given to that question as long as its source stands, whatever reader is at work."""
    must_be_told_in(access, body.scope, "confirming for everyone")
    row, scope = visible(access, body.asked), access.scope(body.scope)

    def told(qa: QA) -> dict[str, Any]:
        turn = qa.confirm(row.answer, scope=scope, author=access.key.name, where=row.where)
        return _shown(qa, turn, access)

    table = in_memory(access, told)
    access.service.engine.changed(access.memory)
    access.service.gaps.settle(row.gap)
    access.service.audit.add(access, "confirmation.add", table["id"])
    return table


@router.get("/corrections", operation_id="listCorrections", summary="What was told")
def list_corrections(
    access: Reader,
    scope: Scope = "",
    kind: Literal["correction", "confirmed"] = "correction",
    state: Literal["live", "superseded", "withdrawn"] | None = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> dict[str, Any]:
    """Corrections, or confirmations, of a scope, newest first, each with its state."""
    before, name = number_of(read_cursor(cursor)), access.scope(scope)

    def listed(qa: QA) -> list[tuple[Turn, dict[str, Any]]]:
        may_be_seen = readable_turns(qa, access.key.where)
        rows: list[tuple[Turn, dict[str, Any]]] = []
        end, seen = before, 0
        while len(rows) <= limit and seen < _SEEN:
            turns = qa.memory.turns(name, last=limit + 1, before=end, kind=kind)
            for turn in reversed(turns):
                if len(rows) <= limit and may_be_seen(turn):
                    table = _shown(qa, turn, access)
                    if state in (None, table["state"]):
                        rows.append((turn, table))
            if len(turns) <= limit:
                break
            end, seen = turns[0].sequence, seen + len(turns)
        return rows

    rows = in_memory(access, listed)
    return page(rows, limit, lambda row: str(row[0].sequence), lambda row: row[1])


@router.get("/corrections/{turn}", operation_id="getCorrection", summary="One with its chain")
def get_correction(access: Reader, turn: str, scope: Scope = "") -> dict[str, Any]:
    """All that it took the place of, and what took its place, oldest first."""
    name = access.scope(scope)

    def shown(qa: QA) -> dict[str, Any]:
        told = _told(qa, name, turn)
        chain = list(filter(readable_turns(qa, access.key.where), _chain(qa, told)))
        if told not in chain:
            raise NotFound(f"no correction {turn[:100]!r} in this scope")
        return {**_shown(qa, told, access), "chain": [_shown(qa, each, access) for each in chain]}

    return in_memory(access, shown)


@router.delete("/corrections/{turn}", operation_id="withdraw", summary="Take one back")
def withdraw(access: Editor, turn: str, scope: Scope = "") -> dict[str, Any]:
    """What it took the place of counts again; nothing is deleted."""
    name = access.scope(scope)

    def taken_back(qa: QA) -> dict[str, Any]:
        _told(qa, name, turn)
        return turn_json(qa.withdraw(turn, scope=name, author=access.key.name), access)

    table = in_memory(access, taken_back)
    access.service.engine.changed(access.memory)
    access.service.audit.add(access, "correction.withdraw", turn)
    return table


def in_memory(access: Access, work: Callable[[QA], T]) -> T:
    """What comes of something that is done with the memory of a request."""
    with access.service.memories.using(access.memory) as qa:
        return work(qa)


def must_name_a_question(body: Correction) -> None:
    """Raise InputError unless it has one question."""
    if (body.asked is None) == (body.question is None):
        raise InputError("which question? give either asked or question")


def must_be_told_in(access: Access, scope: str, what: str) -> None:
    """Raise Forbidden where something is told for everyone with a key that may not edit."""
    if not scope:
        access.require(Right.EDIT, what)


def visible(access: Access, asked: str) -> AskedRow:
    """A question that was asked, if the key may see it: its own, or one that it may read.

    With conditions its own alone, as long as it may see the document of the answer. Raises
    NotFound.
    """
    row, key = access.service.log.get(access.memory, asked), access.key
    own = row.key == key.id
    reads = access.may(Right.READ) and not key.where
    if own or (reads and row.scope.startswith(key.prefix)):
        with access.service.memories.using(access.memory) as qa:
            if readable(qa, key.where)(row.document):
                return row
    raise NotFound(f"no question {asked[:100]!r} was asked here, or it is kept no more")


def must_be_readable(qa: QA, access: Access, place: Place | None) -> None:
    """Raise NotFound where the key may not see the document of a place, as where there is none."""
    if place is not None and not readable(qa, access.key.where)(place.document):
        raise NotFound(f"no document {place.document[:100]!r} here")


def correct(
    qa: QA,
    body: Correction,
    row: AskedRow | None,
    scope: str,
    *,
    author: str,
    where: Mapping[str, Any] | None = None,
) -> Turn:
    """Make a correction; under the filter that was asked under, or under `where` by words alone.

    Raises InputError without a text, and as `QA.correct` does.
    """
    evidence: Evidence | None = None
    if body.evidence is not None:
        evidence = qa.place(body.evidence.document, body.evidence.start, body.evidence.end)
    text = body.text if evidence is None or body.text is not None else evidence.text
    if text is None:
        raise InputError("text: give the right answer, or the evidence that has it")
    told = row.answer if row is not None else body.question or ""
    under = where if row is None else row.where
    return qa.correct(told, text, scope=scope, author=author, evidence=evidence, where=under)


def _told(qa: QA, scope: str, turn_id: str) -> Turn:
    turn = qa.memory.turn(scope, turn_id)
    if turn is None or turn.kind not in ("correction", "confirmed"):
        raise NotFound(f"no correction {turn_id[:100]!r} in this scope")
    return turn


def _chain(qa: QA, turn: Turn) -> list[Turn]:
    """What a turn took the place of, itself, and what took its place; oldest first."""
    chain = {turn.id: turn}
    earlier = later = turn
    while earlier.supersedes is not None and len(chain) < _CHAIN:
        found = qa.memory.turn(turn.scope, earlier.supersedes)
        if found is None or found.id in chain:
            break
        chain[found.id] = earlier = found
    while later.superseded_by is not None and len(chain) < _CHAIN:
        found = qa.memory.turn(turn.scope, later.superseded_by)
        if found is None or found.id in chain:
            break
        chain[found.id] = later = found
    return sorted(chain.values(), key=lambda each: each.sequence)


def _shown(qa: QA, turn: Turn, access: Access) -> dict[str, Any]:
    urls = addresses(qa, (place.document for place in turn.evidence))
    return {**turn_json(turn, access, urls), "state": turn_state(qa, turn)}


def number_of(place: str | None) -> int | None:
    """The turn's number that a cursor holds. Raises InputError for what is none."""
    if place is not None and not (place.isascii() and place.isdigit() and len(place) < 19):
        raise InputError("cursor: give the `next` of the list before, as it is")
    return None if place is None else int(place)
