"""What the service is and how it does: health, figures, problems, what a key may, the schema."""

from __future__ import annotations

from functools import cache
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse, PlainTextResponse, Response

from .. import metrics, problems
from ..access import Access, allow_service, identify, service_of
from ..base_path import base_path_of
from ..errors import Forbidden, NotFound
from ..hosts import within
from ..openapi import describe
from ..rights import Right

__all__ = ["public", "router"]

public = APIRouter(include_in_schema=False)
"""What is told without a key, or by rules of its own."""
router = APIRouter(prefix="/v1", tags=["service"])


@public.api_route("/health/live", methods=["GET", "HEAD"])
async def live() -> dict[str, str]:
    """The process answers."""
    return {"state": "live"}


@public.api_route("/health/ready", methods=["GET", "HEAD"])
async def ready(request: Request) -> JSONResponse:
    """Questions are answered now; 503 while it starts and stops."""
    state = service_of(request).state
    return JSONResponse({"state": state}, 200 if state == "ready" else 503)


@public.get("/metrics")
def figures(request: Request) -> Response:
    """Prometheus' figures, for addresses of `service.metrics_from` and keys with the right.

    Behind a proxy, whose address may be all that is seen of a caller, a key is needed in any case.
    """
    service = service_of(request)
    settings = service.settings.service
    address = request.client.host if request.client else ""
    if settings.behind_proxy or not within(address, settings.metrics_from):
        key = identify(request)
        if not key.may(Right.METRICS):
            raise Forbidden("figures need a key of the kind 'metrics' or 'admin'")
    return Response(service.metrics.exposition(), media_type=metrics.MEDIA_TYPE)


@public.get("/problems/{name}")
async def problem(name: str) -> PlainTextResponse:
    """What a problem's `type` means."""
    for known in (*problems.PROBLEMS.values(), *problems.BY_STATUS.values()):
        if known.name == name:
            return PlainTextResponse(f"{known.name} ({known.status}): {known.title}.\n")
    raise NotFound(f"no problem is named {name[:100]!r}")


@router.get("/info", operation_id="getInfo", summary="What the service is and this key may")
def info(
    access: Annotated[Access, Depends(allow_service(Right.ANY, conditions=True))],
) -> dict[str, Any]:
    """Version, limits, the memories that the key sees, and its rights."""
    key, service = access.key, access.service
    settings = service.settings.service
    limits = ("ask_rate", "ask_burst", "write_rate", "body_bytes", "upload_bytes", "file_bytes")
    more = ("upload_files", "deadline", "batch_deadline")
    return {
        "version": _version(),
        "key": {
            "id": key.id,
            "kind": key.kind.value,
            "name": key.name,
            "rights": sorted(right.value for right in Right if key.may(right)),
            "prefix": key.prefix,
            "where": key.where,
        },
        "memories": [name for name in service.memories.names() if key.sees(name)],
        "models": {
            "encoder": service.settings.encoder.model or "bundled",
            "reader": service.settings.reader.model or "bundled",
        },
        "limits": {name: getattr(settings, name) for name in (*limits, *more)},
    }


@router.get("/openapi.json", operation_id="getSchema", summary="This description")
def schema(
    request: Request, _access: Annotated[Access, Depends(allow_service(Right.ANY, conditions=True))]
) -> JSONResponse:
    """All operations, in OpenAPI 3.1."""
    state = request.app.state
    if getattr(state, "schema", None) is None:
        state.schema = describe(request.app, _version(), base_path_of(request))
    return JSONResponse(state.schema)


@cache
def _version() -> str:
    """This release's; looked up once, since the installation has to be searched for it."""
    from ....evaluation.environment import installed

    return installed()
