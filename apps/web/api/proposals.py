"""Proposals: corrections by those who may not make them, for those who may."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends

from ....core.errors import InputError, SpanMemError
from ....pipeline.qa import QA
from ....pipeline.question import clean_question
from ....pipeline.turns import must_be_told
from ..access import Access, allow
from ..errors import NotFound
from ..models import Cursor, Limit, page, read_cursor
from ..proposals import Proposal, ProposalState
from ..rights import Right
from ..shown import turn_json
from .corrections import (
    Correction,
    Place,
    correct,
    in_memory,
    must_be_readable,
    must_name_a_question,
    visible,
)
from .lists import ListRoute

__all__ = ["router"]

router = APIRouter(
    route_class=ListRoute, prefix="/v1/memories/{memory}/proposals", tags=["corrections"]
)
Asker = Annotated[Access, Depends(allow(Right.ASK, conditions=True))]
Reader = Annotated[Access, Depends(allow(Right.READ))]
Editor = Annotated[Access, Depends(allow(Right.EDIT))]


@router.post("", operation_id="propose", summary="Propose a correction", status_code=201)
def add_proposal(access: Asker, body: Correction) -> dict[str, Any]:
    """Nothing changes until somebody accepts it who may correct for everyone."""
    must_name_a_question(body)
    row = None if body.asked is None else visible(access, body.asked)
    question = clean_question(body.question or "") if row is None else row.answer.looked_up
    scope, text = access.scope(body.scope), body.text

    def quoted(qa: QA) -> str | None:
        if body.evidence is None:
            return text
        must_be_readable(qa, access, body.evidence)
        place = qa.place(body.evidence.document, body.evidence.start, body.evidence.end)
        if text is not None and text != place.text:
            raise InputError("text: it is not what stands at its evidence; leave one of them out")
        return place.text

    text = in_memory(access, quoted)
    if text is None:
        raise InputError("text: give the right answer, or the evidence that has it")
    must_be_told("text: it", text)
    proposal = access.service.proposals.add(
        access.memory,
        key=access.key.id,
        name=access.key.name,
        asked=body.asked,
        scope=scope,
        question=question,
        text=text,
        evidence=None if body.evidence is None else body.evidence.model_dump(),
    )
    access.service.audit.add(access, "proposal.add", proposal.id)
    return _shown(proposal, access)


@router.get("", operation_id="listProposals", summary="What was proposed")
def list_proposals(
    access: Reader,
    state: ProposalState | None = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> dict[str, Any]:
    """Newest first; of a key with a prefix, those of its scopes and its own."""
    proposals = access.service.proposals.listed(
        access.memory, state=state, before=read_cursor(cursor), limit=limit + 1
    )
    table = page(proposals, limit, lambda proposal: proposal.id, lambda proposal: proposal)
    return {
        "items": [_shown(each, access) for each in table["items"] if _may_see(each, access)],
        "next": table["next"],
    }


@router.post("/{proposal}/accept", operation_id="acceptProposal", summary="Make it a correction")
def accept(access: Editor, proposal: str) -> dict[str, Any]:
    """It becomes a correction by whoever proposed it, in the scope that it was proposed for."""
    proposals = access.service.proposals
    chosen = _visible(access, proposal)
    decided = proposals.decide(chosen, "accepted", by=access.key.name)
    row = None if chosen.asked is None else access.service.log.get(access.memory, chosen.asked)
    body = Correction(
        question=chosen.question if row is None else None,
        text=chosen.text,
        evidence=None if chosen.evidence is None else Place(**chosen.evidence),
    )

    def made(qa: QA) -> dict[str, Any]:
        return turn_json(correct(qa, body, row, chosen.scope, author=chosen.name), access)

    try:
        turn = in_memory(access, made)
    except SpanMemError:
        proposals.became(decided, None)
        raise
    access.service.engine.changed(access.memory)
    if row is not None:
        access.service.gaps.settle(row.gap)
    access.service.audit.add(access, "proposal.accept", f"{chosen.id} by {chosen.key}")
    return {**_shown(proposals.became(decided, turn["id"]), access), "correction": turn}


@router.post("/{proposal}/reject", operation_id="rejectProposal", summary="Turn it down")
def reject(access: Editor, proposal: str) -> dict[str, Any]:
    """It stays in the list, as rejected."""
    decided = access.service.proposals.decide(
        _visible(access, proposal), "rejected", by=access.key.name
    )
    access.service.audit.add(access, "proposal.reject", decided.id)
    return _shown(decided, access)


def _visible(access: Access, proposal: str) -> Proposal:
    chosen = access.service.proposals.get(access.memory, proposal)
    if not _may_see(chosen, access):
        raise NotFound(f"no proposal {proposal[:100]!r} here")
    return chosen


def _may_see(proposal: Proposal, access: Access) -> bool:
    return proposal.scope.startswith(access.key.prefix) or proposal.key == access.key.id


def _shown(proposal: Proposal, access: Access) -> dict[str, Any]:
    table = proposal.to_json()
    table["scope"] = proposal.scope.removeprefix(access.key.prefix)
    return table
