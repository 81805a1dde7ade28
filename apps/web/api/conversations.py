"""Conversations: scopes and their turns; import, erasure and export."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial
from typing import Annotated, Any, Literal

from anyio.to_thread import run_sync
from fastapi import APIRouter, Depends, Path, Query
from fastapi.responses import JSONResponse, StreamingResponse
from pydantic import Field

from ....core.errors import InputError
from ....core.records import ScopeInfo
from ....memory.protocol import Conversations
from ....pipeline.qa import QA
from ....pipeline.question import clean_question
from ....pipeline.turns import must_be_told
from .. import erasure
from ..access import Access, allow
from ..errors import NotFound
from ..exports import export_rows
from ..models import Body, Cursor, Limit, page, read_cursor
from ..rights import Right
from ..shown import addresses, readable_turns, turn_json
from .corrections import in_memory, number_of
from .jobs import Prefer, outcome
from .lists import ListRoute

__all__ = ["router"]

router = APIRouter(route_class=ListRoute, prefix="/v1/memories/{memory}", tags=["conversations"])
Reader = Annotated[Access, Depends(allow(Right.READ))]
TurnReader = Annotated[Access, Depends(allow(Right.READ, conditions=True))]
Editor = Annotated[Access, Depends(allow(Right.EDIT))]
Name = Annotated[str, Path(max_length=200, description="The scope's name, URL-encoded.")]


class ImportedTurn(Body):
    """A question with its answer from elsewhere."""

    question: Annotated[str, Field(max_length=3000)]
    answer: Annotated[str, Field(min_length=1, max_length=20_000)]
    author: Annotated[str, Field(max_length=200)] = ""


class Import(Body):
    """Turns for a scope, or for everyone."""

    scope: Annotated[str, Field(max_length=200)] = ""
    turns: Annotated[list[ImportedTurn], Field(min_length=1, max_length=100)]


@router.get("/scopes", operation_id="listScopes", summary="Conversations")
def list_scopes(
    access: Reader,
    prefix: Annotated[str, Query(max_length=200)] = "",
    limit: Limit = 50,
    cursor: Cursor = None,
) -> dict[str, Any]:
    """Scopes that have turns, by name, with how many and when the last was."""
    begin, after = access.key.prefix + prefix, read_cursor(cursor)

    def listed(qa: QA) -> list[ScopeInfo]:
        if not isinstance(qa.memory, Conversations):
            raise NotFound("the store of this memory lists no scopes")
        # The shared scope is no conversation.
        after_name = "" if after is None else after
        return list(qa.memory.scopes(prefix=begin, after=after_name, limit=limit + 1))

    scopes = in_memory(access, listed)
    return page(scopes, limit, lambda info: info.scope, lambda info: _scope_json(info, access))


@router.get("/scopes/{scope:path}/turns", operation_id="listTurns", summary="Its turns")
def list_turns(
    access: TurnReader,
    scope: Name,
    as_of: Annotated[str | None, Query(max_length=40)] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> dict[str, Any]:
    """Newest first, superseded ones included; `as_of`, a time in UTC, as it was known then."""
    before, name = number_of(read_cursor(cursor)), access.scope(scope)

    def listed(qa: QA) -> list[tuple[int, dict[str, Any] | None]]:
        turns = qa.memory.turns(name, last=limit + 1, as_of=as_of, before=before)
        may_be_seen = readable_turns(qa, access.key.where)
        urls = addresses(qa, (e.document for turn in turns for e in turn.evidence))
        return [
            (
                turn.sequence,
                turn_json(turn, access, urls) if may_be_seen(turn) else None,
            )
            for turn in reversed(turns)
        ]

    rows = in_memory(access, listed)
    table = page(rows, limit, lambda row: str(row[0]), lambda row: row[1])
    return {**table, "items": [item for item in table["items"] if item is not None]}


@router.delete(
    "/scopes/{scope:path}/turns/{turn}",
    operation_id="eraseTurn",
    summary="Erase a turn",
    status_code=202,
)
async def erase_turn(access: Editor, scope: Name, turn: str, prefer: Prefer = None) -> JSONResponse:
    """From every file, with the turns that hold words of it: a job."""
    return await _erase(access, {"scope": access.scope(scope), "turn": turn}, prefer)


@router.delete(
    "/scopes/{scope:path}", operation_id="eraseScope", summary="Erase a scope", status_code=202
)
async def erase_scope(access: Editor, scope: Name, prefer: Prefer = None) -> JSONResponse:
    """All its turns, and what the service keeps of it, from every file: a job."""
    return await _erase(access, {"scope": access.scope(scope)}, prefer)


async def _erase(access: Access, arguments: dict[str, str], prefer: str | None) -> JSONResponse:
    service, key = access.service, access.key
    if not arguments["scope"]:
        raise InputError("a scope's name is missing; what was told for everyone is withdrawn")
    job = await run_sync(
        partial(service.jobs.add, key=key.id, name=key.name), access.memory, "erase", arguments
    )
    # A name may be a person's, which is to stand nowhere afterwards; its hash can be compared.
    what = arguments.get("turn") or erasure.mark_of(arguments["scope"])
    await run_sync(service.audit.add, access, "turns.erase", what)
    service.runner.wake()
    return await outcome(access, job, prefer)


@router.post("/turns/import", operation_id="importTurns", summary="Import turns", status_code=201)
def import_turns(access: Editor, body: Import) -> dict[str, Any]:
    """Up to a hundred questions with their answers, in their order; all are checked first."""
    scope = access.scope(body.scope)

    def imported(qa: QA) -> list[str]:
        for turn in body.turns:
            _must_be_askable(turn)
        return [
            qa.add_turn(turn.question, turn.answer, scope=scope, author=turn.author).id
            for turn in body.turns
        ]

    turns = in_memory(access, imported)
    access.service.engine.changed(access.memory)
    access.service.audit.add(access, "turns.import", f"{len(turns)} turns")
    return {"scope": body.scope, "turns": turns}


@router.get(
    "/export",
    operation_id="exportRows",
    summary="Export as JSON lines",
    response_class=StreamingResponse,
    responses={200: {"content": {"application/x-ndjson": {}}, "description": "Rows, one a line."}},
)
def export(
    access: Editor, what: Literal["turns", "feedback", "gaps", "squad2"] = "turns"
) -> StreamingResponse:
    """One object a line: turns; answers with what was said of them; unanswered questions; or rows
    of SQuAD 2.0 with what was corrected, confirmed, and not answered."""
    access.service.audit.add(access, "export", what)

    def lines() -> Iterator[str]:
        with access.service.memories.using(access.memory) as qa:
            for row in export_rows(access, qa, what):
                yield json.dumps(row, ensure_ascii=False) + "\n"

    headers = {"Content-Disposition": f'attachment; filename="{what}.jsonl"'}
    return StreamingResponse(lines(), media_type="application/x-ndjson", headers=headers)


def _must_be_askable(turn: ImportedTurn) -> None:
    """Raise InputError for a question that cannot be asked, or an answer that says nothing."""
    clean_question(turn.question)
    must_be_told("answer: it", turn.answer)


def _scope_json(info: ScopeInfo, access: Access) -> dict[str, Any]:
    return {
        "scope": access.shown_scope(info.scope),
        "turns": info.turns,
        "last_at": info.last_at,
    }
