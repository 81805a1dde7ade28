"""What the service is and how it does: health, what a key may, the schema."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse

from ..access import Access, allow_service, service_of
from ..rights import RIGHTS, Right

__all__ = ["health", "router"]

health = APIRouter(prefix="/health", include_in_schema=False)
router = APIRouter(prefix="/v1", tags=["service"])


@health.get("/live")
async def live() -> dict[str, str]:
    """The process answers."""
    return {"state": "live"}


@health.get("/ready")
async def ready(request: Request) -> JSONResponse:
    """Questions are answered now; 503 while it starts and stops."""
    state = service_of(request).state
    return JSONResponse({"state": state}, 200 if state == "ready" else 503)


@router.get("/info", operation_id="getInfo")
def info(access: Annotated[Access, Depends(allow_service(Right.ANY))]) -> dict[str, Any]:
    """Version, limits, and what this key sees and may."""
    from ....evaluation.environment import installed

    key, service = access.key, access.service
    return {
        "version": installed(),
        "key": {
            "id": key.id,
            "kind": key.kind.value,
            "name": key.name,
            "rights": sorted(RIGHTS[key.kind]),
            "prefix": key.prefix,
        },
        "memories": [name for name in service.memories.names() if key.sees(name)],
    }


@router.get("/openapi.json", operation_id="getSchema")
async def schema(
    request: Request, _access: Annotated[Access, Depends(allow_service(Right.ANY))]
) -> JSONResponse:
    """This description of all operations, in OpenAPI 3.1."""
    return JSONResponse(request.app.openapi())
