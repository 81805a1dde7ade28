"""Memories, each a tenant of its own: made by whoever holds an admin key."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import Field

from ..access import Access, allow_service
from ..models import Body
from ..rights import Right

__all__ = ["router"]

router = APIRouter(prefix="/v1/memories", tags=["memories"])


class NewMemory(Body):
    """A memory to be made."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$")]
    """As it stands in addresses."""


@router.get("", operation_id="listMemories", summary="The memories of a key")
def list_memories(
    access: Annotated[Access, Depends(allow_service(Right.ANY, conditions=True))],
) -> dict[str, Any]:
    """Those that the key sees, by name; others do not exist for it."""
    names = [name for name in access.service.memories.names() if access.key.sees(name)]
    return {"items": [{"name": name} for name in names], "next": None}


@router.post("", operation_id="addMemory", summary="Make a memory", status_code=201)
def add_memory(
    access: Annotated[Access, Depends(allow_service(Right.ADMIN))], body: NewMemory
) -> dict[str, Any]:
    """An empty memory, in the data folder."""
    access.service.memories.create(body.name)
    access.service.audit.add(access, "memory.add", body.name, memory=body.name)
    return {"name": body.name}
